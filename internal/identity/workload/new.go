package workload

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"

	"dbaccess/internal/expression"
	"dbaccess/internal/identity"
)

// maxKeep is how many claims may be kept: they stand on cards.
const maxKeep = 32

// New makes a verifier. Every static mistake is reported, each with its path in the
// config; the network is not touched.
func New(c Config) (*Verifier, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	b := builder{Config: c, v: &Verifier{directory: c.Directory, now: c.Now}}
	for n := range c.Issuers {
		b.issuer(fmt.Sprintf("identity.issuers[%d]", n), c.Issuers[n])
	}
	for n := range c.Services {
		b.service(fmt.Sprintf("identity.services[%d]", n), c.Services[n])
	}
	if len(b.problems) > 0 {
		return nil, errors.Join(b.problems...)
	}
	return b.v, nil
}

// builder makes a verifier and collects what is wrong.
type builder struct {
	Config
	v        *Verifier
	problems []error
}

func (b *builder) problem(path, format string, args ...any) {
	b.problems = append(b.problems, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
}

func (b *builder) issuer(at string, c Issuer) {
	filled, known := presets[c.Type]
	if c.Type == "" {
		filled, known = presets["oidc"], true
	}
	if !known {
		b.problem(at+".type", "%q is no type of issuer", c.Type)
	}
	if c.People {
		filled = people
		if c.Audience == "" {
			c.Audience = c.ClientID
		}
		if len(c.Scopes) == 0 {
			c.Scopes = []string{"openid", "email"}
		}
	}
	if c.Audience == "" {
		c.Audience = b.Audience
	}
	if c.Keep == nil {
		c.Keep = filled.keep
	}
	if c.Actor == "" {
		c.Actor = filled.actor
	}
	if c.MaxAge == 0 {
		c.MaxAge = filled.maxAge
	}
	i := &issuer{Issuer: c, preset: filled, singleUse: filled.singleUse}
	if c.SingleUse != nil {
		i.singleUse = *c.SingleUse
	}
	b.look(at, i)
	i.keys = &keySet{
		name: c.Name, now: b.Now,
		fetch: source{url: c.URL, keys: c.Keys, caCert: c.CACert, bearer: c.Bearer, http: b.HTTP}.fetch,
	}
	b.v.issuers = append(b.v.issuers, i)
}

// look checks an issuer, and compiles its actor.
func (b *builder) look(at string, i *issuer) {
	if i.Audience == "" {
		b.problem(at+".audience", "is missing: what its tokens must be for")
	}
	for _, other := range b.v.issuers {
		switch {
		case other.Name == i.Name:
			b.problem(at+".name", "%q is taken", i.Name)
		case other.URL == i.URL && other.Audience == i.Audience: // its tokens would be either's
			b.problem(at+".audience", "is that of %s, which has the same url", other.Name)
		}
	}
	if len(i.Keep) > maxKeep {
		b.problem(at+".keep", "has %d claims, and may have %d", len(i.Keep), maxKeep)
	}
	for n, name := range i.Keep {
		if name == "" || slices.Contains(i.Keep[:n], name) {
			b.problem(fmt.Sprintf("%s.keep[%d]", at, n), "is empty, or listed twice")
		}
	}
	if i.Actor == "" {
		return
	}
	var problems []string
	if i.actor, problems = compile(i.Actor, cel.StringType); len(problems) > 0 {
		b.problem(at+".actor", "%s", strings.Join(problems, "; "))
	}
}

func (b *builder) service(at string, c Service) {
	if _, err := b.Directory.Principal(identity.ServiceName(c.Name)); err != nil {
		b.problem(at+".name", "there is no service %q", c.Name)
	}
	if len(c.Tokens) == 0 {
		b.problem(at+".tokens", "none is listed, so no token could be this service's")
	}
	for n, t := range c.Tokens {
		b.rule(fmt.Sprintf("%s.tokens[%d]", at, n), c.Name, t)
	}
}

func (b *builder) rule(at, service string, t Rule) {
	n := slices.IndexFunc(b.v.issuers, func(i *issuer) bool { return i.Name == t.Issuer })
	if n < 0 {
		b.problem(at+".issuer", "there is no issuer %q", t.Issuer)
		return
	}
	if b.v.issuers[n].People {
		b.problem(at+".issuer", "the tokens of %s are people's", t.Issuer)
		return
	}
	when, problems := compile(t.When, cel.BoolType)
	if len(problems) > 0 {
		b.problem(at+".when", "%s", strings.Join(problems, "; "))
		return
	}
	if lets := b.v.issuers[n].strangers(); lets != nil {
		if holds, err := expression.Holds(when, map[string]any{"claims": lets}); err == nil && holds {
			b.problem(at+".when", "also holds for %s of a stranger: name the repository or project that it is for", t.Issuer)
			return
		}
	}
	b.v.rules = append(b.v.rules, rule{service: service, issuer: t.Issuer, when: when})
}

// strangers is a token's claims that must be nobody's; nil if its type has none.
func (i *issuer) strangers() map[string]any {
	if i.preset.stranger == nil {
		return nil
	}
	claims := map[string]any{
		"iss": i.URL, "aud": i.Audience, "jti": "4b1f4a0e-9a3e-4a63-9f67-1d3b8e0c7f52",
		"iat": int64(1), "nbf": int64(1), "exp": int64(lastSecond),
	}
	for name, v := range i.preset.stranger {
		claims[name] = v
	}
	return claims
}
