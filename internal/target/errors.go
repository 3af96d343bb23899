package target

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
)

// ErrUnknownOutcome means that the connection broke while the server was
// committing.
var ErrUnknownOutcome = fault.New(fault.Unavailable,
	"The connection broke while the change was being committed: it may or may not have taken effect.",
	"Look at the data before asking again.")

var (
	errEndedTransaction = fault.New(fault.Invalid,
		"The statement ended the transaction that it runs in; nothing was changed.",
		"Leave BEGIN, COMMIT and ROLLBACK out: what was approved runs in a transaction of its own.")
	errCopy = fault.New(fault.Invalid,
		"COPY from or to the client does not work here; nothing was changed.",
		"Use SELECT to read and INSERT to write.")
	errNotCounting = fault.New(fault.Unavailable,
		"The database does not count changed rows (track_counts is off), so no bound on them can be kept; nothing was changed.",
		"Ask the database's owner to switch track_counts on.")
	errTooBig = fault.New(fault.Invalid,
		fmt.Sprintf("One row of the result is larger than %d MiB.", maxMessage>>20),
		"Select fewer or shorter columns.")
	errNoDatabase = fault.New(fault.NotFound, "There is no such database in the config.", "")
	errHalfway    = fault.New(fault.Invalid,
		"The statement returns more rows than are kept, and changes something as it goes: it would have been stopped halfway. Nothing was changed.",
		"Have it return less, with a LIMIT or a count.")
	errNotMarked = fault.New(fault.Unavailable,
		"It could not be put on record that the change was about to be committed, so it was not; nothing was changed.", "Ask again.")
	errCancelled = fault.New(fault.Expired, "The statement was cancelled; nothing was changed.", "Ask again.")
)

// state is what the log gets to know of a server's error: its code. The message
// may hold values.
type state string

func (s state) Error() string { return "SQLSTATE " + string(s) }

// placed is a server's error about a place in the statement.
type placed struct {
	state
	at int // in characters, from 1
}

// Position returns the character of the statement, from 1, at which Postgres found
// what an error of [Run] is about; 0 if at none.
func Position(err error) int {
	var p placed
	if errors.As(err, &p) {
		return p.at
	}
	return 0
}

// explainConnect turns the failure of a connection into what a person may read.
func explainConnect(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errCancelled.With(ctx.Err())
	}
	f := fault.New(fault.Unavailable, "The database cannot be reached.", "Try again; if it stays away, tell its owner.")
	var pg *pgconn.PgError
	if errors.As(err, &pg) && strings.HasPrefix(pg.Code, "28") {
		f = fault.New(fault.Unavailable, "The database refused the credential that was made for this.", "Ask again; if it stays so, tell the on-call.")
	}
	return f.With(err)
}

// explain turns the failure of a statement into what a person may read.
func explain(ctx context.Context, err error, o RunOptions) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	if ctx.Err() != nil {
		return errCancelled.With(ctx.Err())
	}
	var big *pgproto3.ExceededMaxBodyLenErr
	if errors.As(err, &big) {
		return errTooBig.With(err)
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		f := ofServer(pg, o)
		if _, ok := approvals.PlaceIn(o.Statement, int(pg.Position)); ok && speaksOfText(pg) {
			return f.With(placed{state(pg.Code), int(pg.Position)})
		}
		return f.With(state(pg.Code))
	}
	return fault.New(fault.Unavailable, "The connection to the database broke; nothing was changed.", "Try again.").With(err)
}

const nothing = " Nothing was changed."

func tooLong(o RunOptions) *fault.Error {
	return fault.New(fault.Expired, fmt.Sprintf("The statement took longer than the %s it may and was cancelled.%s", readable(o.StatementTimeout), nothing), "Make it touch less, or split it.")
}

