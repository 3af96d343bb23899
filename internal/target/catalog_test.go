package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/fault"
)

// nobody makes a login that has no right on anything, and returns its URL.
func nobody(t *testing.T, dsn string) credentials.Secret {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	role := "nobody_" + strings.TrimPrefix(u.Path, "/")
	execute1(t, dsn, fmt.Sprintf("CREATE ROLE %q LOGIN PASSWORD 'only for this test'", role))
	t.Cleanup(func() { dropRole(t, dsn, role) })
	u.User = url.UserPassword(role, "only for this test")
	return credentials.NewSecret(u.String())
}

// execute1 runs one text as the superuser.
func execute1(t *testing.T, dsn, sql string) {
	t.Helper()
	ctx := context.Background() // at the test's end, too
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sql); err != nil {
		t.Fatalf("%.200s: %v", sql, err)
	}
}

// dropRole drops a role with all that it has in this database. In theirs, the masks
// of other tests give every role there is what they take from PUBLIC: then it stays.
func dropRole(t *testing.T, dsn, role string) {
	t.Helper()
	ctx := context.Background() // the test's own is over
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return // its server was taken away
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, fmt.Sprintf("DROP OWNED BY %[1]q; DROP ROLE %[1]q", role))
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code != "2BP01" {
		t.Error(err)
	}
}

