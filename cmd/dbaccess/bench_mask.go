package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/devstack"
	"dbaccess/internal/masking"
	"dbaccess/internal/target"
)

// The sizes of what masks are measured on.
const (
	maskedRows    = 1_000_000 // orders, of a tenth as many customers
	maskedReads   = 400       // of each query, raw and masked in turn
	plannedTables = 50        // of 20 columns each
	appliedTables = 300
	maskedTarget  = 1.2 // times what the raw table takes, where no masked column is in the predicate
)

const maskedTables = `
	CREATE SCHEMA trade;
	CREATE TABLE trade.customer (id int PRIMARY KEY, full_name text NOT NULL, email text NOT NULL, phone text, birth_date date, city text NOT NULL);
	CREATE TABLE trade.orders (id int PRIMARY KEY, customer_id int NOT NULL, customer_email text NOT NULL, total numeric(10,2) NOT NULL, placed_on date NOT NULL);
	INSERT INTO trade.customer SELECT i, 'Anna Schmidt ' || i, 'person' || i || '@example.com', '+49 151 ' || 20000000 + i, date '1950-01-01' + i %% 20000, 'Berlin' FROM generate_series(1, %[1]d / 10) i;
	INSERT INTO trade.orders SELECT i, 1 + i %% (%[1]d / 10), 'person' || 1 + i %% (%[1]d / 10) || '@example.com', i %% 1000, date '2020-01-01' + i %% 2000 FROM generate_series(1, %[1]d) i;
	CREATE INDEX ON trade.orders (customer_id);
	VACUUM ANALYZE;`

// maskedQueries have no masked column in their predicates. S is the schema.
var maskedQueries = []struct{ what, sql string }{
	{"one row by its key, no masked column", "SELECT id, total, placed_on FROM S.orders WHERE id = $1"},
	{"one row by its key, all columns (1 pseudonym)", "SELECT * FROM S.orders WHERE id = $1"},
	{"one row by its key, all columns (3 pseudonyms)", "SELECT * FROM S.customer WHERE id = $1"},
	{"ten rows by an index", "SELECT id, total, placed_on FROM S.orders WHERE customer_id = $1"},
	{"a join of ten rows", "SELECT o.id, o.total, c.city FROM S.orders o JOIN S.customer c ON c.id = o.customer_id WHERE o.customer_id = $1"},
	{"ten rows with a masked column", "SELECT o.id, o.total, c.email FROM S.orders o JOIN S.customer c ON c.id = o.customer_id WHERE o.customer_id = $1"},
	{"a join that looks up another row for each of 20", "SELECT o.id, o.total, c.city FROM S.orders o JOIN S.customer c ON c.id = o.customer_id WHERE o.id BETWEEN $1 AND $1 + 19"},
	{"all columns of both (4 pseudonyms)", "SELECT * FROM S.orders o JOIN S.customer c ON c.id = o.customer_id WHERE o.id = $1"},
}

