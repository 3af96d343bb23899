package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// names are what people type: they must survive a command line and a role name.
var names = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)

const namesRule = "must be lower-case letters, digits, - and _, at most 40"

// check finds every static mistake. What depends on the world (a channel, a
// scope, a database that is away) is not looked at here and never stops the
// server.
func (c Config) check(ps *Problems) {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		ps.Add("listen", "must be host:port")
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		ps.Add("tls", "needs both cert and key")
	}
	if c.API.Rate < 1 || c.API.Rate > 10_000 {
		ps.Add("api.rate", "must be 1 to 10000 calls a second")
	}
	c.API.Tokens.check(ps)
	checkHTTPS(ps, "public_url", c.PublicURL, "claim links start with it", "passwords are shown there")
	if c.UsesVault() {
		c.Vault.check(ps)
	}
	for i, p := range c.TrustedProxies {
		if _, err := netip.ParsePrefix(p); err != nil {
			ps.Add(fmt.Sprintf("trusted_proxies[%d]", i), "%q is not a network such as 10.0.0.0/8", p)
		}
	}
	checkRef(ps, "store.url", c.Store.URL, true)
	checkRef(ps, "store.migrate_url", c.Store.MigrateURL, false)
	c.Slack.check(ps)
	if c.Slack.OverHTTP() {
		c.checkRequestURL(ps)
	}
	c.Identity.check(ps)
	c.checkRevocation(ps)
	c.Masking.check(ps)
	if c.Requests.MaxPending < 1 {
		ps.Add("requests.max_pending", "must be at least 1")
	}
	oneOf(ps, "log.level", c.Log.Level, "debug", "info", "warn", "error")
	oneOf(ps, "log.format", c.Log.Format, "auto", "json", "text")
	if len(c.Databases) == 0 {
		ps.Add("databases", "none is listed, so there is nothing to give access to")
	}
	unique(ps, "databases", c.Databases, func(d Database) string { return d.Name })
	for i, d := range c.Databases {
		d.check(ps, fmt.Sprintf("databases[%d]", i))
	}
}

func (c Config) checkRevocation(ps *Problems) {
	if _, err := readSchedule(c.Revocation.Schedule); err != nil {
		ps.Add("revocation.schedule", "%q is not a cron schedule: %v", c.Revocation.Schedule, err)
	}
	if c.Revocation.UnknownLimit < 1 {
		ps.Add("revocation.unknown_limit", "must be at least 1")
	}
	for i, f := range c.Revocation.Curfews {
		c.checkCurfew(ps, fmt.Sprintf("revocation.curfews[%d]", i), f)
	}
}

// readSchedule reads cron syntax. The library panics at a zone without times.
func readSchedule(s string) (cron.Schedule, error) {
	if strings.Contains(s, "TZ=") && !strings.Contains(s, " ") {
		return nil, errors.New("it names a zone and no times")
	}
	return cron.ParseStandard(s)
}

func (c Config) checkCurfew(ps *Problems, at string, f Curfew) {
	switch times, err := readSchedule(f.Schedule); {
	case f.Schedule == "":
		ps.Add(at+".schedule", `is missing: when access ends, such as "0 20 * * 1-5"`)
	case err != nil:
		ps.Add(at+".schedule", "%q is not a cron schedule: %v", f.Schedule, err)
	case strings.Contains(f.Schedule, "@every"):
		ps.Add(at+".schedule", "%q is no time of a day: a profile's max says how long access may last", f.Schedule)
	case times.Next(time.Now()).IsZero():
		ps.Add(at+".schedule", "%q never comes", f.Schedule)
	}
	on := map[string]bool{} // profiles of the databases that it is on
	for _, d := range c.Databases {
		for _, p := range d.Profiles {
			on[p.Name] = on[p.Name] || len(f.Databases) == 0 || slices.Contains(f.Databases, d.Name)
		}
	}
	for i, name := range f.Databases {
		if _, ok := c.Database(name); !ok {
			ps.Add(fmt.Sprintf("%s.databases[%d]", at, i), "there is no database %q", name)
		}
	}
	for i, name := range f.Profiles {
		if !on[name] {
			ps.Add(fmt.Sprintf("%s.profiles[%d]", at, i), "%q is no profile of these databases", name)
		}
	}
}

