package workload

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// Verify says whose token this is, or why it is nobody's: a fault of kind Denied
// (or Invalid, if it is no token), and Unavailable if its issuer is away.
func (v *Verifier) Verify(ctx context.Context, jwt string) (Verified, error) {
	t, err := readToken(jwt)
	if err != nil {
		return Verified{}, err
	}
	i, err := v.issuer(t)
	if err != nil {
		return Verified{}, err
	}
	if err := i.signed(ctx, t); err != nil {
		return Verified{}, err
	}
	// From here on the issuer says what the token says.
	if err := i.forUs(t); err != nil {
		return Verified{}, err
	}
	out := Verified{Issuer: i.Name, SingleUse: i.singleUse}
	if out.IssuedAt, out.Expires, err = i.times(t, v.now()); err != nil {
		return Verified{}, err
	}
	if out.ID, err = t.id(); err != nil {
		return Verified{}, err
	}
	if out.Subject, err = t.text("sub"); err != nil {
		return Verified{}, err
	}
	if out.Subject == "" || len(out.Subject) > maxText || !plain(out.Subject) {
		return Verified{}, fault.New(fault.Denied, fmt.Sprintf("The token from %s has no subject that can be shown.", i.Name), "")
	}
	if i.People {
		out.Principal, err = v.person(i, t, out.Subject)
	} else {
		out.Principal, err = v.service(i, t)
	}
	if err != nil {
		return Verified{}, err
	}
	return out, nil
}

// issuer finds who claims to have issued the token: by its exact address, and where
// two have the same by whom the token is for. Nothing is proven by that.
func (v *Verifier) issuer(t token) (*issuer, error) {
	iss, err := t.text("iss")
	if err != nil {
		return nil, err
	}
	aud, err := t.audience()
	if err != nil {
		return nil, err
	}
	var found *issuer
	for _, i := range v.issuers {
		if i.URL == iss && (found == nil || slices.Contains(aud, i.Audience)) {
			found = i
		}
	}
	if found == nil || iss == "" {
		return nil, fault.New(fault.Denied, fmt.Sprintf("The token says it is from %s, which is none of the issuers that dbaccess believes.", quote(iss)),
			"They are listed in identity.issuers, with their exact addresses.")
	}
	return found, nil
}

// signed checks that the issuer has signed the token, by go-oidc and with our keys.
// Times and whom it is for are looked at with more care by those who follow.
func (i *issuer) signed(ctx context.Context, t token) error {
	keys := &asked{keySet: i.keys, token: t}
	_, err := oidc.NewVerifier(i.URL, keys, &oidc.Config{
		ClientID: i.Audience, SkipClientIDCheck: true, SkipExpiryCheck: true, SupportedSigningAlgs: algorithms,
	}).Verify(ctx, t.raw)
	if keys.err != nil {
		return keys.err // go-oidc keeps its text only
	}
	if err != nil || !keys.good {
		return ErrNotAToken.With(err)
	}
	return nil
}

// asked is the keys as one token needs them.
type asked struct {
	*keySet
	token token
	good  bool
	err   error
}

// VerifySignature implements oidc.KeySet.
func (a *asked) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := a.verify(ctx, jwt, a.token.alg, a.token.kid)
	a.good, a.err = err == nil, err
	return payload, err
}

// forUs checks whom the token is for: us and nobody else, who could pass it on.
func (i *issuer) forUs(t token) error {
	aud, err := t.audience()
	if err != nil {
		return err
	}
	if len(aud) != 1 || aud[0] != i.Audience {
		said := "nobody"
		if len(aud) > 0 {
			said = quote(strings.Join(aud, " and "))
		}
		return fault.New(fault.Denied, fmt.Sprintf("The token is for %s, and dbaccess takes those that are for %q alone.", said, i.Audience),
			"Ask "+i.Name+" for a token with that audience.")
	}
	if azp, err := t.text("azp"); i.People && (err != nil || (azp != "" && azp != i.ClientID)) {
		return fault.New(fault.Denied, fmt.Sprintf("The token was given to %s, not to %q.", quote(t.claims["azp"]), i.ClientID), "")
	}
	return nil
}

