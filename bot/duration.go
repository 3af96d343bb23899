package bot

import (
	"math"
	"strconv"
	"strings"
	"time"
)

var units = map[string]time.Duration{
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hrs": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
}

// parseDuration reads "30m", "2h", "1h30m", "90s", "1d", "2hours". It is false
// for everything else, for zero, and for what does not fit.
func parseDuration(s string) (time.Duration, bool) {
	s = strings.ToLower(s)
	var total time.Duration
	for s != "" {
		n := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		if n <= 0 || n > 9 {
			return 0, false
		}
		number, err := strconv.ParseInt(s[:n], 10, 64)
		if err != nil {
			return 0, false
		}
		s = s[n:]
		n = strings.IndexFunc(s, func(r rune) bool { return r >= '0' && r <= '9' })
		if n < 0 {
			n = len(s)
		}
		unit, ok := units[s[:n]]
		if !ok || number > int64(math.MaxInt64-total)/int64(unit) {
			return 0, false
		}
		total += time.Duration(number) * unit
		s = s[n:]
	}
	return total, total > 0
}

// durationText writes a duration the way people type it: "1h30m", "90s" as
// "1m30s", "1d2h".
func durationText(d time.Duration) string {
	if d < time.Second {
		return "0s"
	}
	var b strings.Builder
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		if n := d / u.size; n > 0 {
			b.WriteString(strconv.FormatInt(int64(n), 10) + u.name)
			d -= n * u.size
		}
	}
	return b.String()
}

// lateness is how late something was, to a tenth of a second: "0.2 s".
func lateness(d time.Duration) string {
	if d < 0 {
		d = 0
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}