// ofServer says what the server's error means.
func ofServer(pg *pgconn.PgError, o RunOptions) *fault.Error {
	switch pg.Code {
	case "57014":
		return tooLong(o)
	case "55P03":
		return fault.New(fault.Conflict, fmt.Sprintf("The statement waited longer than %s for a lock that others hold.%s", readable(o.LockTimeout), nothing), "Try again when the table is less busy.")
	case "40001", "40P01":
		return fault.New(fault.Conflict, "The statement met a concurrent change."+nothing, "Try again.")
	case "25006":
		return fault.New(fault.Denied, "The statement would change something, and it was approved to read only."+nothing, "Ask with a profile that may write.")
	case "42601":
		if pg.Routine == "exec_parse_message" {
			return fault.New(fault.Invalid, "The text holds more than one statement."+nothing, "Ask for each of them.")
		}
	case "25P03", "57P01", "57P02", "57P03":
		return fault.New(fault.Unavailable, "The database ended the session."+nothing, "Try again.")
	}
	code := "(SQLSTATE " + pg.Code + ")"
	kind, hint := fault.Invalid, pg.Hint
	if pg.Code == "42501" {
		kind = fault.Denied
		if len(o.MaskedSchemas) > 0 && strings.HasPrefix(pg.Message, "permission denied for schema ") {
			hint = "Leave the schema out: `customers` finds the masked view, and what stands behind it is out of reach."
		}
	}
	if speaksOfText(pg) {
		return fault.New(kind, fmt.Sprintf("Postgres refused it%s: %s %s.%s", where(pg, o), strings.TrimSuffix(pg.Message, "."), code, nothing), hint)
	}
	if f := functionThatFailed.FindStringSubmatch(pg.Where); f != nil {
		return fault.New(kind, fmt.Sprintf("The function %s failed, in its line %s %s.%s", f[1], f[2], code, nothing), withheld)
	}
	if quotesAsker(pg.Message, o) {
		return fault.New(kind, fmt.Sprintf("Postgres refused a value: %s %s.%s", strings.TrimSuffix(pg.Message, "."), code, nothing), "")
	}
	switch pg.Code[:2] {
	case "22":
		return fault.New(kind, "A value does not fit its type or range "+code+"."+nothing, withheld)
	case "23":
		return fault.New(kind, fmt.Sprintf("It would break %s %s.%s", constraint(pg), code, nothing), "")
	case "53":
		return fault.New(fault.Unavailable, "The database is short of resources "+code+"."+nothing, "Try again later.")
	}
	return fault.New(kind, "Postgres refused it "+code+"."+nothing, withheld)
}

// functionThatFailed finds, in the first line of an error's context, which function
// raised it. Further lines may quote text that was put together from rows.
var functionThatFailed = regexp.MustCompile(`^PL/pgSQL function ([a-zA-Z0-9_.]{1,130})\([a-zA-Z0-9_ ,.\[\]"]*\) line (\d+) at [a-zA-Z/ ]+(?:\n|$)`)

// where says at which place of the statement something is.
func where(pg *pgconn.PgError, o RunOptions) string {
	p, ok := approvals.PlaceIn(o.Statement, int(pg.Position))
	switch {
	case !ok:
		return ""
	case p.Line == 1 && !strings.Contains(o.Statement, "\n"):
		return fmt.Sprintf(" at character %d", p.Column)
	}
	return fmt.Sprintf(" in line %d, at character %d", p.Line, p.Column)
}

const withheld = "Postgres' message is withheld, because it may quote data."

// speaksOfText reports whether the server's message consists of names and of the
// statement's own text. One with a position points into the text. Without one,
// even "relation … does not exist" may quote a row: 'email::regclass' makes it
// do so. A message from within a function (Where) says what its author liked.
func speaksOfText(pg *pgconn.PgError) bool {
	if pg.Where != "" || pg.InternalQuery != "" {
		return false
	}
	switch pg.Code {
	case "42501", "55000", "2BP01": // rights, state and dependants of existing objects
		return true
	}
	return pg.Position > 0
}

// quotesAsker reports whether a message about a value quotes one that its asker
// has written: a parameter, or a whole text between quotes of the statement.
func quotesAsker(message string, o RunOptions) bool {
	_, quoted, ok := strings.Cut(message, ": \"")
	value, last := strings.CutSuffix(quoted, `"`)
	if !ok || !last || !plainValue.MatchString(message[:len(message)-len(quoted)-1]) {
		return false
	}
	return slices.Contains(o.Params, value) || strings.Contains(o.Statement, "'"+strings.ReplaceAll(value, "'", "''")+"'")
}

// plainValue are the beginnings of Postgres' messages that quote one value and
// nothing else.
var plainValue = regexp.MustCompile(`^(invalid input (syntax|value) for (type|enum) [a-z_ ]+|date/time field value out of range|malformed (array|record|range) literal|value out of range): $`)

// constraint names what an integrity error is about, by names alone.
func constraint(pg *pgconn.PgError) string {
	switch {
	case pg.ConstraintName != "":
		return fmt.Sprintf("the constraint %q of table %q", pg.ConstraintName, pg.TableName)
	case pg.ColumnName != "":
		return fmt.Sprintf("the rule that column %q of table %q has a value", pg.ColumnName, pg.TableName)
	}
	return "a rule of the table"
}

// readable writes a timeout without the zeros that Duration.String adds.
func readable(d time.Duration) string {
	s := d.String()
	for _, zeros := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zeros) {
			s = s[:len(s)-2]
		}
	}
	return s
}
