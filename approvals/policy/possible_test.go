package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dbaccess/guardrails"
)

func TestPossibleIsWhatSomeRequestCouldGet(t *testing.T) {
	t.Parallel()
	const rest = "  - {name: rest, kinds: [access], allow: true}\n"
	run := access("read", "staff")
	run.Request.Kind = "statement"
	for _, test := range []struct {
		name, rules string
		in          Input
		want        bool
	}{
		{"no rule covers it", "  - {name: a, profiles: [write], allow: true}\n", access("read"), false},
		{"a rule covers it", rest, access("read"), true},
		{"a deny rule covers it", rest + "  - {name: no, profiles: [read], deny: No.}\n", access("read"), false},
		{"a deny rule is for others", rest + "  - {name: no, groups: [interns], deny: No.}\n", access("read", "staff"), true},
		{"a deny rule for their group", rest + "  - {name: no, groups: [interns], deny: No.}\n", access("read", "interns"), false},
		{"a deny rule by condition", rest + "  - {name: no, when: '!(\"staff\" in principal.groups)', deny: Staff only.}\n", access("read"), false},
		{"only without a ticket", rest + "  - {name: no, when: '!request.reason.startsWith(\"INC-\")', deny: Name a ticket.}\n", access("read"), true},
		{"only for long", rest + "  - {name: no, when: 'request.duration > duration(\"1h\")', deny: Too long.}\n", access("read"), true},
		{"only with a ticket", "  - {name: a, when: 'request.reason.startsWith(\"INC-\")', allow: true}\n", access("read"), true},
		{"a ticket does not help interns", rest + "  - {name: no, when: '\"interns\" in principal.groups || request.reason == \"\"', deny: No.}\n", access("read", "interns"), false},
		{"only the database's tags", "  - {name: a, when: '\"us\" in database.tags', allow: true}\n", access("read"), false},
		{"only the profile's masks", "  - {name: a, when: 'request.masked', allow: true}\n", access("read"), false},
		{"a condition that fails", "  - {name: a, when: 'principal.groups[7] == \"x\"', allow: true}\n" + rest, access("read"), false},
		{"a condition that fails for others", "  - {name: a, profiles: [write], when: 'principal.groups[7] == \"x\"', allow: true}\n" + rest, access("read"), true},
		{"statements are another kind", rest, run, false},
		{"some statement", "  - {name: a, statements: [read], levels: [low], allow: true}\n", run, true},
		{"a statement that is not understood", "  - {name: a, kinds: [statement], allow: true}\n  - {name: no, statements: [unknown], deny: No.}\n", run, true},
		{"a statement's matcher on access", "  - {name: a, statements: [read], allow: true}\n", access("read"), false},
		{"some verdict", "  - {name: a, when: 'verdict.level == \"low\" && request.statement != \"\"', allow: true}\n", run, true},
	} {
		if got := parse(t, test.rules).Possible(test.in); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	if (*Set)(nil).Possible(access("read")) {
		t.Error("something is possible without a policy")
	}
}

// What Route gives to somebody, Possible has offered: whatever else is true of
// the request.
func TestWhatIsGivenWasPossible(t *testing.T) {
	t.Parallel()
	parts := []string{
		"", "profiles: [read]", "groups: [staff]", "kinds: [access]", "statements: [read]", "levels: [low]", "tags: [eu]",
		`when: 'request.duration > duration("1h")'`, `when: 'request.reason.contains("INC") || request.masked'`,
		`when: '"staff" in principal.groups && verdict.level != "high"'`, `when: 'principal.groups[0] == "staff"'`,
		`when: 'request.row_bound < 100 ? database.name == "shop" : request.statement.size() > 3'`,
	}
	outcomes := []string{"allow: true", "deny: No.", "review: {groups: [dba]}"}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for i := range rapid.IntRange(0, 5).Draw(t, "rules") {
			part := rapid.SampledFrom(parts).Draw(t, "part")
			if part != "" {
				part += ", "
			}
			fmt.Fprintf(&b, "  - {name: r%d, %s%s}\n", i, part, rapid.SampledFrom(outcomes).Draw(t, "outcome"))
		}
		if b.Len() == 0 {
			return
		}
		set, err := Parse(File{"p.yaml", []byte("version: 1\nrules:\n" + b.String())})
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		in := access(rapid.SampledFrom([]string{"read", "write"}).Draw(t, "profile"), rapid.SampledFrom([][]string{nil, {"staff"}, {"sales", "staff"}}).Draw(t, "groups")...)
		asked := in
		asked.Request.Duration = time.Duration(rapid.IntRange(0, 4).Draw(t, "hours")) * time.Hour
		asked.Request.Reason = rapid.SampledFrom([]string{"", "INC-1"}).Draw(t, "reason")
		if rapid.Bool().Draw(t, "statement") {
			in.Request.Kind, asked.Request.Kind = "statement", "statement"
			asked.Request.Statement, asked.Request.RowBound = rapid.SampledFrom([]string{"", "SELECT 1"}).Draw(t, "sql"), int64(rapid.IntRange(0, 200).Draw(t, "bound"))
			asked.Verdict = guardrails.Verdict{Kind: guardrails.Read, Level: rapid.SampledFrom([]guardrails.Level{guardrails.Low, guardrails.High}).Draw(t, "level"), Statements: 1}
		}
		if set.Route(asked).Outcome != Deny && !set.Possible(in) {
			t.Fatalf("given, but not possible: %+v under\n%s", asked, b.String())
		}
	})
}

func BenchmarkPossible(b *testing.B) {
	set, err := Parse(Shipped()...)
	if err != nil {
		b.Fatal(err)
	}
	in := access("read", "staff")
	for b.Loop() {
		set.Possible(in)
	}
}
