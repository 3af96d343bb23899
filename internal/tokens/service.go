package tokens

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// remembered is how long a used JWT is remembered after its own time: longer than
// any difference of clocks for which a verifier may still take it.
const remembered = time.Hour

// Lifetimes are how long tokens are good for; a zero field means its default.
type Lifetimes struct {
	Person    time.Duration // 12 h
	Service   time.Duration // 1 h: a longer job exchanges a new JWT
	Agent     time.Duration // 8 h, if the person says nothing else
	AgentMost time.Duration // 30 days
}

func (l Lifetimes) filled() Lifetimes {
	for _, f := range []struct {
		d    *time.Duration
		then time.Duration
	}{{&l.Person, 12 * time.Hour}, {&l.Service, time.Hour}, {&l.Agent, 8 * time.Hour}, {&l.AgentMost, 30 * 24 * time.Hour}} {
		if *f.d <= 0 {
			*f.d = f.then
		}
	}
	l.Agent = min(l.Agent, l.AgentMost)
	return l
}

// Service gives out tokens and says whose they are. It is safe for concurrent use
// and keeps nothing in memory: any number of servers may share the store.
type Service struct {
	Store     Store
	Verify    func(ctx context.Context, jwt string) (Verified, error) // nil: no issuer is configured
	Principal func(name string) (identity.Principal, error)           // the directory of this moment
	Lifetimes Lifetimes
	Now       func() time.Time
	NewID     func(prefix string) string
	Log       *slog.Logger        // nil: slog.Default
	OnReplay  func(issuer string) // called at each replay; may be nil
}

// Exchange gives whom the JWT belongs to a token for the API. What the verifier
// refuses is refused with its fault; a JWT that may be used once and comes again
// is ErrReplayed.
func (s *Service) Exchange(ctx context.Context, jwt credentials.Secret) (credentials.Secret, Token, error) {
	if s.Verify == nil {
		return credentials.Secret{}, Token{}, ErrNoIssuer
	}
	v, err := s.verify(ctx, jwt)
	if err != nil {
		return credentials.Secret{}, Token{}, fmt.Errorf("exchange identity token: %w", err)
	}
	now, p := s.now(), v.Principal
	t := Token{
		ID: s.NewID("tok"), Principal: p.Name, For: p.For, Claims: p.Claims, Audience: API,
		Issuer: v.Issuer, Subject: v.Subject, At: now,
	}
	var once *Once
	switch p.Kind {
	case identity.Person:
		t.Expires, once = now.Add(s.Lifetimes.filled().Person), onceOf(v)
	case identity.Service:
		t.Expires = now.Add(s.Lifetimes.filled().Service)
		if v.SingleUse {
			once = onceOf(v)
		}
	default:
		return credentials.Secret{}, Token{}, errWho
	}
	secret, sum := newSecret(p.Kind)
	err = s.Store.InsertToken(ctx, t, sum, once, issued(t, p), s.replayed(p, v, now))
	if errors.Is(err, ErrReplayed) {
		s.alarm(p, v)
	}
	if err != nil {
		return credentials.Secret{}, Token{}, fmt.Errorf("exchange identity token of %s: %w", p.ID(), err)
	}
	return secret, t, nil
}

