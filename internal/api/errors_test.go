package api

import "testing"

func TestSentencesLoseSlacksMarksAndKeepTheirStars(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"`dbaccess login` does *that*.":              "dbaccess login does that.",
		"ask for *more time* or *less*":              "ask for more time or less",
		"*`x`*":                                      "x",
		`Write it like cron does: "0 2 * * *" is at`: `Write it like cron does: "0 2 * * *" is at`,
		"2 * 3 * 4":                                  "2 * 3 * 4",
	} {
		if got := plain(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
}
