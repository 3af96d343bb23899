package guardrails

import (
	"strings"
	"testing"
	"time"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// benchTexts are what `make bench` measures as well, by name.
var benchTexts = func() map[string]string {
	texts := map[string]string{}
	for _, m := range measured {
		texts[m.what] = m.sql
	}
	return texts
}()

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

// TestClassifyCostsNoMoreThanTheLibrarysParse holds the promise of a quarter on
// top of it with a wide margin: it is about a third.
func TestClassifyCostsNoMoreThanTheLibrarysParse(t *testing.T) {
	for _, m := range Measure(300 * time.Millisecond) {
		if m.Classify > m.Library*5/4 {
			t.Errorf("%s: %v, and the library's parse alone %v", m.Text, m.Classify, m.Library)
		}
		if m.Again > m.Classify/2 {
			t.Errorf("%s again: %v, and anew %v", m.Text, m.Again, m.Classify)
		}
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
		sql := strings.Clone(measured[3].sql)
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