// times checks when the token is good, by two clocks that may be Skew apart.
func (i *issuer) times(t token, now time.Time) (issued, expires time.Time, err error) {
	var before time.Time
	for name, at := range map[string]*time.Time{"iat": &issued, "exp": &expires, "nbf": &before} {
		var bad error
		if *at, bad = t.time(name); bad != nil {
			err = bad
		}
	}
	if err != nil {
		return issued, expires, err
	}
	if issued.IsZero() || expires.IsZero() {
		return issued, expires, fault.New(fault.Denied, "The token does not say when it was issued and when it ends.", "")
	}
	if oldest := issued.Add(i.MaxAge); oldest.Before(expires) {
		expires = oldest
	}
	from := issued
	if before.After(from) {
		from = before
	}
	switch {
	case now.After(expires.Add(Skew)):
		err = fault.New(fault.Denied, fmt.Sprintf("The token ended %s ago.", now.Sub(expires).Round(time.Second)),
			fmt.Sprintf("Tokens from %s are taken for %s after they were issued at most; use a new one.", i.Name, i.MaxAge))
	case from.After(now.Add(Skew)):
		err = fault.New(fault.Denied, fmt.Sprintf("The token is not good before %s.", from.Format(time.RFC3339)),
			"If that is now: the clocks of this server and of "+i.Name+" are apart.")
	}
	return issued, expires, err
}

// person finds the person whose token it is: by the subject that they list, or by
// an e-mail address that the issuer has verified. The two must not disagree.
func (v *Verifier) person(i *issuer, t token, subject string) (identity.Principal, error) {
	bySubject, err := v.directory.ByLogin(i.Name, subject)
	listed := err == nil
	email, _ := t.text("email")
	if email == "" || !verified(t.claims["email_verified"]) {
		if listed {
			return bySubject, nil
		}
		return identity.Principal{}, fault.New(fault.Denied,
			fmt.Sprintf("%s does not say that it has verified an e-mail address of %s, and nobody lists that log-in.", i.Name, quote(subject)),
			fmt.Sprintf("Ask the owner of dbaccess to add %q to the person's logins in identity.people.", i.Name+":"+subject))
	}
	byEmail, err := v.directory.ByEmail(email)
	switch {
	case err != nil && listed:
		return bySubject, nil
	case err != nil:
		return identity.Principal{}, identity.ErrNobody.With(fmt.Errorf("%s at %s: %w", quote(email), i.Name, err))
	case listed && bySubject.Name != byEmail.Name:
		return identity.Principal{}, fault.New(fault.Denied,
			fmt.Sprintf("The token is %s's by its subject, and %s's by its e-mail address.", bySubject.Name, byEmail.Name),
			"Ask the owner of dbaccess to look at identity.people.")
	}
	return byEmail, nil
}

// verified reads email_verified, which some issuers send as a text.
func verified(v any) bool { return v == true || v == "true" }

// service finds the one service whose conditions hold, and who started its job.
func (v *Verifier) service(i *issuer, t token) (identity.Principal, error) {
	if i.preset.add != nil {
		i.preset.add(t.claims)
	}
	claims, err := kept(i.Keep, t.claims)
	if err != nil {
		return identity.Principal{}, err
	}
	matched, failed := v.services(i.Name, t.claims)
	switch {
	case len(matched) == 0:
		return identity.Principal{}, fault.New(fault.Denied, fmt.Sprintf("No service is for this token of %s: %s.", i.Name, said(i.Keep, claims)),
			"Services are listed in identity.services, each with conditions on its tokens.").With(errors.Join(failed...))
	case len(matched) > 1:
		return identity.Principal{}, fault.New(fault.Denied, fmt.Sprintf("This token of %s is for %s: %s.", i.Name, strings.Join(matched, " and for "), said(i.Keep, claims)),
			"Conditions in identity.services must not overlap.")
	}
	p, err := v.directory.Principal(identity.ServiceName(matched[0]))
	if err != nil {
		return identity.Principal{}, err
	}
	p.Claims = claims
	if p.For, err = v.behind(i, t.claims); err != nil {
		return identity.Principal{}, err
	}
	return p, nil
}

// behind finds the person who started the job: nobody, if no person lists that
// account. A token that does not say whose it is, where it should, is refused: it
// might be that of somebody who then reviews their own job.
func (v *Verifier) behind(i *issuer, claims map[string]any) (string, error) {
	if i.actor == nil {
		return "", nil
	}
	account, err := textOf(i.actor, claims)
	if err != nil || account == "" {
		return "", fault.New(fault.Denied, fmt.Sprintf("The token of %s does not say who started the job.", i.Name),
			"It is read by identity.issuers' actor.").With(err)
	}
	person, err := v.directory.ByAccount(i.Name, account)
	if errors.Is(err, identity.ErrNobody) {
		return "", nil
	}
	return person.Name, err
}

// said shows what is kept of a token in a sentence: the first few, in the order in
// which the config or the type lists them.
func said(keep []string, claims []identity.Claim) string {
	var parts []string
	for _, name := range keep {
		n := slices.IndexFunc(claims, func(c identity.Claim) bool { return c.Name == name })
		if n >= 0 && len(parts) < 6 {
			parts = append(parts, name+" "+quote(claims[n].Value))
		}
	}
	if len(parts) == 0 {
		return "it has none of the claims that are kept"
	}
	return strings.Join(parts, ", ")
}