func catalogOf(t *testing.T, url credentials.Secret) *guardrails.Catalog {
	t.Helper()
	cat, err := ReadCatalog(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(cat) // as a dump has it
	if err != nil {
		t.Fatal(err)
	}
	again := new(guardrails.Catalog)
	if err := json.Unmarshal(text, again); err != nil {
		t.Fatal(err)
	}
	return again
}

func one[T any](t *testing.T, list []T, what string, is func(T) bool) T {
	t.Helper()
	i := slices.IndexFunc(list, is)
	if i < 0 {
		var zero T
		t.Errorf("%s is missing", what)
		return zero
	}
	return list[i]
}

const odd = `
CREATE SCHEMA "Odd ""Schema""";
SET search_path = "Odd ""Schema""", public;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TYPE pair AS (a int, b text);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE DOMAIN small AS int CHECK (VALUE < 10) CHECK (VALUE <> 5);
CREATE TABLE "Größe.Tab" (id bigint GENERATED ALWAYS AS IDENTITY, "Na me" varchar(20) NOT NULL DEFAULT 'x''y', m mood, many small[], gone int);
ALTER TABLE "Größe.Tab" DROP COLUMN gone;
INSERT INTO "Größe.Tab" (m) SELECT 'good' FROM generate_series(1, 5000);
CREATE INDEX ON "Größe.Tab" (m);
CREATE VIEW looks AS SELECT upper("Na me") AS n FROM "Größe.Tab" WHERE id > 3;
CREATE MATERIALIZED VIEW kept AS SELECT count(*) FROM "Größe.Tab";
CREATE TABLE parted (k int, v text) PARTITION BY RANGE (k);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (100) PARTITION BY LIST (v);
CREATE TABLE parted_low_a PARTITION OF parted_low FOR VALUES IN ('a');
CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (100) TO (1000);
CREATE TABLE parted_none PARTITION OF parted FOR VALUES FROM (1000) TO (1001);
INSERT INTO parted SELECT n, 'a' FROM generate_series(0, 299) n;
CREATE TABLE fresh (x int);
CREATE FUNCTION add_up(a int, b int DEFAULT 2, VARIADIC more int[] DEFAULT '{}') RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE FUNCTION add_up(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ BEGIN RETURN $1; END $$;
CREATE FUNCTION modern(n int) RETURNS int LANGUAGE sql STABLE BEGIN ATOMIC SELECT n + 1; END;
CREATE PROCEDURE tidy() LANGUAGE sql AS 'DELETE FROM fresh';
CREATE FUNCTION state(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE AGGREGATE fold(int) (sfunc = state, stype = int);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER notes AFTER INSERT OR DELETE ON fresh FOR EACH ROW EXECUTE FUNCTION noted();
CREATE TRIGGER sleeps AFTER UPDATE ON fresh FOR EACH ROW EXECUTE FUNCTION noted();
ALTER TABLE fresh DISABLE TRIGGER sleeps;
CREATE RULE also AS ON UPDATE TO fresh DO ALSO DELETE FROM parted;
ALTER TABLE fresh ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON fresh FOR SELECT USING (x > 0);
CREATE FUNCTION same(mood, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR === (leftarg = mood, rightarg = text, function = same);
CREATE FUNCTION as_mood(int) RETURNS mood LANGUAGE sql AS $$ SELECT 'good'::"Odd ""Schema""".mood $$;
CREATE CAST (int AS mood) WITH FUNCTION as_mood(int) AS ASSIGNMENT;
CREATE CAST (pair AS text) WITH INOUT AS IMPLICIT;
CREATE SEQUENCE counter;
CREATE TEMP TABLE passing (x int);
CREATE EXTENSION pg_trgm SCHEMA public;
ANALYZE`

func TestACatalogHoldsWhatThereIs(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Clone(t, "empty", nil)
	execute1(t, dsn, odd)
	cat := catalogOf(t, nobody(t, dsn))
	const schema = `Odd "Schema"`
	if cat.ServerVersion < 150000 || !slices.Equal(cat.SearchPath, []string{"public"}) || time.Since(cat.ReadAt) > time.Minute {
		t.Errorf("version %d, path %v, read %v", cat.ServerVersion, cat.SearchPath, cat.ReadAt)
	}
	table := func(name string) guardrails.Table {
		t.Helper()
		return one(t, cat.Tables, name, func(x guardrails.Table) bool { return x.Schema == schema && x.Name == name })
	}
	big := table("Größe.Tab")
	want := []guardrails.Column{
		{Name: "id", Type: "bigint", NotNull: true},
		{Name: "Na me", Type: "character varying(20)", NotNull: true, Default: "'x''y'::character varying"},
		{Name: "m", Type: `"Odd ""Schema""".mood`},
		{Name: "many", Type: `"Odd ""Schema""".small[]`},
	}
	if big.Kind != "table" || big.Rows != 5000 || big.Bytes < 200_000 || !slices.Equal(big.Columns, want) {
		t.Errorf("the table is %+v", big)
	}
	if v := table("looks"); v.Kind != "view" || v.Rows != -1 || !strings.Contains(v.Definition, `FROM "Odd ""Schema"""."Größe.Tab"`) || len(v.Columns) != 1 {
		t.Errorf("the view is %+v", v)
	}
	if v := table("kept"); v.Kind != "matview" || v.Rows != 1 || v.Definition == "" {
		t.Errorf("the materialized view is %+v", v)
	}
	if p := table("parted"); p.Kind != "partitioned" || p.Rows != 300 || p.Bytes == 0 {
		t.Errorf("the partitioned table is %+v", p)
	}
	if p := table("parted_low"); p.Rows != 100 {
		t.Errorf("the inner one is %+v", p)
	}
	f := table("fresh")
	if f.Rows != 0 || len(f.Triggers) != 1 || f.Triggers[0] != (guardrails.Trigger{Name: "notes", Event: "insert or delete", Function: schema + ".noted"}) {
		t.Errorf("the fresh table has %v rows and triggers %+v", f.Rows, f.Triggers)
	}
	if len(f.RowRules) != 1 || f.RowRules[0].Event != "update" || !strings.Contains(f.RowRules[0].Definition, "DELETE FROM") ||
		len(f.Policies) != 1 || f.Policies[0] != (guardrails.Policy{Name: "mine", Command: "select", Using: "(x > 0)"}) {
		t.Errorf("its rules are %+v, its policies %+v", f.RowRules, f.Policies)
	}
	if s := table("counter"); s.Kind != "sequence" {
		t.Errorf("the sequence is %+v", s)
	}
	if slices.ContainsFunc(cat.Tables, func(x guardrails.Table) bool { return x.Name == "passing" }) {
		t.Error("a session's own table is in it")
	}
	checkCode(t, cat, schema)
}

func checkCode(t *testing.T, cat *guardrails.Catalog, schema string) {
	t.Helper()
	function := func(name string, args int) guardrails.Function {
		t.Helper()
		return one(t, cat.Functions, name, func(x guardrails.Function) bool { return x.Schema == schema && x.Name == name && x.Args == args })
	}
	if f := function("add_up", 3); f.Optional != 2 || !f.Variadic || f.Volatility != "immutable" || f.Language != "sql" || f.Body != "SELECT a + b" ||
		!slices.Equal(f.ArgTypes, []string{"integer", "integer", "integer[]"}) || f.ReturnType != "integer" {
		t.Errorf("add_up is %+v", f)
	}
	if f := function("add_up", 1); !f.SecurityDefiner || !slices.Equal(f.Settings, []string{"search_path=public"}) || f.Language != "plpgsql" || !strings.Contains(f.Body, "RETURN $1") {
		t.Errorf("its namesake is %+v", f)
	}
	if f := function("modern", 1); !strings.Contains(f.Body, "n + 1") {
		t.Errorf("modern is %+v", f)
	}
	if f := function("tidy", 0); !f.Procedure || f.Body != "DELETE FROM fresh" {
		t.Errorf("tidy is %+v", f)
	}
	if f := function("fold", 1); !f.Aggregate || !slices.Equal(f.Support, []string{schema + ".state"}) {
		t.Errorf("fold is %+v", f)
	}
	trgm := one(t, cat.Functions, "similarity", func(x guardrails.Function) bool { return x.Name == "similarity" })
	if trgm.Extension != "pg_trgm" || trgm.Language != "c" || trgm.Body != "" {
		t.Errorf("similarity is %+v", trgm)
	}
	kinds := map[string]string{}
	for _, x := range cat.Types {
		kinds[x.Name] = x.Kind
	}
	for name, kind := range map[string]string{"mood": "enum", "pair": "composite", "span": "range", "span_multirange": "multirange", "small": "domain"} {
		if kinds[name] != kind {
			t.Errorf("%s is %q, want %q", name, kinds[name], kind)
		}
	}
	if kinds["fresh"] != "" || kinds["_mood"] != "" {
		t.Error("types of rows or arrays are in it")
	}
	small := one(t, cat.Types, "small", func(x guardrails.Type) bool { return x.Name == "small" })
	if small.BaseType != "integer" || !strings.Contains(small.Check, "VALUE < 10") || !strings.Contains(small.Check, " AND ") {
		t.Errorf("the domain is %+v", small)
	}
	o := one(t, cat.Operators, "===", func(x guardrails.Operator) bool { return x.Name == "===" })
	if o.Left != `"Odd ""Schema""".mood` || o.Right != "text" || o.Function != schema+".same" || o.Schema != schema {
		t.Errorf("the operator is %+v", o)
	}
	if len(cat.Casts) != 3 || cat.Casts[1] != (guardrails.Cast{Source: "integer", Target: `"Odd ""Schema""".mood`, Function: schema + ".as_mood", Context: "assignment"}) ||
		cat.Casts[2].Context != "implicit" || cat.Casts[2].Function != "" {
		t.Errorf("the casts are %+v", cat.Casts) // the first is of the range to its multirange
	}
}

func TestACatalogOfThousandsOfTablesIsReadInTime(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Clone(t, "empty", nil)
	execute1(t, dsn, `SET synchronous_commit = off; DO $$ BEGIN FOR i IN 1..2000 LOOP EXECUTE format('CREATE TABLE t%s (id bigint, n int NOT NULL)', i); END LOOP; END $$`)
	began := time.Now()
	cat := catalogOf(t, credentials.NewSecret(dsn))
	if took := time.Since(began); len(cat.Tables) != 2000 || len(cat.Tables[7].Columns) != 2 || took > 20*time.Second {
		t.Errorf("%d tables in %v", len(cat.Tables), took)
	}
}

func TestACatalogWaitsForNobody(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Shop(t, 10, maskShop)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), "BEGIN; LOCK TABLE shop.order_items IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	// A view's definition needs its table for a moment.
	began := time.Now()
	_, err = ReadCatalog(t.Context(), credentials.NewSecret(dsn))
	if f := fault.Show(err); err != nil && !strings.Contains(f.Msg, "locked") || time.Since(began) > 10*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
	if _, err := conn.Exec(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadCatalog(t.Context(), credentials.NewSecret(dsn)); err != nil {
		t.Error(err)
	}
}

func TestTheLastGoodCatalogIsKeptForAWhile(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Shop(t, 10, maskShop)
	var now atomic.Pointer[time.Time]
	set := func(at time.Time) { now.Store(&at) }
	set(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	away := errors.New("no secret")
	var gone atomic.Bool
	c := &Catalogs{
		URLs: map[string]func() (credentials.Secret, error){"shop": func() (credentials.Secret, error) {
			if gone.Load() {
				return credentials.Secret{}, away
			}
			return credentials.NewSecret(dsn), nil
		}},
		Complete: func(_ string, cat *guardrails.Catalog) { cat.Tables[0].Columns[0].Sensitive = true },
		Now:      func() time.Time { return *now.Load() }, Log: slog.New(slog.DiscardHandler),
	}
	if cat := c.Catalog("shop"); cat != nil {
		t.Error("there is a catalog before any was read")
	}
	c.First(t.Context())
	first := c.Catalog("shop")
	if first == nil || first.SearchPath != nil || !first.Tables[0].Columns[0].Sensitive {
		t.Fatalf("the catalog is %+v", first)
	}
	under := c.Catalog("shop", "masked_shop", "public")
	if under == nil || under == first || !slices.Equal(under.SearchPath, []string{"masked_shop", "public"}) || len(under.Tables) != len(first.Tables) {
		t.Errorf("under a path it is %+v", under)
	}
	if c.Catalog("shop", "masked_shop", "public") != under || c.Catalog("shop") != first {
		t.Error("the same catalog is made twice")
	}
	gone.Store(true)
	if err := c.Refresh(t.Context(), "shop"); !errors.Is(err, away) {
		t.Errorf("got %v, want what went wrong", err)
	}
	if c.Catalog("shop") != first {
		t.Error("the last good one was thrown away")
	}
	if at, err := c.Age("shop"); !at.Equal(*now.Load()) || !errors.Is(err, away) {
		t.Errorf("read at %v, %v", at, err)
	}
	set(now.Load().Add(61 * time.Minute))
	if c.Catalog("shop") != nil {
		t.Error("an hour later it is still believed")
	}
	gone.Store(false)
	c.Nudge(t.Context(), "shop")
	for c.Catalog("shop") == nil {
		if t.Context().Err() != nil {
			t.Fatal("it was not read again")
		}
		if err := c.Refresh(t.Context(), "shop"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Refresh(t.Context(), "elsewhere"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestTheShopIsJudgedByItsCatalog(t *testing.T) {
	t.Parallel()
	cat := catalogOf(t, nobody(t, pgtest.Shop(t, 10, maskShop)))
	for _, name := range []string{"customers", "orders", "order_items"} {
		one(t, cat.Tables, "shop."+name, func(x guardrails.Table) bool { return x.Schema == "shop" && x.Name == name && x.Rows >= 0 })
		one(t, cat.Tables, "masked_shop."+name, func(x guardrails.Table) bool {
			return x.Schema == "masked_shop" && x.Name == name && x.Definition != ""
		})
	}
	if v := guardrails.Classify("SELECT id, name FROM masked_shop.customers LIMIT 5", cat); v.Kind != guardrails.Read || v.Level != guardrails.Low {
		t.Errorf("it is %+v", v)
	}
}
