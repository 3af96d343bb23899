package target

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/fault"
)

// Preview looks at what a statement would touch, before anybody has decided. It
// does so as a role that can write nothing, in a READ ONLY transaction, and it
// never runs the statement: of one that changes rows it looks at a SELECT over
// the same FROM and WHERE.
type Preview struct {
	URL       credentials.Secret // the preview role's login
	Statement string
	Params    []string
	Settings  []approvals.Setting
	Changes   bool                // the statement changes rows; else it returns them
	Catalog   *guardrails.Catalog // nil: nothing is known, and less can be looked at

	Timeout     time.Duration // of one query; 0 = 5 seconds
	LockTimeout time.Duration // 0 = one second
}

// What a preview cannot be made of. Their sentences stand behind "Not estimated:".
var (
	errNotCountable = fault.New(fault.Invalid, "its rows cannot be told from its text.", "")
	errNotHarmless  = fault.New(fault.Denied, "it calls something that is not known to be harmless, and planning might run it.", "")
	errPreviewRole  = fault.New(fault.Unavailable, "the preview role may do more than read.", "`dbaccess doctor` says what to take from it.")
)

// counting rewrites the statement to the query over its rows, with the
// parameters that are left. Nothing is returned that could have an effect, or run
// anything but what is known to be harmless: the planner evaluates functions too.
func (p Preview) counting() (query string, params []string, err error) {
	query, numbers, ok := guardrails.CountQuery(p.Statement)
	if !ok {
		return "", nil, errNotCountable
	}
	if guardrails.Classify(query, p.Catalog).Kind != guardrails.Read {
		return "", nil, errNotHarmless
	}
	for _, n := range numbers {
		if n < 1 || n > len(p.Params) {
			return "", nil, errNotCountable
		}
		params = append(params, p.Params[n-1])
	}
	return query, params, nil
}

// Count returns how many rows the statement would return or change, by counting
// them. The error is a sentence.
func Count(ctx context.Context, p Preview) (n int64, err error) {
	sql, params, err := p.counting()
	if err != nil {
		return 0, err
	}
	err = p.look(ctx, func(conn *pgconn.PgConn) error {
		return query(ctx, conn, "SELECT pg_catalog.count(*) FROM ("+sql+") AS counted", func(v [][]byte) (err error) {
			n, err = strconv.ParseInt(string(v[0]), 10, 64)
			return err
		}, params...)
	})
	return n, err
}

// look opens a session of the preview role, with a transaction in which looking
// is all that can be done.
func (p Preview) look(ctx context.Context, do func(conn *pgconn.PgConn) error) error {
	o := RunOptions{ReadOnly: true, Settings: p.Settings, StatementTimeout: p.Timeout, LockTimeout: p.LockTimeout, MaskedSchemas: nil}
	if o.StatementTimeout <= 0 {
		o.StatementTimeout = 5 * time.Second
	}
	if o.LockTimeout <= 0 {
		o.LockTimeout = time.Second
	}
	conn, err := connectURL(ctx, p.URL, "dbaccess-preview", 5)
	if err != nil {
		return explainPreview(ctx, err, o)
	}
	defer closeSoon(ctx, conn)
	weak := false
	err = query(ctx, conn, `SELECT NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication) FROM pg_catalog.pg_roles WHERE rolname = current_user`,
		func(v [][]byte) error { weak = string(v[0]) == "t"; return nil })
	if err == nil && !weak {
		return errPreviewRole
	}
	if err == nil {
		err = begin(ctx, conn, o)
	}
	if err == nil {
		err = do(conn)
	}
	return explainPreview(ctx, err, o)
}

// explainPreview says why nothing could be looked at, as half a sentence without
// values: people read it on a card.
func explainPreview(ctx context.Context, err error, o RunOptions) error {
	var known *fault.Error
	var pg *pgconn.PgError
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case ctx.Err() != nil:
		return fault.New(fault.Unavailable, "there was no time.", "").With(err)
	case !errors.As(err, &pg):
		return fault.New(fault.Unavailable, "the database cannot be reached.", "").With(err)
	case strings.HasPrefix(pg.Code, "28") || strings.HasPrefix(pg.Code, "3D"):
		return fault.New(fault.Unavailable, "the preview role cannot log in.", "`dbaccess doctor` says more.").With(state(pg.Code))
	case pg.Code == "57014":
		return fault.New(fault.Expired, fmt.Sprintf("it took longer than %s.", readable(o.StatementTimeout)), "").With(state(pg.Code))
	case pg.Code == "55P03":
		return fault.New(fault.Conflict, "others hold a lock on what it reads.", "").With(state(pg.Code))
	case pg.Code == "42501":
		return fault.New(fault.Denied, "the preview role may not read it ("+pg.Message+").", "").With(state(pg.Code))
	case speaksOfText(pg):
		return fault.New(fault.Invalid, "Postgres says: "+strings.TrimSuffix(pg.Message, ".")+".", "").With(state(pg.Code))
	}
	return fault.New(fault.Invalid, "Postgres refuses it (SQLSTATE "+pg.Code+").", "").With(state(pg.Code))
}
