package target

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
)

// Estimate asks the planner how many rows the statement would return or change,
// and what it would read for them; nothing is run. What cannot be estimated is no
// error: the impact says why.
func Estimate(ctx context.Context, p Preview) (approvals.Impact, error) {
	impact, err := p.estimate(ctx)
	var f *fault.Error
	if errors.As(err, &f) {
		return approvals.Impact{Rows: -1, Sentence: "Not estimated: " + f.Msg}, nil
	}
	return impact, err
}

func (p Preview) estimate(ctx context.Context) (approvals.Impact, error) {
	sql, params, err := p.counting()
	if err != nil {
		return approvals.Impact{}, err
	}
	var top plan
	var read []scanned
	err = p.look(ctx, func(conn *pgconn.PgConn) error {
		if top, err = explainJSON(ctx, conn, sql, params); err != nil {
			return err
		}
		read, err = wholeTables(ctx, conn, top)
		return err
	})
	if err != nil {
		return approvals.Impact{}, err
	}
	return approvals.Impact{Rows: top.Rows, Cost: top.Cost, Sentence: p.sentence(top, read)}, nil
}

// plan is a node of EXPLAIN (FORMAT JSON, VERBOSE).
type plan struct {
	Node     string  `json:"Node Type"`
	Join     string  `json:"Join Type"`
	Schema   string  `json:"Schema"`
	Relation string  `json:"Relation Name"`
	Rows     float64 `json:"Plan Rows"`
	Cost     float64 `json:"Total Cost"`
	Filter   string  `json:"Join Filter"`
	Plans    []plan  `json:"Plans"`
}

// maxPlan bounds what is read of a plan, in bytes.
const maxPlan = 4 << 20

func explainJSON(ctx context.Context, conn *pgconn.PgConn, sql string, params []string) (plan, error) {
	var text strings.Builder
	err := query(ctx, conn, "EXPLAIN (FORMAT JSON, VERBOSE) "+sql, func(v [][]byte) error {
		if text.Len()+len(v[0]) > maxPlan {
			return errPlanTooBig
		}
		text.Write(v[0])
		return nil
	}, params...)
	if err != nil {
		return plan{}, err
	}
	var tops []struct{ Plan plan }
	if err := json.Unmarshal([]byte(text.String()), &tops); err != nil || len(tops) != 1 {
		return plan{}, fmt.Errorf("read a plan: %w", cmp.Or(err, errors.New("not one plan")))
	}
	return tops[0].Plan, nil
}

var errPlanTooBig = fault.New(fault.Invalid, "its plan is too large to be read.", "")

// each calls f with the node and everything below it.
func (p plan) each(f func(plan)) {
	f(p)
	for _, below := range p.Plans {
		below.each(f)
	}
}

// scanned is a table that is read from its beginning to its end.
type scanned struct {
	schema, table string
	rows          float64
}

// largeTable is from how many rows on reading all of a table is worth a word.
const largeTable = 10_000

// wholeTables lists the large tables of which a plan reads everything, the
// largest first. The plan itself tells the rows that are left of them only.
func wholeTables(ctx context.Context, conn *pgconn.PgConn, top plan) ([]scanned, error) {
	var schemas, tables []string
	top.each(func(n plan) {
		if n.Relation != "" && strings.HasSuffix(n.Node, "Seq Scan") {
			schemas, tables = append(schemas, n.Schema), append(tables, n.Relation)
		}
	})
	if len(tables) == 0 {
		return nil, nil
	}
	names, err := json.Marshal([][]string{schemas, tables})
	if err != nil {
		return nil, err
	}
	var list []scanned
	err = query(ctx, conn, `SELECT n.nspname, c.relname, c.reltuples FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
		WHERE c.reltuples OPERATOR(pg_catalog.>=) $1::pg_catalog.float4 AND EXISTS (
			SELECT FROM pg_catalog.jsonb_array_elements_text($2::pg_catalog.jsonb OPERATOR(pg_catalog.->) 0) WITH ORDINALITY AS s(name, i)
			JOIN pg_catalog.jsonb_array_elements_text($2::pg_catalog.jsonb OPERATOR(pg_catalog.->) 1) WITH ORDINALITY AS t(name, i) ON s.i OPERATOR(pg_catalog.=) t.i
			WHERE s.name OPERATOR(pg_catalog.=) n.nspname::pg_catalog.text AND t.name OPERATOR(pg_catalog.=) c.relname::pg_catalog.text)`,
		func(v [][]byte) error {
			rows, err := strconv.ParseFloat(string(v[2]), 64)
			list = append(list, scanned{schema: string(v[0]), table: string(v[1]), rows: rows})
			return err
		}, strconv.Itoa(largeTable), string(names))
	slices.SortFunc(list, func(a, b scanned) int {
		return cmp.Or(cmp.Compare(b.rows, a.rows), cmp.Compare(a.schema, b.schema), cmp.Compare(a.table, b.table))
	})
	return list, err
}

// sentence says what a plan means.
func (p Preview) sentence(top plan, read []scanned) string {
	does := "return"
	if p.Changes {
		does = "change"
	}
	said := fmt.Sprintf("It would %s %s.", does, rowsAbout(top.Rows))
	var whole []string
	for _, t := range read[:min(len(read), 3)] {
		whole = append(whole, fmt.Sprintf("%s (%s)", t.table, rowsAbout(t.rows)))
	}
	if more := len(read) - len(whole); more > 0 {
		whole = append(whole, fmt.Sprintf("%d more", more))
	}
	if len(whole) > 0 {
		said += " It reads all of " + and(whole) + "."
	}
	worst := 0.0
	top.each(func(n plan) {
		if n.Node == "Nested Loop" && n.Filter == "" && len(n.Plans) == 2 && !n.Plans[1].keyed() {
			worst = max(worst, n.Plans[0].Rows*n.Plans[1].Rows)
		}
	})
	if worst >= 100*largeTable {
		said += fmt.Sprintf(" It combines rows without a condition: %s.", rowsAbout(worst))
	}
	return said
}

// keyed reports whether the node finds its rows by an index, for each row of
// another.
func (p plan) keyed() bool {
	found := false
	p.each(func(n plan) { found = found || strings.Contains(n.Node, "Index") })
	return found
}

func and(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// rowsAbout says a number of rows as roughly as it is known.
func rowsAbout(n float64) string {
	switch {
	case n >= 999_500_000:
		return "about " + short(n/1e9) + " billion rows"
	case n >= 999_500:
		return "about " + short(n/1e6) + " million rows"
	case n < 0.5:
		return "no rows"
	case n < 1.5:
		return "about 1 row"
	case n < 1000:
		return fmt.Sprintf("about %.0f rows", n)
	}
	digits := fmt.Sprintf("%.0f", math.Round(n/100)*100)
	return "about " + digits[:len(digits)-3] + "," + digits[len(digits)-3:] + " rows"
}

// short writes a number with two digits that matter.
func short(n float64) string {
	if n >= 9.95 {
		return fmt.Sprintf("%.0f", n)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0")
}
