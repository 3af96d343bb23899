package guardrails

import (
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// benchTexts are what `make bench` measures as well.
var benchTexts = map[string]string{
	"lookup":    "SELECT id, name, email FROM customers WHERE id = 42",
	"analytics": analytics12,
	"migration": strings.Repeat("ALTER TABLE orders ADD COLUMN note text NOT NULL DEFAULT '';\nCREATE INDEX CONCURRENTLY ON orders (note, created_at) WHERE note <> '';\n", 100),
	"in list":   "SELECT * FROM t WHERE id IN (1" + strings.Repeat(",12345", (maxText-40)/6) + ")",
}

// analytics12 joins twelve tables.
var analytics12 = `WITH paid AS (SELECT order_id, sum(amount) AS paid FROM payments WHERE state = 'done' GROUP BY order_id)
SELECT date_trunc('month', o.created_at) AS month, c.country, count(DISTINCT o.id) AS orders, sum(i.quantity * p.price) AS revenue,
       avg(paid.paid) FILTER (WHERE paid.paid > 0) AS average, rank() OVER (PARTITION BY c.country ORDER BY sum(i.quantity * p.price) DESC)
FROM orders o` + func() string {
	var b strings.Builder
	for _, t := range strings.Fields("customers items products categories suppliers warehouses shipments carriers coupons taxes") {
		b.WriteString("\nLEFT JOIN " + t + " ON " + t + ".order_id = o.id AND " + t + ".deleted_at IS NULL")
	}
	return b.String()
}() + `
JOIN paid ON paid.order_id = o.id
WHERE o.created_at >= now() - interval '1 year' AND o.status IN ('paid', 'shipped') AND coalesce(o.note, '') NOT LIKE '%test%'
GROUP BY 1, 2 HAVING count(*) > 10 ORDER BY 1, 4 DESC LIMIT 100`

// BenchmarkClassify and BenchmarkParse run the same texts: what Classify takes
// on top of the parser is their difference.
func BenchmarkClassify(b *testing.B) {
	for name, sql := range benchTexts {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Classify(sql, nil)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for name, sql := range benchTexts {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := pg.Parse(sql); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCached asks for the same texts again.
func BenchmarkCached(b *testing.B) {
	var c Cache
	for name, sql := range benchTexts {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Classify(sql, nil)
			}
		})
	}
	b.Run("another copy of the in list", func(b *testing.B) {
		sql := strings.Clone(benchTexts["in list"])
		for b.Loop() {
			c.Classify(sql, nil)
		}
	})
	b.Run("by all at once", func(b *testing.B) {
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				c.Classify(analytics12, nil)
			}
		})
	})
}
