package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/api"
	"dbaccess/internal/fault"
	"dbaccess/internal/store"
)

func newServeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Runs the server: Slack, over Socket Mode or HTTP, the claim page, follow-ups, the ending of
grants at their due second, and the sweep. Any number of servers may share one
store. SIGTERM or Ctrl-C stops it in order; nothing in flight is lost, since every
outside act is announced in the store first.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := loadSettings(cmd)
			if err != nil {
				return err
			}
			if s.config.Slack.APIURL != "" {
				return fault.New(fault.Invalid, "slack.api_url is for the demo's local Slack only.", "Leave it out: the server then talks to Slack.")
			}
			log := newLogger(s.config.Log, cmd.ErrOrStderr())
			return serve(cmd.Context(), s, log, false)
		},
	}
	configFlag(cmd)
	return cmd
}

// serve runs a server until ctx is done. The demo may run it as the store's
// owner; nothing else may, since the owner could rewrite the record.
func serve(ctx context.Context, s settings, log *slog.Logger, demo bool) error {
	c, err := openCore(ctx, s, log)
	if err != nil {
		return err
	}
	defer c.close()
	if owner, err := c.store.IsOwner(ctx); err != nil {
		return fmt.Errorf("look at the store's role: %w", err)
	} else if owner && !demo {
		return fault.New(fault.Denied, "store.url connects as the owner of the store, who could rewrite the record.",
			"Use the runtime role that `dbaccess migrate` sets up.")
	}
	srv, err := newServer(c)
	if err != nil {
		return err
	}
	return srv.run(ctx)
}

// run starts every part and stops them in order: listeners first, so that
// nothing new comes in; then what works on what came in; then the store (by
// whoever opened it).
func (s *server) run(ctx context.Context) error {
	if s.listener == nil { // else the caller has opened it
		l, err := net.Listen("tcp", s.config.Listen)
		if err != nil {
			return fault.New(fault.Unavailable, fmt.Sprintf("The server cannot listen on %s.", s.config.Listen), "Is another one running? Change `listen`.").With(err)
		}
		s.listener = l
	}
	if err := s.listenTLS(); err != nil {
		return err
	}
	workers, stopWorkers := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWorkers()
	jobs, err := s.store.Workers(s.do, store.WorkerOptions{Timeout: s.longestJob(), OnError: s.jobFailed})
	if err != nil {
		return fmt.Errorf("start workers: %w", err)
	}
	if err := jobs.Start(workers); err != nil {
		return fmt.Errorf("start workers: %w", err)
	}
	first, enough := context.WithTimeout(ctx, firstCatalogs)
	s.catalogs.First(first)
	enough()
	background, failed := errgroup.WithContext(workers)
	background.Go(func() error { return part("catalogs", s.catalogs.Run(workers)) })
	background.Go(func() error { return part("due loop", s.grants.RunDue(workers)) })
	background.Go(func() error { return part("masks", s.runMasks(workers)) })
	background.Go(func() error { return part("sweep", s.grants.RunSweep(workers, s.config.Revocation.Schedule)) })
	background.Go(func() error { return part("curfews", s.grants.RunCurfews(workers, curfews(s.config))) })
	background.Go(func() error { return part("request sweep", s.sweepRequests(workers)) })

	background.Go(func() error { s.warn(workers); return nil })
	if s.vault != nil {
		background.Go(func() error { return part("vault log-in", s.vault.Run(workers)) })
	}

	listeners, stop := errgroup.WithContext(ctx)
	listeners.Go(func() error { return part("http", s.listenHTTP(stop)) })
	listeners.Go(func() error { return part("slack", s.slack(stop)) })
	listeners.Go(func() error { // a background part that fails stops the server
		select {
		case <-failed.Done():
			return context.Cause(failed)
		case <-stop.Done():
			return nil
		}
	})
	s.log.Info("serving", "listen", s.listener.Addr().String(), "install", s.grants.Install, "policy", s.policy.Version)
	err = listeners.Wait()

	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	err = errors.Join(err, jobs.Stop(patience))
	stopWorkers()
	err = errors.Join(err, background.Wait())
	if ctx.Err() != nil {
		s.log.Info("stopped")
	}
	return err
}

// firstCatalogs is how long the server waits for the databases' catalogs before
// it serves. Statements that come before them are judged more carefully.
const firstCatalogs = 2 * time.Second

// longestJob is how long one follow-up may take: the longest statement, with its
// credential made before and ended after it.
func (s *server) longestJob() time.Duration {
	longest := time.Duration(0)
	for _, d := range s.config.Databases {
		longest = max(longest, d.Statements.Timeout)
	}
	return longest + 2*time.Minute
}

// warn says at start what is wrong with targets, or is right and dangerous: on
// PostgreSQL 15 and older the issuer's CREATEROLE is in effect raw access.
func (s *server) warn(ctx context.Context) {
	for _, d := range s.config.Databases {
		warnings, err := s.targets.Check(ctx, d.Name)
		if err != nil && ctx.Err() == nil {
			s.log.Warn("target is not ready", "database", d.Name, "err", err)
		}
		for _, w := range warnings {
			s.log.Warn("target", "database", d.Name, "warning", w)
		}
	}
	s.warnVault(ctx)
}

