package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// planned runs `dbaccess pipeline plan` on a machine that knows no server.
func planned(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	cmd := newRootCommand()
	cmd.SetArgs(append([]string{"pipeline", "plan"}, args...))
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	err := cmd.ExecuteContext(onMachine(t.Context(), machine{env: func(string) string { return "" }}))
	return out.String(), err
}

func TestAPlanWithoutAServerSaysWhatTheFilesTell(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "cleanup.sql")
	if err := os.WriteFile(file, []byte("DELETE FROM carts; -- all\nSELECT 1;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := planned(t, file, "--database", "shop", "--profile", "write", "--ttl", "30m", "--rows", "0..1000", "--schedule", "0 2 * * *", "--window", "1h")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"write on shop, for 30m", "cleanup.sql: write, risk high, 2 statements, 36 bytes, sha256 ", "write, high: DELETE FROM carts\n", "read, low: SELECT 1\n",
		"0 to 1000", "0 2 * * *, each time for 1h", "not known: no server was asked",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the plan lacks %q:\n%s", want, out)
		}
	}
	out, err = planned(t, file, "-d", "shop", "-p", "write", "--format", "json")
	var p plan
	if err != nil || json.Unmarshal([]byte(out), &p) != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !p.Offline || len(p.Files) != 1 || len(p.Files[0].SHA256) != 64 || len(p.Files[0].Each) != 2 || p.Verdict.Level != "high" || len(p.Digest) != 64 {
		t.Errorf("the plan is %+v", p)
	}
}

func TestAPlanRefusesWhatCouldNotBeAskedFor(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"Which database":         {},
		"Which profile":          {"-d", "shop"},
		"cannot be read":         {"nowhere.sql", "-d", "shop", "-p", "write"},
		"is not a cron schedule": {"-d", "shop", "-p", "write", "--schedule", "at two", "--window", "1h"},
		"not a number of rows":   {"-d", "shop", "-p", "write", "--rows", "many"},
		"not a length of time":   {"-d", "shop", "-p", "write", "--ttl", "long"},
		"unknown":                {"-d", "shop", "-p", "write", "--format", "yaml"},
	} {
		if out, err := planned(t, args...); err == nil || want != "unknown" && !strings.Contains(err.Error(), want) || out != "" {
			t.Errorf("%q: %v, %q", want, err, out)
		}
	}
}
