package bot

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// ManifestOptions are what may differ from one installation to another.
type ManifestOptions struct {
	// Name is what the app is called in Slack; empty = dbaccess.
	Name string
	// URL is how Slack reaches the server over HTTP, such as
	// https://dbaccess.example.com; empty = Socket Mode.
	URL string
}

// Manifest is the app as Slack is told of it: on api.slack.com/apps, *Create New
// App*, *From a manifest*. It is YAML, and what it asks for is what this package
// needs and nothing else. It is pure.
func Manifest(o ManifestOptions) ([]byte, error) {
	if o.Name == "" {
		o.Name = "dbaccess"
	}
	m := manifest{Metadata: manifestVersion{2, 1}}
	m.Display.Name, m.Display.About, m.Display.Color = o.Name, "Short-lived, approved access to databases", "#1f2937"
	m.Features.Home = manifestHome{Home: true, Messages: true, ReadOnly: true}
	m.Features.Bot.Name, m.Features.Bot.Always = botName(o.Name), true
	command := manifestCommand{
		Command: "/dbaccess", About: "Ask for access to a database, or for a statement to run",
		Hint: "[database] [profile] [2h] [because …] | query | list | end | help", Escape: true,
	}
	for _, s := range Shortcuts() {
		m.Features.Shortcuts = append(m.Features.Shortcuts, manifestShortcut{Name: s.Name, Type: s.Type, CallbackID: s.CallbackID, About: s.About})
	}
	m.OAuth.Scopes.Bot = Scopes()
	m.Settings.Events.Bot = Events()
	m.Settings.Interactivity.On = true
	m.Settings.SocketMode = o.URL == ""
	if o.URL != "" {
		at := strings.TrimRight(o.URL, "/")
		command.URL = at + pathCommands
		m.Settings.Events.URL = at + pathEvents
		m.Settings.Interactivity.URL, m.Settings.Interactivity.Options = at+pathInteractivity, at+pathOptions
	}
	m.Features.Commands = []manifestCommand{command}
	var text bytes.Buffer
	text.WriteString("# The Slack app of dbaccess, as `dbaccess slack manifest` prints it: docs/slack-setup.md.\n")
	enc := yaml.NewEncoder(&text)
	enc.SetIndent(2)
	if err := enc.Encode(m); err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	return text.Bytes(), nil
}

var notInNames = regexp.MustCompile(`[^a-z0-9_.-]+`)

// botName is how people mention the bot: Slack takes lower-case letters, digits,
// hyphens, underscores and dots.
func botName(app string) string {
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(app), "-"), "-")
	if name == "" {
		return "dbaccess"
	}
	return fit(name, 80)
}

// Scope is one right of the bot token.
type Scope struct{ Name, Why string }

// scopes are all that the bot needs. What is not among them it does not need: no
// history of any channel, no files, no posting where nobody invited it.
var scopes = []Scope{
	{"commands", "/dbaccess, and the shortcuts"},
	{"chat:write", "cards in the approval channels, and messages to those who ask"},
	{"reactions:read", "✅ and ❌ on a card as answers"},
	{"users:read", "that whoever acts is a full member of this workspace"},
	{"channels:read", "that an approval channel is not shared with another company, and that the bot is in it"},
	{"groups:read", "the same for private channels"},
	{"im:write", "direct messages to those who ask"},
}

// Scopes are what the bot token needs.
func Scopes() (list []string) {
	for _, s := range scopes {
		list = append(list, s.Name)
	}
	return list
}

// Events are what the app subscribes to: what [Bot.Event] handles.
func Events() []string {
	return []string{"app_home_opened", "app_uninstalled", "channel_shared", "channel_unshared", "reaction_added", "reaction_removed", "tokens_revoked"}
}

// manifest has the fields of docs.slack.dev/reference/app-manifest that we use.
type manifest struct {
	Metadata manifestVersion `yaml:"_metadata"`
	Display  struct {
		Name  string `yaml:"name"`
		About string `yaml:"description"`
		Color string `yaml:"background_color"`
	} `yaml:"display_information"`
	Features struct {
		Home manifestHome `yaml:"app_home"`
		Bot  struct {
			Name   string `yaml:"display_name"`
			Always bool   `yaml:"always_online"`
		} `yaml:"bot_user"`
		Shortcuts []manifestShortcut `yaml:"shortcuts"`
		Commands  []manifestCommand  `yaml:"slash_commands"`
	} `yaml:"features"`
	OAuth struct {
		Scopes struct {
			Bot []string `yaml:"bot"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		Events struct {
			URL string   `yaml:"request_url,omitempty"`
			Bot []string `yaml:"bot_events"`
		} `yaml:"event_subscriptions"`
		Interactivity struct {
			On      bool   `yaml:"is_enabled"`
			URL     string `yaml:"request_url,omitempty"`
			Options string `yaml:"message_menu_options_url,omitempty"`
		} `yaml:"interactivity"`
		Org        bool `yaml:"org_deploy_enabled"`
		SocketMode bool `yaml:"socket_mode_enabled"`
		Rotation   bool `yaml:"token_rotation_enabled"` // tokens that end after hours would need a refresh that nobody does
	} `yaml:"settings"`
}

type manifestVersion struct {
	Major int `yaml:"major_version"`
	Minor int `yaml:"minor_version"`
}

type manifestHome struct {
	Home     bool `yaml:"home_tab_enabled"`
	Messages bool `yaml:"messages_tab_enabled"`
	ReadOnly bool `yaml:"messages_tab_read_only_enabled"`
}

type manifestShortcut struct {
	Name       string `yaml:"name"`
	Type       string `yaml:"type"`
	CallbackID string `yaml:"callback_id"`
	About      string `yaml:"description"`
}

type manifestCommand struct {
	Command string `yaml:"command"`
	URL     string `yaml:"url,omitempty"`
	About   string `yaml:"description"`
	Hint    string `yaml:"usage_hint"`
	Escape  bool   `yaml:"should_escape"` // without it a mention is only a name, and anybody may have any name
}
