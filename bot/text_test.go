package bot

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestFitCutsOnRuneBoundaries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"", 0, ""}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"äöüß", 3, "äö…"}, {"日本語です", 4, "日本語…"}, {"ab", 1, "…"}, {"ab", 0, ""},
	} {
		if got := fit(c.in, c.n); got != c.want {
			t.Errorf("fit(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s, n := rapid.String().Draw(t, "s"), rapid.IntRange(0, 40).Draw(t, "n")
		got := fit(s, n)
		if utf8.RuneCountInString(got) > n || !utf8.ValidString(got) {
			t.Fatalf("fit(%q, %d) = %q", s, n, got)
		}
	})
}

func TestPiecesTogetherAreTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, n := rapid.StringOf(rapid.RuneFrom([]rune("ab\nä日"))).Draw(t, "s"), rapid.IntRange(1, 12).Draw(t, "n")
		parts := pieces(s, n)
		if strings.Join(parts, "") != s {
			t.Fatalf("pieces(%q, %d) = %q", s, n, parts)
		}
		for i, p := range parts {
			if c := utf8.RuneCountInString(p); c > n || c == 0 && len(parts) > 1 && i < len(parts)-1 {
				t.Fatalf("piece %q of %q has %d characters", p, s, c)
			}
		}
	})
	if got := pieces("SELECT 1,\nx", 10); got[0] != "SELECT 1,\n" {
		t.Errorf("not cut at the line break: %q", got)
	}
}

func TestPeoplesWordsCannotBecomeMarkup(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"<!channel>":                 "&lt;!channel&gt;",
		"<https://evil.example|ok>":  "&lt;https://evil.example|ok&gt;",
		"a & b":                      "a &amp; b",
		"appr\u202eoved":             "appr⟦U+202E⟧oved",
		"zero\u200bwidth\ttab\nline": "zero⟦U+200B⟧width\ttab\nline",
		"bell\a":                     "bell⟦U+0007⟧",
	} {
		if got := esc(in); got != want {
			t.Errorf("esc(%q) = %q, want %q", in, got, want)
		}
	}
	if got := code("a`b\nc<"); got != "`a'b c&lt;`" {
		t.Errorf("code: %q", got)
	}
}

func TestDurationsAreReadAndWrittenAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"30m": 30 * time.Minute, "2h": 2 * time.Hour, "1h30m": 90 * time.Minute, "90s": 90 * time.Second, "1d": 24 * time.Hour,
		"1D2H": 26 * time.Hour, "5min": 5 * time.Minute, "3hours": 3 * time.Hour,
	} {
		if got, ok := parseDuration(text); !ok || got != want {
			t.Errorf("parseDuration(%q) = %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "0m", "h", "2", "2x", "-2h", "1.5h", "999999999d", "99999999999999999999h", "2h!", "²h"} {
		if got, ok := parseDuration(text); ok {
			t.Errorf("parseDuration(%q) = %v, want none", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(1, 1<<31).Draw(t, "seconds")) * time.Second
		if got, ok := parseDuration(durationText(d)); !ok || got != d {
			t.Fatalf("%v is written %q and read back as %v", d, durationText(d), got)
		}
	})
}

func TestNearestForgivesSlipsAndNothingElse(t *testing.T) {
	t.Parallel()
	names := []string{"shop", "billing", "masked-read"}
	for word, want := range map[string]string{
		"shpo": "shop", "shp": "shop", "SHOPP": "shop", "biling": "billing", "bililng": "billing", "maskedread": "masked-read",
		"x": "", "no": "", "sales": "", strings.Repeat("shop", 50): "",
	} {
		if got, ok := nearest(word, names); got != want || ok != (want != "") {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
