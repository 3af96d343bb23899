package target

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/devstack"
	"dbaccess/internal/masking"
)

// estate is a database as managed servers give it: its owner makes roles and
// databases, and is no superuser. Some of it belongs to roles that the owner is a
// member of, some to others.
type estate struct {
	root, dba *pgx.Conn
	server    *devstack.Postgres
	target    masking.Target
}

const estateRoles = `
	CREATE ROLE dba LOGIN CREATEROLE CREATEDB PASSWORD 'only for this test'; CREATE ROLE ours; GRANT ours TO dba; CREATE ROLE theirs;
	CREATE ROLE app LOGIN;`

const estateTables = `
	SET ROLE dba; CREATE SCHEMA crm; CREATE TABLE crm.people (id int PRIMARY KEY, email text NOT NULL);
	INSERT INTO crm.people SELECT i, 'person' || i || '@example.com' FROM generate_series(1, 50) i;
	CREATE TABLE public.letter (id int PRIMARY KEY, email text); INSERT INTO public.letter SELECT * FROM crm.people; RESET ROLE;
	CREATE TYPE crm.mood AS ENUM ('good', 'bad');
	CREATE SCHEMA one AUTHORIZATION ours; CREATE TABLE one.member (id int, email text, mood crm.mood); INSERT INTO one.member SELECT *, 'good' FROM crm.people; ALTER TABLE one.member OWNER TO ours;
	CREATE SCHEMA two AUTHORIZATION theirs; CREATE TABLE two.guest (id int, email text, mood crm.mood); INSERT INTO two.guest SELECT *, 'bad' FROM crm.people; ALTER TABLE two.guest OWNER TO theirs;
	CREATE TABLE crm.stray (id int, email text); ALTER TABLE crm.stray OWNER TO theirs;
	GRANT EXECUTE ON FUNCTION pg_read_file(text) TO app;`

func newEstate(t *testing.T, server *devstack.Postgres) *estate {
	t.Helper()
	first := maskSource(t, server.URL("postgres")).Conn
	e := &estate{server: server, target: masking.Target{Reader: "dbaccess_reader_estate"}}
	for _, sql := range []string{estateRoles, "CREATE DATABASE estate OWNER dba"} {
		if _, err := first.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	e.root = maskSource(t, server.URL("estate")).Conn
	if _, err := e.root.PgConn().Exec(t.Context(), estateTables).ReadAll(); err != nil {
		t.Fatal(err)
	}
	e.dba = e.as(t, "dba")
	return e
}

func (e *estate) as(t *testing.T, role string) *pgx.Conn {
	t.Helper()
	u, err := url.Parse(e.server.URL("estate"))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "only for this test")
	return maskSource(t, u.String()).Conn
}

func (e *estate) exec(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// apply plans and applies as the owner of the database.
func (e *estate) apply(t *testing.T) error {
	t.Helper()
	plan, err := masking.Detect(t.Context(), &MaskSource{Conn: e.dba}, masking.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return MaskApply{Plan: plan, Target: e.target, ClosePublic: true}.Apply(t.Context(), e.dba)
}

// reads is what the reader gets, or the error's text.
func (e *estate) reads(t *testing.T, sql string) (got string) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), e.root, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "SET LOCAL ROLE "+e.target.Reader); err != nil {
			return err
		}
		return tx.QueryRow(t.Context(), sql).Scan(&got)
	})
	if err != nil {
		return err.Error()
	}
	return got
}

