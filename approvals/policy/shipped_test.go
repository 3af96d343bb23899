package policy

import (
	"os"
	"slices"
	"strings"
	"testing"

	"dbaccess/guardrails"
)

func shippedSet(t *testing.T) *Set {
	t.Helper()
	s, err := Parse(Shipped()...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheShippedPolicyPassesItsTests(t *testing.T) {
	t.Parallel()
	s := shippedSet(t)
	cases, err := ParseCases(ShippedTests()...)
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for _, r := range s.Try(cases, func(sql string) guardrails.Verdict {
		t.Errorf("a case leaves %q to be classified", sql)
		return guardrails.Verdict{}
	}) {
		tried[r.Route.Rule] = true
		if len(r.Wrong) > 0 {
			t.Errorf("%s:%d %s: %s", r.Case.File, r.Case.Line, r.Case.Name, strings.Join(r.Wrong, "; "))
		}
	}
	for _, rule := range s.Rules() {
		if !tried[rule] {
			t.Errorf("rule %q is decided by no test", rule)
		}
	}
}

// Nothing with an effect, and nothing unmasked, may run without a person.
func TestTheShippedPolicyAllowsMaskedLowReadsOnly(t *testing.T) {
	t.Parallel()
	s := shippedSet(t)
	kinds := []guardrails.Kind{"", guardrails.Read, guardrails.Session, guardrails.Write, guardrails.DDL, guardrails.Privilege, guardrails.Admin, guardrails.Unknown}
	levels := []guardrails.Level{"", guardrails.Low, guardrails.Medium, guardrails.High, guardrails.Critical}
	for _, requestKind := range []string{"access", "statement"} {
		for _, kind := range kinds {
			for _, level := range levels {
				for _, masked := range []bool{true, false} {
					in := statement(kind, level)
					in.Request.Kind, in.Request.Masked = requestKind, masked
					r := s.Route(in)
					free := requestKind == "statement" && kind == guardrails.Read && level == guardrails.Low && masked
					if got := r.Outcome == Allow; got != free {
						t.Errorf("%s %s %s, masked %v: %s by %s", requestKind, kind, level, masked, r.Outcome, r.Rule)
					}
					if r.Reactions && (requestKind != "access" || !masked) {
						t.Errorf("%s, masked %v: a reaction is enough by %s", requestKind, masked, r.Rule)
					}
				}
			}
		}
	}
}

func TestTheShippedPolicyNamesItsGroups(t *testing.T) {
	t.Parallel()
	s := shippedSet(t)
	if got := s.Groups(); !slices.Equal(got, []string{"db-admins", "db-reviewers"}) {
		t.Errorf("groups %v", got)
	}
	for _, p := range s.Check(Known{Databases: map[string][]string{"shop": {"masked-read"}}}) {
		if !p.Warning {
			t.Errorf("does not fit a config of one masked database: %v", p)
		}
	}
	if got := s.Check(Known{
		Databases: map[string][]string{"shop": {"masked-read"}},
		Groups:    map[string][]string{"db-reviewers": {"bob"}, "db-admins": {"carol"}},
	}); len(got) != 0 {
		t.Errorf("does not fit a reviewer and an admin: %v", got)
	}
}

func TestTheManualsExamplesParse(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	policies, tests := 0, 0
	for _, block := range strings.Split(string(manual), "```yaml\n")[1:] {
		block, _, closed := strings.Cut(block, "```")
		if !closed {
			t.Fatal("a block of the manual is not closed")
		}
		if strings.Contains(block, "\ntests:") {
			tests++
			if _, err := ParseCases(File{"policy.md", []byte(block)}); err != nil {
				t.Errorf("%v\n%s", err, block)
			}
			continue
		}
		policies++
		if _, err := Parse(File{"policy.md", []byte(block)}); err != nil {
			t.Errorf("%v\n%s", err, block)
		}
	}
	if policies == 0 || tests == 0 {
		t.Errorf("the manual has %d policies and %d files of tests", policies, tests)
	}
}

func TestCasesSayWhatDiffers(t *testing.T) {
	t.Parallel()
	s := parse(t, "  - {name: it, review: {groups: [owners], channel: db, reactions: true}}\n")
	cases, err := ParseCases(File{"c.test.yaml", []byte(`version: 1
tests:
  - name: all of it
    request: {kind: access, profile: read}
    expect: {outcome: review, rule: it, seats: [{groups: [owners]}], reactions: true, channel: db}
  - name: none of it
    request: {kind: access, profile: read}
    expect: {outcome: allow, rule: other, seats: [{groups: [owners], count: 2}], reactions: false, channel: x}
  - name: classified
    request: {kind: statement, statement: DROP TABLE x}
    expect: {outcome: review}
`)})
	if err != nil {
		t.Fatal(err)
	}
	var classified []string
	results := s.Try(cases, func(sql string) guardrails.Verdict {
		classified = append(classified, sql)
		return guardrails.Verdict{Kind: guardrails.DDL}
	})
	if len(results[0].Wrong) != 0 || len(results[2].Wrong) != 0 {
		t.Errorf("wrong: %v, %v", results[0].Wrong, results[2].Wrong)
	}
	want := []string{
		"the outcome is review, not allow", "the rule is it, not other", "the seats are 1 of owners, not 2 of owners",
		"reactions are true, not false", `the channel is "db", not "x"`,
	}
	if !slices.Equal(results[1].Wrong, want) {
		t.Errorf("got  %q\nwant %q", results[1].Wrong, want)
	}
	if !slices.Equal(classified, []string{"DROP TABLE x"}) || results[2].Case.Input.Verdict.Kind != guardrails.DDL {
		t.Errorf("classified %q", classified)
	}
}

func TestMistakesInCasesAreToldAtTheirPlace(t *testing.T) {
	t.Parallel()
	_, err := ParseCases(File{"c.test.yaml", []byte(`version: 1
tests:
  - name: a
    request: {kind: acces, profle: x}
    expect: {outcome: maybe}
  - request: {profile: read}
    expect: {rule: it}
  - name: c
    request: {kind: statement}
    expect: {outcome: deny}
  - name: d
    request: {kind: access}
    verdict: {kind: read}
    expect: {outcome: deny, seats: [{groups: []}]}
`)})
	want := `c.test.yaml:4:21: kind "acces" is unknown; known are access, statement
c.test.yaml:4:28: unknown key "profle" in request; known are duration, files, job, kind, masked, profile, reason, row_bound, statement
c.test.yaml:5:23: outcome "maybe" is unknown; known are allow, deny, review
c.test.yaml:6:5: a test needs ` + "`name`" + `
c.test.yaml:6:14: a request needs ` + "`kind`" + `: access or statement
c.test.yaml:7:13: a test needs ` + "`expect.outcome`" + `: allow, deny or review
c.test.yaml:8:5: a statement's test needs its ` + "`request.statement` or its `verdict`" + `
c.test.yaml:11:5: an access request has no verdict, unless it is a job's (` + "`request.job: true`" + `)
c.test.yaml:13:14: a verdict needs ` + "`level`" + `
c.test.yaml:14:46: groups is empty; leave it out, or say which`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
