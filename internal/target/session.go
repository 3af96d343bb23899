package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

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
	conn, err := open(ctx, config, "dbaccess")
	if err != nil {
		return nil, explainConnect(ctx, err)
	}
	return conn, nil
}

// errURL stands for what the parser says, which would quote the password.
var errURL = errors.New("the URL cannot be parsed")

// login reads a URL.
func login(url credentials.Secret) (*pgconn.Config, error) {
	config, err := pgconn.ParseConfig(url.Reveal())
	if err != nil {
		return nil, errURL
	}
	if config.ConnectTimeout == 0 || config.ConnectTimeout > 5*time.Second {
		config.ConnectTimeout = 5 * time.Second
	}
	return config, nil
}

// connectURL opens a session of ours, which looks and changes nothing: it is
// read-only, sees the system's own names, and each of its statements may take so
// many seconds.
func connectURL(ctx context.Context, url credentials.Secret, name string, seconds int) (*pgconn.PgConn, error) {
	config, err := login(url)
	if err != nil {
		return nil, err
	}
	conn, err := open(ctx, config, name)
	if err != nil {
		return nil, err
	}
	for _, s := range [][2]string{
		{"default_transaction_read_only", "on"},
		{"search_path", "pg_catalog"},
		{"standard_conforming_strings", "on"},
		{"lock_timeout", "1s"},
		{"statement_timeout", strconv.Itoa(seconds) + "s"},
		{"idle_in_transaction_session_timeout", "10s"},
		{"extra_float_digits", "1"},
	} {
		if err := query(ctx, conn, "SELECT pg_catalog.set_config($1, $2, false)", nil, s[0], s[1]); err != nil {
			closeSoon(ctx, conn)
			return nil, fmt.Errorf("set %s: %w", s[0], err)
		}
	}
	return conn, nil
}

// closeSoon ends a session, which rolls back whatever was not committed.
func closeSoon(ctx context.Context, conn *pgconn.PgConn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// open connects, with values written in one way.
func open(ctx context.Context, config *pgconn.Config, name string) (*pgconn.PgConn, error) {
	// All of them are ours: the parser takes some from our environment.
	config.RuntimeParams = map[string]string{
		"application_name": name, "client_encoding": "UTF8", "DateStyle": "ISO, MDY",
		"IntervalStyle": "postgres", "TimeZone": "UTC",
	}
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: 5 * time.Second}
	}
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
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
	if err := query(ctx, conn, endOrphans, nil); err != nil {
		return fmt.Errorf("let the server look for its client: %w", err)
	}
	return set(ctx, conn, "standard_conforming_strings", "on") // as guardrails read the text
}

// endOrphans has the server look each second, while a statement runs, whether its
// client is still there, where its system can tell: a request to cancel is lost if it
// arrives between two messages, and closing the connection is then all that is left. It
// names no relation: those that a run reads are counted by their locks.
const endOrphans = `SELECT pg_catalog.set_config('client_connection_check_interval', '1s', true)
	WHERE pg_catalog.current_setting('client_connection_check_interval', true) IS NOT NULL AND pg_catalog.version() !~* 'visual c|mingw'`

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

// connectLooking opens a connection of pgx's, for reading catalogs. Its errors hold
// nothing of the URL.
func connectLooking(ctx context.Context, url credentials.Secret, name string) (*pgx.Conn, error) {
	c, err := pgx.ParseConfig(url.Reveal())
	if err != nil {
		return nil, errors.New("its URL is no Postgres connection string")
	}
	c.RuntimeParams["application_name"] = name
	c.RuntimeParams["default_transaction_read_only"] = "on"
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, errors.New("it cannot be reached, or refuses the login")
	}
	return conn, nil
}

// lookingPool keeps connections of that kind, in which names mean the server's own
// whatever anybody put into other schemas. It connects when it is first used.
func lookingPool(ctx context.Context, url credentials.Secret, name string) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(url.Reveal())
	if err != nil {
		return nil, errors.New("its URL is no Postgres connection string")
	}
	for k, v := range map[string]string{
		"application_name": name, "default_transaction_read_only": "on", "search_path": "pg_catalog, pg_temp", "jit": "off",
	} {
		c.ConnConfig.RuntimeParams[k] = v
	}
	c.MaxConns, c.MaxConnIdleTime = 2, time.Minute
	return pgxpool.NewWithConfig(ctx, c)
}
