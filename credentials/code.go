package credentials

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/identity"
)

// Codes are written in Crockford's base32: no I, L, O or U, so that nobody has
// to tell a one from an l.
const (
	codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLength   = 26 // 130 bits of room for 128
)

// newCode makes a code of 128 random bits: XXXXX-XXXXX-XXXXX-XXXXX-XXXXXX.
func newCode() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand ends the process first
	n := new(big.Int).SetBytes(raw[:])
	digits := make([]byte, codeLength)
	for i := range digits {
		digits[codeLength-1-i] = codeAlphabet[new(big.Int).And(n, big.NewInt(31)).Int64()]
		n.Rsh(n, 5)
	}
	d := string(digits)
	return d[:5] + "-" + d[5:10] + "-" + d[10:15] + "-" + d[15:20] + "-" + d[20:]
}

// codeSum is what is stored of a code: SHA-256 of its digits, however they were
// typed. ErrCodeShape if they cannot be a code.
func codeSum(code Secret) ([32]byte, error) {
	if len(code.v) > 100 {
		return [32]byte{}, ErrCodeShape
	}
	digits := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.TrimSpace(code.v)))
	if len(digits) != codeLength || strings.Trim(digits, codeAlphabet) != "" {
		return [32]byte{}, ErrCodeShape
	}
	return sha256.Sum256([]byte(digits)), nil
}

// IssueCode makes a one-time claim code for the grant's holder: 128 bits, good
// for two minutes and one use. Only its SHA-256 is stored.
func (s *Service) IssueCode(ctx context.Context, who identity.Principal, id approvals.GrantID) (Secret, Grant, error) {
	g, err := s.Store.Grant(ctx, id)
	if err != nil {
		return Secret{}, Grant{}, err
	}
	if !holds(who, g) {
		return Secret{}, Grant{}, ErrNotYours
	}
	now := s.now()
	if err := claimable(g, approvals.Access, now); err != nil {
		return Secret{}, g, err
	}
	code := NewSecret(newCode())
	sum, err := codeSum(code)
	if err != nil {
		return Secret{}, g, fmt.Errorf("make a code: %w", err)
	}
	expires := now.Add(codeLife)
	ev := s.event(audit.CodeIssued, who.ID(), g, map[string]any{"expires": expires.UTC().Format(eventTime)})
	err = s.Store.InsertCode(ctx, Code{Sum: sum, Grant: g.ID, Holder: g.Holder, Expires: expires}, Change{Events: []audit.Event{ev}})
	if err != nil {
		return Secret{}, g, ErrStoreAway.With(fmt.Errorf("store code of %s: %w", g.ID, err))
	}
	return code, g, nil
}

// eventTime is how times stand in the details of events.
const eventTime = "2006-01-02T15:04:05.000000Z"

// Redeem exchanges a code for a credential, and makes the code useless whatever
// comes of it. A second use of a code ends the grant: somebody else has seen it.
func (s *Service) Redeem(ctx context.Context, code Secret) (Credential, Grant, error) {
	sum, err := codeSum(code)
	if err != nil {
		return Credential{}, Grant{}, err
	}
	now := s.now()
	was, err := s.Store.UseCode(ctx, sum, now, func(c Code) audit.Event {
		e := audit.Event{At: now, Type: audit.CodeUsed, Actor: holderID(c.Holder), Grant: string(c.Grant)}
		switch {
		case reused(c):
			e.Type = audit.CodeReused
		case !now.Before(c.Expires):
			e.Type = audit.CodeExpired
		}
		return e
	})
	if errors.Is(err, ErrNoCode) {
		return Credential{}, Grant{}, err
	}
	if err != nil {
		return Credential{}, Grant{}, ErrStoreAway.With(fmt.Errorf("use code: %w", err))
	}
	if reused(was) {
		g, err := s.End(ctx, identity.SystemPrincipal("codes"), was.Grant, Revoked)
		return Credential{}, g, errors.Join(ErrCodeReused, err)
	}
	if !was.UsedAt.IsZero() || !now.Before(was.Expires) {
		return Credential{}, Grant{}, ErrCodeExpired
	}
	g, err := s.Store.Grant(ctx, was.Grant)
	if err != nil {
		return Credential{}, Grant{}, ErrStoreAway.With(fmt.Errorf("read grant of code: %w", err))
	}
	return s.claim(ctx, g, approvals.Access, holderID(was.Holder), false)
}

// reused reports whether somebody had got something for the code before. One
// that was presented too late gave nothing, and may be presented again.
func reused(c Code) bool { return !c.UsedAt.IsZero() && c.UsedAt.Before(c.Expires) }

// holds reports whether who is the one the grant was approved for. Operators
// and the system hold nothing, whatever they are called.
func holds(who identity.Principal, g Grant) bool {
	return who.Name == g.Holder && who.Kind != identity.Operator && who.Kind != identity.System
}

func holderID(name string) string { return identity.Named(name).ID() }