// IssueAgent gives an agent of the person a token for MCP, good for ttl, or for
// the default if that is 0. ErrManyAgents if the person's agents have enough.
func (s *Service) IssueAgent(ctx context.Context, who identity.Principal, agent string, ttl time.Duration) (credentials.Secret, Token, error) {
	if who.Kind != identity.Person {
		return credentials.Secret{}, Token{}, errOnlyPeople
	}
	lives := s.Lifetimes.filled()
	if ttl == 0 {
		ttl = lives.Agent
	}
	if ttl < time.Minute || ttl > lives.AgentMost {
		return credentials.Secret{}, Token{}, fault.New(fault.Invalid, "An agent's token cannot be good for that long.",
			fmt.Sprintf("Between a minute and %s is possible.", span(lives.AgentMost)))
	}
	p, err := s.Principal(identity.AgentName(agent, who.Name))
	if err != nil || p.Kind != identity.Agent || p.For != who.Name {
		return credentials.Secret{}, Token{}, fault.New(fault.Invalid, fmt.Sprintf("%q cannot be an agent's name.", agent),
			"Use small letters, digits, dot, dash and underscore: claude.").With(err)
	}
	now := s.now()
	t := Token{ID: s.NewID("tok"), Principal: p.Name, For: who.Name, Audience: MCP, At: now, Expires: now.Add(ttl)}
	secret, sum := newSecret(identity.Agent)
	if err := s.Store.InsertAgentToken(ctx, t, sum, AgentTokens, issued(t, who)); err != nil {
		return credentials.Secret{}, Token{}, fmt.Errorf("issue token of %s: %w", p.ID(), err)
	}
	return secret, t, nil
}

// Who says who comes with the token to the door of that audience, as the directory
// knows them now.
func (s *Service) Who(ctx context.Context, token credentials.Secret, aud Audience) (identity.Principal, Token, error) {
	sum, err := sumOf(token)
	if err != nil {
		return identity.Principal{}, Token{}, err
	}
	t, err := s.Store.TokenBySum(ctx, sum)
	if err != nil {
		return identity.Principal{}, Token{}, fmt.Errorf("look up token: %w", err)
	}
	switch {
	case !t.EndedAt.IsZero():
		err = ErrEnded
	case !t.Live(s.now()):
		err = ErrExpired
	case !t.Audience.opens(aud):
		err = ErrNotAgent // the one pair that does not fit
	}
	if err != nil {
		return identity.Principal{}, Token{}, fmt.Errorf("token %s of %s: %w", t.ID, identity.Named(t.Principal).ID(), err)
	}
	p, err := s.holder(t)
	if err != nil {
		return identity.Principal{}, Token{}, fmt.Errorf("token %s: %w", t.ID, err)
	}
	return p, t, nil
}

// holder is the token's holder as the directory knows them now.
func (s *Service) holder(t Token) (identity.Principal, error) {
	p, err := s.Principal(t.Principal)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return p, ErrGone.With(err)
	case err != nil:
		return p, err
	}
	if p.Kind == identity.Service { // what the directory does not know: the run that it is
		p.For, p.Claims = t.For, t.Claims
	}
	return p, nil
}

// End ends the token of that id now. Holders may end their own, people those of
// their agents, and operators all; for anybody else there is no such token. To end
// one that is over already changes nothing.
func (s *Service) End(ctx context.Context, who identity.Principal, id string) error {
	t, err := s.Store.Token(ctx, id)
	if err == nil && !mayEnd(who, t) {
		err = ErrNoToken
	}
	if err != nil {
		return fmt.Errorf("end token %s: %w", id, err)
	}
	now := s.now()
	_, err = s.Store.EndToken(ctx, id, now, who.ID(), func(t Token) audit.Event { return ended(t, who.ID(), "ended", now) })
	if err != nil {
		return fmt.Errorf("end token %s: %w", id, err)
	}
	return nil
}

func mayEnd(who identity.Principal, t Token) bool {
	switch who.Kind {
	case identity.Operator:
		return true
	case identity.Person:
		return t.Principal == who.Name || identity.Named(t.Principal).For == who.Name
	default:
		return t.Principal == who.Name
	}
}

// List returns the tokens with which one may come now as who or as an agent of
// who, newest first.
func (s *Service) List(ctx context.Context, who identity.Principal) ([]Token, error) {
	return s.All(ctx, Filter{Of: who.Name, LiveAt: s.now()})
}

// All returns the tokens that the filter selects, newest first: for operators.
func (s *Service) All(ctx context.Context, f Filter) ([]Token, error) {
	list, err := s.Store.Tokens(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return list, nil
}

// now is read once an operation, as exact as the store keeps it.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }
