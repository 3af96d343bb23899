package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Identity says who people, services and agents are, and whose tokens are
// believed when they come by the API.
type Identity struct {
	People []Person `mapstructure:"people"`
	// Issuers are the places whose tokens (OIDC, JWT) are believed: where pipelines
	// run, and where people log in. docs/identity.md.
	Issuers  []Issuer  `mapstructure:"issuers"`
	Services []Service `mapstructure:"services"`
}

// Person is one person. Several Slack ids are the same person, which is what
// makes "nobody approves their own request" hold.
type Person struct {
	Name   string   `mapstructure:"name"`
	Email  string   `mapstructure:"email"`
	Slack  []string `mapstructure:"slack"`
	Groups []string `mapstructure:"groups"`
	// Logins are who they are elsewhere: "issuer:subject" of an issuer of people's
	// tokens, or the account that starts jobs at one of pipelines ("github:alice").
	// Whoever may review lists the accounts with which they could start a job.
	Logins []string `mapstructure:"logins"`
}

// Issuer is one place whose tokens are believed.
type Issuer struct {
	Name string `mapstructure:"name"`
	// Type fills in what the config leaves out: github, gitlab, kubernetes or oidc.
	// Default oidc.
	Type string `mapstructure:"type"`
	// URL is exactly what its tokens have as "iss". https, except on loopback.
	URL string `mapstructure:"url"`
	// Audience is what its tokens must have as "aud", and nothing else. Default
	// public_url; for people's the client_id.
	Audience string `mapstructure:"audience"`
	// Keys is where its keys are, if its discovery document cannot be read from
	// here: an https address, or "file:/path". Default what that document says.
	Keys string `mapstructure:"keys"`
	// CACert is a file of PEM certificates that its certificate is checked against.
	// Default the system's.
	CACert string `mapstructure:"ca_cert"`
	// Bearer is shown to it when its keys are fetched, and to nobody else: an API
	// server may ask for a service account's token.
	Bearer Ref `mapstructure:"bearer"`

	// Keep are the claims that are kept with what its tokens ask for, shown to
	// reviewers and to policy. Default by type.
	Keep []string `mapstructure:"keep"`
	// Actor is an expression (CEL) for the account that started a job, looked up
	// in people's logins: that person cannot review what the job asks for.
	// Default by type.
	Actor string `mapstructure:"actor"`
	// SingleUse lets each token in once. Default true for github and people,
	// false for others, whose jobs have one token for all their life.
	SingleUse *bool `mapstructure:"single_use"`
	// MaxAge is how long after it was issued a token is taken, whatever it says
	// itself. Default 15m for github and people, else 24h.
	MaxAge time.Duration `mapstructure:"max_age"`

	// People: its tokens are people's, by their verified e-mail or by logins.
	People bool `mapstructure:"people"`
	// ClientID is what `dbaccess login` is registered as there: a public client.
	ClientID string `mapstructure:"client_id"`
	// Scopes are asked for at the log-in. Default openid and email.
	Scopes []string `mapstructure:"scopes"`
}

// Service is something that runs without a person, such as a pipeline.
type Service struct {
	Name   string   `mapstructure:"name"`
	Groups []string `mapstructure:"groups"` // for policy; they give no seat, since services never review
	// Tokens says which tokens are its own: any of these.
	Tokens []TokenRule `mapstructure:"tokens"`
	// Bind are the claims of its token that its jobs are bound to: an approval that
	// stands for later runs is for those with the same. All of them must be in the
	// token, and be kept (issuers[].keep). Default those of repository, ref, sha,
	// workflow, workflow_ref (and what GitLab and Kubernetes call them) that it has.
	Bind []string `mapstructure:"bind"`
}

// TokenRule is one condition on tokens.
type TokenRule struct {
	Issuer string `mapstructure:"issuer"`
	// When is an expression (CEL) over `claims`. A token for which two services'
	// conditions hold is refused.
	When string `mapstructure:"when"`
}

// issuerTypes are those that workload fills in.
var issuerTypes = []string{"github", "gitlab", "kubernetes", "oidc"}

// check looks at what can be said without CEL; what the conditions say, and which
// two things do not fit together, internal/identity/workload finds.
func (i Identity) check(ps *Problems) {
	if len(i.People) == 0 {
		ps.Add("identity.people", "nobody is listed, so nobody could ask or approve")
	}
	unique(ps, "identity.issuers", i.Issuers, func(s Issuer) string { return s.Name })
	for n, s := range i.Issuers {
		s.check(ps, fmt.Sprintf("identity.issuers[%d]", n))
	}
	for n, p := range i.People {
		for m, l := range p.Logins {
			name, _, _ := strings.Cut(l, ":")
			if !slices.ContainsFunc(i.Issuers, func(s Issuer) bool { return s.Name == name }) {
				ps.Add(fmt.Sprintf("identity.people[%d].logins[%d]", n, m), "there is no issuer %q", name)
			}
		}
	}
}

func (s Issuer) check(ps *Problems, at string) {
	if !names.MatchString(s.Name) {
		ps.Add(at+".name", "%q: %s", s.Name, namesRule)
	}
	oneOf(ps, at+".type", s.Type, issuerTypes...)
	checkHTTPS(ps, at+".url", s.URL, "what its tokens have as \"iss\"", "whoever stands in between could make tokens")
	if path, isFile := strings.CutPrefix(s.Keys, "file:"); isFile {
		if path == "" {
			ps.Add(at+".keys", "names no file")
		}
	} else if s.Keys != "" {
		checkHTTPS(ps, at+".keys", s.Keys, "", "whoever stands in between could make tokens")
	}
	checkRef(ps, at+".bearer", s.Bearer, false)
	switch {
	case s.People && s.ClientID == "":
		ps.Add(at+".client_id", "is missing: what `dbaccess login` is registered as there")
	case !s.People && s.ClientID != "":
		ps.Add(at+".client_id", "is for issuers with people: true")
	case !s.People && len(s.Scopes) > 0:
		ps.Add(at+".scopes", "is for issuers with people: true")
	case s.People && s.Actor != "":
		ps.Add(at+".actor", "is for pipelines: people act for themselves")
	}
}

// complete fills in what does not stand in the file.
func (i *Identity) complete(publicURL string) {
	for n := range i.Issuers {
		s := &i.Issuers[n]
		orElse(&s.Type, "oidc")
		if s.People {
			orElse(&s.Audience, s.ClientID)
		}
		orElse(&s.Audience, strings.TrimRight(publicURL, "/"))
	}
}
