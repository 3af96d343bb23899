package target

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/masking"
)

// typeZoo is a table with a column of every kind of type, and values at the edges
// of what each can hold.
const typeZoo = `
	CREATE SCHEMA zoo; SET search_path = zoo;
	CREATE EXTENSION citext SCHEMA public;
	CREATE TYPE mood AS ENUM ('it''s', 'b'); CREATE TYPE pair AS (a text, b int);
	CREATE DOMAIN mail AS varchar(60) CHECK (VALUE ~ '@'); CREATE DOMAIN tags AS text[];
	CREATE TABLE animals (
		id int PRIMARY KEY, "Odd ""name" text, v5 varchar(5), v12 varchar(12), v30 varchar(30), v40 varchar(40), c3 char(3), c16 char(16), ch "char", nm name,
		ci public.citext, dm mail, dt tags, si smallint, i int, bi bigint, nu numeric, n55 numeric(5,5), re real, dp double precision, mo money,
		bo boolean, da date, ts timestamp, tz timestamptz, ti time, tt timetz, iv interval, uu uuid, inn inet, cid cidr, ma macaddr, m8 macaddr8,
		by bytea, js json, jb jsonb, x xml, tv tsvector, tq tsquery, po point, po2 polygon, bt bit(3), vb varbit, en mood, co pair, ra int4range, mr int4multirange,
		ar text[], ai int[], oi oid, re2 regclass, jp jsonpath, ln pg_lsn);
	INSERT INTO animals VALUES
	(1, 'Ölaf''s \ "x" 1', 'abcde', 'abcdefghijkl', 'x', 'someone@example.com', 'abc', '1234567890123456', 'x', 'somename',
		'MiXed@Example.com', 'a@b.example', '{a,b}', 32767, 2147483647, 9223372036854775807, 'Infinity', 0.99999, 'NaN', '-Infinity', '-92233720368547758.08',
		true, 'infinity', '-infinity', 'infinity', '24:00', '24:00:00-15:59', '178000000 years', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '10.1.2.3/8', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05',
		'\xff00', '{"a":"secret"}', '{"a":"secret"}', '<a>secret</a>', 'secret', 'a & b', '(1.5,2)', '((0,0),(1,1))', '101', '1', 'b', '(secret,1)', '[1,9)', '{[1,2)}',
		'{secret}', '{1}', 1, 'pg_class', '$.a', '0/1'),
	(2, '', '', '', '', '', '', '', '', '', '', 'z@', '{}', -32768, -2147483648, -9223372036854775808, 'NaN', -0.99999, '3e38', '1e308', 0,
		false, '4713-01-01 BC', '4713-01-01 BC', '294276-12-31 23:59:59', '00:00', '00:00+15:59', '0', '00000000-0000-0000-0000-000000000000', '::1/128', '2001:db8::/32', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:ff',
		'', '1', 'null', '', '', '', '(NaN,Infinity)', '((0,0))', '000', '', 'it''s', '(,)', 'empty', '{}', '{}', '{}', 0, '-', '$', 'FFFFFFFF/FFFFFFFF'),
	(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '5874897-12-31', '294276-01-01', '4714-11-24 00:00:00+00 BC', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
		NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	CREATE TABLE strict (LIKE animals);
	DO $$ DECLARE c name; BEGIN
		FOR c IN SELECT attname FROM pg_attribute WHERE attrelid = 'strict'::regclass AND attnum > 0 LOOP
			EXECUTE format('ALTER TABLE strict ALTER %I SET NOT NULL', c);
		END LOOP;
	END $$;
	INSERT INTO strict SELECT * FROM animals WHERE id < 3;`

func TestEveryMaskKeepsTheTypeAndNeverFails(t *testing.T) {
	t.Parallel()
	url := pgtest.Clone(t, "type zoo", func(ctx context.Context, url string) error {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, typeZoo)
		return err
	})
	for _, strategy := range masking.Strategies() {
		for _, entity := range []masking.Entity{masking.Undetermined, masking.BirthDate} {
			source := maskSource(t, url)
			list, err := source.Relations(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			plan := masking.Plan{Relations: list}
			for _, rel := range list {
				for _, c := range rel.Columns {
					plan.Findings = append(plan.Findings, masking.Finding{
						Schema: rel.Schema, Table: rel.Table, Column: c.Name, Sensitive: strategy != masking.Keep, Entity: entity, Strategy: strategy,
					})
				}
			}
			tx, err := source.Conn.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, st := range plan.Script(masking.Target{Reader: "zoo_reader"}) {
				if _, err := tx.Exec(t.Context(), st.SQL); err != nil {
					t.Fatalf("%s: %s: %v\n%s", strategy, st.What, err, st.SQL)
				}
			}
			for _, table := range []string{"animals", "strict"} {
				checkMasks(t, tx, table, strategy)
			}
			if err := tx.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// checkMasks reads a masked table beside the raw one.
func checkMasks(t *testing.T, tx pgx.Tx, table string, strategy masking.Strategy) {
	t.Helper()
	read := func(schema string) ([]string, []uint32, [][]string) {
		if _, err := tx.Exec(t.Context(), "SET LOCAL ROLE "+map[string]string{"zoo": "NONE", "masked_zoo": "zoo_reader"}[schema]); err != nil {
			t.Fatal(err)
		}
		rows, err := tx.Query(t.Context(), "SELECT * FROM "+schema+"."+table+" ORDER BY 1", pgx.QueryResultFormats{pgx.TextFormatCode})
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var names []string
		var types []uint32
		for _, f := range rows.FieldDescriptions() {
			names, types = append(names, f.Name), append(types, f.DataTypeOID)
		}
		var values [][]string
		for rows.Next() {
			var row []string
			for _, v := range rows.RawValues() {
				row = append(row, string(v))
			}
			values = append(values, row)
		}
		if rows.Err() != nil {
			t.Fatalf("%s of %s: %v", strategy, table, rows.Err())
		}
		return names, types, values
	}
	names, types, raw := read("zoo")
	maskedNames, maskedTypes, masked := read("masked_zoo")
	if strings.Join(names, ",") != strings.Join(maskedNames, ",") {
		t.Fatalf("columns %v, want %v", maskedNames, names)
	}
	for i, name := range names {
		if types[i] != maskedTypes[i] {
			t.Errorf("%s: %s of %s has another type behind its mask", strategy, name, table)
		}
		if strategy == masking.Keep || strategy == masking.Coarse {
			continue
		}
		for _, row := range masked {
			v := strings.TrimSpace(row[i])
			if len(v) > 6 && !harmless[v] && slices.ContainsFunc(raw, func(r []string) bool { return strings.TrimSpace(r[i]) == v }) {
				t.Errorf("%s: %s of %s shows %q", strategy, name, table, v)
			}
		}
	}
}

// harmless are values that masks have too.
var harmless = map[string]bool{"00000000-0000-0000-0000-000000000000": true, "00:00:00": true}
