package devstack

import (
	"errors"
	"os/exec"
	"testing"

	"dbaccess/internal/fault"
)

func TestAChromiumIsFoundWhereItIs(t *testing.T) {
	t.Parallel()
	only := func(there ...string) func(string) (string, error) {
		return func(name string) (string, error) {
			for _, have := range there {
				if name == have {
					return "/bin/" + name, nil
				}
			}
			return "", exec.ErrNotFound
		}
	}
	for _, c := range []struct {
		name     string
		named    string
		lookPath func(string) (string, error)
		path     string
		kind     fault.Kind
	}{
		{name: "on PATH", lookPath: only("google-chrome"), path: "/bin/google-chrome"},
		{name: "the first of several", lookPath: only("google-chrome", "chromium"), path: "/bin/chromium"},
		{name: "what the environment names comes first", named: "mine", lookPath: only("mine", "chromium"), path: "/bin/mine"},
		{name: "a name that is wrong is not passed over", named: "mine", lookPath: only("chromium"), kind: fault.Invalid},
		{name: "none", lookPath: only(), kind: fault.Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path, err := findChromium(c.named, c.lookPath)
			if path != c.path || (err == nil) != (c.path != "") {
				t.Errorf("%q, %v; want %q", path, err, c.path)
			}
			var f *fault.Error
			if err != nil && (!errors.As(err, &f) || f.Kind != c.kind || f.Hint == "") {
				t.Errorf("%v is not of kind %s with a hint", err, c.kind)
			}
		})
	}
}
