package tokens

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"strings"

	"dbaccess/credentials"
	"dbaccess/internal/identity"
)

// A token's text: the prefix, 32 bytes of chance, and four bytes of checksum, each
// in base32 of small letters.
const (
	begin   = "dba_"
	bodyLen = 52
	sumLen  = 7
	length  = len(begin) + 2 + bodyLen + sumLen
)

var (
	letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	kinds   = map[identity.Kind]string{identity.Person: "p_", identity.Service: "s_", identity.Agent: "a_"}
)

// newSecret makes the token of a holder of that kind, and its sum.
func newSecret(kind identity.Kind) (credentials.Secret, [32]byte) {
	var chance [32]byte
	_, _ = rand.Read(chance[:]) // it never fails: the process would have ended
	text := begin + kinds[kind] + letters.EncodeToString(chance[:])
	text += checksum(text)
	return credentials.NewSecret(text), sha256.Sum256([]byte(text))
}

// checksum tells a token from what only looks like one, so that a scanner for
// lost secrets need not ask us. It protects from nothing else.
func checksum(text string) string {
	return letters.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text))))
}

// sumOf returns the sum under which the token is stored, or ErrShape.
func sumOf(token credentials.Secret) ([32]byte, error) {
	text := token.Reveal()
	if !LooksLike(text) {
		return [32]byte{}, ErrShape
	}
	return sha256.Sum256([]byte(text)), nil
}

// LooksLike reports whether the text could be a token of ours, by its form alone.
func LooksLike(text string) bool {
	if len(text) != length || !strings.HasPrefix(text, begin) {
		return false
	}
	if kind := text[len(begin) : len(begin)+2]; kind != "p_" && kind != "s_" && kind != "a_" {
		return false
	}
	return checksum(text[:length-sumLen]) == text[length-sumLen:]
}

// OfAgent reports whether the text could be an agent's token, by its form alone.
func OfAgent(text string) bool {
	return LooksLike(text) && strings.HasPrefix(text[len(begin):], kinds[identity.Agent])
}

// verify gives the JWT to its verifier, and to nobody else.
func (s *Service) verify(ctx context.Context, jwt credentials.Secret) (Verified, error) {
	return s.Verify(ctx, jwt.Reveal())
}

// onceOf is what is remembered of a JWT that may be used once.
func onceOf(v Verified) *Once {
	h := sha256.New()
	for _, part := range []string{v.Issuer, v.ID} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return &Once{Sum: [32]byte(h.Sum(nil)), Until: v.Expires.Add(remembered)}
}
