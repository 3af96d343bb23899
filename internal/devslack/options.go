package devslack

import (
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"
)

// User is somebody in the workspace.
type User struct {
	ID              string // "U0ALICE"; opaque to the app
	Name            string // the handle after the @, also accepted wherever an ID is
	RealName        string
	Email           string
	TeamID          string // empty: the workspace's own
	Restricted      bool   // multi-channel guest
	UltraRestricted bool   // single-channel guest
	Stranger        bool   // from another company, over Slack Connect
	Bot             bool
	Deleted         bool
}

// Channel is a public or private channel; direct messages with the app exist by
// themselves.
type Channel struct {
	ID        string   // "C0GENERAL"
	Name      string   // without the #
	Topic     string   // shown by the page
	Members   []string // IDs or names, the app's bot among them where it was invited
	Private   bool
	ExtShared bool // shared with another company
	Pending   bool // another company has been invited, and has not accepted yet
	Archived  bool
}

// Usergroup is a Slack user group ("@dba").
type Usergroup struct {
	ID       string // "S0DBA"
	Handle   string // without the @
	Name     string
	Members  []string // IDs or names
	Disabled bool
}

// Shortcut is an entry of the app's in the lightning menu or in a message's menu.
type Shortcut struct {
	Name        string `json:"name"`
	Type        string `json:"type"` // "global" or "message"
	CallbackID  string `json:"callback_id"`
	Description string `json:"description,omitempty"`
}

// Options describes the workspace. The zero value of a field takes the default
// named beside it; [DefaultSeed] returns a whole workspace to start from.
type Options struct {
	Users    []User
	Channels []Channel
	Groups   []Usergroup

	TeamID, TeamName, TeamDomain string   // T0DEMO, Demo, demo
	BotUserID, BotID, BotName    string   // U0DBACCESS, B0DBACCESS, dbaccess
	AppID                        string   // A0DBACCESS
	About                        string   // what the app is for, in a sentence
	Scopes                       []string // DefaultScopes
	Events                       []string // the bot events it subscribes to; nil: all that this Slack sends

	Command      string     // /dbaccess
	CommandAbout string     // what it does
	CommandHint  string     // its arguments: "[database] [reason]"
	Shortcuts    []Shortcut // none
	NoHome       bool       // the App Home tab is off: views.publish answers not_enabled
	NoGuests     bool       // the workspace keeps guests from the app's commands and shortcuts

	Unlimited bool           // no rate limits but those of Server.Fault
	PerMinute map[string]int // other limits than Slack's, by method

	Addr string           // 127.0.0.1:0; must be loopback
	Now  func() time.Time // time.Now; trigger ids and response URLs age by it
	Log  *slog.Logger     // discarded

	AckTimeout time.Duration   // 3 s: how long the app may take to acknowledge
	PingEvery  time.Duration   // 5 s
	CloseAfter time.Duration   // 10 s between a disconnect warning and the cut
	RetryAfter []time.Duration // 0, 500 ms, 2 s: pauses before an event's second, third and fourth try (Slack: 0, 1 min, 5 min)
}

// DefaultScopes returns the bot scopes that dbaccess's manifest asks for. What is
// not among an app's scopes is answered with missing_scope.
func DefaultScopes() []string {
	return []string{
		"commands", "chat:write", "reactions:read", "users:read", "channels:read", "groups:read", "im:write",
	}
}

