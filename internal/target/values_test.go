package target

import (
	"strings"
	"testing"

	"dbaccess/internal/devstack/shop"
)

// Every value comes as psql shows it in a session whose settings are the
// server's defaults, in UTC.
func TestValuesOfEveryTypeComeWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Reader, "CREATE TYPE public.pair AS (a int, b text)", "CREATE TYPE public.mood AS ENUM ('good', 'so ''so''')", "CREATE DOMAIN public.small AS int")
	for expression, want := range map[string]struct{ text, typed string }{
		"NULL::text":                     {"\x00", "text"},
		"''":                             {"", "text"},
		"'NULL'":                         {"NULL", "text"},
		"true":                           {"t", "boolean"},
		"'-9223372036854775808'::bigint": {"-9223372036854775808", "bigint"},
		"1.10::numeric(20,5)":            {"1.10000", "numeric(20,5)"},
		"123456789012345678901234567890.123456789": {"123456789012345678901234567890.123456789", "numeric"},
		"'NaN'::numeric":            {"NaN", "numeric"},
		"'-Infinity'::numeric":      {"-Infinity", "numeric"},
		"0.1::float8 + 0.2::float8": {"0.30000000000000004", "double precision"},
		"'Infinity'::float8":        {"Infinity", "double precision"},
		"'-0'::float8":              {"-0", "double precision"},
		"1e-45::float4":             {"1e-45", "real"},
		"'12.5'::money":             {"$12.50", "money"},
		"timestamptz '2026-03-29 02:30:00.123456+05'":  {"2026-03-28 21:30:00.123456+00", "timestamp with time zone"},
		"timestamp '0044-03-15 10:00 BC'":              {"0044-03-15 10:00:00 BC", "timestamp without time zone"},
		"'infinity'::timestamptz":                      {"infinity", "timestamp with time zone"},
		"'-infinity'::date":                            {"-infinity", "date"},
		"date '294276-12-31'":                          {"294276-12-31", "date"},
		"time '24:00'":                                 {"24:00:00", "time without time zone"},
		"timetz '10:00+05:30'":                         {"10:00:00+05:30", "time with time zone"},
		"interval '1 year -2 mons 3 days 04:05:06.7'":  {"10 mons 3 days 04:05:06.7", "interval"},
		`'{"b": 1.0, "a": [null, "ü\u0041"]}'::jsonb`:  {`{"a": [null, "üA"], "b": 1.0}`, "jsonb"},
		`'{"b": 1,  "b": 2}'::json`:                    {`{"b": 1,  "b": 2}`, "json"},
		`'\xdeadbeef00'::bytea`:                        {`\xdeadbeef00`, "bytea"},
		"ARRAY[[1,NULL],[3,4]]":                        {"{{1,NULL},{3,4}}", "integer[]"},
		`ARRAY['a,b', 'NULL', '', 'q"']`:               {`{"a,b","NULL","","q\""}`, "text[]"},
		"'[0:1]={7,8}'::int[]":                         {"[0:1]={7,8}", "integer[]"},
		"ROW(1, 'x,y')::public.pair":                   {`(1,"x,y")`, "pair"},
		"ROW(1, NULL, '')":                             {`(1,,"")`, "record"},
		"'so ''so'''::public.mood":                     {"so 'so'", "mood"},
		"7::public.small":                              {"7", "integer"},
		"int4range(1, 5)":                              {"[1,5)", "int4range"},
		"'{[1,2), [5,)}'::int4multirange":              {"{[1,2),[5,)}", "int4multirange"},
		"B'1010'":                                      {"1010", `"bit"`},
		"'192.168.0.0/16'::cidr":                       {"192.168.0.0/16", "cidr"},
		"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid": {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "uuid"},
		"point(1.5, -2)":                               {"(1.5,-2)", "point"},
		"'fat & (rat | cat)'::tsquery":                 {"'fat' & ( 'rat' | 'cat' )", "tsquery"},
		"'x'::char(5)":                                 {"x    ", "character(5)"},
		"E'tab\\there\\nline\\r\\x01\\x7f'":            {"tab\there\nline\r\x01\x7f", "text"},
		"'שלום \u202eevil\u202c 👩\u200d👩\u200d👧'":      {"שלום \u202eevil\u202c 👩\u200d👩\u200d👧", "text"},
		"repeat('é', 100000)":                          {strings.Repeat("é", 100000), "text"},
		"'shop.orders'::regclass":                      {"orders", "regclass"},
		"(SELECT c FROM (SELECT 1 AS a, 'b' AS b) c)":  {"(1,b)", "record"},
	} {
		r, err := b.run(t, RunOptions{Statement: "SELECT " + expression + " AS v"})
		if err != nil || len(r.Rows) != 1 {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		got := r.Rows[0][0]
		if want.text == "\x00" {
			if !got.Null || got.Text != "" {
				t.Errorf("%s: %+v is not NULL", expression, got)
			}
		} else if got.Null || got.Text != want.text {
			t.Errorf("%s: %.80q (null %v), want %.80q", expression, got.Text, got.Null, want.text)
		}
		if typed := strings.TrimPrefix(r.Columns[0].Type, "public."); typed != want.typed {
			t.Errorf("%s: of type %s, want %s", expression, typed, want.typed)
		}
	}
}

func TestResultsOfEveryShapeComeWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Writer)
	for statement, want := range map[string]struct {
		columns string
		rows    int
		tag     string
	}{
		`SELECT 1 AS x, 2 AS x, 4 AS "a b", 5`: {"x|x|a b|?column?", 1, "SELECT 1"},
		"SELECT":                               {"", 1, "SELECT 1"},
		"SELECT id FROM orders WHERE false":    {"id", 0, "SELECT 0"},
		"SELECT " + strings.TrimSuffix(strings.Repeat("1 AS c,", 1600), ","): {strings.TrimSuffix(strings.Repeat("c|", 1600), "|"), 1, "SELECT 1"},
		"VALUES (1, NULL), (NULL, 'x')":                                      {"column1|column2", 2, "SELECT 2"},
		"UPDATE products SET price = 1 WHERE id < 4 RETURNING id":            {"id", 3, "UPDATE 3"},
		"EXPLAIN SELECT 1":     {"QUERY PLAN", 1, "EXPLAIN"},
		"SHOW server_encoding": {"server_encoding", 1, "SHOW"},
		"TABLE products":       {"id|name|category|price", 32, "SELECT 32"},
	} {
		r, err := b.run(t, RunOptions{Statement: statement, RowBound: 10})
		var names []string
		for _, c := range r.Columns {
			names = append(names, c.Name)
		}
		if got := strings.Join(names, "|"); err != nil || got != want.columns || len(r.Rows) != want.rows || r.Tag != want.tag {
			t.Errorf("%.60s: columns %.60q, %d rows, %q, %v", statement, got, len(r.Rows), r.Tag, err)
		}
	}
}
