package devstack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"

	"dbaccess/internal/fault"
)

// findOrInstall finds binaries or installs them. Test processes start together,
// so one of them installs while the others wait and then find what it installed.
func findOrInstall(ctx context.Context, progress func(string)) (binaries, error) {
	m := thisMachine()
	if b, ok, err := m.find(ctx); ok || err != nil {
		return b, err
	}
	unlock, err := lockInstall()
	if err != nil {
		return binaries{}, fmt.Errorf("wait for another installation of Postgres: %w", err)
	}
	defer unlock()
	if b, ok, err := m.find(ctx); ok || err != nil {
		return b, err
	}
	return m.install(ctx, progress)
}

// install brings Postgres to a machine that has none: by apt-get as root on
// Debian and its kin, else by downloading a build into a cache folder.
func (m machine) install(ctx context.Context, progress func(string)) (binaries, error) {
	var aptErr error
	if _, err := m.lookPath("apt-get"); err == nil && m.root {
		progress("Postgres is not installed: installing it with apt-get, which takes about a minute and happens once.")
		if aptErr = m.apt(ctx); aptErr == nil {
			b, ok, err := m.find(ctx)
			if ok || err != nil {
				return b, err
			}
			aptErr = errors.New("apt-get installed no Postgres where Debian puts it")
		}
		progress("apt-get could not install it.")
	}
	progress("Postgres is not installed: downloading a build of about 30 MB, which happens once.")
	dir := filepath.Join(m.cache, "postgres")
	downloadErr := m.download(ctx, dir)
	if downloadErr == nil {
		b, err := m.probe(ctx, filepath.Join(dir, "bin"))
		if err == nil {
			return b, nil
		}
		downloadErr = err
	}
	return binaries{}, fault.New(fault.Unavailable,
		fmt.Sprintf("There is no Postgres %d or newer on this machine, and none could be installed or downloaded.", oldest),
		"Install it (`apt-get install postgresql`, `brew install postgresql`), or set "+BindirVariable+" to the folder of its binaries.",
	).With(errors.Join(aptErr, downloadErr))
}

// createClusterConf tells Debian's packages what to do when a server package is
// installed. By default they start a server on port 5432, which nobody asked
// for.
const createClusterConf = "/etc/postgresql-common/createcluster.conf"

// aptInstall installs the distribution's Postgres without starting a server,
// and leaves the distribution's settings as they were.
func aptInstall(ctx context.Context) error {
	restore, err := forbidMainCluster(createClusterConf)
	if err != nil {
		return fmt.Errorf("keep the packages from starting a server: %w", err)
	}
	// Lists that cannot be refreshed may still do; the installation will say.
	updateErr := aptGet(ctx, "update")
	err = aptGet(ctx, "install", "-y", "--no-install-recommends", "postgresql")
	if err != nil {
		err = errors.Join(err, updateErr)
	}
	return errors.Join(err, restore())
}

func aptGet(ctx context.Context, args ...string) error {
	args = append([]string{"-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Options::=--force-confold"}, args...)
	cmd := exec.CommandContext(ctx, "apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "UCF_FORCE_CONFFOLD=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get %s: %w: %s", args[4], err, bytes.TrimSpace(out))
	}
	return nil
}

// forbidMainCluster writes the setting that keeps packages from making and
// starting a server, and returns what puts the file back as it was, or as the
// packages wanted it.
func forbidMainCluster(conf string) (restore func() error, err error) {
	before, err := os.ReadFile(conf)
	known := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(conf), 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(conf, append(before, "\ncreate_main_cluster = false\n"...), 0o644); err != nil {
		return nil, err
	}
	return func() error {
		if known {
			return os.WriteFile(conf, before, 0o644)
		}
		for _, theirs := range []string{conf + ".ucf-dist", conf + ".dpkg-dist"} {
			if err := os.Rename(theirs, conf); err == nil {
				return nil
			}
		}
		return os.Remove(conf)
	}, nil
}

// mavenCentral is where the builds of embedded-postgres are published.
const mavenCentral = "https://repo1.maven.org/maven2"

// download fetches a build of Postgres and unpacks it below dir, so that
// dir/bin holds the binaries.
func download(ctx context.Context, repository, dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "dbaccess-download-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	port, err := freePort()
	if err != nil {
		return err
	}
	// The library can only fetch by starting a server, which under root fails
	// after the fetch. Whether the binaries are there is what counts.
	server := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(embeddedpostgres.V17).Port(uint32(port)).Logger(io.Discard).
		BinaryRepositoryURL(repository).BinariesPath(dir).CachePath(work).
		RuntimePath(filepath.Join(work, "run")).DataPath(filepath.Join(work, "data")))
	err = server.Start()
	if err == nil {
		err = server.Stop()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, found := exec.LookPath(filepath.Join(dir, "bin", "postgres")); found != nil {
		return errors.Join(found, err)
	}
	return nil
}

// cacheDir is where downloaded binaries are kept. Under root they must lie where
// the server's account can reach them, which root's own cache folder is not.
func cacheDir() string {
	if os.Geteuid() == 0 && runtime.GOOS == "linux" {
		return "/var/cache/dbaccess"
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "dbaccess")
	}
	return filepath.Join(os.TempDir(), "dbaccess-cache")
}

// lockInstall waits until no other process of this account is installing. The
// system frees the lock of a process that dies.
func lockInstall() (unlock func(), err error) {
	if err := os.MkdirAll(cacheDir(), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(cacheDir(), "install.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}
