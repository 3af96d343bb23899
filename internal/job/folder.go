package job

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"dbaccess/internal/api"
	"dbaccess/internal/fault"
)

// folder is where a job's password is while it runs: 0700, and its files 0600. A
// lock on it tells that its job lives; the system drops the lock when the job is
// killed, and the next job removes the folder.
type folder struct {
	path string
	lock *os.File
}

const (
	folderName  = "dbaccess-exec-"
	serviceName = "dbaccess"
	passFile    = "pgpass"
	serviceFile = "pg_service.conf"
	fresh       = 10 * time.Second // a folder so young may be about to be locked
)

// newFolder makes a folder in the first of the roots that takes one, and removes
// what killed jobs of this user left in any of them.
func newFolder(roots []string) (*folder, error) {
	if roots == nil {
		roots = places()
	}
	for _, root := range roots {
		removeStale(root, time.Now().Add(-fresh))
	}
	var errs []error
	for _, root := range roots {
		path, err := os.MkdirTemp(root, folderName)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		lock, err := lockFolder(path)
		if err != nil {
			_ = os.Remove(path)
			errs = append(errs, err)
			continue
		}
		return &folder{path: path, lock: lock}, nil
	}
	return nil, fmt.Errorf("make a folder for the credential: %w", errors.Join(errs...))
}

// places are where a folder may be, best first: in memory, of this user alone; in
// memory; anywhere.
func places() []string {
	var list []string
	for _, dir := range []string{os.Getenv("XDG_RUNTIME_DIR"), "/dev/shm"} {
		if info, err := os.Stat(dir); dir != "" && err == nil && info.IsDir() {
			list = append(list, dir)
		}
	}
	return append(list, os.TempDir())
}

// lockFolder locks a folder for this process; an error if another has it.
func lockFolder(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// removeStale removes the folders of this user's jobs that were killed: those that
// nobody has locked and that are older than before.
func removeStale(root string, before time.Time) {
	found, err := filepath.Glob(filepath.Join(root, folderName+"*"))
	if err != nil {
		return
	}
	for _, path := range found {
		info, err := os.Lstat(path)
		if err != nil || !info.IsDir() || info.ModTime().After(before) {
			continue
		}
		if owner, ok := info.Sys().(*syscall.Stat_t); !ok || int(owner.Uid) != os.Getuid() {
			continue
		}
		if lock, err := lockFolder(path); err == nil {
			_ = os.RemoveAll(path)
			_ = lock.Close()
		}
	}
}

func (f *folder) remove() {
	_ = os.RemoveAll(f.path)
	_ = f.lock.Close()
}

// write replaces the files. The service names the first of the credentials: what it
// says counts more than the environment, so that it names another role after a
// renewal. The password file has all of them, for programs that took a role's name
// from their environment when they began.
func (f *folder) write(list []api.Claimed) error {
	var pass strings.Builder
	for _, c := range list {
		if err := plain(c); err != nil {
			return err
		}
		pass.WriteString(c.Forms().Pgpass + "\n")
		if strings.HasPrefix(c.Host, "/") { // libpq calls its own socket folder so
			c.Host = "localhost"
			pass.WriteString(c.Forms().Pgpass + "\n")
		}
	}
	if err := f.put(passFile, pass.String()); err != nil {
		return err
	}
	service, err := ServiceFile(list[0], filepath.Join(f.path, passFile))
	if err != nil {
		return err
	}
	return f.put(serviceFile, service)
}

// ServiceFile is libpq's connection service file, with one service called
// "dbaccess". The password is in the pass file at that path, or, without one, in
// the text itself. An error if the credential cannot stand in such a file.
func ServiceFile(c api.Claimed, passfile string) (string, error) {
	if err := plain(c); err != nil {
		return "", err
	}
	text := "[" + serviceName + "]\n"
	for _, v := range connection(c) {
		text += v.key + "=" + v.value + "\n"
	}
	if passfile == "" {
		return text + "password=" + c.Password + "\n", nil
	}
	return text + "passfile=" + passfile + "\n", nil
}

// put replaces a file at once: whoever opens it finds the old or the new one.
func (f *folder) put(name, text string) error {
	path := filepath.Join(f.path, name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// plain refuses a credential that would say more in a file than it should.
func plain(c api.Claimed) error {
	for _, v := range append(connection(c), setting{value: c.Password}) {
		if strings.ContainsFunc(v.value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fault.New(fault.Invalid, "The server's credential has control characters in it.", "Tell whoever runs dbaccess.")
		}
	}
	return nil
}

// setting is one of the settings of a connection that are no secret.
type setting struct{ key, env, value string }

func connection(c api.Claimed) []setting {
	list := []setting{
		{"host", "PGHOST", c.Host},
		{"port", "PGPORT", strconv.Itoa(c.Port)},
		{"dbname", "PGDATABASE", c.Database},
		{"user", "PGUSER", c.Role},
	}
	if c.SSLMode != "" {
		list = append(list, setting{"sslmode", "PGSSLMODE", c.SSLMode})
	}
	return list
}

// environ is the command's environment: everything in base that does not say how
// to connect, and what does.
func (f *folder) environ(base []string, c api.Claimed) []string {
	if base == nil {
		base = os.Environ()
	}
	ours := []string{
		"PGPASSFILE=" + filepath.Join(f.path, passFile),
		"PGSERVICEFILE=" + filepath.Join(f.path, serviceFile),
		"PGSERVICE=" + serviceName,
		"DBACCESS_GRANT=" + c.Grant,
		"DBACCESS_UNTIL=" + c.Until.UTC().Format(time.RFC3339),
	}
	for _, v := range connection(c) {
		ours = append(ours, v.env+"="+v.value)
	}
	// These would take the connection elsewhere, or to another role.
	set := map[string]bool{"PGPASSWORD": true, "PGHOSTADDR": true}
	for _, v := range ours {
		name, _, _ := strings.Cut(v, "=")
		set[name] = true
	}
	var env []string
	for _, v := range base {
		if name, _, _ := strings.Cut(v, "="); !set[name] {
			env = append(env, v)
		}
	}
	return append(env, ours...)
}
