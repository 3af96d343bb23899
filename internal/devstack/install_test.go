package devstack

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mavenServer answers like the repository of embedded-postgres' builds. The
// archive holds shell scripts in place of the binaries: postgres, which tells a
// version, initdb and pg_ctl, which fail.
func mavenServer(t *testing.T, checksum func(jar []byte) string) *httptest.Server {
	t.Helper()
	archive, err := os.ReadFile("testdata/standin-postgres.txz")
	if err != nil {
		t.Fatal(err)
	}
	var jar bytes.Buffer
	w := zip.NewWriter(&jar)
	f, err := w.Create("postgres.txz")
	if err == nil {
		_, err = f.Write(archive)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, ".jar.sha256"):
			_, _ = w.Write([]byte(checksum(jar.Bytes())))
		case strings.HasSuffix(r.URL.Path, ".jar") && strings.Contains(r.URL.Path, "/17."):
			_, _ = w.Write(jar.Bytes())
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestADownloadedBuildIsUnpackedAndServes(t *testing.T) {
	t.Parallel()
	s := mavenServer(t, func(jar []byte) string {
		sum := sha256.Sum256(jar)
		return hex.EncodeToString(sum[:])
	})
	dir := filepath.Join(t.TempDir(), "postgres")
	if err := download(t.Context(), s.URL, dir); err != nil {
		t.Fatal(err)
	}
	b, err := probe(t.Context(), filepath.Join(dir, "bin"))
	if err != nil || b.major != 17 {
		t.Errorf("probed %+v, %v", b, err)
	}
}

func TestADownloadWithAWrongChecksumIsRefused(t *testing.T) {
	t.Parallel()
	s := mavenServer(t, func([]byte) string { return strings.Repeat("0", 64) })
	dir := filepath.Join(t.TempDir(), "postgres")
	if err := download(t.Context(), s.URL, dir); err == nil || !strings.Contains(err.Error(), "checksums") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "bin", "postgres")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the binaries are there: %v", err)
	}
}

func TestTheDistributionsSettingsAreAsTheyWere(t *testing.T) {
	t.Parallel()
	read := func(file string) string {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			return "absent"
		}
		return string(text)
	}
	for _, c := range []struct {
		name           string
		before, theirs string // what was there, and what the packages leave beside ours
		after          string
	}{
		{name: "known file", before: "# theirs\n", after: "# theirs\n"},
		{name: "new file", theirs: "# new\n", after: "# new\n"},
		{name: "no file at all", after: "absent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			conf := filepath.Join(t.TempDir(), "sub", "createcluster.conf")
			if c.before != "" {
				if err := errors.Join(os.Mkdir(filepath.Dir(conf), 0o755), os.WriteFile(conf, []byte(c.before), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			restore, err := forbidMainCluster(conf)
			if err != nil {
				t.Fatal(err)
			}
			if got := read(conf); !strings.HasPrefix(got, c.before) || !strings.HasSuffix(got, "\ncreate_main_cluster = false\n") {
				t.Errorf("during the installation: %q", got)
			}
			if c.theirs != "" {
				if err := os.WriteFile(conf+".ucf-dist", []byte(c.theirs), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := restore(); err != nil {
				t.Fatal(err)
			}
			if got := read(conf); got != c.after {
				t.Errorf("afterwards: %q, want %q", got, c.after)
			}
		})
	}
}
