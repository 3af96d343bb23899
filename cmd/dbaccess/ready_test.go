package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"dbaccess/internal/fault"
)

func TestReadySaysWhatIsAwayAndOnlyTheLogSaysWhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"an error of ours", errors.New("dial tcp 10.1.2.3:443: no route"), "No socket is open."},
		{"a fault", fault.New(fault.Unavailable, "The store cannot be reached.", "").With(errors.New("dial tcp 10.1.2.3:443")), "The store cannot be reached."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			got := check(slog.New(slog.NewTextHandler(&log, nil)), "slack", "No socket is open.", c.err)
			if got.OK || got.Sentence != c.want {
				t.Errorf("got %+v, want %q", got, c.want)
			}
			if !strings.Contains(log.String(), "10.1.2.3") {
				t.Errorf("the log does not say why: %s", log.String())
			}
		})
	}
}
