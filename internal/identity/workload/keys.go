package workload

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"dbaccess/internal/fault"
)

// How long keys are kept, and how often they are asked for. Whoever can reach the
// API can send tokens that name unknown keys, so that asking is bounded by time,
// not by tokens.
const (
	freshFor   = 5 * time.Minute  // then they are asked for again: a key taken back is refused by then
	staleAfter = time.Hour        // until then they stay good while their issuer is away
	betweenAsk = 10 * time.Second // at least, between two attempts
	askLimit   = 5 * time.Second  // for one attempt
)

// keySet holds the keys of one issuer.
type keySet struct {
	name  string // of the issuer, for sentences
	fetch func(ctx context.Context) ([]jose.JSONWebKey, error)
	now   func() time.Time

	mu      sync.Mutex // guards what follows; never held while asking
	keys    []jose.JSONWebKey
	fetched time.Time     // when keys came
	tried   time.Time     // when the last attempt ended
	failed  error         // why the last attempt brought nothing
	asking  chan struct{} // closed when the attempt that is under way ends; nil if none is
}

// verify checks a signature by the issuer's keys, and returns what was signed.
func (s *keySet) verify(ctx context.Context, raw, alg, kid string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
	if err != nil {
		return nil, ErrNotAToken.With(err)
	}
	keys, err := s.named(ctx, kid)
	if err != nil {
		return nil, err
	}
	for i := range keys {
		if keys[i].Algorithm != "" && keys[i].Algorithm != alg {
			continue
		}
		if payload, err := jws.Verify(&keys[i]); err == nil {
			return payload, nil
		}
	}
	return nil, fault.New(fault.Denied, fmt.Sprintf("This token's signature is not %s's.", s.name), "")
}

// named returns the keys of that name, all of them if the token names none. It
// asks the issuer only where it has to.
func (s *keySet) named(ctx context.Context, kid string) ([]jose.JSONWebKey, error) {
	s.mu.Lock()
	found, age := s.find(kid), s.age()
	var wait chan struct{}
	if age >= freshFor/2 || len(found) == 0 {
		wait = s.ask(ctx)
	}
	s.mu.Unlock()

	if wait != nil && (age >= freshFor || len(found) == 0) {
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, s.away(ctx.Err())
		}
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	switch found, age = s.find(kid), s.age(); {
	case age >= staleAfter: // none ever came, or too long ago
		return nil, s.away(s.failed)
	case len(found) > 0:
		return found, nil
	case s.failed != nil: // the key may be a new one
		return nil, s.away(s.failed)
	}
	return nil, fault.New(fault.Denied, fmt.Sprintf("This token is signed with a key that %s does not publish.", s.name),
		fmt.Sprintf("If it has just changed its keys, try again in %s.", betweenAsk))
}

// age is how old the keys are, and very old if none ever came. s.mu is held.
func (s *keySet) age() time.Duration {
	if s.fetched.IsZero() {
		return staleAfter
	}
	return s.now().Sub(s.fetched)
}

// find returns the keys of that name. s.mu is held.
func (s *keySet) find(kid string) []jose.JSONWebKey {
	if kid == "" {
		return s.keys
	}
	var found []jose.JSONWebKey
	for _, k := range s.keys {
		if k.KeyID == kid {
			found = append(found, k)
		}
	}
	return found
}

// ask begins an attempt, unless one is under way or was a moment ago, and returns
// what closes when it ends; nil if there is nothing to wait for. The attempt is not
// its caller's: others wait for it too, and one who gives up does not end it. s.mu
// is held.
func (s *keySet) ask(ctx context.Context) chan struct{} {
	if s.asking != nil {
		return s.asking
	}
	if !s.tried.IsZero() && s.now().Sub(s.tried) < betweenAsk {
		return nil
	}
	done := make(chan struct{})
	s.asking = done
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askLimit)
	go func() {
		defer cancel()
		keys, err := s.fetch(ctx)
		if err == nil && len(keys) == 0 {
			err = errors.New("it publishes no key that can be used")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tried, s.failed, s.asking = s.now(), err, nil
		if err == nil {
			s.keys, s.fetched = keys, s.tried
		}
		close(done)
	}()
	return done
}

func (s *keySet) away(cause error) error {
	return (&fault.Error{
		Kind: fault.Unavailable, Msg: fmt.Sprintf("The keys of %s cannot be had, so no token of its is believed.", s.name),
		Hint: "Try again in a minute; `dbaccess doctor` says why.",
	}).With(cause)
}

// health says whether keys are at hand and can be had, after asking for them if
// they are old.
func (s *keySet) health(ctx context.Context) error {
	if _, err := s.named(ctx, ""); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		return nil
	}
	return (&fault.Error{
		Kind: fault.Unavailable, Msg: fmt.Sprintf("The keys of %s cannot be had. Those at hand are good until %s.", s.name, s.fetched.Add(staleAfter).UTC().Format(time.RFC3339)),
	}).With(s.failed)
}