// part names the part that ended badly; being asked to stop is no error.
func part(name string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

// sweepRequests expires, re-routes and fails what was left lying, and looks for
// reactions that came while no socket was open. Follow-ups and events do all of
// it on time; this is the net below them.
func (s *server) sweepRequests(ctx context.Context) error {
	for turn := 0; ; turn++ {
		s.logged(ctx, "request sweep", s.requests.Sweep(ctx))
		s.logged(ctx, "tidy store", s.store.Tidy(ctx))
		if turn%10 == 0 {
			s.logged(ctx, "reconcile reactions", s.reconcileReactions(ctx))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(30 * time.Second):
		}
	}
}

// logged logs what went wrong in the background, unless we are stopping.
func (s *server) logged(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		s.log.Error(what, "err", err)
	}
}

// reconcileReactions asks Slack for the reactions on the cards of all pending
// requests whose route counts them.
func (s *server) reconcileReactions(ctx context.Context) error {
	pending, err := s.requests.Requests(ctx, approvals.Filter{States: []approvals.State{approvals.Pending}, Limit: 500})
	for _, r := range pending {
		if r.Route.Reactions {
			err = errors.Join(err, s.bot.ReconcileReactions(ctx, r.ID))
		}
	}
	return err
}

// do does one follow-up. Every kind is harmless when done twice.
func (s *server) do(ctx context.Context, t approvals.Todo) (err error) {
	started := time.Now()
	defer func() { s.meters.todo(string(t.Kind), time.Since(started), err) }()
	switch t.Kind {
	case approvals.DrawCard:
		return s.bot.DrawCard(ctx, approvals.RequestID(t.ID))
	case approvals.TellAsker:
		return s.bot.TellAsker(ctx, approvals.RequestID(t.ID))
	case approvals.TellChannel:
		return s.bot.TellChannel(ctx, approvals.RequestID(t.ID))
	case approvals.ExpireNow:
		return s.requests.Expire(ctx, approvals.RequestID(t.ID))
	case approvals.Estimate:
		return s.estimate(ctx, approvals.RequestID(t.ID))
	case approvals.RunNow:
		return s.runStatement(ctx, approvals.RequestID(t.ID))
	case credentials.TellHolder:
		return s.bot.TellHolder(ctx, approvals.GrantID(t.ID))
	case credentials.WarnHolder:
		return s.bot.WarnHolder(ctx, approvals.GrantID(t.ID))
	default:
		return fmt.Errorf("todo of unknown kind %q", t.Kind)
	}
}

// jobFailed logs one failed attempt at a follow-up. Most are tried again.
func (s *server) jobFailed(t approvals.Todo, attempt int, last bool, err error) {
	level := slog.LevelWarn
	if last {
		level = slog.LevelError
	}
	s.log.Log(context.Background(), level, "todo failed", "todo", t.Kind, "id", t.ID, "attempt", attempt, "last", last, "err", err)
}

// ready says what the server depends on and whether it is there.
func (s *server) ready(ctx context.Context) []api.Check {
	checks := []api.Check{
		check(s.log, "store", "The store does not answer.", s.store.Ping(ctx)),
		s.slackCheck(ctx),
	}
	channels := check(s.log, "approval channels", "Slack does not say whether they can be used.", s.bot.CheckChannels(ctx))
	channels.Optional = true // requests that go elsewhere are served all the same
	checks = append(checks, channels)
	if said := s.emptyGroups(); said != "" {
		checks = append(checks, api.Check{Name: "policy", Optional: true, Sentence: said})
	}
	if s.vault != nil {
		c := check(s.log, "vault", "It gives no credentials now.", s.vault.Health(ctx))
		c.Optional = true // other issuers serve all the same
		checks = append(checks, c)
	}
	for _, h := range s.core.settings.tokens.Check(ctx) {
		c := check(s.log, "issuer "+h.Issuer, "Its tokens are not believed now.", h.Err)
		c.Optional = true // whoever comes from elsewhere is served all the same
		checks = append(checks, c)
	}
	for _, d := range s.config.Databases {
		c := check(s.log, "database "+d.Name, "It is not ready for access.", s.targetCheck(ctx, d.Name))
		c.Optional = true // the others are served all the same
		checks = append(checks, c)
	}
	return checks
}

// emptyGroups names the groups that policy asks and in which nobody is; requests
// that only they could decide are refused.
func (s *server) emptyGroups() string {
	var empty []string
	for _, group := range s.policy.Groups() {
		if len(s.people.Members(group)) == 0 {
			empty = append(empty, group)
		}
	}
	if len(empty) == 0 {
		return ""
	}
	return "Nobody is in " + strings.Join(empty, ", ") + ", which the policy asks."
}

// targetCheck asks whether a target's issuer and monitor answer and have their
// rights.
func (s *server) targetCheck(ctx context.Context, database string) error {
	_, err := s.targets.Check(ctx, database)
	return err
}

// check says what is so in a sentence that anybody may read: the error's own if
// it is meant for people, else away. The cause is logged.
func check(log *slog.Logger, name, away string, err error) api.Check {
	if err == nil {
		return api.Check{Name: name, OK: true, Sentence: "It answers."}
	}
	log.Warn("not ready", "check", name, "err", err)
	if f := fault.Show(err); f.Kind != fault.Internal {
		away = f.Msg
	}
	return api.Check{Name: name, Sentence: away}
}
