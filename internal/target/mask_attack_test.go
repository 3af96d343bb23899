package target

import (
	"context"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/internal/masking"
)

//go:embed testdata/attacks
var attackFiles embed.FS

// canaries are in what nobody with a masked role may ever see, in lower case.
var canaries = []string{
	"canary", "zebedee", "quillfeather", "73195.4", "1984-07-23", "536-22-8746", "4539148803436467", "de89370400440532013000", "23456789", "hidden",
	"311c9a91e73a200d5e1de1114dd07ded", // MD5 of the address
}

// sightings returns the canaries in a text: as they are, in hexadecimal, and in base64
// at each of the three places where a byte can begin.
func sightings(text string) (seen []string) {
	low := strings.ReplaceAll(strings.ToLower(text), "atlantic/canary", "") // pg_timezone_names
	for _, c := range canaries {
		found := strings.Contains(low, c) || strings.Contains(low, hex.EncodeToString([]byte(c)))
		for shift := range 3 {
			coded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + c))
			// The characters at either end hold bits of neighbours too.
			found = found || strings.Contains(text, coded[(shift*4+2)/3:len(coded)-4])
		}
		if found {
			seen = append(seen, c)
		}
	}
	return seen
}

// attack is one script of the files: statements, one a line, run in one session.
type attack struct {
	name    string
	guesses [2]string // of an oracle: one that is true, one that is not
	codes   []string  // SQLSTATEs that its statements may end with; others mean that the script is wrong
	sql     []string
}

func attacks(t *testing.T) (list []attack) {
	t.Helper()
	for _, file := range []string{"read", "catalog", "write", "oracle"} {
		text, err := attackFiles.ReadFile("testdata/attacks/" + file + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if head, ok := strings.CutPrefix(line, "-- attack: "); ok {
				name, codes, _ := strings.Cut(strings.TrimSuffix(head, "]"), " [")
				list = append(list, attack{name: name, codes: strings.Split(codes, ",")})
			} else if head, ok := strings.CutPrefix(line, "-- oracle: "); ok {
				parts := strings.Split(head, " | ")
				list = append(list, attack{name: parts[0], guesses: [2]string{parts[1], parts[2]}})
			} else if line != "" {
				a := &list[len(list)-1]
				a.sql = append(a.sql, line)
			}
		}
	}
	return list
}

// outcome is all that a session was told by one statement.
type outcome struct{ rows, told, code string }

// raider is a session of a minted role that keeps everything it is told.
type raider struct {
	conn *pgconn.PgConn
	told strings.Builder
}

func (f *fortress) raid(t *testing.T) *raider {
	t.Helper()
	r := &raider{}
	c, err := pgconn.ParseConfig(f.credential(t))
	if err != nil {
		t.Fatal(err)
	}
	c.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		fmt.Fprintf(&r.told, "%s|%s|%s|%s|%s\n", n.Message, n.Detail, n.Hint, n.Where, n.InternalQuery)
	}
	c.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) { fmt.Fprintf(&r.told, "%s|%s\n", n.Channel, n.Payload) }
	if r.conn, err = pgconn.ConnectConfig(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.conn.Close(context.WithoutCancel(t.Context())) })
	// Read-only is advice: a session undoes it.
	if o := r.run(t.Context(), "SET default_transaction_read_only = off"); o.code != "" {
		t.Fatal(o.told)
	}
	return r
}

// run runs one statement and returns what came of it.
func (r *raider) run(ctx context.Context, sql string) outcome {
	r.told.Reset()
	var rows strings.Builder
	var err error
	switch {
	case strings.HasPrefix(sql, "COPY") && strings.HasSuffix(sql, "TO STDOUT"):
		_, err = r.conn.CopyTo(ctx, &rows, sql)
	case strings.HasPrefix(sql, "COPY") && strings.HasSuffix(sql, "FROM STDIN"):
		_, err = r.conn.CopyFrom(ctx, strings.NewReader("1\t1\tx\t1\t2026-01-01\n"), sql)
	default:
		var results []*pgconn.Result
		results, err = r.conn.Exec(ctx, sql).ReadAll()
		for _, res := range results {
			for _, row := range res.Rows {
				for _, v := range row {
					rows.Write(v)
					rows.WriteByte('|')
				}
				rows.WriteByte('\n')
			}
		}
	}
	code := ""
	if pe, ok := errors.AsType[*pgconn.PgError](err); ok {
		code = pe.Code
		fmt.Fprintf(&r.told, "%s|%s|%s|%s|%s|%s|%s\n", pe.Message, pe.Detail, pe.Hint, pe.Where, pe.InternalQuery, pe.ColumnName, pe.ConstraintName)
	} else if err != nil {
		code = err.Error()
	}
	return outcome{rows: rows.String(), told: r.told.String(), code: code}
}

