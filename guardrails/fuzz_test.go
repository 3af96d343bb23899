package guardrails

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// FuzzClassify holds what must be true of the verdict on any text: see judge.
func FuzzClassify(f *testing.F) {
	for _, sql := range seeds(f) {
		f.Add(sql)
	}
	for _, text := range hostile {
		f.Add(text(30))
	}
	f.Fuzz(func(t *testing.T, sql string) { judge(t, sql) })
}

// TestVerdictsHoldWhatTheyPromise holds the same for every text we have.
func TestVerdictsHoldWhatTheyPromise(t *testing.T) {
	t.Parallel()
	for _, sql := range seeds(t) {
		judge(t, sql)
	}
}

// seeds are all texts we have.
func seeds(t testing.TB) []string {
	var all []string
	for _, folder := range []string{"attacks", "harmless", "golden", "plain"} {
		all = append(all, statements(t, folder)...)
	}
	for _, r := range Rules() {
		all = append(all, r.Fires, r.Quiet)
	}
	for _, where := range append(conditionsOf(forEveryRow), conditionsOf(choosesRows)...) {
		all = append(all, "DELETE FROM t WHERE "+where)
	}
	all = append(all, "", " ", ";", ";;", "-- nothing", "/* nothing */", "é", "\ufeffSELECT 1")
	return append(all, append(conditionsOf(statementsForEveryRow), conditionsOf(statementsThatChoose)...)...)
}

// judge checks one verdict: it is consistent in itself, and the same however the
// text is commented, spaced and quoted, and whatever stands beside it.
func judge(t testing.TB, sql string) {
	v := Classify(sql, nil)
	if err := consistent(sql, v); err != nil {
		t.Fatalf("%q: %v: %+v", sql, err, v)
	}
	if v.Statements == 0 || len(sql) > 2000 {
		return
	}
	for what, other := range variants(sql) {
		w := Classify(other, nil)
		if w.Kind != v.Kind || w.Level != v.Level || !slices.Equal(rulesOf(w), rulesOf(v)) || !slices.Equal(w.Functions, v.Functions) {
			t.Fatalf("%s, %q is %s, %s %v and %q is %s, %s %v", what, sql, v.Kind, v.Level, rulesOf(v), other, w.Kind, w.Level, rulesOf(w))
		}
	}
	if more := Classify(sql+"\n;DELETE FROM orders", nil); !more.Level.AtLeast(High) {
		t.Fatalf("%q hides the DELETE behind it: %+v", sql, more)
	}
	beside := Classify("SELECT 1;"+sql, nil)
	if beside.Kind != v.Kind || !beside.Level.AtLeast(v.Level) {
		t.Fatalf("beside another statement %q is %s, %s, and alone %s, %s", sql, beside.Kind, beside.Level, v.Kind, v.Level)
	}
}

// consistent says what is wrong with a verdict.
func consistent(sql string, v Verdict) error {
	gravest := Low
	for _, f := range v.Findings {
		if f.Level.Rank() > gravest.Rank() {
			gravest = f.Level
		}
		if f.Start < 0 || f.End > len(sql) || f.Start > f.End {
			return fmt.Errorf("%s stands outside the text", f.Rule)
		}
		if f.Rule == ruleFault.ID {
			return fmt.Errorf("guardrails failed")
		}
		if f.Message == "" || ruleByID[f.Rule] == nil {
			return fmt.Errorf("%s says nothing", f.Rule)
		}
		if !utf8.ValidString(sql) {
			continue
		}
		if !utf8.ValidString(sql[f.Start:f.End]) || !utf8.ValidString(f.Message) {
			return fmt.Errorf("%s cuts a character in two", f.Rule)
		}
	}
	for _, name := range append(v.Relations, v.Functions...) {
		if !utf8.ValidString(name) {
			return fmt.Errorf("%q is cut", name)
		}
	}
	switch {
	case (v.Level == Low) != (len(v.Findings) == 0), len(v.Findings) > 0 && v.Findings[0].Level != v.Level, len(v.Findings) > maxFindings:
		return fmt.Errorf("its level is not its findings'")
	case !slices.IsSorted(v.Relations) || !slices.IsSorted(v.Functions):
		return fmt.Errorf("its names are not sorted")
	case gravest != v.Level:
		return fmt.Errorf("its level is %s, and its gravest finding's %s", v.Level, gravest)
	case v.Level == Low && v.Kind != Read && v.Kind != Session:
		return fmt.Errorf("an effect is low")
	case v.Kind == Unknown && !v.Level.AtLeast(Medium):
		return fmt.Errorf("what is unknown is low")
	case v.Statements == 0 && v.Kind != Unknown && strings.TrimSpace(blank(sql)) != "" && strings.Trim(blank(sql), "; \t\r\n\f") != "":
		return fmt.Errorf("nothing was read")
	case v.Findings == nil || v.Relations == nil || v.Functions == nil:
		return fmt.Errorf("a list is nil")
	}
	return nil
}

func rulesOf(v Verdict) []string {
	var all []string
	for _, f := range v.Findings {
		all = append(all, f.Rule+" "+string(f.Level))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// variants write a text otherwise, with the same meaning.
func variants(sql string) map[string]string {
	scan, err := pg.Scan(blank(sql))
	if err != nil {
		return nil
	}
	var spaced, commented, quoted strings.Builder
	at := 0
	literal := false
	for _, tok := range scan.Tokens {
		gap, text := sql[at:tok.Start], sql[tok.Start:tok.End]
		is := strings.ContainsAny(text, "'$") // strings go on behind a line's end, and nothing else
		space := strings.TrimLeft(gap, " \t\r\n\f") != gap
		spaced.WriteString(gap)
		commented.WriteString(gap)
		quoted.WriteString(gap)
		if space && !(is && literal) {
			spaced.WriteString("\n\t\f ")
			commented.WriteString(" /* it's \" $$ -- ; /* ( */ */ -- '\n ")
		}
		spaced.WriteString(text)
		commented.WriteString(text)
		if tok.Token == pg.Token_IDENT && tok.KeywordKind == pg.KeywordKind_NO_KEYWORD && !strings.HasPrefix(text, `"`) && text == strings.ToLower(text) && !strings.HasPrefix(sql[tok.End:], `"`) && !strings.HasSuffix(sql[:tok.Start], `"`) {
			text = `"` + text + `"`
		}
		quoted.WriteString(text)
		literal = is
		at = int(tok.End)
	}
	for _, b := range []*strings.Builder{&spaced, &commented, &quoted} {
		b.WriteString(sql[at:])
	}
	return map[string]string{"spaced": spaced.String(), "commented": commented.String(), "quoted": quoted.String()}
}
