package api

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"dbaccess/credentials"
)

// NewCode makes a one-time code: 130 bits of chance in 26 lower-case characters.
func NewCode() credentials.Secret { return credentials.NewSecret(strings.ToLower(rand.Text())) }

// sealVersion is the first byte of what Seal returns: how the rest was made.
const sealVersion = 1

var errSealed = errors.New("not sealed under this code, or changed since")

// Seal encrypts plain so that only the code opens it (AES-256-GCM, the key from
// the code by HKDF-SHA256). It returns a version byte, the nonce and the sealed
// bytes; a change of any of them is noticed by Unseal. One code seals one thing.
func Seal(code credentials.Secret, plain []byte) ([]byte, error) {
	gcm, err := sealer(code)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 1+gcm.NonceSize(), 1+gcm.NonceSize()+len(plain)+gcm.Overhead())
	head[0] = sealVersion
	_, _ = rand.Read(head[1:]) // never fails: crypto/rand ends the process first
	return gcm.Seal(head, head[1:], plain, head[:1]), nil
}

// Unseal returns what Seal was given, or an error if the code is another one or
// the bytes were changed.
func Unseal(code credentials.Secret, sealed []byte) ([]byte, error) {
	gcm, err := sealer(code)
	if err != nil {
		return nil, err
	}
	n := 1 + gcm.NonceSize()
	if len(sealed) < n || sealed[0] != sealVersion {
		return nil, errSealed
	}
	plain, err := gcm.Open(nil, sealed[1:n], sealed[n:], sealed[:1])
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// SealPage seals a result page.
func SealPage(code credentials.Secret, p ResultPage) ([]byte, error) {
	plain, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode result page: %w", err)
	}
	return Seal(code, plain)
}

// UnsealPage opens what SealPage made.
func UnsealPage(code credentials.Secret, sealed []byte) (ResultPage, error) {
	plain, err := Unseal(code, sealed)
	if err != nil {
		return ResultPage{}, fmt.Errorf("unseal result page: %w", err)
	}
	var p ResultPage
	if err := json.Unmarshal(plain, &p); err != nil {
		return ResultPage{}, fmt.Errorf("decode result page: %w", err)
	}
	return p, nil
}

func sealer(code credentials.Secret) (cipher.AEAD, error) {
	key, err := resultKey(code)
	if err != nil {
		return nil, fmt.Errorf("derive result key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("result cipher: %w", err)
	}
	return cipher.NewGCM(block)
}