// mounts runs every attack and returns how many statements that were.
func (f *fortress) mounts(t *testing.T, list []attack) (statements int) {
	t.Helper()
	before := f.digest(t)
	for _, a := range list {
		if a.guesses[0] != "" {
			statements += f.asks(t, a)
		} else {
			r := f.raid(t)
			for _, sql := range a.sql {
				statements++
				o := r.run(t.Context(), sql)
				// What the script itself says does not count as seen.
				if seen := sightings(without(o.rows+o.told, sql)); len(seen) > 0 {
					t.Errorf("%s: %s\nshows %v: %s", a.name, sql, seen, excerpt(o.rows+o.told, seen[0]))
				}
				if o.code != "" && o.code != "25P02" && !slices.Contains(a.codes, o.code) {
					t.Errorf("%s: %s\nis no attack: %s %s", a.name, sql, o.code, o.told[max(0, len(o.told)-300):])
				}
			}
			_ = r.conn.Close(t.Context())
		}
		if after := f.digest(t); after != before {
			t.Errorf("%s leaves something behind:\n%s", a.name, difference(before, after))
			before = after
		}
	}
	return statements
}

// asks puts a right and a wrong guess to every statement of an oracle, which must
// not tell them apart.
func (f *fortress) asks(t *testing.T, a attack) int {
	t.Helper()
	r := f.raid(t)
	defer func() { _ = r.conn.Close(t.Context()) }()
	for _, sql := range a.sql {
		var said [2]string
		for i, guess := range a.guesses {
			o := r.run(t.Context(), strings.ReplaceAll(sql, "{guess}", guess))
			if slices.Contains([]string{"42601", "42703", "42P01", "42883"}, o.code) {
				t.Errorf("%s: %s\nis no attack: %s", a.name, sql, o.told)
			}
			said[i] = strings.Join(strings.Fields(without(o.code+" "+o.rows+" "+o.told, guess)), " ")
		}
		if said[0] != said[1] {
			t.Errorf("%s: %s\ntells guesses apart: %s\n%s", a.name, sql, said[0], said[1])
		}
	}
	return 2 * len(a.sql)
}

// without takes out of a text what its asker put there: the statement's own
// literals.
func without(text, sql string) string {
	text = strings.ReplaceAll(text, sql, "")
	for i, part := range strings.Split(sql, "'") {
		if len(part) > 3 && (i%2 == 1 || !strings.Contains(sql, "'")) {
			text = strings.ReplaceAll(text, part, "")
		}
	}
	return text
}

func excerpt(text, word string) string {
	at := max(strings.Index(strings.ToLower(text), word), 0)
	return text[max(0, at-150):min(len(text), at+150)]
}

