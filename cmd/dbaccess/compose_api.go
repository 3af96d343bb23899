package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/api"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
	"dbaccess/internal/mcp"
	"dbaccess/internal/target"
	"dbaccess/internal/tokens"
)

// This file composes the JSON API.

// tokenRules are the rules of tokens, as the server needs them.
func (c *core) tokenRules() *tokens.Service {
	lives := c.config.API.Tokens
	rules := &tokens.Service{
		Store: c.store, Principal: c.people.Principal, Now: time.Now, NewID: newID, Log: c.log,
		OnReplay:  c.meters.replayed,
		Lifetimes: tokens.Lifetimes{Person: lives.Person, Service: lives.Service, Agent: lives.Agent, AgentMost: lives.AgentMost},
	}
	if len(c.config.Identity.Issuers) > 0 {
		rules.Verify = c.verified
	}
	return rules
}

// verified says whose an issuer's token is.
func (c *core) verified(ctx context.Context, jwt string) (tokens.Verified, error) {
	v, err := c.settings.tokens.Verify(ctx, jwt)
	return tokens.Verified{
		Principal: v.Principal, Issuer: v.Issuer, Subject: v.Subject, ID: v.ID, SingleUse: v.SingleUse,
		IssuedAt: v.IssuedAt, Expires: v.Expires,
	}, err
}

// newJSON builds the JSON API.
func newJSON(c *core) (*v1.Door, error) {
	dbs := databases(c.config)
	door, err := v1.New(v1.Config{
		Requests: c.requests, Grants: c.grants, Tokens: c.tokenRules(), Results: c.store,
		Databases: func() []approvals.Database { return dbs },
		Catalog:   func(database string) *guardrails.Catalog { return c.catalogs.Catalog(database) },
		Classify:  c.classify, Changed: c.store.WatchRequest,
		Login: c.logins, Masks: (&maskViews{core: c}).of,
		Refusals: api.Refusals{Log: c.log}, Proxies: c.config.Proxies(), Rate: c.config.API.Rate, Now: time.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("build json api: %w", err)
	}
	c.meters.waiting(door.Waiting)
	return door, nil
}

// newProgramDoors builds the JSON API, and the agents' door over it.
func newProgramDoors(c *core) (json, agents http.Handler, err error) {
	door, err := newJSON(c)
	if err != nil {
		return nil, nil, err
	}
	json = door.Handler()
	tools, err := mcp.NewDoor(mcp.Config{API: json, PublicURL: c.config.PublicURL, Version: version, Refusals: api.Refusals{Log: c.log}})
	if err != nil {
		return nil, nil, fmt.Errorf("build agents' door: %w", err)
	}
	return json, tools.Handler(), nil
}

// logins says where people log in.
func (c *core) logins() []v1.LoginIssuer {
	var list []v1.LoginIssuer
	for _, i := range c.settings.tokens.Login() {
		list = append(list, v1.LoginIssuer{Name: i.Name, URL: i.URL, ClientID: i.ClientID, Scopes: i.Scopes})
	}
	return list
}

// listenTLS puts TLS on the listener, if the config has a certificate.
func (s *server) listenTLS() error {
	t := s.config.TLS
	if t.Cert == "" {
		return nil
	}
	certificate, err := api.LoadCertificate(t.Cert, t.Key, s.log)
	if err != nil {
		return err
	}
	s.listener = certificate.Listen(s.listener)
	return nil
}

// maskViews keeps what masked views show, for as long as a minute.
type maskViews struct {
	*core
	reading singleflight.Group
	mu      sync.Mutex // guards held
	held    map[string]heldMasks
}

type heldMasks struct {
	masks v1.Masks
	at    time.Time
}

const masksFor = time.Minute

// of returns what the masked views of a database show; nothing, where no profile
// has any.
func (m *maskViews) of(ctx context.Context, database string) (v1.Masks, error) {
	d, ok := m.config.Database(database)
	if !ok || !hasMasks(d) {
		return v1.Masks{}, nil
	}
	m.mu.Lock()
	held, ok := m.held[database]
	m.mu.Unlock()
	if ok && time.Since(held.at) < masksFor {
		return held.masks, nil
	}
	url, err := catalogURL(d)
	if err != nil {
		return v1.Masks{}, err
	}
	read, err, _ := m.reading.Do(database, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
		defer cancel()
		return m.read(ctx, database, url)
	})
	masks, _ := read.(v1.Masks)
	return masks, err
}

func (m *maskViews) read(ctx context.Context, database string, url credentials.Secret) (v1.Masks, error) {
	shown, err := target.ReadShownMasks(ctx, url)
	if err != nil {
		return v1.Masks{}, fault.New(fault.Unavailable, "What is masked on "+database+" cannot be read now.", "Try again in a moment.").With(err)
	}
	masks := v1.Masks{Schemas: shown.Schemas, Columns: make(map[v1.ColumnName]v1.MaskedAs, len(shown.Columns))}
	for c, f := range shown.Columns {
		masks.Columns[v1.ColumnName{Schema: c.Schema, Table: c.Table, Column: c.Column}] = v1.MaskedAs{Strategy: string(f.Strategy), Entity: string(f.Entity)}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil {
		m.held = map[string]heldMasks{}
	}
	m.held[database] = heldMasks{masks, time.Now()}
	return masks, nil
}

// keepResult keeps the rows of a statement that was asked for through the API,
// sealed to whoever asked, until they are fetched.
func (s *server) keepResult(ctx context.Context, r approvals.Request, res target.Result) error {
	sealed, err := v1.SealRows(r.ResultKey, rowsOf(r, res))
	if err != nil {
		return err
	}
	until := s.requests.Now().Add(resultLife)
	return s.patiently(ctx, "result not kept yet", r.ID, func(ctx context.Context) error {
		return s.store.SaveResult(ctx, v1.ResultSum(r.ID), sealed, r.Requester, string(r.ID), until)
	})
}

// rowsOf is a result as the API hands it out.
func rowsOf(r approvals.Request, res target.Result) v1.Rows {
	out := v1.Rows{
		Request: string(r.ID), Columns: []v1.ResultColumn{}, Rows: [][]*string{}, Count: r.Rows, Tag: res.Tag,
		Truncated: res.Truncated, Masked: res.AllMasked,
	}
	for _, c := range res.Columns {
		out.Columns = append(out.Columns, v1.ResultColumn{Name: c.Name, Type: c.Type})
	}
	for _, row := range res.Rows {
		cells := make([]*string, len(row))
		for i := range row {
			if !row[i].Null {
				cells[i] = &row[i].Text
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}
