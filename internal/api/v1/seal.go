package v1

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"dbaccess/internal/fault"
)

// This file seals the rows of a statement to whoever asked for it: HPKE (RFC
// 9180), DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.

// resultInfo begins HPKE's info; the request's id follows, so that what was sealed
// for one request does not pass as another's.
const resultInfo = "dbaccess statement result v1 "

// seedLabel keeps result keys apart from whatever else is made from a seed.
const seedLabel = "dbaccess result key v1"

var (
	errResultKey = fault.New(fault.Invalid, "The result key is not an X25519 public key.", "It is 32 bytes in base64.")
	errShortSeed = errors.New("a result key's seed has at least 16 bytes")
	// errNotForThisKey is what whoever lost the key reads.
	errNotForThisKey = fault.New(fault.Denied, "This result was sealed for another key.", "It can be opened where it was asked for, with the same login.")
)

// NewResultKey makes the key pair of results from a seed, the same one each time.
func NewResultKey(seed []byte) (*ecdh.PrivateKey, error) {
	if len(seed) < 16 {
		return nil, errShortSeed
	}
	raw, err := hkdf.Key(sha256.New, seed, nil, seedLabel, 32)
	if err != nil {
		return nil, fmt.Errorf("derive result key: %w", err)
	}
	return ecdh.X25519().NewPrivateKey(raw)
}

// EncodeResultKey writes a public key as Ask.ResultKey has it.
func EncodeResultKey(key *ecdh.PublicKey) string {
	return base64.StdEncoding.EncodeToString(key.Bytes())
}

// decodeResultKey reads Ask.ResultKey: nil if it is empty.
func decodeResultKey(s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, errResultKey
	}
	if _, err := resultPublic(raw); err != nil {
		return nil, errResultKey
	}
	return raw, nil
}

// resultPublic refuses keys to which nothing can be sealed: wrong lengths, and
// points of low order, with which anybody could open it.
func resultPublic(raw []byte) (hpke.PublicKey, error) {
	pub, err := ecdh.X25519().NewPublicKey(raw)
	if err != nil {
		return nil, err
	}
	probe, err := ecdh.X25519().NewPrivateKey(append([]byte{8}, make([]byte, 31)...))
	if err != nil {
		return nil, err
	}
	if _, err := probe.ECDH(pub); err != nil {
		return nil, err
	}
	return hpke.NewDHKEMPublicKey(pub)
}

// SealRows seals a result to a request's key.
func SealRows(key []byte, rows Rows) ([]byte, error) {
	pub, err := resultPublic(key)
	if err != nil {
		return nil, fmt.Errorf("result key: %w", err)
	}
	plain, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("encode rows: %w", err)
	}
	sealed, err := hpke.Seal(pub, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(resultInfo+rows.Request), plain)
	if err != nil {
		return nil, fmt.Errorf("seal rows: %w", err)
	}
	return sealed, nil
}

// OpenRows opens what SealRows made for that request.
func OpenRows(key *ecdh.PrivateKey, request string, sealed []byte) (Rows, error) {
	private, err := hpke.NewDHKEMPrivateKey(key)
	if err != nil {
		return Rows{}, fmt.Errorf("result key: %w", err)
	}
	plain, err := hpke.Open(private, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(resultInfo+request), sealed)
	if err != nil {
		return Rows{}, errNotForThisKey.With(err)
	}
	var rows Rows
	if err := json.Unmarshal(plain, &rows); err != nil {
		return Rows{}, fmt.Errorf("decode rows: %w", err)
	}
	return rows, nil
}

// NotYet is what GET …/result says while the statement has not run.
const NotYet = "The result is not there yet."