// digest is everything in the server that a session could leave behind, but its own
// role's password and settings, which go with the role.
func (f *fortress) digest(t *testing.T) string {
	t.Helper()
	var all string
	err := f.admin.QueryRow(t.Context(), `
		SELECT string_agg(line, E'\n' ORDER BY line) FROM (
			SELECT 'relation ' || c.oid::regclass::text || ' ' || c.relkind::text || coalesce(c.relacl::text, '') || c.relowner || coalesce(c.reloptions::text, '') FROM pg_class c WHERE c.relnamespace::regnamespace::text !~ '^pg_toast'
			UNION ALL SELECT 'function ' || p.oid::regprocedure || coalesce(p.proacl::text, '') || md5(p.prosrc) FROM pg_proc p WHERE p.oid >= 16384
			UNION ALL SELECT 'schema ' || nspname || coalesce(nspacl::text, '') FROM pg_namespace WHERE nspname !~ '^pg_toast'
			UNION ALL SELECT 'type ' || oid::regtype FROM pg_type WHERE oid >= 16384
			UNION ALL SELECT 'large object ' || oid || coalesce(lomacl::text, '') FROM pg_largeobject_metadata
			UNION ALL SELECT 'content of large object ' || loid || md5(data) FROM pg_largeobject
			UNION ALL SELECT 'role ' || rolname || concat(rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit, rolvaliduntil) FROM pg_roles
			UNION ALL SELECT 'member ' || member::regrole || roleid::regrole || admin_option FROM pg_auth_members
			UNION ALL SELECT 'setting ' || setdatabase || setrole::regrole || setconfig::text FROM pg_db_role_setting
			UNION ALL SELECT 'database ' || datname || coalesce(datacl, acldefault('d', datdba))::text FROM pg_database
			UNION ALL SELECT 'default ' || defaclrole::regrole || defaclobjtype::text || defaclacl::text FROM pg_default_acl
			UNION ALL SELECT 'extension ' || extname FROM pg_extension
			UNION ALL SELECT 'server ' || srvname || coalesce(srvacl::text, '') FROM pg_foreign_server
			UNION ALL SELECT 'mapping ' || umserver || ' ' || umuser FROM pg_user_mapping
			UNION ALL SELECT 'trigger ' || tgname || tgrelid::regclass FROM pg_trigger
			UNION ALL SELECT 'rule ' || rulename || ev_class::regclass FROM pg_rewrite
			UNION ALL SELECT 'event trigger ' || evtname FROM pg_event_trigger
			UNION ALL SELECT 'publication ' || pubname FROM pg_publication
			UNION ALL SELECT 'subscription ' || subname FROM pg_subscription
			UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots
			UNION ALL SELECT 'prepared ' || gid FROM pg_prepared_xacts
			UNION ALL SELECT 'cast ' || castsource::regtype || casttarget::regtype FROM pg_cast WHERE oid >= 16384
			UNION ALL SELECT 'operator ' || oid::regoperator FROM pg_operator WHERE oid >= 16384
			UNION ALL SELECT 'policy ' || polname FROM pg_policy
			UNION ALL SELECT 'comment ' || objoid || ' ' || objsubid || md5(description) FROM pg_description WHERE objoid >= 16384
			UNION ALL SELECT 'parameter ' || parname || paracl::text FROM pg_parameter_acl
			UNION ALL SELECT 'rows of orders ' || count(*) || ' ' || sum(total) FROM crm.orders
			UNION ALL SELECT 'rows of customer ' || count(*) || ' ' || sum(visits) FROM crm.customer
			UNION ALL SELECT 'rows of payroll ' || count(*) || ' ' || sum(salary) FROM hr.payroll
			UNION ALL SELECT 'counter ' || last_value FROM crm.counter
		) x(line)`).Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func difference(before, after string) string {
	old, now := strings.Split(before, "\n"), strings.Split(after, "\n")
	var b strings.Builder
	for _, line := range now {
		if !slices.Contains(old, line) {
			b.WriteString("+ " + line + "\n")
		}
	}
	for _, line := range old {
		if !slices.Contains(now, line) {
			b.WriteString("- " + line + "\n")
		}
	}
	return b.String()
}

// missed are the columns that a plan shows as they are, and that hold a canary: a
// matter of detection, which would drown what this file is about.
func (f *fortress) missed(t *testing.T, plan *masking.Plan) (list []masking.Override) {
	t.Helper()
	open := map[masking.Name][]string{}
	for _, x := range plan.Used() {
		if x.Strategy == masking.Keep || x.Strategy == "" {
			open[masking.Name{Schema: x.Schema, Table: x.Table}] = append(open[masking.Name{Schema: x.Schema, Table: x.Table}], x.Column)
		}
	}
	yes := true
	for name, columns := range open {
		for _, c := range columns {
			var all string
			err := pgx.BeginFunc(t.Context(), f.admin, func(tx pgx.Tx) error {
				return tx.QueryRow(t.Context(), fmt.Sprintf("SELECT coalesce(string_agg(x.%s::text, '|'), '') FROM %s x", masking.Ident(c), masking.Qualified(name))).Scan(&all)
			})
			if err == nil && len(sightings(all)) > 0 {
				t.Errorf("detection leaves %s.%s.%s open: %v", name.Schema, name.Table, c, sightings(all))
				list = append(list, masking.Override{Schema: name.Schema, Table: name.Table, Column: c, Sensitive: &yes, Strategy: masking.Nothing, Reason: "missed"})
			}
		}
	}
	return list
}