// actors are the roles that could act for the views' owner.
func (e *estate) actors(t *testing.T) string {
	t.Helper()
	var list string
	err := e.root.QueryRow(t.Context(), `SELECT coalesce(string_agg(rolname, ' '), '') FROM pg_roles
		WHERE NOT rolsuper AND rolname <> $1 AND (pg_has_role(rolname, $1, 'USAGE') OR pg_has_role(rolname, $1, $2))`,
		masking.OwnerRole, map[bool]string{true: "SET", false: "MEMBER"}[e.server.Version >= 16]).Scan(&list)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (e *estate) notes(t *testing.T) (open, noted []Gap) {
	t.Helper()
	st, err := ReadMaskState(t.Context(), e.dba, e.target.Readers())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range st.Gaps {
		if g.Noted {
			noted = append(noted, g)
		} else {
			open = append(open, g)
		}
	}
	if len(st.Drift) > 0 {
		t.Errorf("drift: %v", st.Drift)
	}
	return open, noted
}

func TestAnOwnerWhoIsNoSuperuserMasks(t *testing.T) {
	t.Parallel()
	onEachServer(t, nil, func(t *testing.T, server *devstack.Postgres) {
		e := newEstate(t, server)
		if server.Version >= 16 {
			e.exec(t, e.root, "ALTER ROLE dba SET createrole_self_grant = 'set, inherit'")
			e.dba = e.as(t, "dba")
		}
		for range 2 {
			if err := e.apply(t); err != nil {
				t.Fatal(err)
			}
			if got := e.actors(t); got != "" {
				t.Errorf("after an apply %s can act for the views' owner", got)
			}
		}
		for _, view := range []string{"masked_crm.people", "masked_one.member", "masked_public.letter"} {
			if got := e.reads(t, "SELECT count(*) FILTER (WHERE email LIKE 'u%@masked.invalid')::text FROM "+view); got != "50" {
				t.Errorf("%s: %s", view, got)
			}
		}
		open, noted := e.notes(t)
		for _, g := range open {
			t.Errorf("open after an apply: %s", g.What)
		}
		var fixes []string
		for _, g := range noted {
			if strings.Contains(g.What, "dba may not give rights") {
				fixes = append(fixes, g.Fix)
			}
		}
		all := strings.Join(fixes, " ")
		if !strings.Contains(all, `GRANT USAGE ON SCHEMA "two" TO dbaccess_mask_owner; GRANT SELECT ON "two"."guest" TO dbaccess_mask_owner;`) || !strings.Contains(all, `"crm"."stray"`) {
			t.Fatalf("what is somebody else's is not told of: %v", noted)
		}
		if !slices.ContainsFunc(noted, func(g Gap) bool { return strings.Contains(g.What, "lo_create") }) {
			t.Errorf("large objects are not told of: %v", noted)
		}
		// Its owner runs the statements, and the next apply shows it.
		e.exec(t, e.root, "GRANT USAGE ON SCHEMA crm TO theirs; SET ROLE theirs; "+all+" RESET ROLE")
		if err := e.apply(t); err != nil {
			t.Fatal(err)
		}
		if got := e.reads(t, "SELECT count(*)::text FROM masked_two.guest WHERE email !~ 'person'"); got != "50" {
			t.Errorf("after its owner's grant: %s", got)
		}
		if dropped, err := SuspendMasks(t.Context(), e.dba, []masking.Name{{Schema: "crm", Table: "people"}}); err != nil || len(dropped) != 1 || e.actors(t) != "" {
			t.Errorf("suspended %v (%v), %q can act", dropped, err, e.actors(t))
		}
		e.removed(t)
	})
}

// removed checks that nothing is left but what other people gave.
func (e *estate) removed(t *testing.T) {
	t.Helper()
	left, err := RemoveMasks(t.Context(), e.dba, e.target)
	if err != nil {
		t.Fatal(err)
	}
	var schemas, roles int
	if err := e.root.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM pg_namespace WHERE nspname ~ '^(masked_|dbaccess_)'), (SELECT count(*) FROM pg_roles WHERE rolname ~ '^dbaccess_')`).Scan(&schemas, &roles); err != nil {
		t.Fatal(err)
	}
	if schemas != 0 || roles != len(left) {
		t.Errorf("%d schemas and %d roles are left, %v told of", schemas, roles, left)
	}
	if len(left) > 0 && fmt.Sprint(left) != "["+masking.OwnerRole+"]" {
		t.Errorf("left: %v", left)
	}
}

func TestWhatAnOwnerMayNotDoIsSaidWithTheStatement(t *testing.T) {
	t.Parallel()
	onEachServer(t, nil, func(t *testing.T, server *devstack.Postgres) {
		e := newEstate(t, server)
		undo := func(sql string) { e.exec(t, e.root, sql) }
		refused := func(says string) {
			t.Helper()
			err := e.apply(t)
			if rights, ok := errors.AsType[*ErrRights](err); !ok || !strings.Contains(rights.What+" "+rights.Fix, says) {
				t.Errorf("%v, want %s", err, says)
			}
		}
		undo("ALTER ROLE dba NOCREATEROLE")
		refused(`may not make the role dbaccess_reader_estate. ALTER ROLE "dba" CREATEROLE;`)
		undo("ALTER ROLE dba CREATEROLE; CREATE ROLE " + masking.OwnerRole)
		if server.Version >= 16 {
			refused("GRANT \"dbaccess_mask_owner\" TO \"dba\" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;")
		} else {
			undo("ALTER ROLE dba NOINHERIT")
			refused(`ALTER ROLE "dba" INHERIT;`)
			undo("ALTER ROLE dba INHERIT")
		}
		undo("DROP ROLE " + masking.OwnerRole + "; ALTER DATABASE estate OWNER TO theirs; REVOKE CREATE ON DATABASE estate FROM PUBLIC")
		refused(`GRANT CREATE ON DATABASE "estate" TO "dba";`)
		undo("ALTER DATABASE estate OWNER TO dba")
		// What others opened for everybody, others close.
		undo("GRANT USAGE ON SCHEMA two TO PUBLIC; GRANT SELECT ON two.guest TO PUBLIC; GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC")
		gaps, ok := errors.AsType[*ErrGaps](e.apply(t))
		if !ok || len(gaps.Gaps) != 2 || slices.ContainsFunc(gaps.Gaps, func(g Gap) bool {
			return !strings.Contains(g.What, "The role dba may not change that; its owner or a superuser runs:") || !strings.Contains(g.Fix, "REVOKE")
		}) {
			t.Fatalf("%v", gaps)
		}
		if got := e.reads(t, "SELECT 1"); !strings.Contains(got, "does not exist") {
			t.Errorf("a refused apply left its reader: %s", got)
		}
		for _, g := range gaps.Gaps {
			undo(g.Fix)
		}
		if err := e.apply(t); err != nil {
			t.Error(err)
		}
		_, _ = RemoveMasks(context.WithoutCancel(t.Context()), e.dba, e.target)
	})
}
