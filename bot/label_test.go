package bot

import (
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// WCAG 2.2, 2.5.3: people who speak to their computer say what they read on a button.
func TestEveryButtonIsCalledWhatStandsOnIt(t *testing.T) {
	t.Parallel()
	seen := 0
	var walk func(file string, v any)
	walk = func(file string, v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(file, one)
			}
		case map[string]any:
			if v["type"] == "button" {
				seen++
				text, _ := v["text"].(map[string]any)["text"].(string)
				label, _ := v["accessibility_label"].(string)
				if !strings.HasPrefix(label, strings.TrimSuffix(text, "…")) || len(label) <= len(text) {
					t.Errorf("%s: the button %q is called %q, which does not begin with its text and say more", file, text, label)
				}
			}
			for _, one := range v {
				walk(file, one)
			}
		}
	}
	err := fs.WalkDir(os.DirFS("testdata"), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".json") {
			return err
		}
		raw, err := os.ReadFile("testdata/" + file)
		var v any
		if err == nil {
			err = json.Unmarshal(raw, &v)
		}
		walk(file, v)
		return err
	})
	if err != nil || seen < 50 {
		t.Errorf("%d buttons seen, %v", seen, err)
	}
}
