package vault

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/vault/api"
	"golang.org/x/sync/singleflight"
)

// session is the bot's own token. No access hangs on it: losing it costs a
// log-in.
type session struct {
	flight singleflight.Group

	mu        sync.Mutex
	token     string
	renewable bool
	from      time.Time     // when it was made or renewed
	ttl       time.Duration // 0: it does not end
}

func (s *session) get() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

func (s *session) set(auth *api.SecretAuth, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if auth.ClientToken != "" {
		s.token = auth.ClientToken
	}
	s.renewable, s.from, s.ttl = auth.Renewable, now, time.Duration(auth.LeaseDuration)*time.Second
}

// drop forgets a token, unless another has taken its place already.
func (s *session) drop(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == token {
		s.token = ""
	}
}

// next says how long from now until the token should be renewed, after two
// thirds of its life, and whether it can be.
func (s *session) next(now time.Time) (wait time.Duration, renewable bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ttl == 0 && s.token != "" {
		return time.Hour, false
	}
	return max(0, s.from.Add(s.ttl*2/3).Sub(now)), s.renewable && s.token != ""
}

// token returns the bot's token, logging in if it has none. Many who need one
// at once log in once.
func (v *Vault) token(ctx context.Context) (string, error) {
	if token := v.session.get(); token != "" {
		return token, nil
	}
	done := v.session.flight.DoChan("login", func() (any, error) {
		if token := v.session.get(); token != "" {
			return token, nil
		}
		// Not the caller's context: others wait for this too.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loginTimeout)
		defer cancel()
		auth, err := v.login(ctx)
		if err != nil {
			return "", err
		}
		v.session.set(auth, v.config.Now())
		return auth.ClientToken, nil
	})
	select {
	case <-ctx.Done():
		return "", explain("log in to Vault", ctx.Err())
	case r := <-done:
		token, _ := r.Val.(string)
		return token, r.Err
	}
}

// login makes a new token of the bot's own.
func (v *Vault) login(ctx context.Context) (*api.SecretAuth, error) {
	a := v.config.Auth
	secret, err := a.Secret()
	if err != nil {
		return nil, fmt.Errorf("read the secret for Vault's log-in: %w", err)
	}
	if a.Method == "token" {
		return v.lookUp(ctx, secret)
	}
	body := map[string]any{"role": a.Role, "jwt": secret}
	if a.Method == "approle" {
		body = map[string]any{"role_id": a.Role, "secret_id": secret}
	}
	answer, err := v.ctl.write(ctx, "", "auth/"+a.Mount+"/login", body)
	if err != nil {
		return nil, explain("log in to Vault", err)
	}
	if answer == nil || answer.Auth == nil || answer.Auth.ClientToken == "" {
		return nil, errors.New("log in to Vault: it gave no token")
	}
	return answer.Auth, nil
}

// lookUp finds out how long a token that was given to us lives.
func (v *Vault) lookUp(ctx context.Context, token string) (*api.SecretAuth, error) {
	answer, err := v.ctl.read(ctx, token, "auth/token/lookup-self")
	if err != nil {
		return nil, explain("look at the token for Vault", err)
	}
	ttl, err := answer.TokenTTL()
	if err != nil {
		return nil, fmt.Errorf("look at the token for Vault: %w", err)
	}
	renewable, err := answer.TokenIsRenewable()
	if err != nil {
		return nil, fmt.Errorf("look at the token for Vault: %w", err)
	}
	return &api.SecretAuth{ClientToken: token, Renewable: renewable, LeaseDuration: int(ttl / time.Second)}, nil
}

// tidyEvery is how often leases are looked for that were left behind.
const tidyEvery = 5 * time.Minute

// Run keeps the bot's token alive and Vault tidy until ctx is done. Without it
// each call still logs in when it must, and takes that much longer.
func (v *Vault) Run(ctx context.Context) error {
	tidied := v.config.Now()
	for ctx.Err() == nil {
		pause := v.keep(ctx)
		if now := v.config.Now(); now.Sub(tidied) >= tidyEvery {
			tidied = now
			if err := v.Tidy(ctx); err != nil && ctx.Err() == nil {
				v.config.Log.Warn("leases left behind in Vault were not ended", "err", err)
			}
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// keep logs in or renews if it is time to, and says when to look again.
func (v *Vault) keep(ctx context.Context) time.Duration {
	token, err := v.token(ctx)
	if err != nil {
		v.config.Log.Warn("no log-in to Vault", "err", err)
		return 5 * time.Second
	}
	wait, renewable := v.session.next(v.config.Now())
	if wait > 0 {
		return min(wait, time.Minute)
	}
	if renewable {
		answer, err := v.ctl.write(ctx, token, "auth/token/renew-self", nil)
		if err == nil && answer != nil && answer.Auth != nil {
			v.session.set(answer.Auth, v.config.Now())
			if wait, _ := v.session.next(v.config.Now()); wait > time.Second {
				return min(wait, time.Minute)
			}
		}
	}
	// Near its last end: a new one, while the old one still serves.
	auth, err := v.login(ctx)
	if err != nil {
		v.config.Log.Warn("no new log-in to Vault", "err", err)
		return 5 * time.Second
	}
	v.session.set(auth, v.config.Now())
	return time.Second
}

// asBot makes a call with the bot's token. If Vault does not know it any more,
// or its policy has changed, one new log-in is tried: a 403 did nothing.
func (v *Vault) asBot(ctx context.Context, call func(token string) (*api.Secret, error)) (*api.Secret, error) {
	token, err := v.token(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := call(token)
	if status(err) != 403 {
		return answer, err
	}
	v.session.drop(token)
	if token, err = v.token(ctx); err != nil {
		return nil, err
	}
	return call(token)
}
