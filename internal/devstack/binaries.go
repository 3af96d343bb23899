package devstack

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"dbaccess/internal/fault"
)

// BindirVariable names the environment variable that says where Postgres'
// binaries are, before any search.
const BindirVariable = "DBACCESS_PG_BINDIR"

// oldest is the first major version that has all that dbaccess relies on.
const oldest = 14

// binaries is a folder with postgres and initdb in it.
type binaries struct {
	dir     string
	major   int
	version string // what `postgres -V` says: the key of the cluster cache
}

func (b binaries) path(name string) string { return filepath.Join(b.dir, name) }

// binariesFor returns the binaries that were asked for, or finds some.
func binariesFor(ctx context.Context, o PostgresOptions) (binaries, error) {
	if o.Binaries == "" {
		return findOrInstall(ctx, o.Progress)
	}
	return probe(ctx, o.Binaries)
}

// machine is what the search for binaries sees of the system and may do to it,
// so that a test can show it another one.
type machine struct {
	root     bool
	cache    string // where downloaded binaries are kept
	getenv   func(string) string
	lookPath func(string) (string, error)
	glob     func(string) ([]string, error)
	probe    func(ctx context.Context, dir string) (binaries, error)
	apt      func(ctx context.Context) error
	download func(ctx context.Context, dir string) error
}

func thisMachine() machine {
	return machine{
		root: os.Geteuid() == 0, cache: cacheDir(),
		getenv: os.Getenv, lookPath: exec.LookPath, glob: filepath.Glob, probe: probe, apt: aptInstall,
		download: func(ctx context.Context, dir string) error { return download(ctx, mavenCentral, dir) },
	}
}

// places are where packagers put Postgres: Debian and Ubuntu, Red Hat, Alpine,
// Homebrew on both kinds of Mac, Postgres.app. Our own downloads come last.
var places = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/usr/libexec/postgresql*",
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// find looks for binaries: where the environment says, on PATH, then where
// packagers put them, newest first. It returns false if there are none that
// serve. An explicit place that does not serve is an error, not passed over.
func (m machine) find(ctx context.Context) (binaries, bool, error) {
	if dir := m.getenv(BindirVariable); dir != "" {
		b, err := m.probe(ctx, dir)
		if err != nil {
			return binaries{}, false, fault.New(fault.Invalid,
				fmt.Sprintf("%s is %q, where there is no Postgres %d or newer.", BindirVariable, dir, oldest),
				"Set it to a folder that holds postgres and initdb, or unset it.").With(err)
		}
		return b, true, nil
	}
	if path, err := m.lookPath("postgres"); err == nil {
		// The link on PATH may stand alone; its companions are beside its target.
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		if b, err := m.probe(ctx, filepath.Dir(path)); err == nil {
			return b, true, nil
		}
	}
	var found []binaries
	for _, place := range append(slices.Clone(places), filepath.Join(m.cache, "postgres", "bin")) {
		dirs, err := m.glob(place)
		if err != nil {
			return binaries{}, false, fmt.Errorf("search %s: %w", place, err)
		}
		for _, dir := range dirs {
			if b, err := m.probe(ctx, dir); err == nil {
				found = append(found, b)
			}
		}
	}
	if len(found) == 0 {
		return binaries{}, false, nil
	}
	return slices.MaxFunc(found, func(a, b binaries) int { return cmp.Compare(a.major, b.major) }), true, nil
}

var versionPattern = regexp.MustCompile(`PostgreSQL\) (\d+)`)

// probe asks the binaries of a folder for their version.
func probe(ctx context.Context, dir string) (binaries, error) {
	b := binaries{dir: dir}
	if _, err := exec.LookPath(b.path("initdb")); err != nil {
		return binaries{}, err
	}
	out, err := exec.CommandContext(ctx, b.path("postgres"), "-V").Output()
	if err != nil {
		return binaries{}, fmt.Errorf("ask %s for its version: %w", b.path("postgres"), err)
	}
	b.version = string(out)
	match := versionPattern.FindStringSubmatch(b.version)
	if match == nil {
		return binaries{}, fmt.Errorf("%s is not a release of Postgres: %q", dir, b.version)
	}
	if b.major, err = strconv.Atoi(match[1]); err != nil {
		return binaries{}, err
	}
	if b.major < oldest {
		return binaries{}, fmt.Errorf("%s holds Postgres %d; %d is the oldest that serves", dir, b.major, oldest)
	}
	return b, nil
}
