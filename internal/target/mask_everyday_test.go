package target

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/internal/masking"
)

// everyday is what people and their tools ask, written for the tables as they are.
var everyday = []string{
	"SELECT * FROM customer",
	"SELECT c.* FROM customer AS c WHERE c.id = 7",
	"SELECT id, plan, visits FROM customer WHERE plan = 'pro' ORDER BY created_at DESC LIMIT 20 OFFSET 40",
	"SELECT * FROM customer WHERE (created_at, id) < ('2026-01-05', 100) ORDER BY created_at DESC, id DESC LIMIT 10",
	"SELECT c.id, count(o.*), sum(o.total) FROM customer c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id HAVING sum(o.total) > 10",
	"WITH big AS (SELECT customer_id, sum(total) t FROM orders GROUP BY 1) SELECT c.plan, avg(t) FROM big JOIN customer c ON c.id = big.customer_id GROUP BY ROLLUP (c.plan)",
	"SELECT date_trunc('month', placed_on) m, count(*) FILTER (WHERE total > 100) FROM orders WHERE placed_on BETWEEN '2026-01-01' AND '2026-03-31' GROUP BY 1 ORDER BY 1",
	"SELECT * FROM orders o WHERE EXISTS (SELECT 1 FROM customer c WHERE c.email = o.customer_email AND c.visits > 3)",
	"SELECT count(DISTINCT email) FROM customer WHERE email <> 'x@example.com' AND email = lower(email::text)::citext",
	"SELECT plan::text LIKE 'p%', id::text LIKE '1%' FROM customer WHERE plan IN ('free', 'team') AND notes IS NOT NULL",
	"SELECT row_number() OVER (PARTITION BY plan ORDER BY id), lag(visits) OVER (ORDER BY id) FROM customer",
	"SELECT json_agg(json_build_object('id', c.id, 'mail', c.email)) FROM customer c WHERE id < 5",
	"SELECT profile ->> 'mail', coalesce(attrs -> 'mail', 'none'), array_length(mails, 1), (contact).phone FROM customer",
	"EXPLAIN SELECT * FROM customer WHERE id = 7",
	"EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM orders JOIN customer ON customer.id = customer_id",
	"SELECT * FROM people JOIN customer USING (id)",
	"SELECT * FROM payroll p JOIN people e ON e.id = p.id",
	"SELECT * FROM event WHERE at >= '2025-07-01'",
	"SELECT * FROM customer_view UNION ALL SELECT id, e::citext, p, NULL FROM customer_matview",
	`SELECT id, "both" FROM mixed_view WHERE id < 5`,
	"SELECT count(*), min(tier) FROM pros JOIN customer USING (id) WHERE plan = 'pro' HAVING count(*) = 100",
	`SELECT "The E-Mail" FROM "Odd ""Table"`,
	"SELECT greatest(min(visits), 0), percentile_cont(0.5) WITHIN GROUP (ORDER BY visits) FROM customer",
	"SELECT similarity(plan::text, 'pro') FROM customer WHERE plan::text % 'pro'",
	"COPY (SELECT id, plan FROM customer) TO STDOUT",
	// What psql's \dt and \d ask.
	`SELECT n.nspname, c.relname, c.relkind, pg_catalog.pg_get_userbyid(c.relowner) FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r','p','v','m','S','f','') AND n.nspname !~ '^pg_toast' AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1,2`,
	`SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum),
		a.attnotnull, a.attidentity, a.attgenerated, pg_catalog.col_description(a.attrelid, a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = 'customer'::regclass AND a.attnum > 0`,
	"SELECT pg_catalog.pg_get_viewdef('customer'::regclass, true)",
	// What ORMs ask about tables.
	"SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = ANY (current_schemas(false))",
	"SELECT column_name, data_type, is_nullable, character_maximum_length FROM information_schema.columns WHERE table_name = 'customer' ORDER BY ordinal_position",
	"SELECT t.oid, t.typname, e.enumlabel FROM pg_type t LEFT JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typtype = 'e'",
	"SELECT current_database(), current_schema(), version(), to_regclass('customer')",
}

func TestQueriesWrittenForTheTablesRunOnTheirMasks(t *testing.T) {
	t.Parallel()
	onEachVersion(t, func(t *testing.T, f *fortress) {
		f.mask(t)
		r := f.raid(t)
		for _, sql := range everyday {
			if o := r.run(t.Context(), sql); o.code != "" || o.rows == "" {
				t.Errorf("%s\n%s %s", sql, o.code, o.told)
			}
		}
		f.driver(t)
		f.survives(t)
	})
}

