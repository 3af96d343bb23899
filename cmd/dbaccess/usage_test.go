package main

import (
	"strings"
	"testing"
)

func TestWrongUseEndsWithOneSentenceAndExitCode2(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, says, hint string }{
		{"classfy", "There is no command `dbaccess classfy`.", "Did you mean `dbaccess classify`?"},
		{"nonsense", "There is no command `dbaccess nonsense`.", "`dbaccess --help` lists"},
		{"config chekc", "There is no command `dbaccess config chekc`.", "Did you mean `dbaccess config check`?"},
		{"audit nonsense --config x", "There is no command `dbaccess audit nonsense`.", "`dbaccess audit --help`"},
		{"--nope", "Unknown flag: --nope.", "`dbaccess --help`"},
		{"audit list --nope", "Unknown flag: --nope.", "`dbaccess audit list --help`"},
		{"policy explain --for banana", `Invalid argument "banana" for "--for"`, "`dbaccess policy explain --help`"},
		{"policy explain --requester-kind robot", `--requester-kind cannot be "robot".`, "person, service or agent"},
		{"target sql", "`dbaccess target sql` is not used like this.", "`dbaccess target sql DATABASE [flags]`"},
		{"grants end", "`dbaccess grants end` is not used like this.", "`dbaccess grants end GRANT… [flags]`"},
		{"demo twice", "`dbaccess demo` is not used like this.", "`dbaccess demo [flags]`"},
		{"claim", "One ID or code is needed.", "dbaccess claim CODE"},
		{"requests list --state bogus", `--state cannot be "bogus".`, "pending"},
		{"slack manifest --url http://dbaccess.example.com", "--url must be a plain https:// address", "public_url"},
		{"slack manifest --name=", "--name must have 1 to 35 characters.", ""},
		{"audit list --limit 0", "--limit must be 1 or more.", ""},
	} {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			code, out := command(strings.Fields(c.line)...)
			if code != 2 || !strings.HasPrefix(out, "dbaccess: "+c.says) || !strings.Contains(out, c.hint) || strings.Contains(out, "Usage:") {
				t.Fatalf("exit code %d, printed:\n%s", code, out)
			}
		})
	}
}

func TestHelpIsNoMistake(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"", "help", "--help", "audit", "audit --help", "help audit list", "config help", "completion bash", "version", "slack manifest", "slack manifest --url https://x.example", "__complete audit "} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			if code, out := command(strings.Fields(line)...); code != 0 || out == "" {
				t.Fatalf("exit code %d, printed:\n%s", code, out)
			}
		})
	}
}

// Whoever reads the record or migrates says where the config is like everybody
// else: with --config.
func TestEveryCommandOnTheStoreTakesConfig(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"serve", "migrate", "config check", "target sql shop", "requests list", "grants list", "grants end grt_x",
		"audit list", "audit verify", "audit export",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			code, out := command(append(strings.Fields(line), "--config", "/nowhere/dbaccess.yaml")...)
			if code == 0 || !strings.Contains(out, "/nowhere/dbaccess.yaml") {
				t.Fatalf("exit code %d, printed:\n%s", code, out)
			}
		})
	}
}