// checkHTTPS looks at an address that is http on loopback at most; use says what
// it is for, and why what plain http would give away.
func checkHTTPS(ps *Problems, path, raw, use, why string) {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		ps.Add(path, "is missing: %s", use)
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		ps.Add(path, "%q is not a plain https:// address", raw)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		ps.Add(path, "must be https: %s", why)
	case u.Scheme != "http" && u.Scheme != "https":
		ps.Add(path, "must start with https://")
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func (s Slack) check(ps *Problems) {
	checkRef(ps, "slack.bot_token", s.BotToken, true)
	oneOf(ps, "slack.transport", s.Transport, SocketTransport, HTTPTransport)
	checkRef(ps, "slack.app_token", s.AppToken, !s.OverHTTP())
	s.checkSecrets(ps)
	if s.Sockets < 2 || s.Sockets > 5 {
		ps.Add("slack.sockets", "must be 2 to 5: with one, what Slack sends while it closes is lost")
	}
	if len(s.Channels) == 0 {
		ps.Add("slack.channels", "none is listed, so no request could be shown to a reviewer")
	}
	unique(ps, "slack.channels", s.Channels, func(c Channel) string { return c.Name })
	for i, c := range s.Channels {
		if !strings.HasPrefix(c.ID, "C") && !strings.HasPrefix(c.ID, "G") {
			ps.Add(fmt.Sprintf("slack.channels[%d].id", i), "%q is not a channel's id: it starts with C or G (channel details, at the bottom)", c.ID)
		}
	}
}

func (s Slack) checkSecrets(ps *Problems) {
	switch n := len(s.SigningSecrets); {
	case n == 0 && s.OverHTTP():
		ps.Add("slack.signing_secrets", "is missing: without the app's signing secret anybody could send requests as Slack")
	case n > 2:
		ps.Add("slack.signing_secrets", "has %d: one, or two while a new one replaces the old one", n)
	}
	for i, r := range s.SigningSecrets {
		checkRef(ps, fmt.Sprintf("slack.signing_secrets[%d]", i), r, true)
	}
}

// checkRequestURL looks at the address that Slack sends to. On loopback only a
// local Slack could reach it.
func (c Config) checkRequestURL(ps *Problems) {
	path := "public_url"
	if c.Slack.RequestURL != "" {
		path = "slack.request_url"
		checkHTTPS(ps, path, c.Slack.RequestURL, "Slack sends requests there", "what people type passes there")
	}
	if u, err := url.Parse(c.RequestURL()); err == nil && loopback(u.Hostname()) && c.Slack.APIURL == "" {
		ps.Add(path, "is on this machine only, and Slack has to reach it for transport http: name a public address in slack.request_url, or use transport socket")
	}
}

func (d Database) check(ps *Problems, at string) {
	if !names.MatchString(d.Name) {
		ps.Add(at+".name", "%q: %s", d.Name, namesRule)
	}
	if d.Host == "" {
		ps.Add(at+".host", "is missing")
	}
	if d.Port < 1 || d.Port > 65535 {
		ps.Add(at+".port", "%d is not a port", d.Port)
	}
	oneOf(ps, at+".sslmode", d.SSLMode, "disable", "allow", "prefer", "require", "verify-ca", "verify-full")
	d.checkIssuer(ps, at)
	checkRef(ps, at+".monitor_url", d.MonitorURL, true)
	checkRef(ps, at+".preview_url", d.PreviewURL, false)
	d.Masking.check(ps, at+".masking")
	if len(d.Profiles) == 0 {
		ps.Add(at+".profiles", "none is listed, so nothing could be granted")
	}
	unique(ps, at+".profiles", d.Profiles, func(p Profile) string { return p.Name })
	for i, p := range d.Profiles {
		p.check(ps, fmt.Sprintf("%s.profiles[%d]", at, i))
	}
	d.Statements.check(ps, at+".statements", d.Profiles)
}

func (p Profile) check(ps *Problems, at string) {
	if !names.MatchString(p.Name) {
		ps.Add(at+".name", "%q: %s", p.Name, namesRule)
	}
	if len(p.Roles) == 0 {
		ps.Add(at+".roles", "none is listed, so the credential could do nothing")
	}
	if p.Max <= 0 {
		ps.Add(at+".max", "is missing: the longest window, such as 8h")
	}
	if p.Max > 0 && p.Default > p.Max {
		ps.Add(at+".default", "is longer than max")
	}
	if p.ConnectionLimit < 1 {
		ps.Add(at+".connection_limit", "must be at least 1")
	}
	for i, s := range p.MaskedSchemas {
		if !slices.Contains(p.SearchPath, s) {
			ps.Add(fmt.Sprintf("%s.masked_schemas[%d]", at, i), "%q is not in search_path, so unmodified queries would not find its views", s)
		}
	}
}

// longestStatement leaves room for minting, committing and ending within the
// quarter of an hour after which a run counts as lost.
const longestStatement = 10 * time.Minute

func (s Statements) check(ps *Problems, at string, profiles []Profile) {
	seen := map[string]bool{}
	for i, r := range s.Runs {
		path := fmt.Sprintf("%s.runs[%d]", at, i)
		if !slices.ContainsFunc(profiles, func(p Profile) bool { return p.Name == r.Profile }) {
			ps.Add(path+".profile", "%q is no profile of this database", r.Profile)
		}
		if len(r.Kinds) == 0 {
			ps.Add(path+".kinds", "none is listed")
		}
		for j, k := range r.Kinds {
			oneOf(ps, fmt.Sprintf("%s.kinds[%d]", path, j), k, "read", "session", "write", "ddl", "privilege")
			if seen[k] {
				ps.Add(fmt.Sprintf("%s.kinds[%d]", path, j), "%q has a profile already", k)
			}
			seen[k] = true
		}
	}
	if s.Timeout > longestStatement {
		ps.Add(at+".timeout", "is longer than %s: a run that takes longer counts as lost. Ask for access to run it by hand", longestStatement)
	}
	if s.MaxRows < 1 {
		ps.Add(at+".max_rows", "must be at least 1")
	}
	if s.RowBound < 1 {
		ps.Add(at+".row_bound", "must be at least 1")
	}
}

func checkRef(ps *Problems, path string, r Ref, required bool) {
	if r == "" {
		if required {
			ps.Add(path, "is missing")
		}
		return
	}
	if err := r.check(); err != nil {
		ps.Add(path, "%v", err)
	}
}

func oneOf(ps *Problems, path, v string, allowed ...string) {
	if !slices.Contains(allowed, v) {
		ps.Add(path, "%q must be one of %s", v, strings.Join(allowed, ", "))
	}
}

func unique[T any](ps *Problems, path string, list []T, name func(T) string) {
	seen := map[string]bool{}
	for i, v := range list {
		n := name(v)
		if n == "" {
			ps.Add(fmt.Sprintf("%s[%d].name", path, i), "is missing")
		} else if seen[n] {
			ps.Add(fmt.Sprintf("%s[%d].name", path, i), "%q is listed twice", n)
		}
		seen[n] = true
	}
}
