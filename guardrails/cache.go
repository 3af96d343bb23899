package guardrails

import (
	"hash/maphash"
	"strings"
	"sync"
	"weak"
)

// DefaultCache is how many bytes a [Cache] holds if it is not told.
const DefaultCache = 16 << 20

// Cache remembers verdicts by the exact text and the catalog they were made with.
// It is safe for concurrent use, and its zero value is ready.
//
// It is our own for two reasons: it is bounded by bytes, not by entries, of which
// one may be a thousand times another; and its keys must not keep an old catalog
// in memory, so they hold it weakly. It has two generations: what is asked for
// moves to the young one, and when that is half of the bound, the old one goes.
type Cache struct {
	MaxBytes int // of texts and verdicts; DefaultCache if zero

	mu    sync.RWMutex
	young map[sketch]*cached
	old   map[sketch]*cached
	bytes int // of young
}

// sketch is what texts are looked up by: to hash all of one would take longer for
// a large text than to compare it with the one that is held. Of two texts of the
// same sketch, only one is held.
type sketch struct {
	hash uint64
	size int
	cat  weak.Pointer[Catalog]
}

var sketchSeed = maphash.MakeSeed()

// sketchOf hashes a text's ends and some pieces between.
func sketchOf(sql string, cat *Catalog) sketch {
	const piece, pieces = 256, 4
	k := sketch{size: len(sql), cat: weak.Make(cat)}
	if len(sql) <= piece*pieces {
		k.hash = maphash.String(sketchSeed, sql)
		return k
	}
	for i := range pieces {
		at := (len(sql) - piece) * i / (pieces - 1)
		k.hash = k.hash*31 + maphash.String(sketchSeed, sql[at:at+piece])
	}
	return k
}

type cached struct {
	sql     string
	verdict Verdict
	bytes   int
}

// entryBytes is about what an entry takes beside its strings.
const entryBytes = 400

// Classify is [Classify] for a text that may have been asked for before. The
// verdict is shared: what it holds must not be changed. The text is held as it
// is, so one that is a piece of something larger should be copied before.
func (c *Cache) Classify(sql string, cat *Catalog) Verdict {
	if len(sql) > maxText {
		return Classify(sql, cat) // refused in no time
	}
	key := sketchOf(sql, cat)
	c.mu.RLock()
	e, ok := c.young[key]
	c.mu.RUnlock()
	if ok && e.sql == sql {
		return e.verdict
	}
	c.mu.Lock()
	e, ok = c.old[key]
	if ok && e.sql == sql {
		delete(c.old, key)
		c.keep(key, e)
		c.mu.Unlock()
		return e.verdict
	}
	c.mu.Unlock()
	v := Classify(sql, cat).clone()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(key, &cached{sql, v, v.bytes() + len(sql) + entryBytes})
	return v
}

// keep puts an entry among the young ones. The caller holds mu.
func (c *Cache) keep(key sketch, e *cached) {
	most := c.MaxBytes
	if most == 0 {
		most = DefaultCache
	}
	if e.bytes > most/2 {
		return
	}
	if c.bytes+e.bytes > most/2 {
		c.old, c.young, c.bytes = c.young, nil, 0
	}
	if c.young == nil {
		c.young = map[sketch]*cached{}
	}
	if before := c.young[key]; before != nil { // another of the same sketch, or two classified it at once
		c.bytes -= before.bytes
	}
	c.young[key] = e
	c.bytes += e.bytes
}

// clone copies a verdict's strings, which may be pieces of the parser's output.
func (v Verdict) clone() Verdict {
	findings := make([]Finding, len(v.Findings))
	for i, f := range v.Findings {
		f.Message, f.Hint = strings.Clone(f.Message), strings.Clone(f.Hint)
		findings[i] = f
	}
	v.Findings = findings
	v.Relations, v.Functions = cloneAll(v.Relations), cloneAll(v.Functions)
	return v
}

func cloneAll(all []string) []string {
	copies := make([]string, len(all))
	for i, s := range all {
		copies[i] = strings.Clone(s)
	}
	return copies
}

// bytes is about what a verdict takes.
func (v Verdict) bytes() int {
	n := 0
	for _, f := range v.Findings {
		n += len(f.Message) + len(f.Hint) + 80
	}
	for _, s := range v.Relations {
		n += len(s) + 16
	}
	for _, s := range v.Functions {
		n += len(s) + 16
	}
	return n
}
