package bot

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/credentials"
)

func TestReviewShowsEveryCharacterAndApprovesOnTheLastPageOnly(t *testing.T) {
	t.Parallel()
	v := statementView()
	var b strings.Builder
	for i := range 9000 {
		fmt.Fprintf(&b, "-- %d\n", i)
	}
	v.Statement = b.String()
	n := len(pages(v.Request))
	var read strings.Builder
	for page := 1; page <= n; page++ {
		m := reviewModal(v, page)
		for _, block := range m.Blocks.BlockSet {
			rich, ok := block.(*slack.RichTextBlock)
			if !ok {
				continue
			}
			if pre, ok := rich.Elements[0].(*slack.RichTextPreformatted); ok {
				read.WriteString(pre.Elements[0].(*slack.RichTextSectionTextElement).Text)
			}
		}
		if last := page == n; (m.Submit != nil) != last {
			t.Errorf("page %d of %d: can be sent: %v", page, n, m.Submit != nil)
		}
		if size(m.Blocks.BlockSet) > 200_000 || len(m.Blocks.BlockSet) > 100 {
			t.Errorf("page %d is too large", page)
		}
	}
	if read.String() != v.Statement {
		t.Errorf("the %d pages are not the statement", n)
	}
}

func TestDetailsHaveRoomForTheLargestRequest(t *testing.T) {
	t.Parallel()
	v := statementView()
	for i := range 60 {
		v.Route.Steps = append(v.Route.Steps, v.Route.Steps[0])
		v.Route.Steps[i].Why = strings.Repeat("<because>", 100)
		v.Verdict.Relations = append(v.Verdict.Relations, strings.Repeat("r", 60))
		v.Settings = append(v.Settings, approvals.Setting{Name: "x", Value: strings.Repeat("y", 200)})
		v.Decision.Ignored = append(v.Decision.Ignored, approvals.Ignored{Reviewer: "r", Why: strings.Repeat("w", 100)})
	}
	for _, block := range detailsModal(v).Blocks.BlockSet {
		if s, ok := block.(*slack.SectionBlock); ok && utf8.RuneCountInString(s.Text.Text) > maxSection {
			t.Errorf("a section of %d characters", utf8.RuneCountInString(s.Text.Text))
		}
	}
}

func TestRowsStandInTheMessageOnlyIfMaskedAndFew(t *testing.T) {
	t.Parallel()
	r := statementView().Request
	r.State, r.Outcome = approvals.Executed, "2 rows came back."
	few := ResultMessage{Columns: []string{"id", "note"}, Rows: [][]string{{"1", "a\u202eb"}, {"2", ""}}, Masked: true, Link: "https://dbaccess.example/r/1", Until: noon}
	many := few
	many.Rows = nil
	for i := range 500 {
		many.Rows = append(many.Rows, []string{fmt.Sprint(i), strings.Repeat("x", 30)})
	}
	raw := few
	raw.Masked = false
	wide := few
	wide.Columns, wide.Rows = make([]string, 21), [][]string{make([]string, 21)}
	for name, c := range map[string]struct {
		res  ResultMessage
		rows bool // some rows are shown
		link bool
	}{
		"few": {few, true, false}, "many": {many, true, true}, "raw": {raw, false, true}, "none": {ResultMessage{}, false, false},
		"many without a page": {func() ResultMessage { m := many; m.Link = ""; return m }(), true, false},
	} {
		for way, rows := range map[string]func(ResultMessage) (slack.Block, int){"table": tableOf, "columns": columnsOf} {
			c.res.Total = len(c.res.Rows)
			text, blocks := resultMessage(r, c.res, rows)
			checkMessage(t, name+" "+way, text, blocks)
			has := strings.Contains(string(encoded(blocks)), c.res.cell())
			if has != c.rows || strings.Contains(actions(blocks), actLink) != c.link {
				t.Errorf("%s, %s: rows %v, buttons %q", name, way, has, actions(blocks))
			}
		}
	}
	wide.Total = 1
	if _, blocks := resultMessage(r, wide, tableOf); !strings.Contains(actions(blocks), actLink) {
		t.Error("more columns than a table takes, and no page to see them on")
	}
	_, blocks := resultMessage(r, few, columnsOf)
	want := "id | note\n---+-----------\n1  | a⟦U+202E⟧b\n2  |\n"
	if got := blocks[1].(*slack.RichTextBlock).Elements[0].(*slack.RichTextPreformatted).Elements[0].(*slack.RichTextSectionTextElement).Text; got != want {
		t.Errorf("columns:\n%s\nwant\n%s", got, want)
	}
}

// cell is the first cell as it is shown, or something that is nowhere.
func (r ResultMessage) cell() string {
	if len(r.Rows) == 0 {
		return "no such cell"
	}
	return strings.ReplaceAll(visible(r.Rows[0][1]), `"`, `\"`)
}

func TestListShowsTenAndSaysSo(t *testing.T) {
	t.Parallel()
	var grants []credentials.Grant
	for range 12 {
		grants = append(grants, *cards()["active"].Grant)
	}
	a := listAnswer(grants, []view{accessView()})
	checkMessage(t, "list", a.text, a.blocks)
	if len(a.blocks) != maxList+1 || !strings.Contains(a.text, "Only the newest 10 are shown") {
		t.Errorf("%d blocks: %s", len(a.blocks), a.text)
	}
}

func TestPickNeedsAnUnmistakableBeginning(t *testing.T) {
	t.Parallel()
	items := []string{"req_abc111", "req_abd222"}
	ids := func(s string) []string { return []string{s} }
	for prefix, want := range map[string]string{"abc": items[0], "req_abd": items[1], "abd222": items[1], "ab": "", "req": "", "c111": "", "": ""} {
		if got, err := pick(prefix, items, ids, "request", "cancel"); got != want || (err == nil) != (want != "") {
			t.Errorf("pick(%q) = %q, %v", prefix, got, err)
		}
	}
	if got, err := pick("", items[:1], ids, "request", "cancel"); got != items[0] || err != nil {
		t.Errorf("the only one: %q, %v", got, err)
	}
}
