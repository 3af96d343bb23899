package guardrails

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hostileConditions are conditions that are long to decide, or to read; each makes
// one with n links.
var hostileConditions = map[string]func(n int) string{
	"columns": func(n int) string { return "false" + numbered(n, " OR a%d = %d") },
	"two lists": func(n int) string {
		return "a IN (1" + numbered(n, ",%d") + ") OR a NOT IN (1" + numbered(n, ",%d") + ")"
	},
	"pairs":              func(n int) string { return "false" + numbered(n, " OR (a%d = 1 AND b%d = 2)") },
	"clauses":            func(n int) string { return "true" + numbered(n, " AND (a%d = 1 OR b%d = 2)") },
	"tautologies":        func(n int) string { return "true" + numbered(n, " AND (a%d = 1 OR a%d <> 1)") },
	"flags":              func(n int) string { return "true" + numbered(n, " AND (a%d OR NOT a%d)") },
	"parity":             func(n int) string { return times("(", n) + "a" + numbered(n, " <> b%d)") },
	"equal truths":       func(n int) string { return times("((a = 1) = ", n) + "true" + times(")", n) },
	"pigeons":            func(n int) string { return pigeons(min(n, 12)) },
	"coalesce right":     func(n int) string { return times("coalesce(a, ", n) + "a" + times(")", n) + "= 1" },
	"coalesce of truths": func(n int) string { return times("coalesce(a OR b, ", n) + "a" + times(")", n) },
	"coalesce left":      func(n int) string { return times("coalesce(", n) + "a" + times(", b)", n) },
	"case results":       func(n int) string { return times("CASE WHEN a = 1 THEN ", n) + "b" + times(" ELSE a END", n) + " = 1" },
	"case conditions":    func(n int) string { return times("CASE WHEN ", n) + "b" + times(" THEN a ELSE c END = 1", n) },
	"remainders":         func(n int) string { return "a" + times(" % 3", n) + " = 1" },
	"mod":                func(n int) string { return times("mod(", n) + "a" + times(", 3)", n) + " = 1" },
	"products":           func(n int) string { return "a" + times(" * b", n) + " = 1" },
	"a sum":              func(n int) string { return "a" + numbered(n, " + b%d") + " = 1" },
	"sums":               func(n int) string { return "true" + numbered(n, " OR b%d + b%d = a + b * c") },
	"exists":             func(n int) string { return times("EXISTS (SELECT 1 FROM t x WHERE ", n) + "a" + times(")", n) },
	"not exists": func(n int) string {
		return times("NOT EXISTS (SELECT 1 FROM t x WHERE x.a = t.a AND ", n) + "a" + times(")", n)
	},
	"in":          func(n int) string { return times("a IN (SELECT a FROM t WHERE ", n) + "a" + times(")", n) },
	"many in":     func(n int) string { return "a" + times(" OR a IN (SELECT a FROM t WHERE a = 1)", n) },
	"many exists": func(n int) string { return "a" + times(" OR EXISTS (SELECT FROM t x WHERE x.a = t.b)", n) },
	"unions":      func(n int) string { return "a IN (SELECT 1 " + times("UNION SELECT a FROM t ", n) + ")" },
	"is null":     func(n int) string { return "a" + times(" IS NULL", n) },
	"is true":     func(n int) string { return "a" + times(" IS TRUE", n) },
	"equals true": func(n int) string { return times("(", n) + "a" + times(" = true)", n) },
	"patterns":    func(n int) string { return "a" + times(" AND a ~ '(.*.*.*.*.*)*x'", n) },
	"a long like": func(n int) string { return "a LIKE '" + times("%_", n) + "'" },
	"rows":        func(n int) string { return "(1" + numbered(n, ",a%d") + ") = (1" + numbered(n, ",b%d") + ")" },
	"between":     func(n int) string { return "a" + times(" AND a BETWEEN b AND c", n) },
	"scalars":     func(n int) string { return times("(SELECT ", n) + "a" + times(")", n) },
	"counts":      func(n int) string { return times("(SELECT count(*) FROM t x WHERE ", n) + "a" + times(") > 0", n) },
	"maxima":      func(n int) string { return "a" + times(" AND a <= (SELECT max(a) FROM t)", n) },
	"text array":  func(n int) string { return "a = ANY ('{1" + times(",2", n) + "}')" },
	"array":       func(n int) string { return "a = ANY (ARRAY[1" + times(",2", n) + "])" },
	"from":        func(n int) string { return "a IN (SELECT t.a FROM t" + numbered(n, ", t x%d") + " WHERE x1.a = t.a)" },
	"circular with": func(n int) string {
		return "a IN (WITH RECURSIVE x AS (SELECT * FROM y), y AS (SELECT * FROM x)" + numbered(n, ", z%d AS (SELECT * FROM x)") + " SELECT a FROM x)"
	},
}

// numbered writes a format n times with the number of the time.
func numbered(n int, format string) string {
	var b strings.Builder
	args := make([]any, strings.Count(format, "%d"))
	for i := range n {
		for j := range args {
			args[j] = i
		}
		fmt.Fprintf(&b, format, args...)
	}
	return b.String()
}

