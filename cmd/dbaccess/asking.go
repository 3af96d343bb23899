package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

// asking is what commands that ask for something have in common: the terms, and
// how long to wait for the answer.
type asking struct {
	database, profile, ttl, reason string

	wait   time.Duration // at most; 0 = as long as people may take
	noWait bool
	resume string // the id of a request that was asked before
	quiet  bool
	format string
}

// termFlags adds what is asked for.
func (a *asking) termFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&a.database, "database", "d", "", "the database's name in dbaccess")
	f.StringVarP(&a.profile, "profile", "p", "", "what the access allows (default: the one that sees masked views)")
	f.StringVarP(&a.reason, "reason", "r", "", "why, for the people who decide and for the record")
}

// waitFlags adds how to wait.
func (a *asking) waitFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.DurationVar(&a.wait, "wait", 0, "wait at most so long for people to decide (default: as long as they may take)")
	f.BoolVar(&a.noWait, "no-wait", false, "do not wait for people: print the request's id, to go on with --resume")
	f.StringVar(&a.resume, "resume", "", "go on with a request that was asked before (its id)")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "say nothing beside errors")
	cmd.MarkFlagsMutuallyExclusive("wait", "no-wait")
}

func (a *asking) check() error {
	if a.resume != "" && (a.database != "" || a.profile != "" || a.ttl != "") {
		return fault.New(fault.Invalid, "--resume goes on with what was asked before.", "Leave out --database, --profile and --ttl.")
	}
	if a.resume == "" && a.database == "" {
		return fault.New(fault.Invalid, "Which database is meant?", "Name it with --database; `dbaccess databases` lists yours.")
	}
	return nil
}

// access is the ask for access that the flags make.
func (a *asking) access(ctx context.Context, c *client.Client) (v1.Ask, error) {
	profile := a.profile
	if profile == "" {
		var err error
		if profile, err = onlyProfile(ctx, c, a.database); err != nil {
			return v1.Ask{}, err
		}
	}
	return v1.Ask{Kind: "access", Database: a.database, Profile: profile, Duration: a.ttl, Reason: a.reason}, nil
}

// onlyProfile is the profile that is meant when none is named: the one that sees
// masked views only, or the only one.
func onlyProfile(ctx context.Context, c *client.Client, database string) (string, error) {
	list, err := c.Databases(ctx)
	if err != nil {
		return "", err
	}
	var names []string
	for _, d := range list {
		names = append(names, d.Name)
		if d.Name != database {
			continue
		}
		var all, masked []string
		for _, p := range d.Profiles {
			all = append(all, p.Name)
			if p.Masked {
				masked = append(masked, p.Name)
			}
		}
		switch {
		case len(masked) == 1:
			return masked[0], nil
		case len(all) == 1:
			return all[0], nil
		}
		return "", fault.New(fault.Invalid, "Which profile of "+database+" is meant?", "Name one with --profile: "+strings.Join(all, ", ")+".")
	}
	return "", fault.New(fault.NotFound, "There is no database "+database+" for you.", "There are: "+strings.Join(names, ", ")+".")
}

// exitPending is how commands end that were told not to wait, or not so long.
const exitPending = 6

// errPending means that people have not decided yet.
var errPending = errors.New("nobody has decided yet")

// asked asks, or finds what was asked before, and waits until it is settled. A
// request of this command's own is cancelled when whoever runs the command stops
// it: nobody would be there for its approval.
func (a *asking) asked(ctx context.Context, c *client.Client, t *speaker, ask func() (v1.Ask, error)) (v1.Request, error) {
	if a.resume != "" {
		r, err := findRequest(ctx, c, a.resume)
		if err != nil {
			return r, err
		}
		return a.settled(ctx, c, t, r)
	}
	what, err := ask()
	if err != nil {
		return v1.Request{}, err
	}
	r, err := c.Ask(ctx, what)
	if err != nil {
		return r, err
	}
	t.say("asked for "+whatFor(r)+" as "+r.ID, "asked", map[string]any{"request": r.ID, "state": r.State, "route": r.Route})
	r, err = a.settled(ctx, c, t, r)
	if ctx.Err() != nil && !r.Settled && !a.noWait {
		brief, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if _, cancelErr := c.Cancel(brief, r.ID); cancelErr == nil {
			t.say("stopped; "+r.ID+" is cancelled", "cancelled", map[string]any{"request": r.ID})
		}
	}
	return r, err
}

