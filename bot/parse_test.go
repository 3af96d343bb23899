package bot

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
)

func TestParseUnderstandsWhatPeopleType(t *testing.T) {
	t.Parallel()
	ask := func(d time.Duration, reason string, words ...string) command {
		return command{verb: verbAsk, words: words, duration: d, reason: reason}
	}
	for text, want := range map[string]command{
		"":                  {verb: verbForm},
		"  \n ":             {verb: verbForm},
		"help":              {verb: verbHelp},
		" HELP ":            {verb: verbHelp},
		"list":              {verb: verbList},
		"cancel":            {verb: verbCancel},
		"end":               {verb: verbEnd},
		"end ABC":           {verb: verbEnd, id: "abc"},
		"cancel `req_k3j9`": {verb: verbCancel, id: "req_k3j9"},

		"shop masked-read 2h because INC-42 refund stuck":      ask(2*time.Hour, "INC-42 refund stuck", "shop", "masked-read"),
		"shop because INC-42":                                  ask(0, "INC-42", "shop"),
		"2h masked-read shop because INC-42":                   ask(2*time.Hour, "INC-42", "masked-read", "shop"),
		"shop 1h30m -- INC-42":                                 ask(90*time.Minute, "INC-42", "shop"),
		"shop 1h30m — INC-42":                                  ask(90*time.Minute, "INC-42", "shop"),
		"shop for 30m because a thing":                         ask(30*time.Minute, "a thing", "shop"),
		"shop for the incident":                                ask(0, "the incident", "shop"),
		"shop 2h for 3h of backlog":                            ask(2*time.Hour, "3h of backlog", "shop"),
		"shop 2 hours because x":                               ask(2*time.Hour, "x", "shop"),
		"shop Because: we must":                                ask(0, "we must", "shop"),
		"shop because I &lt;3 SQL &amp; more":                  ask(0, "I <3 SQL & more", "shop"),
		"shop because <@U0BOB|bob> asked in <#C0X|general>":    ask(0, "@bob asked in #general", "shop"),
		"shop because <!channel> look":                         ask(0, "@channel look", "shop"),
		"shop because <https://x.example/INC-1|INC-1>":         ask(0, "INC-1", "shop"),
		"shop because a\u202eb\u200bc":                         ask(0, "abc", "shop"),
		"\u200fshop because x":                                 ask(0, "x", "shop"),
		"shop   masked-read\n90s\nbecause   two   lines\nhere": ask(90*time.Second, "two lines here", "shop", "masked-read"),

		"query":                             {verb: verbQueryForm},
		"QUERY  shop ":                      {verb: verbQueryForm, database: "shop"},
		"query shop SELECT 1":               {verb: verbQuery, database: "shop", statement: "SELECT 1"},
		"query shop\nSELECT 1,\n       2":   {verb: verbQuery, database: "shop", statement: "SELECT 1,\n       2"},
		"query shop ```sql\nSELECT 1;\n```": {verb: verbQuery, database: "shop", statement: "SELECT 1;"},
		"query shop ```SELECT 1```":         {verb: verbQuery, database: "shop", statement: "SELECT 1"},
		"query shop `SELECT 1`":             {verb: verbQuery, database: "shop", statement: "SELECT 1"},
		"query shop SELECT * FROM t WHERE a &lt; 5 AND b &gt; 3": {verb: verbQuery, database: "shop", statement: "SELECT * FROM t WHERE a < 5 AND b > 3"},
		"query shop SELECT a <@ b, c @> d FROM t":                {verb: verbQuery, database: "shop", statement: "SELECT a <@ b, c @> d FROM t"},
		"query shop SELECT “smart” FROM ‘quotes’":                {verb: verbQuery, database: "shop", statement: "SELECT “smart” FROM ‘quotes’"},
		"query shop SELECT '<mailto:a@b.example|a@b.example>'":   {verb: verbQuery, database: "shop", statement: "SELECT 'a@b.example'"},
		"query shop SELECT '<http://x.example|x.example>'":       {verb: verbQuery, database: "shop", statement: "SELECT 'x.example'"},
		"query shop because INC-42: DELETE FROM t":               {verb: verbQuery, database: "shop", reason: "INC-42", statement: "DELETE FROM t"},
		"query shop because a: SELECT 'x:y'":                     {verb: verbQuery, database: "shop", reason: "a", statement: "SELECT 'x:y'"},
	} {
		got, err := parse(text)
		if err != nil {
			t.Errorf("parse(%q): %v", text, err)
			continue
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("parse(%q)\n got %+v\nwant %+v", text, got, want)
		}
	}
}

