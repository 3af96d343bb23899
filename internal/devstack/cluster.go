package devstack

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// tempPrefix begins the name of every temporary folder; the pid of its maker
// follows, so that what a killed process left behind can be told from what is
// in use.
const tempPrefix = "dbaccess-pg-"

// settingsFile holds our settings; postgresql.conf includes it.
const settingsFile = "dbaccess.conf"

func (p *Postgres) dataDir() string { return filepath.Join(p.Dir, "data") }

// makeDir makes the folder that holds the cluster. The server's account must be
// able to walk through it.
func (p *Postgres) makeDir() error {
	if !p.temp {
		return os.MkdirAll(p.Dir, 0o755)
	}
	removeStale(tempPrefix)
	dir, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", tempPrefix, os.Getpid()))
	if err != nil {
		return err
	}
	p.Dir = dir
	return os.Chmod(dir, 0o711)
}

func (p *Postgres) removeTemp() error {
	if !p.temp {
		return nil
	}
	return os.RemoveAll(p.Dir)
}

// removeStale removes temporary folders whose makers are gone: a test process
// that was killed could not do it itself.
func removeStale(prefix string) {
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	for _, dir := range old {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), prefix), "-")
		pid, err := strconv.Atoi(number)
		if err == nil && pid > 0 && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir)
		}
	}
}

// initdbArgs are the same for every cluster, so that its result can be kept. No
// line of pg_hba.conf trusts anybody.
var initdbArgs = []string{"-U", "postgres", "-A", "scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"}

// makeCluster fills the data folder, from the cache if it holds initdb's result
// for these binaries, unless there is a cluster already.
func (p *Postgres) makeCluster(ctx context.Context) error {
	data := p.dataDir()
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err == nil {
		return nil
	}
	cached, caching := p.cachePath()
	if caching {
		if _, err := os.Stat(filepath.Join(cached, "PG_VERSION")); err == nil {
			if err := os.CopyFS(data, os.DirFS(cached)); err != nil {
				return fmt.Errorf("copy %s: %w", cached, err)
			}
			return p.handOver(data)
		}
	}
	if err := p.initdb(ctx); err != nil {
		return err
	}
	if caching {
		keep(data, cached)
	}
	return nil
}

// initdb makes a new cluster whose superuser has a password that nobody knows.
func (p *Postgres) initdb(ctx context.Context) error {
	data := p.dataDir()
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := p.handOver(data); err != nil {
		return err
	}
	pwfile := filepath.Join(p.Dir, "initial-password")
	if err := os.WriteFile(pwfile, []byte(rand.Text()), 0o600); err != nil {
		return err
	}
	defer func() { _ = os.Remove(pwfile) }()
	if err := p.handOver(pwfile); err != nil {
		return err
	}
	args := append([]string{"-D", data, "--pwfile", pwfile}, initdbArgs...)
	cmd := p.account.command(ctx, p.bin.path("initdb"), args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	conf, err := os.OpenFile(filepath.Join(data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(conf, "\ninclude '%s'\n", settingsFile)
	return errors.Join(err, conf.Close())
}

// cachePath is where initdb's result for these binaries is kept; false if the
// system names no cache folder.
func (p *Postgres) cachePath() (string, bool) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", false
	}
	sum := sha256.Sum256([]byte(p.bin.version + "\x00" + strings.Join(initdbArgs, "\x00")))
	return filepath.Join(dir, "dbaccess", "initdb", hex.EncodeToString(sum[:8])), true
}

// keep copies a cluster to the cache. It is only a saving of time, so its
// failure is none of anybody's; a half-made copy never gets the final name.
func keep(data, cached string) {
	if err := os.MkdirAll(filepath.Dir(cached), 0o700); err != nil {
		return
	}
	half, err := os.MkdirTemp(filepath.Dir(cached), "half-")
	if err != nil {
		return
	}
	defer func() { _ = os.RemoveAll(half) }()
	copied := filepath.Join(half, "data")
	if os.CopyFS(copied, os.DirFS(data)) == nil {
		_ = os.Rename(copied, cached) // fails if somebody was first, which is as good
	}
}

// handOver gives a path and all below it to the server's account, and closes it
// to others.
func (p *Postgres) handOver(path string) error {
	return filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o600)
		if d.IsDir() {
			mode = 0o700
		}
		if err := os.Chmod(name, mode); err != nil {
			return err
		}
		return p.account.own(name)
	})
}

// configure writes our settings; the caller's go last and so win.
func (p *Postgres) configure(o PostgresOptions) error {
	settings := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"unix_socket_directories": "",
		"max_connections":         "300",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"jit":                     "off",
		"log_line_prefix":         "%m [%p] %u@%d ",
		"password_encryption":     "scram-sha-256",
	}
	if !o.Fsync {
		// Only a crash of the machine could lose anything by these.
		settings["fsync"] = "off"
		settings["full_page_writes"] = "off"
	}
	maps.Copy(settings, o.Settings)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&b, "%s = '%s'\n", name, strings.ReplaceAll(settings[name], "'", "''"))
	}
	file := filepath.Join(p.dataDir(), settingsFile)
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		return err
	}
	return p.account.own(file)
}

// setPassword gives the superuser this run's random password in single-user
// mode, before the server listens to anybody.
func (p *Postgres) setPassword(ctx context.Context) error {
	cmd := p.account.command(ctx, p.bin.path("postgres"), "--single", "-F", "-D", p.dataDir(), "postgres")
	cmd.Stdin = strings.NewReader("ALTER ROLE postgres PASSWORD '" + p.password + "'\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("postgres --single: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}
