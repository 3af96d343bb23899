package v1

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/api"
	"dbaccess/internal/identity"
	"dbaccess/internal/tokens"
)

// Requests is what the door asks of approvals.Service.
type Requests interface {
	Submit(ctx context.Context, who identity.Principal, ask approvals.Ask) (approvals.Request, error)
	Preview(ctx context.Context, who identity.Principal, ask approvals.Ask) (approvals.Request, error)
	Cancel(ctx context.Context, who identity.Principal, id approvals.RequestID) (approvals.Request, error)
	Request(ctx context.Context, id approvals.RequestID) (approvals.Request, error)
	Requests(ctx context.Context, f approvals.Filter) ([]approvals.Request, error)
	MayAsk(who identity.Principal, database, profile string) bool
	MayRun(who identity.Principal, database string) bool
}

// Grants is what the door asks of credentials.Service.
type Grants interface {
	Grant(ctx context.Context, id approvals.GrantID) (credentials.Grant, error)
	Grants(ctx context.Context, f credentials.GrantFilter) ([]credentials.Grant, error)
	ClaimFor(ctx context.Context, who identity.Principal, id approvals.GrantID, attended bool) (credentials.Credential, credentials.Grant, error)
	Alive(ctx context.Context, who identity.Principal, id approvals.GrantID) (until time.Time, err error)
	End(ctx context.Context, who identity.Principal, id approvals.GrantID, why credentials.Reason) (credentials.Grant, error)
}

// Tokens is what the door asks of tokens.Service.
type Tokens interface {
	Exchange(ctx context.Context, jwt credentials.Secret) (credentials.Secret, tokens.Token, error)
	IssueAgent(ctx context.Context, who identity.Principal, agent string, ttl time.Duration) (credentials.Secret, tokens.Token, error)
	Who(ctx context.Context, token credentials.Secret, aud tokens.Audience) (identity.Principal, tokens.Token, error)
	End(ctx context.Context, who identity.Principal, id string) error
}

// Results keeps sealed rows; store.Store does.
type Results interface {
	// TakeResult returns sealed bytes and forgets them, in one transaction with the
	// event that ev makes; faults of kind NotFound, Conflict or Expired if there are
	// none, or none any more.
	TakeResult(ctx context.Context, sum [32]byte, now time.Time, ev func(holder, request string) audit.Event) (sealed []byte, holder, request string, err error)
}

// Config is what the door stands on. All is needed but Login, Masks, Refusals,
// Proxies, Rate and Now.
type Config struct {
	Requests  Requests
	Grants    Grants
	Tokens    Tokens
	Results   Results
	Databases func() []approvals.Database
	// Catalog is what is known of a database; nil: nothing, now.
	Catalog  func(database string) *guardrails.Catalog
	Classify func(ctx context.Context, database, sql string) guardrails.Verdict
	// Changed gives a value after the request may have changed; stop must be called.
	Changed func(id approvals.RequestID) (changed <-chan struct{}, stop func())
	// Login says where people log in; nil: nowhere.
	Login func() []LoginIssuer
	// Masks is what the masked views of a database show of its columns, and in which
	// schemas those views are; nil: no database has any.
	Masks func(ctx context.Context, database string) (Masks, error)

	Refusals api.Refusals // shows errors
	Proxies  api.Proxies  // whose X-Forwarded-For is believed
	// Rate is how many calls a second one principal may make, on average; bursts may
	// have ten times as many. 0 = 20.
	Rate int
	Now  func() time.Time // nil: time.Now
}

// Bounds on what one principal, one network and everybody may do at once.
const (
	usualRate    = 20   // calls a second of one principal
	burst        = 10   // seconds' worth of calls that may come at once
	waitsEach    = 256  // waiting calls of one principal
	waitsAll     = 4096 // waiting calls of all
	largeBody    = 128 << 10
	largeEach    = 2    // calls of one principal with a longer body than that: reading one takes up to fifty times as much memory
	largeAll     = 8    // of all
	manySenders  = 8192 // principals, and networks, whose rates are remembered
	exchanges    = 60   // JWTs of one network, at once, that were not good
	exchangeEach = 2 * time.Second
)

// Door is the JSON API.
type Door struct {
	Config
	calls  *api.Limiter[string]       // by payer
	failed *api.Limiter[netip.Prefix] // tokens and JWTs that were not good, by network
	waits  turns
	large  turns // calls with a long body
}

// New checks c and returns the door.
func New(c Config) (*Door, error) {
	if c.Requests == nil || c.Grants == nil || c.Tokens == nil || c.Results == nil ||
		c.Databases == nil || c.Catalog == nil || c.Classify == nil || c.Changed == nil {
		return nil, errors.New("api/v1: Config lacks something that it needs")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Refusals.Log == nil {
		c.Refusals.Log = slog.Default()
	}
	if c.Rate <= 0 {
		c.Rate = usualRate
	}
	return &Door{
		Config: c,
		calls:  api.NewLimiter[string](burst*c.Rate, time.Second/time.Duration(c.Rate), manySenders),
		failed: api.NewLimiter[netip.Prefix](exchanges, exchangeEach, manySenders),
		waits:  turns{most: waitsAll, each: waitsEach, full: errWaits},
		large:  turns{most: largeAll, each: largeEach, full: errLarge},
	}, nil
}

// caller is who makes a call, and the call as HTTP has it.
type caller struct {
	who   identity.Principal
	token tokens.Token
	call  *http.Request
	http  *http.ResponseController
}

// payer is against whom a call is counted. A person may have any number of agents,
// which count as one.
func (c caller) payer() string {
	if c.who.Kind == identity.Agent {
		return "agents of " + c.who.For
	}
	return c.who.ID()
}

type callerKey struct{}

// callerOf returns whom guard has let in.
func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}
