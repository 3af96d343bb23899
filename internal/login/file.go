package login

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"dbaccess/internal/fault"
)

// largest is the most that a file of ours may hold.
const largest = 1 << 20

// readPrivate reads a file that nobody but its owner, who must be us, can read or
// replace. A symbolic link is not followed, and a file that is not there is
// fs.ErrNotExist.
func readPrivate(path string) ([]byte, error) {
	if err := checkFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	// Without O_NONBLOCK, a pipe in its place would keep us waiting.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, syscall.ELOOP):
		return nil, notPrivate(path, "is a symbolic link")
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, notPrivate(path, "is not a plain file")
	case !ours(info):
		return nil, notPrivate(path, "belongs to somebody else")
	case info.Mode().Perm()&0o077 != 0:
		return nil, notPrivate(path, fmt.Sprintf("can be read or changed by others (its mode is %04o)", info.Mode().Perm()))
	}
	b, err := io.ReadAll(io.LimitReader(f, largest))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return b, nil
}

// writePrivate puts the file there whole or not at all, with mode 0600. What stood
// there, a link too, is replaced and not written to.
func writePrivate(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make %s: %w", dir, err)
	}
	if err := checkFolder(dir); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".new-*") // 0600, and never a file that is there
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// checkFolder refuses a folder in which others could put files.
func checkFolder(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return fmt.Errorf("look at %s: %w", dir, err)
	case !info.IsDir():
		return notPrivate(dir, "is not a folder")
	case !ours(info):
		return notPrivate(dir, "belongs to somebody else")
	case info.Mode().Perm()&0o022 != 0:
		return notPrivate(dir, fmt.Sprintf("can be changed by others (its mode is %04o)", info.Mode().Perm()))
	}
	return nil
}

func ours(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

func notPrivate(path, why string) *fault.Error {
	return fault.New(fault.Denied, path+" "+why+", so it is not trusted with a token.", "Look at how it came to be so; then remove it and sign in again.")
}