// benchMasks measures masked views on a server of their own.
func benchMasks(ctx context.Context, out io.Writer) (err error) {
	fmt.Fprintf(out, "MASKED VIEWS\nStarting Postgres and filling a table of %d rows …\n", maskedRows)
	server, err := devstack.StartPostgres(ctx, devstack.PostgresOptions{Settings: map[string]string{"max_wal_size": "4GB", "max_locks_per_transaction": "512"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	conn, err := pgx.Connect(ctx, server.URL("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for _, sql := range strings.SplitAfter(fmt.Sprintf(maskedTables, maskedRows), ";\n") {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	plan, err := masking.Detect(ctx, &target.MaskSource{Conn: conn}, masking.Options{})
	if err != nil {
		return err
	}
	to := masking.Target{Reader: "dbaccess_reader_bench"}
	if err := (target.MaskApply{Plan: plan, Target: to}).Apply(ctx, conn); err != nil {
		return err
	}
	for _, measure := range []func(context.Context, io.Writer, *pgx.Conn) error{readMasked, costOfStrategies, planAndApply} {
		if err := measure(ctx, out, conn); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "\nPostgreSQL %d, on this machine.\n", server.Version)
	return nil
}

// readMasked reads the same rows from the tables and through the views, in turn, so
// that whatever else the machine does falls on both.
func readMasked(ctx context.Context, out io.Writer, conn *pgx.Conn) error {
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(out, "\nthrough the views of %d rows (target: within %.1f× of the table, by an index)\n", maskedRows, maskedTarget)
	fmt.Fprintln(tw, "\ttable p50\tview p50\tratio\tplan\t")
	for _, q := range maskedQueries {
		var took [2][]time.Duration
		var sql [2]string
		for i, schema := range []string{"trade.", "masked_trade."} {
			sql[i] = strings.ReplaceAll(q.sql, "S.", schema)
		}
		for n := range maskedReads {
			for i := range sql {
				began := time.Now()
				rows, err := conn.Query(ctx, sql[i], 1+n*37)
				if err != nil {
					return err
				}
				for rows.Next() {
					continue
				}
				if err := rows.Err(); err != nil {
					return err
				}
				took[i] = append(took[i], time.Since(began))
			}
		}
		rows, err := conn.Query(ctx, "EXPLAIN "+strings.ReplaceAll(sql[1], "$1", "4711"))
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		how := "by index"
		for _, line := range lines {
			if strings.Contains(line, "Seq Scan on orders") || strings.Contains(line, "Seq Scan on customer") {
				how = "WHOLE TABLE"
			}
		}
		for i := range took {
			slices.Sort(took[i])
		}
		raw, masked := took[0][maskedReads/2], took[1][maskedReads/2]
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%.2f\t%s\t\n", q.what, raw.Round(time.Microsecond), masked.Round(time.Microsecond), float64(masked)/float64(raw), how)
	}
	return tw.Flush()
}

// costOfStrategies measures what each mask adds to the reading of one row.
func costOfStrategies(ctx context.Context, out io.Writer, conn *pgx.Conn) error {
	const rows = 100_000
	text := masking.Type{Name: "text", Base: "text", Schema: "pg_catalog", Kind: masking.BaseType}
	date := masking.Type{Name: "date", Base: "date", Schema: "pg_catalog", Kind: masking.BaseType}
	read := func(expression string) (time.Duration, error) {
		best := time.Hour
		for range 5 {
			began := time.Now()
			if _, err := conn.Exec(ctx, fmt.Sprintf("SELECT count(x) FROM (SELECT %s AS x FROM trade.customer LIMIT %d OFFSET 0) t", expression, rows)); err != nil {
				return 0, err
			}
			best = min(best, time.Since(began))
		}
		return best, nil
	}
	fmt.Fprint(out, "\ncost a row of each strategy, above the column as it is\n")
	for _, s := range masking.Strategies() {
		c := masking.Column{Name: "email", Type: text}
		if s == masking.Year {
			c = masking.Column{Name: "birth_date", Type: date}
		}
		sql, _ := masking.Expression(c, masking.Undetermined, s)
		plain, err := read(masking.Ident(c.Name))
		if err != nil {
			return err
		}
		masked, err := read(sql)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  %-16s %6.2f µs\n", s, float64((masked-plain).Nanoseconds())/1000/rows)
	}
	return nil
}

// planAndApply measures the two on many small tables.
func planAndApply(ctx context.Context, out io.Writer, conn *pgx.Conn) error {
	var columns, values []string
	for i := range 20 {
		columns = append(columns, fmt.Sprintf("c%d_%s text", i, []string{"email", "name", "state", "note"}[i%4]))
		values = append(values, fmt.Sprintf("'value ' || i * %d", i+1))
	}
	sql := "DROP SCHEMA trade CASCADE; CREATE SCHEMA many;"
	for i := range plannedTables {
		sql += fmt.Sprintf("CREATE TABLE many.t%d (%s); INSERT INTO many.t%d SELECT %s FROM generate_series(1, 500) i;", i, strings.Join(columns, ", "), i, strings.Join(values, ", "))
	}
	if _, err := conn.Exec(ctx, sql); err != nil {
		return err
	}
	began := time.Now()
	if _, err := masking.Detect(ctx, &target.MaskSource{Conn: conn}, masking.Options{}); err != nil {
		return err
	}
	planned := time.Since(began)
	sql = "DROP SCHEMA many CASCADE; CREATE SCHEMA wide;"
	for i := range appliedTables {
		sql += fmt.Sprintf("CREATE TABLE wide.t%d (id int PRIMARY KEY, email text, name text, note text, born date, at timestamptz);", i)
	}
	if _, err := conn.Exec(ctx, sql); err != nil {
		return err
	}
	plan, err := masking.Detect(ctx, &target.MaskSource{Conn: conn}, masking.Options{})
	if err != nil {
		return err
	}
	began = time.Now()
	if err := (target.MaskApply{Plan: plan, Target: masking.Target{Reader: "dbaccess_reader_bench"}}).Apply(ctx, conn); err != nil {
		return err
	}
	applied := time.Since(began)
	began = time.Now()
	if _, err := target.ReadMaskState(ctx, conn, []string{"dbaccess_reader_bench"}); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nplan of %d columns, 500 rows each: %s · apply on %d tables: %s · their status: %s\n", plannedTables*20,
		planned.Round(time.Millisecond), appliedTables, applied.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	return nil
}
