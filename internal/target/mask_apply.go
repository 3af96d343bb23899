package target

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/internal/masking"
)

// MaskApply brings a database to a plan.
type MaskApply struct {
	Plan        *masking.Plan
	Target      masking.Target
	ClosePublic bool                         // close the gaps there are; else they stop the apply
	LockTimeout time.Duration                // for each lock; 0 = 2 s
	Tries       int                          // as long as only locks are in the way; 0 = 5
	Progress    func(what string, n, of int) // nil = nobody is told
	Retrying    func(err error, try, of int) // likewise

	leavesOut int // relations of which the server made no view
}

// ErrGaps says that there are ways around the masked views; nothing was applied.
type ErrGaps struct{ Gaps []Gap }

func (e *ErrGaps) Error() string {
	var what []string
	for _, g := range e.Gaps {
		what = append(what, g.What)
	}
	return "ways around the masked views: " + strings.Join(what, " ")
}

// Blocking are the gaps that stop an apply.
func Blocking(list []Gap) []Gap {
	return slices.DeleteFunc(slices.Clone(list), func(g Gap) bool { return g.Noted || g.Moved })
}

const (
	maskLockTimeout = 2 * time.Second
	maskTries       = 5
	mostLeftOut     = 50
	maskAdvisory    = 0x6d61736b // "mask": one apply at a time in a database
)

// Apply runs the plan's script in one transaction, with the gaps closed or proven
// absent before and after. Beside traffic it waits for a lock for LockTimeout at
// most and then tries the whole again: nothing queues up behind it for long.
func (a MaskApply) Apply(ctx context.Context, conn *pgx.Conn) error {
	tries := a.Tries
	if tries <= 0 {
		tries = maskTries
	}
	for try := 1; ; try++ {
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return a.once(ctx, tx) })
		if e, ok := errors.AsType[*errUnviewable](err); ok && a.leavesOut < mostLeftOut {
			a.Plan, a.leavesOut = a.without(e), a.leavesOut+1
			try--
			continue
		}
		if err == nil || try == tries || !lockTrouble(err) {
			return err
		}
		if a.Retrying != nil {
			a.Retrying(err, try, tries)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * 200 * time.Millisecond):
		}
	}
}

// MaskAll plans and applies in one go, closing what leads around the views: for a
// database that is being set up.
func MaskAll(ctx context.Context, conn *pgx.Conn, reader string) error {
	plan, err := masking.Detect(ctx, &MaskSource{Conn: conn}, masking.Options{})
	if err != nil {
		return fmt.Errorf("plan masks: %w", err)
	}
	err = MaskApply{Plan: plan, Target: masking.Target{Reader: reader}, ClosePublic: true}.Apply(ctx, conn)
	if err != nil {
		return fmt.Errorf("apply masks: %w", err)
	}
	return nil
}

// lockTrouble reports whether others merely were in the way: they hold a lock, or
// change or drop a role at this moment (42704: it is gone).
func lockTrouble(err error) bool {
	pe, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pe.Code == "55P03" || pe.Code == "40P01" || pe.Code == "40001" || pe.Code == "42704" || pe.Code == "XX000" && strings.Contains(pe.Message, "concurrently updated"))
}

func (a MaskApply) once(ctx context.Context, tx pgx.Tx) error {
	wait := a.LockTimeout
	if wait <= 0 {
		wait = maskLockTimeout
	}
	if _, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL lock_timeout = %d; SET LOCAL client_min_messages = warning; SELECT pg_catalog.pg_advisory_xact_lock(%d)",
		wait.Milliseconds(), maskAdvisory)); err != nil {
		return fmt.Errorf("wait for another apply: %w", err)
	}
	h, err := handOf(ctx, tx)
	if err != nil {
		return err
	}
	if err := h.makes(ctx, append(a.Target.Readers(), masking.OwnerRole)); err != nil {
		return err
	}
	if err := a.close(ctx, h); err != nil {
		return err
	}
	if err := h.take(ctx, masking.OwnerRole); err != nil {
		return err
	}
	if err := a.run(ctx, tx); err != nil {
		return err
	}
	if err := h.back(ctx); err != nil {
		return err
	}
	left, err := Gaps(ctx, tx, a.Target.Readers())
	if err != nil {
		return err
	}
	if left = slices.DeleteFunc(left, func(g Gap) bool { return g.Noted }); len(left) > 0 {
		return h.stuck(left)
	}
	return nil
}

func (a MaskApply) run(ctx context.Context, tx pgx.Tx) error {
	script := a.Plan.Script(a.Target)
	for i, st := range script {
		if a.Progress != nil {
			a.Progress(st.What, i+1, len(script))
		}
		if _, err := tx.Exec(ctx, st.SQL); err != nil {
			if st.Of.Table != "" && unviewable(err) {
				return &errUnviewable{st.Of, fmt.Errorf("%s: %w", st.What, err)}
			}
			return fmt.Errorf("%s: %w", st.What, err)
		}
	}
	return nil
}

