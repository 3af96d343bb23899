package devslack

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// manifest is an app's manifest, as far as an app like ours fills it:
// https://docs.slack.dev/reference/app-manifest.
type manifest struct {
	Metadata struct {
		Major int `yaml:"major_version"`
		Minor int `yaml:"minor_version"`
	} `yaml:"_metadata"`
	Display struct {
		Name  string `yaml:"name"`
		About string `yaml:"description"`
		Long  string `yaml:"long_description"`
		Color string `yaml:"background_color"`
	} `yaml:"display_information"`
	Features struct {
		Home struct {
			Home     bool `yaml:"home_tab_enabled"`
			Messages bool `yaml:"messages_tab_enabled"`
			ReadOnly bool `yaml:"messages_tab_read_only_enabled"`
		} `yaml:"app_home"`
		Bot struct {
			Name   string `yaml:"display_name"`
			Always bool   `yaml:"always_online"`
		} `yaml:"bot_user"`
		Commands []struct {
			Command string `yaml:"command"`
			URL     string `yaml:"url"`
			About   string `yaml:"description"`
			Hint    string `yaml:"usage_hint"`
			Escape  bool   `yaml:"should_escape"`
		} `yaml:"slash_commands"`
		Shortcuts []struct {
			Name       string `yaml:"name"`
			Type       string `yaml:"type"`
			CallbackID string `yaml:"callback_id"`
			About      string `yaml:"description"`
		} `yaml:"shortcuts"`
	} `yaml:"features"`
	OAuth struct {
		Redirects []string `yaml:"redirect_urls"`
		Scopes    struct {
			Bot  []string `yaml:"bot"`
			User []string `yaml:"user"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		IPs    []string `yaml:"allowed_ip_address_ranges"`
		Events struct {
			URL string   `yaml:"request_url"`
			Bot []string `yaml:"bot_events"`
		} `yaml:"event_subscriptions"`
		Interactivity struct {
			On      bool   `yaml:"is_enabled"`
			URL     string `yaml:"request_url"`
			Options string `yaml:"message_menu_options_url"`
		} `yaml:"interactivity"`
		Org        bool `yaml:"org_deploy_enabled"`
		SocketMode bool `yaml:"socket_mode_enabled"`
		Rotation   bool `yaml:"token_rotation_enabled"`
	} `yaml:"settings"`
}

// Install fills in what a manifest (YAML or JSON) says of the app: its names,
// command, shortcuts, scopes, events and Home tab. Of a manifest for HTTP it also
// returns the request URLs, for [Server.DeliverOverHTTP]. What Slack would refuse
// is an error that lists all of it.
func (o *Options) Install(doc []byte) (HTTPDelivery, error) {
	var m manifest
	read := yaml.NewDecoder(bytes.NewReader(doc))
	read.KnownFields(true)
	if err := read.Decode(&m); err != nil {
		return HTTPDelivery{}, fmt.Errorf("manifest: %w", err)
	}
	if err := m.check(); err != nil {
		return HTTPDelivery{}, fmt.Errorf("manifest: %w", err)
	}
	o.About, o.BotName = m.Display.About, m.Features.Bot.Name
	o.NoHome = !m.Features.Home.Home
	o.Scopes, o.Events = m.OAuth.Scopes.Bot, append([]string{}, m.Settings.Events.Bot...)
	o.Shortcuts = nil
	for _, s := range m.Features.Shortcuts {
		o.Shortcuts = append(o.Shortcuts, Shortcut{Name: s.Name, Type: s.Type, CallbackID: s.CallbackID, Description: s.About})
	}
	var to HTTPDelivery
	for _, c := range m.Features.Commands {
		o.Command, o.CommandAbout, o.CommandHint = c.Command, c.About, c.Hint
		to.CommandURL = c.URL
	}
	if m.Settings.SocketMode {
		return HTTPDelivery{}, nil
	}
	to.EventsURL, to.InteractivityURL, to.OptionsURL = m.Settings.Events.URL, m.Settings.Interactivity.URL, m.Settings.Interactivity.Options
	return to, nil
}

var (
	hexColor    = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	commandName = regexp.MustCompile(`^/[a-z0-9_-]{1,31}$`)
)

// check returns all that Slack would refuse of the manifest, joined.
func (m *manifest) check() error {
	var wrong []error
	must := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	size := func(what, text string, least, most int) {
		n := utf8.RuneCountInString(text)
		must(n >= least && n <= most, "%s has %d characters, not between %d and %d", what, n, least, most)
	}
	size("display_information.name", m.Display.Name, 1, 35)
	size("display_information.description", m.Display.About, 0, 140)
	if m.Display.Long != "" {
		size("display_information.long_description", m.Display.Long, 174, 4000)
	}
	must(m.Display.Color == "" || hexColor.MatchString(m.Display.Color), "background_color %q is no #rrggbb", m.Display.Color)
	size("bot_user.display_name", m.Features.Bot.Name, 1, 80)
	must(len(m.Features.Commands) == 1, "%d slash commands; this Slack knows apps with one", len(m.Features.Commands))
	http := !m.Settings.SocketMode
	for _, c := range m.Features.Commands {
		must(commandName.MatchString(c.Command), "%q is no name for a command", c.Command)
		size(c.Command+" description", c.About, 1, 2000)
		size(c.Command+" usage_hint", c.Hint, 0, 1000)
		must(c.Escape, "%s: without should_escape names stay words; this Slack always escapes", c.Command)
		must(!http || secureURL(c.URL), "%s needs a url without Socket Mode", c.Command)
	}
	must(len(m.Features.Shortcuts) <= 10, "%d shortcuts; Slack takes 10", len(m.Features.Shortcuts))
	for _, s := range m.Features.Shortcuts {
		size("shortcut name", s.Name, 1, 24)
		size("shortcut "+s.Name+" callback_id", s.CallbackID, 1, maxID)
		size("shortcut "+s.Name+" description", s.About, 1, 150)
		must(s.Type == "global" || s.Type == "message", "shortcut %s: type %q", s.Name, s.Type)
	}
	must(len(m.Features.Shortcuts)+len(m.Features.Commands) == 0 || slices.Contains(m.OAuth.Scopes.Bot, "commands"), "commands and shortcuts need the scope commands")
	must(len(m.OAuth.Scopes.User) == 0, "user scopes: this Slack has no user tokens")
	for _, kind := range m.Settings.Events.Bot {
		scopes, known := eventScopes[kind]
		must(known, "this Slack sends no event %s", kind)
		must(len(scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(m.OAuth.Scopes.Bot, s) }),
			"the event %s needs the scope %s", kind, strings.Join(scopes, " or "))
	}
	must(m.Settings.Interactivity.On || len(m.Features.Shortcuts) == 0, "shortcuts need interactivity")
	must(!http || len(m.Settings.Events.Bot) == 0 || secureURL(m.Settings.Events.URL), "events need a request_url without Socket Mode")
	must(!http || !m.Settings.Interactivity.On || secureURL(m.Settings.Interactivity.URL), "interactivity needs a request_url without Socket Mode")
	return errors.Join(wrong...)
}

func secureURL(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://127.0.0.1:")
}