// driver uses a driver as programs do: prepared statements with typed parameters,
// and values scanned into types.
func (f *fortress) driver(t *testing.T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), f.credential(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var id, tenant, visits int
	var email, token string
	var salary *float64
	var profile map[string]any
	var mails []string
	for range 7 { // generic plans from the sixth on
		err = conn.QueryRow(t.Context(), "SELECT id, tenant_id, visits, email, api_token, salary, profile, mails FROM customer WHERE id = $1 AND plan = $2 AND created_at > $3", 7, "pro", "2026-01-01").
			Scan(&id, &tenant, &visits, &email, &token, &salary, &profile, &mails)
		if err != nil {
			t.Fatal(err)
		}
	}
	if id != 7 || tenant != 2 || visits != 7 || len(sightings(email+token)) > 0 {
		t.Errorf("customer %d of %d with %d visits, %s, %s", id, tenant, visits, email, token)
	}
	var mine int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM orders WHERE customer_email = $1", email).Scan(&mine); err != nil || mine != 3 {
		t.Errorf("%d orders are found by the masked address (%v)", mine, err)
	}
}

// survives changes the database behind the masks in every way that migrations do,
// and looks each time whether a session sees more, and whether the state tells.
func (f *fortress) survives(t *testing.T) {
	t.Helper()
	r := f.raid(t)
	for _, c := range []struct{ what, sql, tells string }{
		{"a new column", "ALTER TABLE crm.customer ADD passport text DEFAULT 'canary passport'", "new since the last apply"},
		{"a new table", "CREATE TABLE crm.secret AS SELECT email FROM crm.customer", "no masked view"},
		{"another name for a column", "ALTER TABLE crm.customer RENAME notes TO remarks", "new since the last apply"},
		{"a name that was harmless for one that is not", "ALTER TABLE crm.orders RENAME id TO number; ALTER TABLE crm.orders RENAME customer_email TO id", ""},
		{"a partition that comes later", "CREATE TABLE crm.later AS SELECT 1 AS id, date '2027-02-02' AS at, 'zebedee@canary-mail.example' AS actor_email; ALTER TABLE crm.later ALTER at SET NOT NULL; ALTER TABLE crm.event ATTACH PARTITION crm.later FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')", "no masked view"},
		{"a table in another's place", "ALTER TABLE public.people RENAME TO people_before; CREATE TABLE public.people (id text, first_name text); INSERT INTO public.people VALUES ('zebedee', 'canary')", "masked view"},
		{"another owner", "CREATE ROLE town_app LOGIN; ALTER TABLE crm.lead OWNER TO town_app", ""},
		{"a view that shows something else by the old names", "CREATE OR REPLACE VIEW crm.tiers AS SELECT id, 'pro'::text AS tier FROM crm.customer WHERE true", "defined in another way"},
		{"code of its owner", "CREATE FUNCTION public.later_lookup() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::text'", "later_lookup"},
		{"a right of everybody", "GRANT SELECT ON crm.orders TO PUBLIC", "SELECT on table crm.orders"},
	} {
		f.exec(t, c.sql)
		for _, sql := range []string{
			"SELECT * FROM masked_crm.customer", "SELECT * FROM masked_crm.event", "SELECT * FROM masked_crm.orders", "SELECT * FROM masked_public.people", "SELECT * FROM people",
			"SELECT * FROM masked_crm.lead", "SELECT * FROM crm.secret", "SELECT * FROM masked_crm.secret", "SELECT passport FROM masked_crm.customer", "SELECT * FROM crm.later",
		} {
			if o := r.run(t.Context(), sql); len(sightings(o.rows+o.told)) > 0 {
				t.Errorf("%s: %s shows %s", c.what, sql, excerpt(o.rows+o.told, sightings(o.rows + o.told)[0]))
			}
		}
		st, told := f.state(t), false
		for _, d := range st.Drift {
			told = told || strings.Contains(d.What, c.tells)
		}
		for _, g := range st.Gaps {
			told = told || !g.Noted && strings.Contains(g.What, c.tells)
		}
		if !told && c.tells != "" {
			t.Errorf("%s: nobody is told of it: %v", c.what, st.Drift)
		}
	}
	f.again(t, r)
}

// again applies what is found now. Rights that came since are closed once more, and
// contents are read anew, whatever the columns are called now.
func (f *fortress) again(t *testing.T, r *raider) {
	t.Helper()
	_, err := f.admin.Exec(t.Context(), "DROP TABLE crm.customer")
	if pe, ok := errors.AsType[*pgconn.PgError](err); !ok || pe.Code != "2BP01" {
		t.Errorf("a masked table can be dropped unseen: %v", err)
	}
	plan, err := masking.Detect(t.Context(), &MaskSource{Conn: f.admin}, masking.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f.plan = plan
	f.apply(t)
	for _, sql := range []string{"SELECT * FROM masked_crm.customer", "SELECT * FROM masked_crm.orders", "SELECT * FROM masked_crm.later", "SELECT * FROM masked_crm.secret", "SELECT * FROM masked_public.people_before"} {
		if o := r.run(t.Context(), sql); len(sightings(o.rows+o.told)) > 0 || o.code != "" {
			t.Errorf("applied again: %s: %s %s", sql, o.code, excerpt(o.rows+o.told, append(sightings(o.rows+o.told), "")[0]))
		}
	}
	if st := f.state(t); len(st.Drift) > 0 || len(Blocking(st.Gaps)) > 0 {
		t.Errorf("applied again: %v %v", st.Drift, Blocking(st.Gaps))
	}
}
