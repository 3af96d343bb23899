package audit

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
)

// Hash is a SHA-256.
type Hash [sha256.Size]byte

// String returns 64 lower-case hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// domain keeps these hashes apart from every other use of SHA-256, and names
// the version of what is hashed. internal/store's SQL says the same bytes.
const domain = "dbaccess audit event v1\x00"

// Link returns the hash of the event that stands at seq after the event whose
// hash is prev: SHA-256 over the domain, prev, seq as eight bytes (big-endian),
// and the body. All but the body have a fixed length, so that no two different
// (prev, seq, body) are the same bytes.
func Link(prev Hash, seq int64, body []byte) Hash {
	var l linker
	return l.link(prev, seq, body)
}

// linker computes links without allocating for each.
type linker struct{ buf []byte }

func (l *linker) link(prev Hash, seq int64, body []byte) Hash {
	l.buf = append(l.buf[:0], domain...)
	l.buf = append(l.buf, prev[:]...)
	l.buf = binary.BigEndian.AppendUint64(l.buf, uint64(seq))
	l.buf = append(l.buf, body...)
	return sha256.Sum256(l.buf)
}

// Record is one event as it is kept: its place, its body's exact bytes, and the
// hashes that tie it to the one before. The first has Seq 1 and a zero Prev.
type Record struct {
	Seq  int64
	Prev Hash
	Hash Hash
	Body []byte // canonical JSON
}

// Head names the newest event, and by its hash all events before it. Written
// down somewhere else, it is what shows that the newest events were cut off.
type Head struct {
	Seq  int64
	Hash Hash
}

// String returns "seq:hash", as [ParseHead] reads it.
func (h Head) String() string { return strconv.FormatInt(h.Seq, 10) + ":" + h.Hash.String() }

// ParseHead reads "seq:hash".
func ParseHead(s string) (Head, error) {
	seq, sum, ok := strings.Cut(strings.TrimSpace(s), ":")
	n, err := strconv.ParseInt(seq, 10, 64)
	raw, hexErr := hex.DecodeString(sum)
	if !ok || err != nil || n < 0 || hexErr != nil || len(raw) != sha256.Size {
		return Head{}, fmt.Errorf("a head is written SEQ:HASH, with 64 hex digits, not %q", s)
	}
	return Head{Seq: n, Hash: Hash(raw)}, nil
}

// The export format is one record a line. The body stands in it byte for byte;
// everything else has one way of being written, so that a reader needs no JSON
// parser and a writer has no choices:
//
//	{"seq":1,"prev":"00…00","hash":"5f…c3","body":{"actor":"system:migrate",…}}
const (
	lineSeq  = `{"seq":`
	linePrev = `,"prev":"`
	lineHash = `","hash":"`
	lineBody = `","body":`
)

// AppendLine appends the record's line, with its line feed, to b.
func (r Record) AppendLine(b []byte) []byte {
	b = append(b, lineSeq...)
	b = strconv.AppendInt(b, r.Seq, 10)
	b = append(b, linePrev...)
	b = hex.AppendEncode(b, r.Prev[:])
	b = append(b, lineHash...)
	b = hex.AppendEncode(b, r.Hash[:])
	b = append(b, lineBody...)
	b = append(b, r.Body...)
	return append(b, '}', '\n')
}

// ErrLine means that a line is not of the export format.
var ErrLine = errors.New("not a record of the export format")

// Lines reads records in the export format. A record's Body is valid until the
// next one is read. After an error it stops.
func Lines(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		sc := bufio.NewScanner(r)
		sc.Buffer(make([]byte, 64<<10), MaxBody+1024)
		for n := 1; sc.Scan(); n++ {
			rec, ok := parseLine(sc.Bytes())
			if !ok {
				yield(Record{}, fmt.Errorf("line %d: %w", n, ErrLine))
				return
			}
			if !yield(rec, nil) {
				return
			}
		}
		if err := sc.Err(); err != nil {
			yield(Record{}, fmt.Errorf("read records: %w", err))
		}
	}
}

func parseLine(line []byte) (rec Record, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte(lineSeq))
	if !ok {
		return Record{}, false
	}
	digits, rest, ok := bytes.Cut(rest, []byte(linePrev))
	if !ok {
		return Record{}, false
	}
	seq, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil || strconv.FormatInt(seq, 10) != string(digits) {
		return Record{}, false
	}
	rec.Seq = seq
	if rest, ok = cutHash(rest, &rec.Prev, lineHash); !ok {
		return Record{}, false
	}
	if rest, ok = cutHash(rest, &rec.Hash, lineBody); !ok {
		return Record{}, false
	}
	rec.Body, ok = bytes.CutSuffix(rest, []byte("}"))
	return rec, ok
}

// cutHash reads 64 lower-case hex digits and the text that must follow them.
func cutHash(b []byte, h *Hash, then string) (rest []byte, ok bool) {
	const digits = 2 * sha256.Size
	if len(b) < digits || bytes.ContainsAny(b[:digits], "ABCDEF") {
		return nil, false
	}
	if _, err := hex.Decode(h[:], b[:digits]); err != nil {
		return nil, false
	}
	return bytes.CutPrefix(b[digits:], []byte(then))
}