// DefaultSeed returns the demo's workspace: Alice asks, Bob and Carol approve,
// Dave is a guest, Eve belongs to another company and is met in the shared
// channel only, Frank is one more engineer.
func DefaultSeed() Options {
	const bot = "U0DBACCESS"
	return Options{
		Users: []User{
			{ID: "U0ALICE", Name: "alice", RealName: "Alice Moreau", Email: "alice@example.com"},
			{ID: "U0BOB", Name: "bob", RealName: "Bob Okafor", Email: "bob@example.com"},
			{ID: "U0CAROL", Name: "carol", RealName: "Carol Lindqvist", Email: "carol@example.com"},
			{ID: "U0DAVE", Name: "dave", RealName: "Dave Contractor", Email: "dave@agency.example", Restricted: true},
			{ID: "U0EVE", Name: "eve", RealName: "Eve Partner", Email: "eve@partner.example", TeamID: "T0PARTNER", Stranger: true},
			{ID: "U0FRANK", Name: "frank", RealName: "Frank Tanaka", Email: "frank@example.com"},
		},
		Channels: []Channel{
			{ID: "C0GENERAL", Name: "general", Topic: "Company-wide announcements", Members: []string{"alice", "bob", "carol", "frank", bot}},
			{ID: "C0APPROVALS", Name: "db-approvals", Topic: "Requests for database access", Members: []string{"alice", "bob", "carol", "dave", "frank", bot}},
			{ID: "C0PRODAPPROVALS", Name: "db-approvals-prod", Topic: "Requests for production databases", Members: []string{"bob", "carol", "frank", bot}},
			{ID: "C0PARTNERS", Name: "partners", Topic: "Shared with Partner Ltd", Members: []string{"alice", "bob", "eve", bot}, ExtShared: true},
			{ID: "C0RANDOM", Name: "random", Topic: "The app was never invited here", Members: []string{"alice", "bob", "carol", "frank"}},
		},
		Groups: []Usergroup{
			{ID: "S_DBA", Handle: "dba", Name: "Database owners", Members: []string{"bob", "carol"}},
		},
	}
}

func (o *Options) setDefaults() {
	for _, d := range []struct {
		field *string
		value string
	}{
		{&o.TeamID, "T0DEMO"},
		{&o.TeamName, "Demo"},
		{&o.TeamDomain, "demo"},
		{&o.BotUserID, "U0DBACCESS"},
		{&o.BotID, "B0DBACCESS"},
		{&o.BotName, "dbaccess"},
		{&o.AppID, "A0DBACCESS"},
		{&o.Command, "/dbaccess"},
		{&o.Addr, "127.0.0.1:0"},
	} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&o.AckTimeout, 3 * time.Second}, {&o.PingEvery, 5 * time.Second}, {&o.CloseAfter, 10 * time.Second}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if o.Scopes == nil {
		o.Scopes = DefaultScopes()
	}
	if o.RetryAfter == nil {
		o.RetryAfter = []time.Duration{0, 500 * time.Millisecond, 2 * time.Second}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// check reports the first thing that makes the options unusable.
func (o *Options) check() error {
	host, _, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return fmt.Errorf("address %q: %w", o.Addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("address %q is not loopback: whoever reaches this Slack can act as anybody in it", o.Addr)
	}
	ids := map[string]bool{}
	claim := func(kind, id, name string) error {
		for _, key := range []string{id, kind + " " + name} {
			if id == "" || name == "" || ids[key] {
				return fmt.Errorf("%s %q (%q): an ID and a name of its own are needed", kind, id, name)
			}
			ids[key] = true
		}
		return nil
	}
	for _, sc := range o.Shortcuts {
		if err := claim(sc.Type+" shortcut", sc.Type+" "+sc.CallbackID, sc.Name); err != nil {
			return err
		}
		if sc.Type != "global" && sc.Type != "message" {
			return fmt.Errorf("shortcut %q: its type is global or message, not %q", sc.Name, sc.Type)
		}
	}
	for _, u := range o.Users {
		if err := claim("user", u.ID, u.Name); err != nil {
			return err
		}
	}
	known := func(member string) bool {
		return member == o.BotUserID ||
			slices.ContainsFunc(o.Users, func(u User) bool { return u.ID == member || u.Name == member })
	}
	for _, c := range o.Channels {
		if err := claim("channel", c.ID, c.Name); err != nil {
			return err
		}
		if i := slices.IndexFunc(c.Members, func(m string) bool { return !known(m) }); i >= 0 {
			return fmt.Errorf("channel %s: no user %q", c.Name, c.Members[i])
		}
	}
	for _, g := range o.Groups {
		if err := claim("usergroup", g.ID, g.Handle); err != nil {
			return err
		}
		if i := slices.IndexFunc(g.Members, func(m string) bool { return !known(m) }); i >= 0 {
			return fmt.Errorf("usergroup %s: no user %q", g.Handle, g.Members[i])
		}
	}
	return nil
}
