package policy

import (
	"errors"
	"strings"
	"testing"
)

func TestEveryMistakeIsToldAtItsPlace(t *testing.T) {
	t.Parallel()
	const head = "version: 1\nrules:\n" // rules begin in line 3
	for name, test := range map[string]struct{ file, want string }{
		"an empty file":           {"", `p.yaml:1:1: the file is empty`},
		"a comment only":          {"# nothing\n", `p.yaml:1:1: the file is empty`},
		"not YAML":                {"version: 1\nrules: [\n", `p.yaml:2:1: is not YAML: did not find expected node content`},
		"a list":                  {"- a\n", "p.yaml:1:1: must be a mapping that begins with `version: 1`"},
		"no version":              {"rules:\n  - {name: a, allow: true}\n", "p.yaml:1:1: `version: 1` is missing"},
		"another version":         {"version: 2\nrules:\n  - {name: a, allow: true}\n", "p.yaml:1:10: version must be a whole number from 1 to 1"},
		"no rules":                {"version: 1\n", "p.yaml:1:1: `rules` is missing"},
		"empty rules":             {"version: 1\nrules: []\n", "p.yaml:2:8: rules is empty; leave it out, or say which"},
		"two documents":           {head + "  - {name: a, allow: true}\n---\nversion: 1\n", "p.yaml:4:1: a file holds one document; remove the `---` between them"},
		"an unknown key":          {head + "  - {name: a, allow: true, databse: [x]}\n", `p.yaml:3:28: unknown key "databse" in a rule; known are allow, databases, deny, groups, kinds, levels, name, profiles, review, statements, tags, when`},
		"an unknown top key":      {"version: 1\nrule: []\nrules:\n  - {name: a, allow: true}\n", `p.yaml:2:1: unknown key "rule" in a policy file; known are rules, version`},
		"a doubled key":           {head + "  - {name: a, allow: true, name: b}\n", `p.yaml:3:28: "name" stands in line 3 already`},
		"no name":                 {head + "  - allow: true\n", `p.yaml:3:5: a rule needs a name`},
		"a bad name":              {head + "  - {name: Not Kebab, allow: true}\n", `p.yaml:3:12: name "Not Kebab" must be small letters and digits joined by dashes, at most 64`},
		"a taken name":            {head + "  - {name: a, allow: true}\n  - {name: a, allow: true}\n", `p.yaml:4:12: name "a" is taken by the rule at p.yaml:3`},
		"nothing said":            {head + "  - {name: a}\n", "p.yaml:3:5: rule \"a\" says nothing: it needs `allow: true`, `deny:` with a sentence, or `review:`"},
		"two things said":         {head + "  - {name: a, allow: true, deny: No.}\n", `p.yaml:3:5: rule "a" says allow and deny; it must say one thing`},
		"allow: false":            {head + "  - {name: a, allow: false}\n", "p.yaml:3:22: allow can only be true; to refuse, write `deny:` and a sentence"},
		"allow: yes":              {head + "  - {name: a, allow: \"yes\"}\n", `p.yaml:3:22: allow must be true or false|p.yaml:3:22: allow can only be true; to refuse, write ` + "`deny:` and a sentence"},
		"deny without sentence":   {head + "  - {name: a, deny: \"\"}\n", `p.yaml:3:21: deny is empty`},
		"deny: true":              {head + "  - {name: a, deny: true}\n", `p.yaml:3:21: deny must be text`},
		"an empty matcher":        {head + "  - {name: a, allow: true, databases: []}\n", `p.yaml:3:39: databases is empty; leave it out, or say which`},
		"a matcher of text":       {head + "  - {name: a, allow: true, databases: shop}\n", `p.yaml:3:39: databases must be a list`},
		"a doubled item":          {head + "  - {name: a, allow: true, tags: [x, x]}\n", `p.yaml:3:38: "x" stands in tags twice`},
		"an unknown kind":         {head + "  - {name: a, allow: true, kinds: [query]}\n", `p.yaml:3:36: "query" in kinds is unknown; known are access, statement`},
		"an unknown level":        {head + "  - {name: a, allow: true, levels: [severe]}\n", `p.yaml:3:37: "severe" in levels is unknown; known are low, medium, high, critical`},
		"an unknown statement":    {head + "  - {name: a, allow: true, statements: [select]}\n", `p.yaml:3:41: "select" in statements is unknown; known are read, session, write, ddl, privilege, admin, unknown`},
		"standing without scopes": {head + "  - {name: a, review: {groups: [x], standing: {days: 3}}}\n", "p.yaml:3:47: standing needs `scopes`: for which later runs reviewers may approve, such as [commit, content]"},
		"an unknown scope":        {head + "  - {name: a, review: {groups: [x], standing: {scopes: [always]}}}\n", `p.yaml:3:57: "always" in scopes is unknown; known are once, commit, content, level`},
		"standing for ever":       {head + "  - {name: a, review: {groups: [x], standing: {scopes: [commit], days: 400}}}\n", "p.yaml:3:72: days must be a whole number from 1 to 366"},
		"standing at any level":   {head + "  - {name: a, review: {groups: [x], standing: {scopes: [commit], level: any}}}\n", `p.yaml:3:73: level "any" is unknown; known are low, medium, high, critical`},
		"allowed outside":         {head + "  - {name: a, review: {groups: [x], standing: {scopes: [commit], outside: allow}}}\n", `p.yaml:3:75: outside "allow" is unknown; known are review, deny`},
		"anchors":                 {head + "  - {name: a, allow: true, tags: &t [x]}\n  - {name: b, allow: true, tags: *t}\n", `p.yaml:3:34: anchors and aliases are not read; write it out|p.yaml:4:34: anchors and aliases are not read; write it out`},
		"an unknown field":        {head + "  - name: a\n    allow: true\n    when: request.duraton > duration(\"1h\")\n", `p.yaml:5:18: when: undefined field 'duraton'`},
		"a flaw in quotes":        {head + "  - {name: a, allow: true, when: 'nothing == 1'}\n", `p.yaml:3:35: when: undeclared reference to 'nothing'`},
		"a flaw in a block":       {head + "  - name: a\n    allow: true\n    when: |\n      request.masked &&\n      nothing\n", `p.yaml:7:1: when: undeclared reference to 'nothing'`},
		"CEL syntax":              {head + "  - {name: a, allow: true, when: 'request.masked &&'}\n", `p.yaml:3:52: when: Syntax error:`},
		"not a bool":              {head + "  - {name: a, allow: true, when: request.reason}\n", `p.yaml:3:34: when: a condition must be true or false, and this is string`},
		"types that do not fit":   {head + "  - {name: a, allow: true, when: request.duration < 3}\n", `p.yaml:3:51: when: found no matching overload for '_<_' applied to '(duration, int)'`},
		"a bad duration":          {head + "  - {name: a, allow: true, when: 'request.duration < duration(\"8 hours\")'}\n", `p.yaml:3:63: when: invalid duration argument`},
		"a bad regular one":       {head + "  - {name: a, allow: true, when: 'request.reason.matches(\"(\")'}\n", `p.yaml:3:58: when: invalid matches argument`},
		"deep comprehensions":     {head + "  - {name: a, allow: true, when: 'principal.groups.all(a, principal.groups.all(b, principal.groups.all(c, a == b && b == c)))'}\n", `p.yaml:3:`},
		"no groups":               {head + "  - {name: a, review: {}}\n", "p.yaml:3:23: a review needs `groups`: whose members may take part"},
		"review: true":            {head + "  - {name: a, review: true}\n", "p.yaml:3:23: review must be a mapping"},
		"no seats":                {head + "  - {name: a, review: {seats: []}}\n", `p.yaml:3:31: seats is empty; leave it out, or say which`},
		"empty groups":            {head + "  - {name: a, review: {groups: []}}\n", `p.yaml:3:32: groups is empty; leave it out, or say which`},
		"a count of nobody":       {head + "  - {name: a, review: {groups: [x], count: 0}}\n", `p.yaml:3:44: count must be a whole number from 1 to 50`},
		"a count below nobody":    {head + "  - {name: a, review: {seats: [{groups: [x], count: -1}]}}\n", `p.yaml:3:53: count must be a whole number from 1 to 50`},
		"half a person":           {head + "  - {name: a, review: {groups: [x], count: 1.5}}\n", `p.yaml:3:44: count must be a whole number from 1 to 50`},
		"a crowd":                 {head + "  - {name: a, review: {seats: [{groups: [x], count: 30}, {groups: [y], count: 30}]}}\n", `p.yaml:3:23: a review asks for 60 people, and may ask for 50`},
		"seats and groups":        {head + "  - {name: a, review: {seats: [{groups: [x]}], groups: [y]}}\n", "p.yaml:3:23: a review has either `seats` or `groups` and `count`, not both"},
		"a seat without groups":   {head + "  - {name: a, review: {seats: [{count: 2}]}}\n", "p.yaml:3:32: a review needs `groups`: whose members may take part"},
		"a zero time":             {head + "  - {name: a, review: {groups: [x], expires: 0s}}\n", `p.yaml:3:46: expires must be a duration such as 30m or 8h, and at most 720h`},
		"a channel with a hash":   {head + "  - {name: a, review: {groups: [x], channel: \"#db\"}}\n", `p.yaml:3:46: channel "#db" may have only small letters, digits, dot, dash and underscore; it is a channel's name, without #`},
		"a group of people's":     {head + "  - {name: a, review: {groups: [Shop Owners]}}\n", `p.yaml:3:33: "Shop Owners" in groups may have only small letters, digits, dot, dash and underscore`},
		"an unknown review key":   {head + "  - {name: a, review: {groups: [x], approvers: 2}}\n", `p.yaml:3:37: unknown key "approvers" in review; known are channel, count, expires, groups, reactions, seats, standing, why`},
		"several at once":         {head + "  - {name: A, allow: true}\n  - {name: b, deny: true}\n", `p.yaml:3:12: name "A" must be small letters and digits joined by dashes, at most 64|p.yaml:4:21: deny must be text`},
		"a rule that is no rule":  {head + "  - allow\n", "p.yaml:3:5: a rule must be a mapping"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Parse(File{"p.yaml", []byte(test.file)})
			if err == nil {
				t.Fatalf("no problem was found; rules %v", s.Rules())
			}
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("the error is a %T", err)
			}
			want := strings.Split(test.want, "|")
			if len(problems) != len(want) {
				t.Fatalf("got %d problems, want %d:\n%v", len(problems), len(want), err)
			}
			for i := range want {
				if got := problems[i].Error(); !strings.HasPrefix(got, want[i]) {
					t.Errorf("\n got %s\nwant %s", got, want[i])
				}
			}
		})
	}
}

