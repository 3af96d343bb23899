package approvals

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Digest is SHA-256 over the versioned, length-prefixed encoding of Terms: what
// a review binds to.
type Digest [32]byte

// String returns the digest in hex.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// DigestOf returns the digest of terms. Terms are equal if and only if their
// digests are; no parameters and an empty list of them are the same.
func DigestOf(t Terms) Digest { return sha256.Sum256(encode(t)) }

// termsV1 names the encoding. A field added to Terms needs another name, and
// whatever is pending at that time is asked again.
const termsV1 = "dbaccess terms v1"

// encode writes terms so that no two different ones have the same bytes: every
// text is preceded by its length, every list by its count, and numbers have
// eight bytes.
func encode(t Terms) []byte {
	b := text(nil, termsV1)
	b = text(b, string(t.Kind))
	b = text(b, t.Requester)
	b = text(b, t.Database)
	b = text(b, t.Profile)
	b = number(b, int64(t.Duration))
	b = text(b, t.Statement)
	b = number(b, int64(len(t.Params)))
	for _, p := range t.Params {
		b = text(b, p)
	}
	b = number(b, t.RowBound)
	b = number(b, int64(len(t.Settings)))
	for _, s := range t.Settings {
		b = text(text(b, s.Name), s.Value)
	}
	return b
}

func text(b []byte, s string) []byte {
	return append(number(b, int64(len(s))), s...)
}

func number(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(n))
}
