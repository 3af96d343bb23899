package tokens

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// Audience is the door that a token is for.
type Audience string

// The audiences. An agent's token is for MCP, and good at the API as well, over
// which the MCP tools work; those of people and services are for the API alone.
const (
	API Audience = "dbaccess"
	MCP Audience = "dbaccess-mcp"
)

// opens reports whether a token for a may be used at the door of want.
func (a Audience) opens(want Audience) bool { return a == want || a == MCP && want == API }

// AgentTokens is how many tokens the agents of one person may have that are good:
// what is lost unnoticed stays a few.
const AgentTokens = 20

// Token is what is known of a token, which is not the token itself.
type Token struct {
	ID        string           // tok_…
	Principal string           // its holder's name: "alice", "service/nightly", "claude@alice"
	For       string           // the person that the holder acts for, or empty
	Claims    []identity.Claim // of a service: what its JWT said and the config keeps
	Audience  Audience
	Issuer    string // whose JWT it was given for; empty for an agent's
	Subject   string // what that JWT called its holder; empty for an agent's
	At        time.Time
	Expires   time.Time // the first moment at which it is no longer good
	EndedAt   time.Time // zero: nobody ended it before it expired
	EndedBy   string    // who did: "person:alice"
}

// Live reports whether the token is good at that moment.
func (t Token) Live(now time.Time) bool { return t.EndedAt.IsZero() && now.Before(t.Expires) }

// Verified is what a verifier says of another issuer's JWT.
type Verified struct {
	Principal identity.Principal // a person or a service, with For and Claims
	Issuer    string             // the issuer's name in the config
	Subject   string             // its "sub"
	ID        string             // its "jti", or a hash of it: the same JWT has the same
	SingleUse bool               // it may be exchanged once
	IssuedAt  time.Time
	Expires   time.Time
}

// Once is a JWT that may be used once.
type Once struct {
	Sum   [32]byte  // of issuer and id
	Until time.Time // when it may be forgotten: nobody would verify it any more
}

// Filter selects tokens; a zero field selects all.
type Filter struct {
	Principal string    // exactly this holder's
	Of        string    // this holder's, and those of the agents that act for it
	LiveAt    time.Time // only those that are good at that moment
	Limit     int       // the newest so many; 0 = 100
}

// Store is what Service needs of persistence. Every change is stored together
// with the events that tell of it, or not at all.
type Store interface {
	// InsertToken stores a new token under its sum. With once, which then must not
	// be known yet, it is remembered along with it. If it is known, nothing new is
	// stored: the token that it was first used for is ended unless it is over, with
	// the events that replayed makes of what that one was before (the zero Token if
	// it is forgotten), and the error is ErrReplayed. Of several at once with the
	// same once, exactly one stores its token.
	InsertToken(ctx context.Context, t Token, sum [32]byte, once *Once, ev audit.Event, replayed Replayed) error
	// InsertAgentToken stores a new token of an agent, unless so many of the agents of
	// its person are good at that moment: then it is ErrManyAgents. Of several at once
	// no more than that are stored.
	InsertAgentToken(ctx context.Context, t Token, sum [32]byte, most int, ev audit.Event) error
	// TokenBySum and Token return ErrNoToken if there is none, or none any more.
	TokenBySum(ctx context.Context, sum [32]byte) (Token, error)
	Token(ctx context.Context, id string) (Token, error)
	// EndToken ends a token that is not ended yet, with the event that ev makes of
	// it; one that is stays as it is, without an event. It returns what is stored.
	EndToken(ctx context.Context, id string, now time.Time, by string, ev func(Token) audit.Event) (Token, error)
	// Tokens lists what the filter selects, newest first.
	Tokens(ctx context.Context, f Filter) ([]Token, error)
}

// Replayed says what becomes of a second use of a JWT, of which first is what the
// first use was given: when and by whom the token is ended, if it is still live.
type Replayed struct {
	At     time.Time
	By     string
	Events func(first Token) []audit.Event
}

// What people are told about tokens. Doors tell with [Unauthenticated] which of
// them mean that nobody is signed in.
var (
	// ErrNoToken means that there is no such token.
	ErrNoToken = fault.New(fault.Denied, "This token is not known.", "Sign in again with `dbaccess login`; a job gets a new one with each run.")
	// ErrShape means that it cannot be a token at all.
	ErrShape = fault.New(fault.Denied, "This is not a token of dbaccess.", "A token begins with dba_ and has 65 characters; copy the whole of it, or sign in with `dbaccess login`.")
	// ErrEnded means that somebody ended the token.
	ErrEnded = fault.New(fault.Denied, "This token was ended.", "Sign in again with `dbaccess login`.")
	// ErrExpired means that its time is over.
	ErrExpired = fault.New(fault.Denied, "This token has expired.", "Sign in again with `dbaccess login`.")
	// ErrGone means that its holder is in the config no longer.
	ErrGone = fault.New(fault.Denied, "Whoever this token was given to is not known to dbaccess any more.", "Ask the owner of dbaccess, who keeps identity in its config.")
	// ErrNotAgent means that a token of a person or a service came to the agents'
	// door.
	ErrNotAgent = fault.New(fault.Denied, "This token is not an agent's.", "Give the agent a token of its own: `dbaccess login --agent NAME`.")
	// ErrManyAgents means that the person's agents have as many tokens as they may.
	ErrManyAgents = fault.New(fault.Conflict, fmt.Sprintf("Your agents have %d tokens that are good, and may have no more.", AgentTokens),
		"End some with `dbaccess logout --agent NAME`; an operator ends those that are lost.")
	// ErrReplayed means that a JWT came a second time.
	ErrReplayed = fault.New(fault.Denied, "This identity token was used before, so what it was given is ended too.",
		"Fetch a new one from where the job runs, or sign in again; if the first use was not yours, tell your security team.")
	// ErrNoIssuer means that no issuer of identities is configured.
	ErrNoIssuer = fault.New(fault.Invalid, "This dbaccess takes no identity tokens.", "Its owner can add issuers under identity.issuers.")

	errOnlyPeople = fault.New(fault.Denied, "Only a person can give an agent its token.", "Sign in as yourself with `dbaccess login`.")
	errWho        = fault.New(fault.Denied, "Only people and services can exchange an identity token.", "")
)

// Unauthenticated reports whether err says that the caller's token is not good:
// nobody is signed in.
func Unauthenticated(err error) bool {
	for _, e := range []*fault.Error{ErrNoToken, ErrShape, ErrEnded, ErrExpired, ErrGone} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
