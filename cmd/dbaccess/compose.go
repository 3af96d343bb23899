package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/bot"
	"dbaccess/credentials"
	"dbaccess/credentials/postgres"
	"dbaccess/credentials/vault"
	"dbaccess/guardrails"
	"dbaccess/internal/api"
	"dbaccess/internal/config"
	"dbaccess/internal/fault"
	"dbaccess/internal/store"
	"dbaccess/internal/target"
)

// core is the rules with the store behind them and the targets before them: what
// the server and the operator commands have in common.
type core struct {
	settings
	log      *slog.Logger
	store    *store.Store
	targets  *postgres.Targets
	vault    *vault.Vault // nil if no database's issuer is vault
	requests *approvals.Service
	grants   *credentials.Service
	catalogs *target.Catalogs
	guard    *target.MaskGuard
	// masksOpen has an element while a claim that was refused for it waits to be told.
	masksOpen chan struct{}
	verdicts  guardrails.Cache
	meters    *meters
}

// openCore connects to the store and builds the rules. Targets are connected to
// when they are first needed: one that is away stops nothing else.
func openCore(ctx context.Context, s settings, log *slog.Logger) (*core, error) {
	url, err := s.config.Store.URL.Read()
	if err != nil {
		return nil, fault.New(fault.Invalid, fmt.Sprintf("store.url: %v.", err), "")
	}
	st, err := store.Open(ctx, url, store.Options{Now: time.Now, Log: log})
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	c := &core{settings: s, log: log, store: st, meters: newMeters()}
	if err := c.build(ctx); err != nil {
		st.Close()
		return nil, err
	}
	return c, nil
}

func (c *core) build(ctx context.Context) error {
	install, err := c.store.Installation(ctx)
	if err != nil {
		return fmt.Errorf("read installation: %w", err)
	}
	list, err := targets(c.config)
	if err != nil {
		return fault.New(fault.Invalid, err.Error()+".", "")
	}
	if c.targets, err = postgres.Open(postgres.Config{Install: install, Targets: list}); err != nil {
		return fault.New(fault.Invalid, err.Error()+".", "")
	}
	if c.vault, err = openVault(c.config, install, c.targets, c.log); err != nil {
		return fault.New(fault.Invalid, err.Error()+".", "")
	}
	c.catalogs = newCatalogs(c)
	c.guard, c.masksOpen = newMaskGuard(c), make(chan struct{}, 1)
	dbs := databases(c.config)
	c.requests = &approvals.Service{
		Store:     c.store,
		Policy:    func() *policy.Set { return c.policy },
		Principal: c.people.Principal,
		Database:  findDatabase(dbs),
		Members:   c.people.Members,
		Classify:  c.classify,
		Now:       time.Now, NewID: newID,
		DecideBy: c.config.Requests.DecideBy, ClaimWithin: c.config.Requests.ClaimWithin,
		MaxPending: c.config.Requests.MaxPending,
		Fate:       c.fate, OnSettled: c.settled,
		ClassifyFile: c.classifyFile, Bind: c.bind, JobRows: c.jobRows,
	}
	c.grants = &credentials.Service{
		Store:     c.store,
		Issuer:    c.issuer,
		Prover:    c.targets,
		Install:   install,
		Databases: func() []string { return names(dbs) },
		Allowed:   c.mayMint,
		SameRun:   c.requests.SameRun,
		Now:       time.Now, NewID: newID, Log: c.log,
		Look:         c.targets.Look,
		UnknownLimit: c.config.Revocation.UnknownLimit,
		WarnBefore:   time.Duration(c.config.Requests.WarnBefore),
		OnEnded:      c.meters.ended,
		OnSweep:      c.meters.swept,
		OnAlarm:      c.meters.alarmed,
	}
	return nil
}

func (c *core) close() {
	c.guard.Close()
	c.targets.Close()
	c.store.Close()
}

// server is the core with its doors.
type server struct {
	*core
	bot       *bot.Bot
	slackDoor *bot.HTTPDoor // nil: Slack is reached over sockets
	api       *api.API
	listener  net.Listener // nil: listen where the config says
}

// newServer adds the doors to a core.
func newServer(c *core) (*server, error) {
	bot, err := newBot(c)
	if err != nil {
		return nil, err
	}
	c.requests.Reaches = bot.Reaches
	s := &server{core: c, bot: bot}
	if err := s.openSlackDoor(); err != nil {
		return nil, err
	}
	json, agents, err := newProgramDoors(c)
	if err != nil {
		return nil, err
	}
	s.api, err = api.New(api.Config{
		Grants: c.grants, Results: results{c.store}, JSON: json, Agents: agents, Ready: s.ready,
		Metrics: c.meters.handler(), PublicURL: c.config.PublicURL,
		TrustedProxies: c.config.Proxies(), Log: c.log, Now: time.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("build http door: %w", err)
	}
	return s, nil
}

func newBot(c *core) (*bot.Bot, error) {
	token, err := c.config.Slack.BotToken.Read()
	if err != nil {
		return nil, fault.New(fault.Invalid, fmt.Sprintf("slack.bot_token: %v.", err), "")
	}
	dbs := databases(c.config)
	return bot.New(bot.Config{
		API: bot.NewClient(token, c.config.Slack.APIURL), APIURL: c.config.Slack.APIURL, Requests: c.requests, Grants: c.grants, Store: c.store,
		People: c.people, Databases: func() []approvals.Database { return dbs },
		Channels: channels(c.config), DefaultChannel: c.config.Slack.Channels[0].Name, PublicURL: c.config.PublicURL, ClaimInSlack: c.config.Claim.InSlack,
		Counts: newRowCounter(c), OnDelivery: c.meters.delivered, Now: time.Now, Log: c.log,
	})
}

// newID makes an id of our form: a prefix that tells the kind, and 130 bits of
// chance in lower-case letters and digits.
func newID(prefix string) string { return prefix + "_" + strings.ToLower(rand.Text()) }

// channels maps the names that policy uses to Slack's ids.
func channels(c config.Config) map[string]string {
	m := map[string]string{}
	for _, ch := range c.Slack.Channels {
		m[ch.Name] = ch.ID
	}
	return m
}

func curfews(c config.Config) []credentials.Curfew {
	list := make([]credentials.Curfew, len(c.Revocation.Curfews))
	for i, f := range c.Revocation.Curfews {
		list[i] = credentials.Curfew{Schedule: f.Schedule, Databases: f.Databases, Profiles: f.Profiles}
	}
	return list
}

func names(dbs []approvals.Database) []string {
	list := make([]string, len(dbs))
	for i, d := range dbs {
		list[i] = d.Name
	}
	return list
}
