package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var jsonBlock = regexp.MustCompile("(?s)```json\n(.*?)```")

// toolServer is a server of tools, as agents' clients have it in their settings.
type toolServer struct {
	Type, Command, URL string
	Args               []string
	Env, Headers       map[string]string
}

// Every setting in docs/agents.md parses, and its command is one that dbaccess has.
func TestTheSettingsInTheDocumentationParse(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/agents.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := jsonBlock.FindAllStringSubmatch(string(page), -1)
	for _, b := range blocks {
		var settings struct {
			MCPServers, Servers map[string]toolServer
			Inputs              []map[string]any
		}
		d := json.NewDecoder(strings.NewReader(b[1]))
		d.DisallowUnknownFields()
		if err := d.Decode(&settings); err != nil {
			t.Errorf("%v in\n%s", err, b[1])
			continue
		}
		servers := settings.Servers
		if servers == nil {
			servers = settings.MCPServers
		}
		s, ok := servers["dbaccess"]
		switch {
		case !ok:
			t.Errorf("no server named dbaccess in\n%s", b[1])
		case s.URL != "":
			if !strings.HasSuffix(s.URL, "/mcp") || !strings.HasPrefix(s.Headers["Authorization"], "Bearer ${") || strings.Contains(b[1], "dba_a_") {
				t.Errorf("not an agent over HTTP:\n%s", b[1])
			}
		default:
			takesFlags(t, s)
		}
	}
	if len(blocks) < 5 {
		t.Errorf("only %d settings were found", len(blocks))
	}
}

// takesFlags checks the command of a setting against ours.
func takesFlags(t *testing.T, s toolServer) {
	t.Helper()
	cmd, rest, err := newRootCommand().Find(s.Args)
	if err == nil && cmd.Name() == "mcp" {
		err = cmd.ParseFlags(rest)
	}
	at, _ := cmd.Flags().GetString("url")
	if err != nil || cmd.Name() != "mcp" || !strings.HasSuffix(s.Command, "dbaccess") || at == "" && s.Env["DBACCESS_URL"] == "" {
		t.Errorf("%s %v: %v", s.Command, s.Args, err)
	}
	if err := cobra.NoArgs(cmd, cmd.Flags().Args()); err != nil {
		t.Error(err)
	}
}
