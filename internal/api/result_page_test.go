package api

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"dbaccess/internal/devstack/browser"
)

func TestMain(m *testing.M) {
	code := m.Run()
	os.Exit(max(code, browser.Stop()))
}

// odd are values that something between the database and a spreadsheet might
// spoil.
var oddValues = []string{
	"plain", "", "NULL", "null", " led", "trailed ", "comma,", `quote"s"`, "two\nlines", "and\r\ntwo more", "\ttab", `\N`, `\xdeadbeef`,
	"=HYPERLINK(\"http://evil.example\")", "+1", "-1", "-1e5", "@SUM(A1)", "-cmd|' /C calc'!A0", "1.10000", "00042", "12345678901234567890", "NaN", "-Infinity",
	"2026-03-29 00:30:00.123456+00", "0044-03-15 BC", `{"a": [null, "b"]}`, `{{1,NULL},{3,4}}`, `(1,"x,y")`, "שלום", "\u202eevil\u202c", "👩‍👩‍👧 é", "a\u0000b"[:1], "\u200bhidden",
	"<script>alert(1)</script>", "&amp;", strings.Repeat("long ", 400),
}

func TestACSVHoldsEachValueExactly(t *testing.T) {
	t.Parallel()
	page := ResultPage{Columns: []string{"v", "n", `a "name", twice`, ""}}
	for i, v := range oddValues {
		page.Rows = append(page.Rows, []Cell{{Text: v}, {Null: true}, {Text: fmt.Sprint(i)}, {}})
	}
	given, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>CSV</title><pre id="out"></pre><script type="module" src="run.js"></script></html>`)
	})
	mux.HandleFunc("GET /run.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprintf(w, `import { csv, formulas } from "./csv.js";
			const page = %s;
			const said = { csv: csv(page), risky: page.rows.map((r) => formulas({ columns: [], rows: [r] })) };
			document.getElementById("out").textContent = "begin" + encodeURIComponent(JSON.stringify(said)) + "end";`, given)
	})
	mux.HandleFunc("GET /csv.js", func(w http.ResponseWriter, _ *http.Request) {
		text, _ := embedded.ReadFile("pages/csv.js")
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(text)
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	p := browser.Open(t, s.URL)
	p.Sees("begin", "end")
	_, text, _ := strings.Cut(p.Text(), "begin")
	text, _, _ = strings.Cut(text, "end")
	var said struct {
		CSV   string `json:"csv"`
		Risky []bool `json:"risky"`
	}
	if err := json.Unmarshal([]byte(decodeURI(t, text)), &said); err != nil {
		t.Fatal(err)
	}
	checkCSV(t, page, said.CSV)
	for i, risky := range said.Risky {
		v := oddValues[i]
		want := strings.HasPrefix(v, "=") || strings.HasPrefix(v, "@") || v == "\ttab" || strings.HasPrefix(v, "-cmd") || v == "-Infinity"
		if risky != want {
			t.Errorf("%q may be taken for a formula: %v", v, risky)
		}
	}
}

func decodeURI(t *testing.T, text string) string {
	t.Helper()
	text, err := url.PathUnescape(text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func checkCSV(t *testing.T, page ResultPage, text string) {
	t.Helper()
	if !strings.HasSuffix(text, "\r\n") || !strings.HasPrefix(text, `v,n,"a ""name"", twice",""`+"\r\n") {
		t.Errorf("it begins %.80q", text)
	}
	// What stands between quotes comes back as it is, but for Go's reader, which
	// makes one character of each line's end.
	got, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(got) != 1+len(page.Rows) {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	for i, row := range page.Rows {
		want := []string{strings.ReplaceAll(row[0].Text, "\r\n", "\n"), "", fmt.Sprint(i), ""}
		if !slices.Equal(got[1+i], want) {
			t.Errorf("row %d is %.200q, want %.200q", i, got[1+i], want)
		}
	}
	if !strings.Contains(text, "\"and\r\ntwo more\"") {
		t.Error("a line's end inside a value was changed")
	}
	if lines := strings.Split(text, "\r\n"); !slices.Contains(lines, `"",,1,""`) {
		t.Error("NULL and an empty text are the same")
	}
}

func TestTheResultPageShowsWhatThereIs(t *testing.T) {
	t.Parallel()
	wide := ResultPage{
		Request: "req_9", Database: "shop", Statement: "SELECT *\nFROM odd", Truncated: true,
		Columns: []string{"id", "v", "twice", "twice", ""}, Types: []string{"bigint", "text", "numeric(10,2)", "text[]", "jsonb"},
	}
	for i := range 30 {
		wide.Columns, wide.Types = append(wide.Columns, fmt.Sprintf("c%d", i)), append(wide.Types, "integer")
	}
	for i, v := range oddValues {
		row := []Cell{{Text: fmt.Sprint(i)}, {Text: v}, {Null: true}, {Text: ""}, {Text: "{}"}}
		for range 30 {
			row = append(row, Cell{Text: "7"})
		}
		wide.Rows = append(wide.Rows, row)
	}
	p := openResult(t, wide)
	p.Sees(fmt.Sprintf("%d rows from shop", len(oddValues)), "There were more rows than are kept", "import it as text instead", "numeric(10,2)", "no name")
	p.SeesIn("row", `\u202eevil\u202c`)          // what turns text around is shown, and does not
	p.SeesIn("row", "<script>alert(1)</script>") // text is text
	p.SeesIn("row", "plain", "NULL", "{}")
	p.CheckAccessibility("a wide result")

	none := openResult(t, ResultPage{Request: "req_8", Database: "shop", Statement: "SELECT 1 WHERE false", Columns: []string{"n"}, Types: []string{"integer"}})
	none.Sees("0 rows from shop", "There are no rows.")
	none.Misses("", "import it as text instead")
	none.CheckAccessibility("an empty result")
}

// openResult opens the page and presses its button.
func openResult(t *testing.T, page ResultPage) *browser.Page {
	t.Helper()
	var s *httptest.Server
	h, _ := newAPI(t, func(c *Config) { c.Results = &shelf{page: page} })
	s = httptest.NewServer(h)
	t.Cleanup(s.Close)
	p := browser.Open(t, s.URL+"/result#"+goodCode)
	p.Click("button", "Show the result")
	return p
}
