package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/fault"
)

func TestAStoreThatIsAwaySaysSoAndComesBack(t *testing.T) {
	t.Parallel()
	server := pgtest.Own(t, devstack.PostgresOptions{})
	url := server.URL("postgres")
	if _, err := Migrate(t.Context(), url, MigrateOptions{}); err != nil {
		t.Fatal(err)
	}
	s := opened(t, url)
	g := openGrant(t, s)
	settled(t, s)
	waiting := woken(t, s)
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := within(t, waiting, "woken by the loss"); err != nil {
		t.Error(err)
	}

	for name, call := range everyCall(t, s, g, url) {
		if err := call(); !errors.Is(err, ErrUnavailable) || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: got %v, want that the store is away", name, err)
		}
	}

	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the store answers", func() bool { return s.Ping(t.Context()) == nil })
	if err := within(t, woken(t, s), "woken by its return"); err != nil {
		t.Error(err)
	}
	touch(t, s, &g)
	if got, err := s.Grant(t.Context(), g.ID); err != nil || got.Version != g.Version {
		t.Errorf("afterwards: %+v, %v", got, err)
	}
}

// everyCall are ways to ask something of the store.
func everyCall(t *testing.T, s *Store, g credentials.Grant, url string) map[string]func() error {
	change := credentials.Change{Events: []audit.Event{event(audit.LeaseIntended, g.Request)}}
	return map[string]func() error{
		"Ping":        func() error { return s.Ping(t.Context()) },
		"Request":     func() error { _, err := s.Request(t.Context(), g.Request); return err },
		"Requests":    func() error { _, err := s.Requests(t.Context(), approvals.Filter{}); return err },
		"Insert":      func() error { return s.Insert(t.Context(), request(), approvals.Change{Events: change.Events}) },
		"Grants":      func() error { _, err := s.Grants(t.Context(), credentials.GrantFilter{}); return err },
		"UpdateGrant": func() error { return s.UpdateGrant(t.Context(), g, change) },
		"NextDue":     func() error { _, _, err := s.NextDue(t.Context()); return err },
		"OnlyOne": func() error {
			_, err := s.OnlyOne(t.Context(), "x", func(context.Context) error { return nil })
			return err
		},
		"LeaseOfRole":   func() error { _, _, err := s.LeaseOfRole(t.Context(), "x"); return err },
		"FirstDelivery": func() error { _, err := s.FirstDelivery(t.Context(), "x"); return err },
		"SlackMessage":  func() error { _, _, _, err := s.SlackMessage(t.Context(), "x", "y"); return err },
		"VerifyLog":     func() error { _, err := s.VerifyLog(t.Context()); return err },
		"Records": func() error {
			for _, err := range s.Records(t.Context()) {
				return err
			}
			return nil
		},
		"Open": func() error {
			other, err := Open(t.Context(), url, Options{})
			if err == nil {
				other.Close()
			}
			return err
		},
		"Migrate": func() error { _, err := Migrate(t.Context(), url, MigrateOptions{}); return err },
	}
}

func TestErrorsAreSortedByWhatTheReaderCanDo(t *testing.T) {
	t.Parallel()
	pg := func(code string) error { return &pgconn.PgError{Code: code} }
	for name, tt := range map[string]struct {
		err  error
		kind fault.Kind
	}{
		"starting up":       {pg("57P03"), fault.Unavailable},
		"shutting down":     {pg("57P01"), fault.Unavailable},
		"too many sessions": {pg("53300"), fault.Unavailable},
		"connection broken": {pg("08006"), fault.Unavailable},
		"statement timeout": {pg("57014"), fault.Unavailable},
		"a standby":         {pg("25006"), fault.Unavailable},
		"refused":           {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, fault.Unavailable},
		"cut off":           {io.ErrUnexpectedEOF, fault.Unavailable},
		"no time left":      {context.DeadlineExceeded, fault.Unavailable},
		"hung up":           {context.Canceled, fault.Internal},
		"invalid text":      {pg("22021"), fault.Invalid},
		"NUL in JSON":       {pg("22P05"), fault.Invalid},
		"a broken rule":     {pg("23514"), fault.Internal},
		"no such table":     {pg("42P01"), fault.Internal},
		"not allowed":       {pg("42501"), fault.Internal},
		"a fault":           {credentials.ErrNoGrant, fault.NotFound},
	} {
		err := explain("try", fmt.Errorf("inside: %w", tt.err))
		if got := fault.KindOf(err); got != tt.kind || !errors.Is(err, tt.err) {
			t.Errorf("%s: %v (%v), want %v", name, got, err, tt.kind)
		}
	}
	if explain("try", nil) != nil {
		t.Error("an error was made of nil")
	}
}

func TestAStuckTransactionDoesNotHoldUpTheLogForEver(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, want := range bounds {
		if got := query[string](t, s, "SELECT current_setting($1)", name); got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
	// The head is held by somebody who does nothing: a writer gives up in time.
	owner := connect(t, ownerOf(t, s))
	tx, err := owner.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background()) //nolint:errcheck // it holds a lock and changes nothing
	if _, err := tx.Exec(t.Context(), "SELECT FROM dbaccess.audit_head FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	r := request()
	if err := s.Insert(ctx, r, approvals.Change{Events: []audit.Event{event(audit.RequestSubmitted, r.ID)}}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Request(t.Context(), r.ID); !errors.Is(err, approvals.ErrNoRequest) {
		t.Errorf("got %v, want that it was not stored", err)
	}
}
