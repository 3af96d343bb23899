package pool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Access is leave to use one database, renewed for as long as the program runs.
// Use it by pointer; it may be used by several goroutines at once.
type Access struct {
	URL      string                                    // of the dbaccess server
	Token    func(ctx context.Context) (string, error) // an API token of dbaccess
	Database string                                    // its name in dbaccess
	Profile  string
	Window   string // how long one credential lasts, such as "1h"
	Reason   string

	mu    sync.Mutex // held while a credential is made: the pool asks for many connections at once
	now   *credential
	older []*credential // whose connections may still be used
}

// credential is a role and password, and the grant that they live under.
type credential struct {
	Grant    string    `json:"grant"`
	Host     string    `json:"host"`
	Port     uint16    `json:"port"`
	Database string    `json:"database"`
	Role     string    `json:"role"`
	Password string    `json:"password"`
	Until    time.Time `json:"until"`
	Now      time.Time `json:"now"`

	renew time.Time // by this clock
	stop  context.CancelFunc
}

// Configure makes a pool take its credentials from a, and move its connections to
// the next one while the last is still good.
func (a *Access) Configure(config *pgxpool.Config) error {
	window, err := time.ParseDuration(a.Window)
	if err != nil {
		return err
	}
	config.BeforeConnect = a.BeforeConnect
	config.MaxConnLifetime, config.HealthCheckPeriod = window/10, window/20 // the next is asked for in the last fifth
	return nil
}

// BeforeConnect gives a new connection the credential of the moment.
func (a *Access) BeforeConnect(ctx context.Context, config *pgx.ConnConfig) error {
	c, err := a.credential(ctx)
	if err != nil {
		return fmt.Errorf("access to %s: %w", a.Database, err)
	}
	config.Host, config.Port, config.Database, config.User, config.Password = c.Host, c.Port, c.Database, c.Role, c.Password
	config.Fallbacks = nil // they would go to another host
	if t := config.TLSConfig; t != nil && t.ServerName != "" {
		t = t.Clone()
		t.ServerName = c.Host
		config.TLSConfig = t
	}
	return nil
}

// Close ends the access, and with it every connection.
func (a *Access) Close(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var errs []error
	if a.now != nil {
		a.older = append(a.older, a.now)
		a.now = nil
	}
	for _, c := range a.older {
		c.stop()
		errs = append(errs, a.call(ctx, http.MethodPost, "/v1/grants/"+c.Grant+"/end", nil, nil))
	}
	a.older = nil
	return errors.Join(errs...)
}

// credential returns the one in hand, or asks for the next in the last fifth of its
// time.
func (a *Access) credential(ctx context.Context) (*credential, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now != nil && time.Now().Before(a.now.renew) {
		return a.now, nil
	}
	grant, err := a.ask(ctx)
	if err != nil {
		return nil, err
	}
	var c credential
	// Attended: should this program be killed, the server ends the access soon.
	if err := a.call(ctx, http.MethodPost, "/v1/grants/"+grant+"/claim", map[string]any{"attended": true}, &c); err != nil {
		return nil, err
	}
	c.renew = time.Now().Add(c.Until.Sub(c.Now) * 4 / 5)
	alive, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	go a.attend(alive, c.Grant)
	if a.now != nil {
		a.older = append(a.older, a.now) // its window ends by itself
	}
	a.now = &c
	return a.now, nil
}

// ask asks for access and waits for the answer; ctx bounds how long people may take.
func (a *Access) ask(ctx context.Context) (grant string, err error) {
	var r struct {
		ID, State, Outcome, Grant string
		Settled                   bool
	}
	ask := map[string]any{"kind": "access", "database": a.Database, "profile": a.Profile, "duration": a.Window, "reason": a.Reason}
	err = a.call(ctx, http.MethodPost, "/v1/requests", ask, &r)
	for err == nil && !r.Settled {
		err = a.call(ctx, http.MethodGet, "/v1/requests/"+r.ID+"?wait=60s", nil, &r)
	}
	if err == nil && r.State != "approved" {
		err = fmt.Errorf("%s is %s: %s", r.ID, r.State, r.Outcome)
	}
	return r.Grant, err
}

// attend gives signs of life until the program ends or the access does.
func (a *Access) attend(ctx context.Context, grant string) {
	tick := time.NewTicker(15 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			// What fails is tried at the next tick; what is over shows when the pool
			// connects again.
			_ = a.call(ctx, http.MethodPost, "/v1/grants/"+grant+"/alive", nil, nil)
		}
	}
}

// call calls the API. Its refusals (RFC 9457) are sentences for people.
func (a *Access) call(ctx context.Context, method, path string, body, answer any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.URL+path, content)
	if err != nil {
		return err
	}
	token, err := a.Token(ctx)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= 300 {
		var problem struct{ Detail, Hint string }
		_ = json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&problem)
		return fmt.Errorf("%s: %s %s", res.Status, problem.Detail, problem.Hint)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(answer)
}
