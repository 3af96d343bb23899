package policy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dbaccess/guardrails"
)

// parse reads one file, whose rules follow `version: 1`.
func parse(t *testing.T, rules string) *Set {
	t.Helper()
	s, err := Parse(File{"p.yaml", []byte("version: 1\nrules:\n" + rules)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func access(profile string, groups ...string) Input {
	return Input{
		Request:   RequestFacts{Kind: "access", Profile: profile, Duration: 2 * time.Hour, Reason: "INC-42"},
		Principal: PrincipalFacts{Kind: "person", Name: "alice", Email: "alice@example.com", Groups: groups},
		Database:  DatabaseFacts{Name: "shop", Tags: []string{"production", "eu"}},
	}
}

func statement(kind guardrails.Kind, level guardrails.Level) Input {
	in := access("masked-read")
	in.Request.Kind, in.Request.Duration, in.Request.Statement, in.Request.RowBound = "statement", 0, "SELECT 1", 100
	in.Verdict = guardrails.Verdict{Kind: kind, Level: level, Statements: 1, Findings: []guardrails.Finding{{Rule: "GR001"}}, Relations: []string{"orders"}}
	return in
}

const allowAll = "  - {name: rest, allow: true}\n"

func TestMatchersSelectRequests(t *testing.T) {
	t.Parallel()
	read := statement(guardrails.Read, guardrails.Low)
	for _, test := range []struct {
		matcher string
		in      Input
		want    bool
	}{
		{"databases: [shop, crm]", access("read"), true},
		{"databases: [crm]", access("read"), false},
		{"tags: [eu]", access("read"), true},
		{"tags: [us]", access("read"), false},
		{"profiles: [read, write]", access("read"), true},
		{"profiles: [write]", access("read"), false},
		{"kinds: [access]", access("read"), true},
		{"kinds: [access]", read, false},
		{"kinds: [access, statement]", read, true},
		{"statements: [read]", read, true},
		{"statements: [write]", read, false},
		{"statements: [read]", access("read"), false},
		{"levels: [low, medium]", read, true},
		{"levels: [high]", read, false},
		{"levels: [low]", access("read"), false},
		{"groups: [staff]", access("read", "staff", "sales"), true},
		{"groups: [staff]", access("read"), false},
		{"databases: [shop], groups: [staff]", access("read"), false},
		{`when: 'request.duration <= duration("2h")'`, access("read"), true},
		{`when: 'request.duration < duration("2h")'`, access("read"), false},
		{`when: 'request.reason.startsWith("INC-")'`, access("read"), true},
		{`when: 'principal.groups.exists(g, g == "staff")'`, access("read", "staff"), true},
		{`when: '"staff" in principal.groups'`, access("read"), false},
		{`when: 'principal.name == "alice" && principal.kind == "person" && principal.email.endsWith("@example.com")'`, access("read"), true},
		{`when: '"production" in database.tags && database.name == "shop"'`, access("read"), true},
		{`when: '"GR001" in verdict.rules && verdict.relations == ["orders"] && verdict.functions.size() == 0'`, read, true},
		{`when: 'verdict.kind == "read" && verdict.level == "low" && verdict.statements == 1'`, read, true},
		{`when: 'request.statement.contains("SELECT") && request.row_bound <= 100 && !request.masked'`, read, true},
		{`when: 'request.kind == "access" && request.profile == "read"'`, access("read"), true},
	} {
		t.Run(test.matcher, func(t *testing.T) {
			t.Parallel()
			s := parse(t, "  - {name: it, allow: true, "+test.matcher+"}\n")
			route := s.Route(test.in)
			if got := route.Outcome == Allow; got != test.want {
				t.Errorf("matched %v, want %v: %+v", got, test.want, route.Steps)
			}
			if len(route.Steps) != 1 || route.Steps[0].Matched != test.want || route.Steps[0].Why == "" {
				t.Errorf("steps %+v", route.Steps)
			}
		})
	}
}

func TestEveryDenyWinsWhateverItsPlace(t *testing.T) {
	t.Parallel()
	s := parse(t, allowAll+"  - {name: never-writes, profiles: [write], deny: Nobody writes here.}\n")
	if r := s.Route(access("read")); r.Outcome != Allow || r.Rule != "rest" {
		t.Errorf("got %+v, want allow by rest", r)
	}
	r := s.Route(access("write"))
	if r.Outcome != Deny || r.Rule != "never-writes" || r.Sentence != "Nobody writes here." {
		t.Errorf("got %+v, want deny by never-writes", r)
	}
	if len(r.Steps) != 2 || !r.Steps[0].Matched || !r.Steps[1].Matched {
		t.Errorf("steps %+v", r.Steps)
	}
}

func TestTheFirstMatchCounts(t *testing.T) {
	t.Parallel()
	s := parse(t, `
  - {name: reads, profiles: [read], review: {groups: [owners], channel: db-reads, reactions: true, expires: 90m, why: Owners decide.}}
  - {name: rest, review: {seats: [{groups: [owners], count: 2}, {groups: [admins, leads]}]}}
  - {name: unreached, allow: true}
`)
	r := s.Route(access("read"))
	want := Route{
		Outcome: Review, Rule: "reads", Sentence: "Owners decide.", Channel: "db-reads", Reactions: true, Expires: 90 * time.Minute,
		Seats: []Seats{{[]string{"owners"}, 1}}, Version: s.Version,
		Steps: []Step{{"reads", true, "asks for 1 of owners"}},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
	r = s.Route(access("write"))
	if r.Rule != "rest" || r.Sentence != "This needs 2 of owners and 1 of admins or leads." || len(r.Steps) != 2 || r.Steps[0].Matched {
		t.Errorf("got %+v", r)
	}
}

func TestWhatNothingMatchesIsDenied(t *testing.T) {
	t.Parallel()
	s := parse(t, "  - {name: reads, profiles: [read], allow: true}\n")
	r := s.Route(access("write"))
	if r.Outcome != Deny || r.Rule != "" || r.Sentence == "" {
		t.Errorf("got %+v, want deny with a sentence", r)
	}
	if want := "only for profiles read, and none is named"; s.Route(access("")).Steps[0].Why != want {
		t.Errorf("without a profile the step says %q, want %q", s.Route(access("")).Steps[0].Why, want)
	}
	if want := "only for profiles read, and this is write"; r.Steps[0].Why != want {
		t.Errorf("why %q, want %q", r.Steps[0].Why, want)
	}
	var none *Set
	if r := none.Route(access("read")); r.Outcome != Deny || r.Sentence == "" {
		t.Errorf("without a policy: %+v, want deny", r)
	}
}

func TestAConditionThatFailsDenies(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]string{
		"an index out of range": `principal.groups[7] == "x"`,
		"a division by zero":    `request.row_bound / (request.row_bound - request.row_bound) == 1`,
		"a cost over the limit": `principal.groups.all(a, principal.groups.all(b, a == b || a != b))`,
	} {
		for _, says := range []string{"allow: true", "deny: No.", "review: {groups: [owners]}"} {
			t.Run(name+", "+says, func(t *testing.T) {
				t.Parallel()
				s := parse(t, fmt.Sprintf("  - {name: odd-one, when: '%s', %s}\n", when, says)+allowAll)
				in := access("read")
				if strings.HasPrefix(name, "a cost") {
					in.Principal.Groups = make([]string, 1000)
				}
				r := s.Route(in)
				if r.Outcome != Deny || r.Rule != "odd-one" || !strings.Contains(r.Sentence, "odd-one") || !r.Steps[0].Matched {
					t.Errorf("got %+v, want deny naming odd-one", r)
				}
			})
		}
	}
}

func TestARuleBehindTheFirstMatchIsNotEvaluated(t *testing.T) {
	t.Parallel()
	s := parse(t, allowAll+"  - {name: broken, when: 'principal.groups[7] == \"x\"', allow: true}\n")
	if r := s.Route(access("read")); r.Outcome != Allow || len(r.Steps) != 1 {
		t.Errorf("got %+v, want allow after one step", r)
	}
}

func TestRoutesAreNotShared(t *testing.T) {
	t.Parallel()
	s := parse(t, "  - {name: it, review: {groups: [owners]}}\n")
	s.Route(access("read")).Seats[0].Groups[0] = "everybody"
	if got := s.Route(access("read")).Seats[0].Groups[0]; got != "owners" {
		t.Errorf("a route changed the policy: %q", got)
	}
}

func TestTheVersionIsOfTheBytes(t *testing.T) {
	t.Parallel()
	file := func(name, rules string) File { return File{name, []byte("version: 1\nrules:\n" + rules)} }
	version := func(files ...File) string {
		s, err := Parse(files...)
		if err != nil {
			t.Fatal(err)
		}
		return s.Version
	}
	a, b := file("a", "  - {name: a, allow: true}\n"), file("b", "  - {name: b, allow: true}\n")
	first := version(a, b)
	if !strings.HasPrefix(first, "sha256:") || len(first) != len("sha256:")+12 {
		t.Errorf("version %q", first)
	}
	if version(a, b) != first || version(File{"renamed", a.Data}, b) != first {
		t.Error("the same bytes have another version")
	}
	commented := File{"a", append(slices.Clone(a.Data), "# a comment\n"...)}
	for _, other := range []string{version(b, a), version(a), version(commented, b)} {
		if other == first {
			t.Error("other bytes have the same version")
		}
	}
}

func TestNamesUsed(t *testing.T) {
	t.Parallel()
	s := parse(t, `
  - {name: one, review: {groups: [b, a], channel: x}}
  - {name: two, groups: [requesters], review: {seats: [{groups: [c]}, {groups: [a]}], channel: x}}
`)
	if got := s.Groups(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("groups %v", got)
	}
	if got := s.Channels(); !slices.Equal(got, []string{"x"}) {
		t.Errorf("channels %v", got)
	}
	if got := s.Rules(); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("rules %v", got)
	}
}

func TestSpansReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"8h": 8 * time.Hour, "1h30m": 90 * time.Minute, "30m": 30 * time.Minute, "45s": 45 * time.Second,
		"10m": 10 * time.Minute, "20h": 20 * time.Hour, "0s": 0, "1h0m5s": time.Hour + 5*time.Second,
	} {
		if got := Span(d); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestFillSeatsAsManyAsBruteForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 1, 3, rapid.ID[string])
		var seats []Seats
		for range rapid.IntRange(1, 3).Draw(t, "lines") {
			seats = append(seats, Seats{groups.Draw(t, "seat groups"), rapid.IntRange(1, 2).Draw(t, "count")})
		}
		var people []Member
		for i := range rapid.IntRange(0, 5).Draw(t, "people") {
			people = append(people, Member{fmt.Sprint("p", i), groups.Draw(t, "person groups")})
		}
		by, seated := Fill(seats, people)
		if want := most(seats, people); seated != want {
			t.Fatalf("seated %d, and %d could sit", seated, want)
		}
		sitting := map[string]bool{}
		for line, names := range by {
			if len(names) > seats[line].Count {
				t.Fatalf("line %d has %v on %d seats", line, names, seats[line].Count)
			}
			for _, name := range names {
				i := slices.IndexFunc(people, func(m Member) bool { return m.Name == name })
				if sitting[name] || !Eligible(seats[line], people[i].Groups) {
					t.Fatalf("%s may not sit on line %d: %v", name, line, by)
				}
				sitting[name] = true
			}
		}
		if len(sitting) != seated {
			t.Fatalf("%d sit, and %d are said to", len(sitting), seated)
		}
	})
}

// most tries every way of seating the people.
func most(seats []Seats, people []Member) int {
	if len(people) == 0 {
		return 0
	}
	best := most(seats, people[1:]) // the first one stands
	for i, s := range seats {
		if s.Count > 0 && Eligible(s, people[0].Groups) {
			left := slices.Clone(seats)
			left[i].Count--
			best = max(best, 1+most(left, people[1:]))
		}
	}
	return best
}
