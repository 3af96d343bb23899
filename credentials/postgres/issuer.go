package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/credentials"
)

// prepared is a role about to be created.
type prepared struct {
	targets *Targets
	target  *target
	profile Profile
	order   credentials.Order
}

// Prepare checks the order. Nothing needs to be known before the role exists:
// its name, which was stored with the intent, is enough to end it, so the handle
// is empty.
func (ts *Targets) Prepare(_ context.Context, o credentials.Order) (credentials.Prepared, error) {
	t, err := ts.issuing(o.Database)
	if err != nil {
		return nil, err
	}
	p, err := t.profile(o.Profile)
	if err != nil {
		return nil, err
	}
	return prepared{targets: ts, target: t, profile: p, order: o}, ts.ours(o.Role)
}

// Handle implements credentials.Prepared.
func (prepared) Handle() string { return "" }

// Mint creates the role in one transaction.
func (p prepared) Mint(ctx context.Context) (credentials.Credential, error) {
	password := credentials.NewSecret(rand.Text())
	conn, err := p.target.issuer.Acquire(ctx)
	if err != nil {
		return credentials.Credential{}, fmt.Errorf("connect as issuer: %w", err)
	}
	defer conn.Release()
	pg := conn.Conn().PgConn()
	// Several statements in one message are one transaction.
	results, err := pg.Exec(ctx, p.sql(major(pg), password)).ReadAll()
	if err != nil {
		return credentials.Credential{}, fmt.Errorf("create role: %w", err)
	}
	oid, err := onlyOID(results)
	if err != nil {
		return credentials.Credential{}, err
	}
	return credentials.Credential{
		Lease: p.order.Lease, Host: p.target.Host, Port: p.target.Port, Database: p.target.Database, SSLMode: p.target.SSLMode,
		Role: p.order.Role, RoleOID: oid, Password: password, Until: p.order.Until,
	}, nil
}

// sql is what creates the role. Settings are given to the role itself, because
// a group's are not inherited by its members.
func (p prepared) sql(version int, password credentials.Secret) string {
	role := ident(p.order.Role)
	limit := p.profile.ConnectionLimit
	if limit == 0 {
		limit = 5
	}
	stmts := []string{fmt.Sprintf(
		"CREATE ROLE %s LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT CONNECTION LIMIT %d PASSWORD %s VALID UNTIL %s",
		role, limit, literal(scramVerifier(password)), literal(p.order.Until.UTC().Format("2006-01-02 15:04:05.999999+00")))}
	for _, group := range p.profile.Roles {
		stmts = append(stmts, "GRANT "+ident(group)+" TO "+role+membership(version))
	}
	if len(p.profile.SearchPath) > 0 {
		path := make([]string, len(p.profile.SearchPath))
		for i, schema := range p.profile.SearchPath {
			path[i] = ident(schema)
		}
		stmts = append(stmts, fmt.Sprintf("ALTER ROLE %s IN DATABASE %s SET search_path = %s", role, ident(p.target.Database), strings.Join(path, ", ")))
	}
	set := func(name, value string) {
		stmts = append(stmts, fmt.Sprintf("ALTER ROLE %s SET %s = %s", role, name, literal(value)))
	}
	if p.profile.ReadOnly {
		set("default_transaction_read_only", "on")
	}
	if d := p.profile.StatementTimeout; d > 0 {
		set("statement_timeout", strconv.FormatInt(d.Milliseconds(), 10))
	}
	if d := p.profile.IdleTimeout; d > 0 {
		set("idle_session_timeout", strconv.FormatInt(d.Milliseconds(), 10))
	}
	stmts = append(stmts, "SELECT oid FROM pg_catalog.pg_roles WHERE rolname = "+literal(p.order.Role))
	return strings.Join(stmts, ";\n")
}

// membership is how a minted role belongs to a group: with its rights, but
// (where Postgres can tell the two apart) unable to become it, so that whatever
// the role makes is its own and goes with it.
func membership(version int) string {
	if version >= 16 {
		return " WITH INHERIT TRUE, SET FALSE"
	}
	return ""
}

// Block makes the roles unable to log in. Sessions go on.
func (ts *Targets) Block(ctx context.Context, leases []credentials.Lease) error {
	byDatabase := map[string][]string{}
	for _, l := range leases {
		if err := ts.ours(l.Role); err != nil {
			return err
		}
		byDatabase[l.Database] = append(byDatabase[l.Database], l.Role)
	}
	for database, roles := range byDatabase {
		t, err := ts.issuing(database)
		if err != nil {
			return err
		}
		if err := retry(func() error { return t.block(ctx, roles) }); err != nil {
			return fmt.Errorf("block roles on %s: %w", database, err)
		}
	}
	return nil
}

func (t *target) block(ctx context.Context, roles []string) error {
	rows, err := t.issuer.Query(ctx, "SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname = ANY ($1::text[]) AND rolcanlogin ORDER BY 1", roles)
	if err != nil {
		return err
	}
	known, err := collect[string](rows)
	if err != nil || len(known) == 0 {
		return err
	}
	conn, err := t.issuer.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	// Sessions are ended next, whether this works or not: so it waits but a
	// moment for a role that changes itself in an open transaction, and then for
	// none of the others because of that one.
	noLogin := func(wait string, roles ...string) error {
		sql := "SET LOCAL lock_timeout = '" + wait + "'"
		for _, role := range roles {
			sql += "; ALTER ROLE " + ident(role) + " NOLOGIN"
		}
		_, err := conn.Conn().PgConn().Exec(ctx, sql).ReadAll()
		return err
	}
	err = noLogin("100ms", known...)
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != "55P03" || len(known) == 1 { // lock_not_available
		return err
	}
	var errs []error
	for _, role := range known {
		errs = append(errs, noLogin("10ms", role))
	}
	return errors.Join(errs...)
}

// onlyOID reads the OID that the last of several statements returned.
func onlyOID(results []*pgconn.Result) (uint32, error) {
	if len(results) > 0 {
		if rows := results[len(results)-1].Rows; len(rows) == 1 {
			oid, err := strconv.ParseUint(string(rows[0][0]), 10, 32)
			return uint32(oid), err
		}
	}
	return 0, fmt.Errorf("the created role has no OID")
}
