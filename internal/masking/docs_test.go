package masking

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestTheDocsListEveryEntityAndStrategy compares the tables that owners read with
// what is done.
func TestTheDocsListEveryEntityAndStrategy(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/masking.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) == 5 && strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
			listed[strings.Trim(cells[1], " `")] = cells
		}
	}
	for _, e := range Entities() {
		if cells := listed[string(e)]; cells == nil || strings.TrimSpace(cells[3]) != fmt.Sprintf("`%s`", strategies[e]) {
			t.Errorf("%s with %s is not in docs/masking.md", e, strategies[e])
		}
	}
	for _, s := range Strategies() {
		if listed[string(s)] == nil {
			t.Errorf("the strategy %s is not in docs/masking.md", s)
		}
	}
	if want := len(Entities()) + len(Strategies()); len(listed) != want {
		t.Errorf("%d things are listed, there are %d", len(listed), want)
	}
}
