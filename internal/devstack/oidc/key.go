package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// key signs tokens.
type key struct {
	id      string
	alg     string
	private crypto.Signer
}

func newKey(alg string) (k key, err error) {
	k = key{id: strings.ToLower(rand.Text())[:12], alg: alg}
	switch alg {
	case "", "ES256":
		k.alg = "ES256"
		k.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "RS256":
		k.private, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		err = fmt.Errorf("the local issuer signs with ES256 or RS256, not with %q", alg)
	}
	return k, err
}

// public is the key as a JSON Web Key (RFC 7517; its members by RFC 7518, 6.2 and 6.3).
func (k key) public() map[string]string {
	out := map[string]string{"kid": k.id, "alg": k.alg, "use": "sig"}
	switch p := k.private.Public().(type) {
	case *ecdsa.PublicKey:
		point, _ := p.Bytes() // 4, x, y; only a key off its curve has none
		out["kty"], out["crv"], out["x"], out["y"] = "EC", "P-256", b64(point[1:33]), b64(point[33:])
	case *rsa.PublicKey:
		out["kty"], out["n"], out["e"] = "RSA", b64(p.N.Bytes()), b64(big.NewInt(int64(p.E)).Bytes())
	}
	return out
}

// sign makes a JWT in its compact form (RFC 7515, 7.1).
func (k key) sign(c Claims) (string, error) {
	header, err := json.Marshal(map[string]string{"alg": k.alg, "kid": k.id, "typ": "JWT"})
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	input := b64(header) + "." + b64(payload)
	sum := sha256.Sum256([]byte(input))
	var signature []byte
	switch p := k.private.(type) {
	case *ecdsa.PrivateKey: // r and s side by side, not as ASN.1 (RFC 7518, 3.4)
		r, s, err := ecdsa.Sign(rand.Reader, p, sum[:])
		if err != nil {
			return "", fmt.Errorf("sign a token: %w", err)
		}
		signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case *rsa.PrivateKey:
		if signature, err = rsa.SignPKCS1v15(rand.Reader, p, crypto.SHA256, sum[:]); err != nil {
			return "", fmt.Errorf("sign a token: %w", err)
		}
	}
	return input + "." + b64(signature), nil
}

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }
