package devslack_test

import (
	"strings"
	"testing"

	"dbaccess/internal/devslack"
)

const manifestYAML = `
_metadata: {major_version: 2, minor_version: 1}
display_information: {name: DB Access, description: Request short-lived database access, background_color: "#1f2937"}
features:
  app_home: {home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: true}
  bot_user: {display_name: dbaccess, always_online: true}
  slash_commands: [{command: /db, url: URL/command, description: Request access, usage_hint: "[db] [reason]", should_escape: true}]
  shortcuts:
    - {name: Request DB access, type: global, callback_id: ask, description: Open the form}
    - {name: Run this SQL, type: message, callback_id: run, description: Ask to run it}
oauth_config: {scopes: {bot: [commands, "chat:write", "reactions:read"]}}
settings:
  event_subscriptions: {request_url: URL/events, bot_events: [app_home_opened, reaction_added]}
  interactivity: {is_enabled: true, request_url: URL/interactivity}
  socket_mode_enabled: true
  org_deploy_enabled: false
  token_rotation_enabled: false
`

func TestAppIsInstalledFromItsManifest(t *testing.T) {
	t.Parallel()
	doc := strings.ReplaceAll(manifestYAML, "URL", "https://db.example.com/slack")
	o := devslack.DefaultSeed()
	to, err := o.Install([]byte(doc))
	if err != nil || to != (devslack.HTTPDelivery{}) {
		t.Fatalf("%+v, %v", to, err)
	}
	s, err := devslack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	a := connect(t, s, 1)
	got := interactions(a, nil)
	must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "", "/db list"))
	if err := s.As("alice").Shortcut(t.Context(), "ask"); err != nil {
		t.Fatal(err)
	}
	if c := receive(t, got); c.CallbackID != "ask" {
		t.Errorf("shortcut %+v", c)
	}
	_, err = a.GetUserInfo("U0ALICE")
	if e := slackError(t, err, "missing_scope"); e.Provided != "commands,chat:write,reactions:read" {
		t.Errorf("scopes %+v", e)
	}
	to, err = o.Install([]byte(strings.Replace(doc, "socket_mode_enabled: true", "socket_mode_enabled: false", 1)))
	if err != nil || to.CommandURL != "https://db.example.com/slack/command" || to.EventsURL != "https://db.example.com/slack/events" ||
		to.InteractivityURL != "https://db.example.com/slack/interactivity" {
		t.Errorf("%+v, %v", to, err)
	}
}

func TestManifestThatSlackWouldRefuse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, replaced, want string }{
		{"name: DB Access", "name: " + strings.Repeat("x", 36), "display_information.name has 36 characters"},
		{`"#1f2937"`, "grey", "no #rrggbb"},
		{"/db,", "db,", `"db" is no name for a command`},
		{"should_escape: true", "should_escape: false", "should_escape"},
		{"name: Run this SQL", "name: Run this SQL for me please", "shortcut name has"},
		{"type: message", "type: channel", `type "channel"`},
		{"commands, ", "", "need the scope commands"},
		{`, "reactions:read"`, "", "the event reaction_added needs the scope reactions:read"},
		{"app_home_opened,", "message.channels,", "sends no event message.channels"},
		{"socket_mode_enabled: true", "socket_mode_enabled: false", "/db needs a url without Socket Mode"},
		{"is_enabled: true", "is_enabled: false", "shortcuts need interactivity"},
		{"org_deploy_enabled", "org_deployed", "field org_deployed not found"},
	} {
		o := devslack.DefaultSeed()
		doc := strings.Replace(strings.ReplaceAll(manifestYAML, "URL", "ftp://x"), c.old, c.replaced, 1)
		if _, err := o.Install([]byte(doc)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.replaced, err, c.want)
		}
	}
}
