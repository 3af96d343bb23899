package guardrails

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestACacheGivesTheSameVerdict(t *testing.T) {
	t.Parallel()
	var c Cache
	for _, sql := range seeds(t) {
		want := Classify(sql, nil)
		for range 2 {
			if got := c.Classify(sql, nil); !reflect.DeepEqual(got, want) {
				t.Errorf("%q: %+v, want %+v", sql, got, want)
			}
		}
	}
}

func TestACacheTellsTextsAndCatalogsApart(t *testing.T) {
	t.Parallel()
	var c Cache
	sensitive := &Catalog{Functions: []Function{{Schema: "public", Name: "f", Volatility: "immutable", Language: "sql", Body: "SELECT 1"}}}
	for range 2 {
		for sql, level := range map[string]Level{"DELETE FROM t": High, "DELETE FROM t ": High, "DELETE FROM t WHERE id = 7": Medium} {
			if v := c.Classify(sql, nil); v.Level != level {
				t.Errorf("%q is %s", sql, v.Level)
			}
		}
		if a, b := c.Classify("SELECT f()", nil), c.Classify("SELECT f()", sensitive); a.Kind != Unknown || b.Kind == Unknown {
			t.Errorf("without a catalog %s, with one %s", a.Kind, b.Kind)
		}
	}
}

func TestACacheTellsLargeTextsApartThatDifferInOnePlace(t *testing.T) {
	t.Parallel()
	var c Cache
	list := "SELECT * FROM t WHERE id IN (1" + strings.Repeat(",12345", 8000) + ")"
	for at := 200; at < len(list)-10; at += 1501 {
		text := list[:at] + "), f(" + list[at+5:]
		if a, b := c.Classify(text, nil), Classify(text, nil); a.Kind != b.Kind {
			t.Fatalf("changed at %d: %s, and uncached %s", at, a.Kind, b.Kind)
		}
		if v := c.Classify(list, nil); v.Kind != Read {
			t.Fatalf("unchanged: %s", v.Kind)
		}
	}
}

func TestACacheStaysWithinItsBytes(t *testing.T) {
	t.Parallel()
	c := Cache{MaxBytes: 100_000}
	held := func() (bytes int) {
		for _, generation := range []map[sketch]*cached{c.young, c.old} {
			for _, e := range generation {
				bytes += e.bytes
			}
		}
		return bytes
	}
	for i := range 3000 {
		c.Classify(fmt.Sprintf("SELECT %d /* %s */", i, strings.Repeat("x", i%900)), nil)
		if i%2 == 0 {
			c.Classify("SELECT 'often'", nil)
		}
		if n := held(); n > c.MaxBytes {
			t.Fatalf("%d bytes are held", n)
		}
	}
	if n := len(c.young) + len(c.old); n < 20 {
		t.Errorf("only %d entries are held", n)
	}
	key := sketchOf("SELECT 'often'", nil)
	if c.young[key] == nil && c.old[key] == nil {
		t.Error("what is asked for often was dropped")
	}
	c.Classify("SELECT '"+strings.Repeat("x", 60_000)+"'", nil)
	if held() > c.MaxBytes {
		t.Error("a text larger than the cache was kept")
	}
}

func TestACacheKeepsNoOldCatalog(t *testing.T) {
	t.Parallel()
	var c Cache
	gone := make(chan struct{})
	func() {
		cat := &Catalog{Tables: []Table{{Schema: "public", Name: "t"}}}
		runtime.AddCleanup(cat, func(int) { close(gone) }, 0)
		c.Classify("SELECT * FROM t", cat)
	}()
	for {
		runtime.GC()
		select {
		case <-gone:
			return
		case <-t.Context().Done():
			t.Fatal("the catalog is still held")
		default:
			runtime.Gosched()
		}
	}
}

func TestManyMayAskACacheAtOnce(t *testing.T) {
	t.Parallel()
	c := Cache{MaxBytes: 20_000}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 300 {
				sql := fmt.Sprintf("DELETE FROM t%d", (i*worker)%50)
				if v := c.Classify(sql, nil); v.Level != High || v.Relations[0] != sql[len("DELETE FROM "):] {
					t.Errorf("%s: %+v", sql, v)
				}
			}
		})
	}
	wg.Wait()
}
