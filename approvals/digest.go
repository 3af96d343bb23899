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

// The names of the encodings. The second is that of terms with a job, which stands
// behind everything else; the third that of terms with a result key, with
// or without a job behind it. A field added to Terms needs another name, and
// whatever is pending at that time is asked again.
const (
	termsV1 = "dbaccess terms v1"
	termsV2 = "dbaccess terms v2"
	termsV3 = "dbaccess terms v3"
)

// encode writes terms so that no two different ones have the same bytes: every
// text is preceded by its length, every list by its count, and numbers have
// eight bytes.
func encode(t Terms) []byte {
	name := termsV1
	switch {
	case len(t.ResultKey) > 0:
		name = termsV3
	case t.Job != nil:
		name = termsV2
	}
	b := text(nil, name)
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
	if name == termsV3 {
		b = text(number(b, b2i(t.Job != nil)), string(t.ResultKey))
	}
	if t.Job != nil {
		b = t.Job.encode(b)
	}
	return b
}

// encode writes a job behind the rest of its terms.
func (j Job) encode(b []byte) []byte {
	b = number(b, int64(len(j.Claims)))
	for _, c := range j.Claims {
		b = text(text(b, c.Name), c.Value)
	}
	b = number(b, int64(len(j.Files)))
	for _, f := range j.Files {
		b = number(text(text(b, f.Path), f.SHA256), f.Bytes)
	}
	if j.Rows == nil {
		b = number(b, 0)
	} else {
		b = number(number(number(b, 1), j.Rows.Min), j.Rows.Max)
	}
	b = text(b, j.Schedule)
	b = number(b, int64(j.Window))
	return text(b, j.Commit)
}

func b2i(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

func text(b []byte, s string) []byte {
	return append(number(b, int64(len(s))), s...)
}

func number(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(n))
}
