package postgres

import (
	"strings"
	"testing"

	"dbaccess/internal/checkup"
)

func TestVersionsThatTellThroughStatisticsAreWarnings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		major, minor int
		want         checkup.Level
		says         string
	}{
		{12, 22, checkup.Warning, "no security fixes"},
		{13, 21, checkup.Warning, "13.22 or newer"},
		{13, 22, checkup.OK, "13.22"},
		{15, 13, checkup.Warning, "15.14 or newer"},
		{15, 14, checkup.OK, "15.14"},
		{16, 9, checkup.Warning, "16.10 or newer"},
		{17, 6, checkup.OK, "17.6"},
		{18, 0, checkup.OK, "18.0"},
	} {
		f := judgeVersion(c.major, c.minor)
		if f.Level != c.want || !strings.Contains(f.Sentence+" "+f.Do, c.says) {
			t.Errorf("%d.%d: %s, %s %s", c.major, c.minor, f.Level, f.Sentence, f.Do)
		}
	}
}
