package workload

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"cel.dev/cel-go/cel"

	"dbaccess/internal/identity"
)

// Config is what New needs.
type Config struct {
	Issuers   []Issuer
	Services  []Service
	Audience  string // of issuers that name none: how the outside calls this server
	Directory *identity.Directory
	Now       func() time.Time // default time.Now
	HTTP      *http.Client     // for issuers without a CACert; default one of our own
}

// Issuer is one place whose tokens are believed.
type Issuer struct {
	Name     string
	Type     string // github, gitlab, kubernetes or oidc: what is filled in where the config is silent
	URL      string // exactly what its tokens have as "iss"
	Audience string // exactly what its tokens must have as "aud", and nothing else
	// Keys is where its keys are if its discovery document cannot be read: an
	// https address, or "file:/path". Default what the document says.
	Keys   string
	CACert string                 // file of PEM certificates for https; default the system's
	Bearer func() (string, error) // what to show at its own address, for API servers that ask; may be nil

	Keep      []string      // claims kept with what its tokens ask for
	Actor     string        // CEL: the log-in of who started a job
	SingleUse *bool         // each token is exchanged once
	MaxAge    time.Duration // since it was issued, whatever it says itself

	People   bool   // its tokens are people's
	ClientID string // of people's: what `dbaccess login` calls itself there; also the audience
	Scopes   []string
}

// Service says which tokens are a service's.
type Service struct {
	Name   string // as in identity.services
	Tokens []Rule
}

// Rule is one condition: a token of that issuer for which When holds.
type Rule struct {
	Issuer string
	When   string // CEL over `claims`
}

// Verified is what a token proves.
type Verified struct {
	Principal identity.Principal
	Issuer    string // its name in the config
	Subject   string // as the issuer says it
	ID        string // the token's own id (jti), else the SHA-256 of what was signed; unique within its issuer
	SingleUse bool   // whoever exchanges it must refuse ID the next time, until Expires
	IssuedAt  time.Time
	Expires   time.Time // by the token and by max_age; clocks may differ by Skew
}

// Skew is how far the clocks of an issuer and of this machine may be apart.
const Skew = time.Minute

// LoginIssuer is what `dbaccess login` needs of an issuer of people's tokens.
type LoginIssuer struct {
	Name     string   `json:"name"`
	URL      string   `json:"url"`
	ClientID string   `json:"client_id"`
	Scopes   []string `json:"scopes"`
}

// Health says whether the keys of an issuer are at hand and can be had.
type Health struct {
	Issuer string
	URL    string
	Err    error // a fault of kind Unavailable; its cause says why
}

// Verifier checks tokens. It may be used by many at once.
type Verifier struct {
	issuers   []*issuer
	rules     []rule // in the config's order
	directory *identity.Directory
	now       func() time.Time
}

// issuer is an Issuer with what its type fills in, and with its keys.
type issuer struct {
	Issuer
	preset    preset
	singleUse bool
	actor     cel.Program // nil if nobody is looked for
	keys      *keySet
}

// Login returns the issuers at which people log in.
func (v *Verifier) Login() []LoginIssuer {
	var list []LoginIssuer
	for _, i := range v.issuers {
		if i.People {
			list = append(list, LoginIssuer{Name: i.Name, URL: i.URL, ClientID: i.ClientID, Scopes: slices.Clone(i.Scopes)})
		}
	}
	return list
}

// Attributed returns the names of the issuers whose tokens say who started a job.
// Whoever may review should list their accounts there.
func (v *Verifier) Attributed() []string {
	var list []string
	for _, i := range v.issuers {
		if i.actor != nil {
			list = append(list, i.Name)
		}
	}
	return list
}

// Check says of each issuer whether its keys are at hand and can be had, asking for
// them where they are old. It may be called as often as one likes.
func (v *Verifier) Check(ctx context.Context) []Health {
	list := make([]Health, len(v.issuers))
	var all sync.WaitGroup
	for n, i := range v.issuers {
		list[n] = Health{Issuer: i.Name, URL: i.URL}
		all.Go(func() { list[n].Err = i.keys.health(ctx) })
	}
	all.Wait()
	return list
}
