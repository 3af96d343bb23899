package devstack

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dbaccess/internal/fault"
)

// pretend is a machine made of names: which folders hold which major version,
// what PATH finds, what installing would bring.
type pretend struct {
	env     map[string]string
	path    map[string]string // program -> its path
	folders map[string]int    // folder of binaries -> major version
	aptAdds string            // the folder that apt-get brings; empty: it fails
	netAdds bool              // whether a download succeeds
	root    bool
	did     []string
}

func (p *pretend) machine() machine {
	return machine{
		root: p.root, cache: "/cache",
		getenv: func(name string) string { return p.env[name] },
		lookPath: func(name string) (string, error) {
			if path, ok := p.path[name]; ok {
				return path, nil
			}
			return "", fs.ErrNotExist
		},
		glob: func(pattern string) ([]string, error) {
			var found []string
			for dir := range p.folders {
				if ok, _ := filepath.Match(pattern, dir); ok {
					found = append(found, dir)
				}
			}
			slices.Sort(found)
			return found, nil
		},
		probe: func(_ context.Context, dir string) (binaries, error) {
			if major := p.folders[dir]; major >= oldest {
				return binaries{dir: dir, major: major}, nil
			}
			return binaries{}, errors.New("no Postgres in " + dir)
		},
		apt: func(context.Context) error {
			p.did = append(p.did, "apt")
			if p.aptAdds == "" {
				return errors.New("apt: no network")
			}
			p.folders[p.aptAdds] = 15
			return nil
		},
		download: func(_ context.Context, dir string) error {
			p.did = append(p.did, "download")
			if !p.netAdds {
				return errors.New("download: no network")
			}
			p.folders[dir+"/bin"] = 17
			return nil
		},
	}
}

func TestBinariesAreSoughtInOrder(t *testing.T) {
	t.Parallel()
	debian := map[string]int{"/usr/lib/postgresql/9.6/bin": 9, "/usr/lib/postgresql/15/bin": 15, "/usr/lib/postgresql/16/bin": 16}
	for _, c := range []struct {
		name string
		on   pretend
		want string // empty: none
	}{
		{"nothing", pretend{}, ""},
		{"only one that is too old", pretend{folders: map[string]int{"/usr/lib/postgresql/9.6/bin": 9}}, ""},
		{"the newest of Debian's", pretend{folders: debian}, "/usr/lib/postgresql/16/bin"},
		{"PATH before Debian's", pretend{path: map[string]string{"postgres": "/own/bin/postgres"}, folders: map[string]int{"/own/bin": 14, "/usr/lib/postgresql/16/bin": 16}}, "/own/bin"},
		{"PATH passed over when too old", pretend{path: map[string]string{"postgres": "/own/bin/postgres"}, folders: map[string]int{"/own/bin": 13, "/usr/lib/postgresql/16/bin": 16}}, "/usr/lib/postgresql/16/bin"},
		{"the variable before all", pretend{env: map[string]string{BindirVariable: "/mine"}, path: map[string]string{"postgres": "/own/bin/postgres"}, folders: map[string]int{"/mine": 14, "/own/bin": 16}}, "/mine"},
		{"Homebrew", pretend{folders: map[string]int{"/opt/homebrew/opt/postgresql@17/bin": 17}}, "/opt/homebrew/opt/postgresql@17/bin"},
		{"Postgres.app", pretend{folders: map[string]int{"/Applications/Postgres.app/Contents/Versions/16/bin": 16}}, "/Applications/Postgres.app/Contents/Versions/16/bin"},
		{"downloaded earlier", pretend{folders: map[string]int{"/cache/postgres/bin": 17}}, "/cache/postgres/bin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok, err := c.on.machine().find(t.Context())
			if err != nil || got.dir != c.want || ok != (c.want != "") {
				t.Errorf("found %q, %v, %v; want %q", got.dir, ok, err, c.want)
			}
		})
	}
}

func TestAWrongVariableIsSaidAndNotPassedOver(t *testing.T) {
	t.Parallel()
	on := pretend{env: map[string]string{BindirVariable: "/nowhere"}, folders: map[string]int{"/usr/lib/postgresql/16/bin": 16}}
	_, _, err := on.machine().find(t.Context())
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Show(err).Msg, "/nowhere") {
		t.Errorf("error %v", err)
	}
}

func TestWhatIsMissingIsInstalled(t *testing.T) {
	t.Parallel()
	apt := map[string]string{"apt-get": "/usr/bin/apt-get"}
	const debian = "/usr/lib/postgresql/15/bin"
	for _, c := range []struct {
		name string
		on   pretend
		want string // empty: refused
		did  string
	}{
		{"root with apt-get", pretend{root: true, path: apt, aptAdds: debian}, debian, "apt"},
		{"root whose apt-get fails", pretend{root: true, path: apt, netAdds: true}, "/cache/postgres/bin", "apt download"},
		{"root whose apt-get brings nothing", pretend{root: true, path: apt, aptAdds: "/elsewhere", netAdds: true}, "/cache/postgres/bin", "apt download"},
		{"an ordinary account", pretend{path: apt, aptAdds: debian, netAdds: true}, "/cache/postgres/bin", "download"},
		{"nothing can be reached", pretend{root: true, path: apt}, "", "apt download"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.on.folders = map[string]int{}
			var said []string
			got, err := c.on.machine().install(t.Context(), func(line string) { said = append(said, line) })
			if got.dir != c.want || (err == nil) != (c.want != "") {
				t.Errorf("installed %q, %v; want %q", got.dir, err, c.want)
			}
			if did := strings.Join(c.on.did, " "); did != c.did {
				t.Errorf("did %q, want %q", did, c.did)
			}
			if len(said) == 0 {
				t.Error("nothing was said before something slow")
			}
			if err != nil {
				if f := fault.Show(err); f.Kind != fault.Unavailable || !strings.Contains(f.Hint, "apt-get install postgresql") {
					t.Errorf("fault %+v", f)
				}
				if !strings.Contains(err.Error(), "apt: no network") || !strings.Contains(err.Error(), "download: no network") {
					t.Errorf("the causes are not in %q", err)
				}
			}
		})
	}
}