func TestParseRefusesWithASentenceAndAnExample(t *testing.T) {
	t.Parallel()
	for text, part := range map[string]string{
		"because INC-42":                            "Which database",
		"2h because INC-42":                         "Which database",
		"shop masked-read INC-42 refund":            "`INC-42`",
		"shop 2h 3h because x":                      "two durations: 2h and 3h",
		"query shop ``` ```":                        "Which statement",
		"query shop because INC-42 DROP":            "the reason from the statement",
		"list everything":                           "`everything`",
		"end a b":                                   "`b`",
		"shop because " + strings.Repeat("ä", 1001): "longer than 1,000",
		strings.Repeat("x ", 5000):                  "too long",
		"query shop SELECT \x00":                    "not text",
		"shop \xff because":                         "not text",
	} {
		_, err := parse(text)
		f := fault.Show(err)
		if err == nil || f.Kind != fault.Invalid || !strings.Contains(f.Msg+" "+f.Hint, part) || f.Hint == "" {
			t.Errorf("parse(%.40q): %v %q; want a refusal with %q and a hint", text, f.Kind, f.Msg+" "+f.Hint, part)
		}
	}
}

func TestResolveFindsWhatWasMeant(t *testing.T) {
	t.Parallel()
	dbs := []approvals.Database{
		{Name: "shop", Profiles: []approvals.Profile{{Name: "read", Max: time.Hour}, {Name: "masked-read", Max: 8 * time.Hour, Masked: true}}},
		{Name: "billing", Profiles: []approvals.Profile{{Name: "write", Max: time.Hour}}},
		{Name: "depot", Profiles: []approvals.Profile{{Name: "read", Max: time.Hour}, {Name: "write", Max: time.Hour}}},
	}
	for text, want := range map[string]approvals.Ask{
		"shop because x":                 {Kind: approvals.Access, Database: "shop", Profile: "masked-read", Reason: "x"},
		"SHOP Read 1h because x":         {Kind: approvals.Access, Database: "shop", Profile: "read", Duration: time.Hour, Reason: "x"},
		"masked-read shop 2h because x":  {Kind: approvals.Access, Database: "shop", Profile: "masked-read", Duration: 2 * time.Hour, Reason: "x"},
		"billing because x":              {Kind: approvals.Access, Database: "billing", Profile: "write", Reason: "x"},
		"query shop because x: SELECT 1": {Kind: approvals.Statement, Database: "shop", Statement: "SELECT 1", Reason: "x"},
	} {
		c, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := resolve(c, dbs); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, %v; want %+v", text, got, err, want)
		}
	}
	for text, part := range map[string]string{
		"shop":                       "why you need it",
		"shop because":               "why you need it",
		"shop because \u200b\u202e":  "why you need it",
		"shpo":                       "Did you mean `shop`?",
		"frobnicate the":             "There is no database `frobnicate`.",
		"shpo because x":             "Did you mean `shop`?",
		"nowhere because x":          "There is `shop`, `billing` and `depot`.",
		"shop maskedread because x":  "Did you mean `masked-read`?",
		"shop admin because x":       "There is `read` and `masked-read`.",
		"shop masked-read 9h -- x":   "Ask for 8h or less.",
		"depot because x":            "Which profile on `depot`?",
		"lsit because x":             "Did you mean `/dbaccess list`?",
		"query shpo SELECT 1":        "Did you mean `shop`?",
		"<!channel> because x":       "There is no database `@channel`.",
		"&lt;!channel&gt; because x": "There is no database `<!channel>`.",
	} {
		c, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = resolve(c, dbs)
		if f := fault.Show(err); f.Kind == fault.Internal || !strings.Contains(f.Msg+" "+f.Hint, part) {
			t.Errorf("%q: %v; want %q", text, err, part)
		}
	}
}

// FuzzParse: whatever is typed is a command or a sentence that is safe to show.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"shop masked-read 2h because INC-42", "query shop SELECT 1", "query shop ```\nx\n```", "<!channel> <@U1|x> &lt;", "end req_abc",
		"shop 99999999999999h because x", "\u202e\u200f", strings.Repeat("<@U", 300), "query shop because : ", "2 hours shop -- x", "a for for for", "```",
	} {
		f.Add(seed)
	}
	dbs := []approvals.Database{{Name: "shop", Profiles: []approvals.Profile{{Name: "masked-read", Max: time.Hour, Masked: true}}}}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse(text)
		if err == nil && (c.verb == verbAsk || c.verb == verbQuery) {
			if c.verb == verbAsk && (len(c.words) == 0 || len(c.words) > 2 || c.duration < 0) {
				t.Fatalf("half a request: %+v", c)
			}
			if c.verb == verbQuery && strings.TrimSpace(c.statement) == "" {
				t.Fatalf("no statement: %+v", c)
			}
			if utf8.RuneCountInString(c.reason) > maxReason || unseen(c.reason) {
				t.Fatalf("reason %q", c.reason)
			}
			_, err = resolve(c, dbs)
		}
		if err == nil {
			return
		}
		shown := fault.Show(err)
		if shown.Kind == fault.Internal || shown.Msg == "" {
			t.Fatalf("not for people: %v", err)
		}
		if said := esc(shown.Msg + " " + shown.Hint); strings.ContainsAny(said, "<>") || utf8.RuneCountInString(said) > 1000 {
			t.Fatalf("not safe to show: %q", said)
		}
	})
}