// errUnviewable says that no masked view of one relation can be made, whatever the
// state of the rest.
type errUnviewable struct {
	of  masking.Name
	err error
}

func (e *errUnviewable) Error() string { return e.err.Error() }
func (e *errUnviewable) Unwrap() error { return e.err }

// unviewable reports whether an error is about what a view would be made of, and not
// about something that changed under the plan.
func unviewable(err error) bool {
	pe, ok := errors.AsType[*pgconn.PgError](err)
	return ok && slices.Contains([]string{"42501", "0A000", "42883", "42725", "42804", "42846", "42P16", "42P17", "42P22", "54001", "54011"}, pe.Code)
}

// without is the plan with one relation left out, and why.
func (a MaskApply) without(e *errUnviewable) *masking.Plan {
	plan := *a.Plan
	plan.Relations = slices.Clone(plan.Relations)
	for i := range plan.Relations {
		if r := &plan.Relations[i]; r.Name == e.of {
			r.Out, r.Fix = "the server makes no view of it: "+Reason(e.err), ""
		}
	}
	return &plan
}

// close closes the gaps that may be closed; the others are an error. What somebody
// has besides PUBLIC shows when PUBLIC has it no more.
func (a MaskApply) close(ctx context.Context, h *hand) error {
	for range 2 {
		gaps, err := Gaps(ctx, h.tx, a.Target.Readers())
		if err != nil {
			return err
		}
		if stop := Blocking(gaps); len(stop) > 0 && !a.ClosePublic {
			return &ErrGaps{stop}
		}
		for _, g := range gaps {
			if g.Noted && !g.Moved {
				continue
			}
			if strings.Contains(g.Fix, "…") || g.Fix == "" || strings.HasPrefix(g.Fix, "ALTER SYSTEM") || strings.HasPrefix(g.Fix, "DROP") {
				return &ErrGaps{[]Gap{g}} // a person's to decide
			}
			if err := h.closes(ctx, g); err != nil {
				return err
			}
		}
	}
	return nil
}

// RemoveMasks drops everything that applies made in this database: views, key and
// rights. The roles stay if another database still knows them.
func RemoveMasks(ctx context.Context, conn *pgx.Conn, t masking.Target) (left []string, err error) {
	roles := append(t.Readers(), masking.OwnerRole)
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		h, err := handOf(ctx, tx)
		if err != nil {
			return err
		}
		for _, role := range roles {
			exists, err := roleExists(ctx, tx, role)
			if err != nil {
				return err
			}
			if !exists {
				continue
			}
			if err := h.take(ctx, role); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '10s'; DROP OWNED BY "+masking.Ident(role)); err != nil {
				return fmt.Errorf("drop what %s owns: %w", role, err)
			}
		}
		return h.back(ctx)
	})
	if err != nil {
		return nil, err
	}
	for _, role := range roles {
		exists, err := roleExists(ctx, conn, role)
		if err != nil {
			return nil, err
		}
		if !exists {
			continue
		}
		if _, err := conn.Exec(ctx, "DROP ROLE "+masking.Ident(role)); err != nil {
			if pe, ok := errors.AsType[*pgconn.PgError](err); !ok || pe.Code != "2BP01" && !denied(err) { // others depend on it, or have it
				return nil, fmt.Errorf("drop %s: %w", role, err)
			}
			left = append(left, role)
		}
	}
	return left, nil
}

type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func roleExists(ctx context.Context, q querier, name string) (exists bool, err error) {
	err = q.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)", name).Scan(&exists)
	return exists, err
}

// SuspendMasks drops the masked views of these relations, of all if there are none,
// so that a migration can change what is behind them. Readers see less until the
// next apply, never more.
func SuspendMasks(ctx context.Context, conn *pgx.Conn, relations []masking.Name) (dropped []string, err error) {
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		views, err := maskedViews(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '10s'"); err != nil {
			return err
		}
		h, err := handOf(ctx, tx)
		if err != nil || len(views) == 0 {
			return err
		}
		if err := h.take(ctx, masking.OwnerRole); err != nil {
			return err
		}
		for _, v := range views {
			if len(relations) > 0 && !slices.Contains(relations, v.of) {
				continue
			}
			if _, err := tx.Exec(ctx, "DROP VIEW "+masking.Qualified(v.name)); err != nil {
				return fmt.Errorf("drop %s.%s: %w", v.name.Schema, v.name.Table, err)
			}
			dropped = append(dropped, v.name.Schema+"."+v.name.Table)
		}
		return h.back(ctx)
	})
	return dropped, err
}

// Reason is what an owner of the database reads of an error of masking's: the
// server's own words, which are about objects there, never about rows.
func Reason(err error) string {
	if pe, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.TrimRight(pe.Message, ".") + " (" + pe.Code + ")"
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimRight(first, ".")
}
