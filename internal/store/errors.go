package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/internal/fault"
)

// ErrUnavailable means that the store cannot be reached, or does not answer in
// time. What was being changed is either stored whole or not at all.
var ErrUnavailable = fault.New(fault.Unavailable, "The store cannot be reached.", "Please try again in a moment.")

// errLogin means that the store is there and does not let us in.
var errLogin = fault.New(fault.Unavailable, "The store does not accept the connection.", "Look at the role, the password and the database in its URL.")

// errURL has no cause in its sentence: a connection string holds a password.
var errURL = fault.New(fault.Invalid, "The store's URL cannot be read.", "It looks like postgres://role:password@host:5432/database.")

var errText = fault.New(fault.Invalid, "The text holds characters that cannot be stored.", "Remove NUL and invalid UTF-8 characters.")

// errNoEvent is a mistake of ours: there is no change without its event.
var errNoEvent = errors.New("a change came without an event")

// only returns the one thing that was looked for by its id; none if there is no
// such thing.
func only[T any](list []T, err, none error, doing string) (v T, _ error) {
	if err == nil && len(list) == 0 {
		err = none
	}
	if err != nil {
		return v, explain(doing, err)
	}
	return list[0], nil
}

// explain says what was being done, and turns the errors that people may read
// into faults. It returns nil for nil.
func explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	switch {
	case away(err):
		err = ErrUnavailable.With(err)
	case isState(err, "28P01", "28000", "3D000"):
		err = errLogin.With(err)
	case isState(err, "22021", "22P05"):
		err = errText.With(err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// away reports whether err is the connection's trouble and not the statement's.
func away(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		// 08 connection; 53300 too many; 57P01-05 shut down, starting, dropped,
		// idle too long; 57014, 55P03 our own time limits; 25P03 idle in a
		// transaction; 25006 a standby was promoted elsewhere.
		return strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57P") ||
			isState(err, "53300", "57014", "55P03", "25P03", "25006")
	}
	if errors.Is(err, context.Canceled) {
		return false
	}
	var (
		connect *pgconn.ConnectError
		network net.Error
	)
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		strings.Contains(err.Error(), "conn closed")
}

// isState reports whether err is Postgres's and has one of these SQLSTATEs.
func isState(err error, codes ...string) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	for _, c := range codes {
		if pg.Code == c {
			return true
		}
	}
	return false
}

// broke reports whether err is the violation of the named constraint.
func broke(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}
