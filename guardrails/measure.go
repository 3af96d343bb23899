package guardrails

import (
	"strings"
	"time"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// Measurement is how long one text takes: the shortest of many times, which other
// work on the machine disturbs least. It is for `make bench`.
type Measurement struct {
	Text     string // what it is
	Bytes    int
	Library  time.Duration // pg_query.Parse alone, as its own library has it
	Classify time.Duration // the verdict, parsing included
	Again    time.Duration // the verdict from a Cache
}

// Measure takes measurements of texts of every size for a time each, the three of
// a text side by side, so that a busy machine slows all of them.
func Measure(each time.Duration) []Measurement {
	const rounds, again = 20, 100
	all := make([]Measurement, 0, len(measured))
	for _, m := range measured {
		var cache Cache
		cache.Classify(m.sql, nil)
		what := [...]func(){
			func() { _, _ = pg.Parse(m.sql) },
			func() { Classify(m.sql, nil) },
			func() {
				for range again {
					cache.Classify(m.sql, nil)
				}
			},
		}
		var least [len(what)]time.Duration
		for end, n := time.Now().Add(each), 0; n < rounds || time.Now().Before(end); n++ {
			for i, run := range what {
				began := time.Now()
				run()
				if took := time.Since(began); n == 0 || took < least[i] {
					least[i] = took
				}
			}
		}
		all = append(all, Measurement{m.what, len(m.sql), least[0], least[1], least[2] / again})
	}
	return all
}

// measured are the texts: what somebody looks up, an analyst asks, a release
// brings, and a program puts together.
var measured = []struct{ what, sql string }{
	{"a lookup", "SELECT id, name, email FROM customers WHERE id = 42"},
	{"analytics over 12 tables", analytics12},
	{"a migration of 200 lines", strings.Repeat("ALTER TABLE orders ADD COLUMN note text NOT NULL DEFAULT '';\nCREATE INDEX CONCURRENTLY ON orders (note, created_at) WHERE note <> '';\n", 100)},
	{"an IN list of 64 KiB", "SELECT * FROM t WHERE id IN (1" + strings.Repeat(",12345", (maxText-40)/6) + ")"},
}

// analytics12 joins twelve tables.
var analytics12 = `WITH paid AS (SELECT order_id, sum(amount) AS paid FROM payments WHERE state = 'done' GROUP BY order_id)
SELECT date_trunc('month', o.created_at) AS month, c.country, count(DISTINCT o.id) AS orders, sum(i.quantity * p.price) AS revenue,
       avg(paid.paid) FILTER (WHERE paid.paid > 0) AS average, rank() OVER (PARTITION BY c.country ORDER BY sum(i.quantity * p.price) DESC)
FROM orders o` + func() string {
	var b strings.Builder
	for t := range strings.FieldsSeq("customers items products categories suppliers warehouses shipments carriers coupons taxes") {
		b.WriteString("\nLEFT JOIN " + t + " ON " + t + ".order_id = o.id AND " + t + ".deleted_at IS NULL")
	}
	return b.String()
}() + `
JOIN paid ON paid.order_id = o.id
WHERE o.created_at >= now() - interval '1 year' AND o.status IN ('paid', 'shipped') AND coalesce(o.note, '') NOT LIKE '%test%'
GROUP BY 1, 2 HAVING count(*) > 10 ORDER BY 1, 4 DESC LIMIT 100`