// findRequest finds a request by its id, or by that of its grant.
func findRequest(ctx context.Context, c *client.Client, id string) (v1.Request, error) {
	if strings.HasPrefix(id, "grt_") {
		g, err := c.Grant(ctx, id)
		if err != nil {
			return v1.Request{}, err
		}
		id = g.Request
	}
	return c.Request(ctx, id, 0)
}

// serverPatience is how long the server may be away while people decide.
const serverPatience = 5 * time.Minute

// settled waits until the request is decided, and run if it is a statement.
func (a *asking) settled(ctx context.Context, c *client.Client, t *speaker, r v1.Request) (v1.Request, error) {
	began, heard, told := time.Now(), time.Now(), ""
	for !r.Settled {
		if r.State == "pending" && (a.noWait || a.wait > 0 && time.Since(began) >= a.wait) {
			return r, errPending
		}
		if told != r.State && !t.live {
			t.say(r.ID+" "+waitsFor(r), "waiting", map[string]any{"request": r.ID, "state": r.State, "needs": r.Route.Needs, "expires_at": r.ExpiresAt})
		}
		told = r.State
		next := time.Minute
		if a.wait > 0 && r.State == "pending" {
			next = min(next, a.wait-time.Since(began))
		}
		stop := t.counts(r, began)
		now, err := c.Request(ctx, r.ID, max(next, time.Millisecond))
		stop()
		switch {
		case ctx.Err() != nil:
			return r, fmt.Errorf("wait for %s: %w", r.ID, context.Cause(ctx))
		case err == nil:
			r, heard = now, time.Now()
		case fault.KindOf(err) != fault.Unavailable || time.Since(heard) > serverPatience:
			return r, err
		}
	}
	return r, nil
}

// counts draws how long it has been waited until what it returns is called.
func (t *speaker) counts(r v1.Request, began time.Time) (stop func()) {
	if !t.live {
		return func() {}
	}
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			t.progress(r.ID + " " + waitsFor(r) + ", " + time.Since(began).Round(time.Second).String())
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	return func() { close(done); <-gone }
}

func whatFor(r v1.Request) string {
	if r.Kind == "statement" {
		return "one statement on " + r.Database
	}
	return r.Profile + " on " + r.Database + " for " + r.Duration
}

// waitsFor says what an unsettled request waits for.
func waitsFor(r v1.Request) string {
	if r.State != "pending" {
		return "is running"
	}
	if len(r.Route.Needs) == 0 {
		return "waits for a decision"
	}
	return "waits for " + strings.Join(r.Route.Needs, " and ")
}

// unmet is what a settled request's end means to whoever needs what it asked
// for; nil if it was approved, or has run.
func unmet(r v1.Request) error {
	msg := strings.TrimSpace(r.Outcome)
	if msg == "" {
		msg = r.Route.Sentence
	}
	switch r.State {
	case "denied":
		return fault.New(fault.Denied, "Denied: "+msg, "`dbaccess status "+r.ID+"` shows it.")
	case "cancelled":
		return fault.New(fault.Denied, msg, "Ask again if it is still needed.")
	case "expired":
		return fault.New(fault.Expired, "Nobody decided in time.", "Ask again, or ask people first.")
	case "failed":
		return fault.New(fault.Conflict, msg, "")
	default:
		return nil
	}
}

// pendingOr ends a command that was not to wait: it prints the id to go on with.
func (a *asking) pendingOr(cmd *cobra.Command, t *speaker, r v1.Request, err error, code int) error {
	if !errors.Is(err, errPending) {
		return err
	}
	t.say(r.ID+" "+waitsFor(r)+"; go on with --resume "+r.ID, "pending", map[string]any{"request": r.ID})
	if a.format == "json" {
		if err := printJSON(cmd.OutOrStdout(), r); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(cmd.OutOrStdout(), r.ID)
	}
	return exitError{code: code}
}
