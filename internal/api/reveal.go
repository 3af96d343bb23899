package api

import (
	"crypto/hkdf"
	"crypto/sha256"
	"strings"
	"time"

	"dbaccess/credentials"
)

// This file is the only one of the package in which a secret is read. What
// leaves it: the credential for its holder, and what can be computed from a code
// but does not lead back to it.

// ClaimedOf turns a credential into what its holder is shown.
func ClaimedOf(c credentials.Credential, g credentials.Grant, now time.Time) Claimed {
	return Claimed{
		Grant:    string(g.ID),
		Request:  string(g.Request),
		Name:     g.Database,
		Profile:  g.Profile,
		Host:     c.Host,
		Port:     c.Port,
		Database: c.Database,
		SSLMode:  c.SSLMode,
		Role:     c.Role,
		Password: c.Password.Reveal(),
		Until:    c.Until.UTC(),
		Now:      now.UTC(),
	}
}

// CodeSum is what is stored of a code, and how it is found again. The code has
// 128 bits of chance, so its sum needs neither salt nor slowness.
func CodeSum(code credentials.Secret) [32]byte { return sha256.Sum256([]byte(code.Reveal())) }

// resultKey is the key that results are sealed with. The label keeps it apart
// from CodeSum and from whatever else is ever made from a code.
func resultKey(code credentials.Secret) ([]byte, error) {
	return hkdf.Key(sha256.New, []byte(code.Reveal()), nil, "dbaccess statement result v1", 32)
}

// ResultLink is the link to a one-time result: the code is in its fragment,
// which browsers send to nobody.
func ResultLink(publicURL string, code credentials.Secret) string {
	return strings.TrimRight(publicURL, "/") + "/result#" + code.Reveal()
}