func TestFilesAreReadTogether(t *testing.T) {
	t.Parallel()
	_, err := Parse(
		File{"b.yaml", []byte("version: 1\nrules:\n  - {name: same, allow: true}\n")},
		File{"a.yaml", []byte("version: 1\nrules:\n  - {name: same, allow: maybe}\n")},
	)
	want := "a.yaml:3:12: name \"same\" is taken by the rule at b.yaml:3\na.yaml:3:25: allow must be true or false\n" +
		"a.yaml:3:25: allow can only be true; to refuse, write `deny:` and a sentence"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if _, err := Parse(); err == nil {
		t.Error("no file at all is a policy")
	}
}

func TestACheckFindsWhatTheConfigDoesNotKnow(t *testing.T) {
	t.Parallel()
	known := Known{
		Databases: map[string][]string{"shop": {"masked-read", "reporting"}, "crm": {"masked-read"}},
		Tags:      []string{"production"},
		Groups:    map[string][]string{"owners": {"alice", "bob"}, "admins": {"bob"}, "both": {"bob"}},
		Channels:  []string{"approvals"},
	}
	for name, test := range map[string]struct {
		rule, want string
		warning    bool
	}{
		"all known":               {rule: "databases: [shop], tags: [production], profiles: [masked-read, reporting, write], groups: [owners], review: {groups: [owners], count: 2, channel: approvals}"},
		"an unknown database":     {rule: "databases: [shp], allow: true", want: `no database is named "shp"; known are crm, shop`},
		"an unknown tag":          {rule: "tags: [prod], allow: true", want: `no database is tagged "prod"; known are production`},
		"an unknown profile":      {rule: "profiles: [maskd-read], allow: true", want: `no database that this rule is for has the profile "maskd-read"; known are masked-read, reporting`},
		"another's profile":       {rule: "databases: [crm], profiles: [reporting], allow: true", want: `no database that this rule is for has the profile "reporting"; known are masked-read`},
		"an unknown channel":      {rule: "review: {groups: [owners], channel: nowhere}", want: `no channel is named "nowhere"; known are approvals`},
		"an empty group":          {rule: "review: {groups: [dbas]}", want: `nobody is in the group "dbas"`, warning: true},
		"one empty group of two":  {rule: "review: {groups: [dbas, owners]}", want: `nobody is in the group "dbas"`, warning: true},
		"requesters of no group":  {rule: "groups: [nobodies], allow: true", want: `nobody is in the group "nobodies", so this rule is for nobody`, warning: true},
		"too few people":          {rule: "review: {groups: [owners], count: 3}", want: `needs 3 of owners, and its groups have people for 2 of 3 seats only`},
		"too few different ones":  {rule: "review: {seats: [{groups: [admins]}, {groups: [both]}]}", want: `needs 1 of admins and 1 of both, and its groups have people for 1 of 2 seats only`},
		"enough different people": {rule: "review: {seats: [{groups: [owners]}, {groups: [both]}]}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems := parse(t, "  - {name: it, "+test.rule+"}\n").Check(known)
			if test.want == "" {
				if len(problems) != 0 {
					t.Errorf("got %v, want none", problems)
				}
				return
			}
			if len(problems) != 1 {
				t.Fatalf("got %v, want one problem", problems)
			}
			got := problems[0]
			if got.Message != `rule "it": `+test.want || got.Warning != test.warning || got.Line != 3 || got.Column < 5 || got.File != "p.yaml" {
				t.Errorf("got %+v\nwant %q, warning %v", got, test.want, test.warning)
			}
		})
	}
}