// pigeons says that n+1 pigeons do not fit into n holes, which is true and takes
// exponential time to see by trying.
func pigeons(n int) string {
	var arms []string
	for i := range n + 1 {
		arms = append(arms, "(true"+strings.ReplaceAll(numbered(n, " AND NOT p#_%d"), "#", fmt.Sprint(i))+")")
		for k := range i {
			for j := range n {
				arms = append(arms, fmt.Sprintf("(p%d_%d AND p%d_%d)", i, j, k, j))
			}
		}
	}
	return strings.Join(arms, " OR ")
}

// hostileBodies hide a text in another: in PL/pgSQL, in functions and views that a
// catalog tells of.
var hostileBodies = map[string]func(n int) string{
	"blocks":  func(n int) string { return "DO $$" + times("BEGIN ", n) + times("END; ", n) + "$$" },
	"ifs":     func(n int) string { return "DO $$BEGIN " + times("IF a THEN ", n) + times("END IF; ", n) + "END$$" },
	"sums":    func(n int) string { return "DO $$BEGIN x := 1" + times("+1", n) + "; END$$" },
	"execute": func(n int) string { return "DO $$BEGIN " + times("EXECUTE 'DROP TABLE t'; ", n) + "END$$" },
	"sql": func(n int) string {
		return "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1" + times("+1", n) + "'"
	},
	"plpgsql": func(n int) string {
		return "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN " + times("(", n) + times(")", n) + "; END'"
	},
	"calls": func(n int) string { return "SELECT " + times("deep(", n) + "1" + times(")", n) },
	"view":  func(n int) string { return "SELECT 1 FROM deep_view" + times(", deep_view", n) },
}

// hostileCatalog tells of code that is itself out of bounds, or goes in circles.
var hostileCatalog = &Catalog{
	SearchPath: []string{"public"},
	Tables: []Table{
		{Schema: "public", Name: "t", Rows: 1e9, Columns: []Column{{Name: "a"}}},
		{Schema: "public", Name: "deep_view", Kind: "view", Definition: "SELECT 1" + strings.Repeat("+1", 50_000)},
		{Schema: "public", Name: "circle", Kind: "view", Definition: "SELECT public.circle_f() FROM public.circle"},
	},
	Functions: []Function{
		{Schema: "public", Name: "deep", Args: 1, Volatility: "immutable", Language: "sql", Body: "SELECT 1" + strings.Repeat("+1", 50_000)},
		{Schema: "public", Name: "circle_f", Volatility: "stable", Language: "sql", Body: "SELECT public.circle_f() FROM public.circle"},
	},
}

// longestWithin returns the most links of a family that the bounds let pass.
func longestWithin(text func(n int) string) int {
	return sort.Search(40_000, func(n int) bool { _, rule, _ := outside(text(n)); return rule != nil }) - 1
}

// TestTheWorstThatTheBoundsLetPass reads, in a process of its own with the stack
// that macOS gives a thread, each family at its bound and beyond, once and as
// often as a text has room, and asks that each answer comes within two seconds
// and that all of them together take little memory.
//
// Under the race detector, which has nothing to find here, it reads a quarter.
func TestTheWorstThatTheBoundsLetPass(t *testing.T) {
	t.Parallel()
	const child, limit, memory = "GUARDRAILS_WORST", 2 * time.Second, 700 << 20
	if os.Getenv(child) == "" {
		cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", `ulimit -s 512 && exec "$0" -test.run '^TestTheWorstThatTheBoundsLetPass$'`, os.Args[0])
		cmd.Env = append(os.Environ(), child+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%.4000s", err, out)
		}
		return
	}
	answer := func(name, sql string, cat *Catalog) {
		began := cpu(t)
		Classify(sql, cat)
		if took := cpu(t) - began; took > limit {
			t.Errorf("%s: %d bytes, answered after %v", name, len(sql), took)
		}
	}
	all := families()
	names := slices.Sorted(maps.Keys(all))
	if raced {
		names = names[:len(names)/4]
	}
	for _, name := range names {
		one := all[name]
		n := longestWithin(one)
		if n < 0 {
			t.Errorf("%s is out of bounds at once", name)
			continue
		}
		answer(name, one(n), hostileCatalog)
		answer(name+", often", filled(one(n/4)), hostileCatalog)
		if !strings.HasPrefix(name, "where") {
			answer(name+", one more", one(n+1), nil)
			answer(name+", far more", one(300_000), nil)
		}
	}
	for _, sql := range []string{
		"MERGE INTO t USING t s ON " + hostileConditions["sums"](1000) + " WHEN MATCHED THEN DELETE" + times(" WHEN MATCHED AND true THEN DELETE", 400),
		"SELECT * FROM circle", "SELECT circle_f()" + times(", circle_f()", 2000), filled("SELECT * FROM circle, deep_view"),
	} {
		answer(sql, sql, hostileCatalog)
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil || u.Maxrss<<10 > memory {
		t.Errorf("%v: %d MiB were held at most", err, u.Maxrss>>10)
	}
}

// families are all that is hostile, as whole texts.
func families() map[string]func(n int) string {
	all := map[string]func(n int) string{}
	for name, text := range hostile {
		all[name] = text
	}
	for name, condition := range hostileConditions {
		all["where "+name] = func(n int) string { return "DELETE FROM t WHERE " + condition(n) }
	}
	for name, body := range hostileBodies {
		all["body of "+name] = body
	}
	return all
}

// filled repeats a statement as often as a text has room.
func filled(one string) string {
	return times(one+";", max(maxText/(len(one)+1), 1))
}
