package postgres

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/credentials"
	"dbaccess/credentials/minted"
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
	results, err := pg.Exec(ctx, p.sql(password)).ReadAll()
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

// sql is what creates the role, and returns its OID.
func (p prepared) sql(password credentials.Secret) string {
	stmts := minted.Terms{
		Database: p.target.Database, Groups: p.profile.Roles, SearchPath: p.profile.SearchPath, ReadOnly: p.profile.ReadOnly,
		StatementTimeout: p.profile.StatementTimeout, IdleTimeout: p.profile.IdleTimeout, ConnectionLimit: cmp.Or(p.profile.ConnectionLimit, 5),
	}.Create(ident(p.order.Role), literal(scramVerifier(password)), literal(p.order.Until.UTC().Format("2006-01-02 15:04:05.999999+00")))
	stmts = append(stmts, "SELECT oid FROM pg_catalog.pg_roles WHERE rolname = "+literal(p.order.Role))
	return strings.Join(stmts, ";\n")
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
