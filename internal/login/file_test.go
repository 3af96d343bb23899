package login

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"dbaccess/internal/fault"
)

func TestAFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b", "secret")
	for _, text := range []string{"first", "second"} {
		if err := writePrivate(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		got, err := readPrivate(path)
		if err != nil || string(got) != text {
			t.Errorf("got %q, %v", got, err)
		}
	}
	for name, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700 | fs.ModeDir} {
		info, err := os.Stat(name)
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAFileThatOthersCouldTouchIsNotRead(t *testing.T) {
	t.Parallel()
	for what, spoil := range map[string]func(t *testing.T, path string){
		"others may read it":   func(t *testing.T, path string) { chmod(t, path, 0o604) },
		"its group may":        func(t *testing.T, path string) { chmod(t, path, 0o640) },
		"others may change it": func(t *testing.T, path string) { chmod(t, path, 0o602) },
		"it is a link": func(t *testing.T, path string) {
			rename(t, path, path+".elsewhere")
			if err := os.Symlink(path+".elsewhere", path); err != nil {
				t.Fatal(err)
			}
		},
		"it is a pipe": func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)); err != nil {
				t.Fatal(err)
			}
		},
		"it is a folder": func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
		},
		"others may put files beside it": func(t *testing.T, path string) { chmod(t, filepath.Dir(path), 0o777) },
		"it is somebody else's": func(t *testing.T, path string) {
			if err := os.Chown(path, 12345, 12345); err != nil {
				chmod(t, path, 0o644) // not root: what is left to test of it
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "own", "secret")
			if err := writePrivate(path, []byte("of-value")); err != nil {
				t.Fatal(err)
			}
			spoil(t, path)
			got, err := readPrivate(path)
			if fault.KindOf(err) != fault.Denied || len(got) != 0 {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// A link that an attacker put where the file will be must not lead the writer to
// somebody's other file.
func TestWritingDoesNotFollowALink(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "own")
	victim := filepath.Join(t.TempDir(), "victim")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(victim, []byte("as it was"), 0o644), os.Symlink(victim, filepath.Join(dir, "secret"))); err != nil {
		t.Fatal(err)
	}
	if err := writePrivate(filepath.Join(dir, "secret"), []byte("of-value")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(victim); err != nil || string(got) != "as it was" {
		t.Errorf("the other file: %q, %v", got, err)
	}
	if got, err := readPrivate(filepath.Join(dir, "secret")); err != nil || string(got) != "of-value" {
		t.Errorf("our own: %q, %v", got, err)
	}
}

func TestNothingIsWrittenWhereOthersCouldReplaceIt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "shared")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	chmod(t, dir, 0o777)
	if err := writePrivate(filepath.Join(dir, "secret"), []byte("of-value")); fault.KindOf(err) != fault.Denied {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left there: %v", left)
	}
}

func TestAReaderSeesOneWholeFileOrTheOther(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "own", "secret")
	texts := []string{strings.Repeat("a", 50_000), strings.Repeat("b", 70_000)}
	if err := writePrivate(path, []byte(texts[0])); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		defer close(done)
		for i := range 50 {
			if err := writePrivate(path, []byte(texts[i%2])); err != nil {
				t.Error(err)
			}
		}
	})
	for stop := false; !stop; {
		select {
		case <-done:
			stop = true
		default:
		}
		if got, err := readPrivate(path); err != nil || string(got) != texts[0] && string(got) != texts[1] {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
	}
	writer.Wait()
}

func chmod(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}
