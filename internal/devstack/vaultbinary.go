package devstack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"dbaccess/internal/fault"
)

// VaultVariable names the environment variable that says which Vault (or
// OpenBao) binary to run, before any search.
const VaultVariable = "DBACCESS_VAULT"

// vaultBinary is a program that understands `server -config=FILE`.
type vaultBinary struct {
	path string
	ours bool // built from tools/vault, with its extra flag
}

// FindOrBuildVault returns the path of a Vault server: what the environment
// names, a vault or bao on PATH, or our own, which is built once from the
// repository's tools/vault and kept in the user's cache folder. Processes that
// build at the same time wait for the first of them.
func FindOrBuildVault(ctx context.Context, progress func(string)) (string, error) {
	if progress == nil {
		progress = func(string) {}
	}
	bin, err := findOrBuildVault(ctx, progress)
	return bin.path, err
}

// VaultIsThere reports whether a Vault can be started without building one
// first: one is named, on PATH, or built already.
func VaultIsThere() bool {
	if bin, err := findVault(); bin.path != "" || err != nil {
		return err == nil
	}
	source, err := vaultSource()
	if err != nil {
		return false
	}
	built, err := builtVault(source)
	if err != nil {
		return false
	}
	_, err = os.Stat(built.path)
	return err == nil
}

func findOrBuildVault(ctx context.Context, progress func(string)) (vaultBinary, error) {
	if bin, err := findVault(); bin.path != "" || err != nil {
		return bin, err
	}
	source, err := vaultSource()
	if err != nil {
		return vaultBinary{}, err
	}
	return buildVault(ctx, source, progress)
}

// findVault finds a Vault that somebody has put there; an empty path if nobody has.
func findVault() (vaultBinary, error) {
	if path := os.Getenv(VaultVariable); path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			return vaultBinary{}, fault.New(fault.Invalid, fmt.Sprintf("%s is %q, which cannot be run.", VaultVariable, path),
				"Set it to a vault or bao binary, or unset it.").With(err)
		}
		return vaultBinary{path: found}, nil
	}
	for _, name := range []string{"vault", "bao"} {
		if path, err := exec.LookPath(name); err == nil {
			return vaultBinary{path: path}, nil
		}
	}
	return vaultBinary{}, nil
}

// vaultSource finds the repository's tools/vault, above the working folder: a
// test runs in its package's, `make` at the top.
func vaultSource() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		source := filepath.Join(dir, "tools", "vault")
		if _, err := os.Stat(filepath.Join(source, "go.mod")); err == nil {
			return source, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fault.New(fault.Unavailable, "There is no Vault here: neither vault nor bao is on PATH, and this is not dbaccess' repository, whose tools/vault could be built.",
				"Install Vault or OpenBao, or set "+VaultVariable+" to its binary.")
		}
		dir = filepath.Dir(dir)
	}
}

// builtVault is where the build of the module in source is kept.
func builtVault(source string) (vaultBinary, error) {
	key, err := vaultKey(source)
	if err != nil {
		return vaultBinary{}, fmt.Errorf("read %s: %w", source, err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return vaultBinary{path: filepath.Join(cache, "dbaccess", "vault", key, "vault"), ours: true}, nil
}

// buildVault builds the module in source unless the cache has its result.
func buildVault(ctx context.Context, source string, progress func(string)) (vaultBinary, error) {
	built, err := builtVault(source)
	if err != nil {
		return vaultBinary{}, err
	}
	dir := filepath.Dir(built.path)
	if _, err := os.Stat(built.path); err == nil {
		return built, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return vaultBinary{}, err
	}
	unlock, err := lockFile(filepath.Join(dir, "lock"), func() {
		progress("Waiting for another process that is building Vault's server.")
	})
	if err != nil {
		return vaultBinary{}, fmt.Errorf("wait for another build of Vault: %w", err)
	}
	defer unlock()
	if _, err := os.Stat(built.path); err == nil {
		return built, nil
	}
	start := time.Now()
	progress("Building Vault's server, for tests and the demo: this takes some minutes (on two cores, eight), once.")
	if err := goBuild(ctx, source, built.path); err != nil {
		return vaultBinary{}, fault.New(fault.Unavailable, "Vault's server could not be built.",
			"See what `make vault` says; or install Vault or OpenBao, or set "+VaultVariable+" to its binary.").With(err)
	}
	progress(fmt.Sprintf("Vault's server is built (%v): %s", time.Since(start).Round(time.Second), built.path))
	return built, nil
}

// vaultKey names what the sources, the dependencies and the compiler make.
func vaultKey(source string) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		text, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintln(sum, name, len(text))
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// goBuild builds with little priority: whoever waits for it has other work too.
// A half-made binary never gets the final name.
func goBuild(ctx context.Context, source, target string) error {
	half := target + ".half"
	args := []string{"go", "build", "-p", "2", "-trimpath", "-ldflags=-s -w", "-o", half, "."}
	if _, err := exec.LookPath("nice"); err == nil {
		args = append([]string{"nice", "-n", "10"}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build in tools/vault: %w: %s", err, bytes.TrimSpace(out))
	}
	return os.Rename(half, target)
}

// lockFile takes a lock that the system frees when its process dies, and calls
// waiting first if it has to wait.
func lockFile(path string, waiting func()) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		waiting()
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}
