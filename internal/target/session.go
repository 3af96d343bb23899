package target

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"dbaccess/credentials"
)

// maxMessage bounds one message of the server, and so one row, in bytes: a
// single value may be a gigabyte.
const maxMessage = 32 << 20

// connect opens a session with the credential.
func connect(ctx context.Context, cred credentials.Credential) (*pgconn.PgConn, error) {
	mode := cred.SSLMode
	if mode == "" {
		mode = "prefer"
	}
	address := url.URL{
		Scheme: "postgres", User: url.User(cred.Role), Path: "/" + cred.Database,
		Host:     net.JoinHostPort(cred.Host, strconv.Itoa(cred.Port)),
		RawQuery: url.Values{"sslmode": {mode}, "connect_timeout": {"10"}}.Encode(),
	}
	config, err := pgconn.ParseConfig(address.String())
	if err != nil {
		return nil, fmt.Errorf("target %s: %w", cred.Host, err)
	}
	config.Password = cred.Password.Reveal()
	// All of them are ours: the parser takes some from our environment. They fix
	// how values are written.
	config.RuntimeParams = map[string]string{
		"application_name": "dbaccess", "client_encoding": "UTF8", "DateStyle": "ISO, MDY",
		"IntervalStyle": "postgres", "TimeZone": "UTC",
	}
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: 5 * time.Second}
	}
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, explainConnect(ctx, err)
	}
	conn.Frontend().SetMaxBodyLen(maxMessage)
	return conn, nil
}

// begin opens the transaction and pins its settings: the request's, then ours,
// which it cannot override.
func begin(ctx context.Context, conn *pgconn.PgConn, o RunOptions) error {
	start := "BEGIN"
	if o.ReadOnly {
		start = "BEGIN READ ONLY"
	}
	if err := query(ctx, conn, start, nil); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	for _, s := range o.Settings {
		if err := set(ctx, conn, s.Name, s.Value); err != nil {
			return err
		}
	}
	if err := setTimeouts(ctx, conn, o); err != nil {
		return err
	}
	return set(ctx, conn, "standard_conforming_strings", "on") // as guardrails read the text
}

// setTimeouts bounds each statement of the transaction from here on.
func setTimeouts(ctx context.Context, conn *pgconn.PgConn, o RunOptions) error {
	for _, s := range [][2]string{
		{"statement_timeout", milliseconds(o.StatementTimeout)},
		{"lock_timeout", milliseconds(o.LockTimeout)},
		{"idle_in_transaction_session_timeout", milliseconds(time.Minute)},
	} {
		if err := set(ctx, conn, s[0], s[1]); err != nil {
			return err
		}
	}
	return nil
}

// set sets a parameter for the transaction.
func set(ctx context.Context, conn *pgconn.PgConn, name, value string) error {
	err := query(ctx, conn, "SELECT pg_catalog.set_config($1, $2, true)", nil, name, value)
	if err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	return nil
}

// milliseconds is a duration as Postgres' settings take it, at least 1: zero
// would switch a timeout off.
func milliseconds(d time.Duration) string {
	return strconv.FormatInt(max(d.Milliseconds(), 1), 10)
}

// query runs one statement of ours and gives each of its rows to row; a NULL
// arrives as a nil slice, and no slice outlives the call.
func query(ctx context.Context, conn *pgconn.PgConn, sql string, row func(values [][]byte) error, params ...string) error {
	values := make([][]byte, len(params))
	for i, p := range params {
		values[i] = []byte(p)
	}
	reader := conn.ExecParams(ctx, sql, values, nil, nil, nil)
	var rowErr error
	for reader.NextRow() {
		if row != nil && rowErr == nil {
			rowErr = row(reader.Values())
		}
	}
	if _, err := reader.Close(); err != nil {
		return err
	}
	return rowErr
}
