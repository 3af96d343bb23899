package config

import (
	"net/netip"
	"strings"
	"time"
)

// Config is the whole file.
type Config struct {
	// Listen is where the server answers HTTP (claim page, JSON API, health,
	// metrics). Give it a certificate (tls), put TLS in front of it, or keep it on
	// loopback. Default 127.0.0.1:8330.
	Listen string `mapstructure:"listen"`
	// TLS is the certificate for Listen. Default none: plain http.
	TLS TLS `mapstructure:"tls"`
	// API bounds the JSON API.
	API API `mapstructure:"api"`
	// PublicURL is how people's browsers reach Listen; claim links start with
	// it. https, except on loopback.
	PublicURL string `mapstructure:"public_url"`
	// TrustedProxies are the networks ("10.0.0.0/8") of the proxies in front
	// whose X-Forwarded-For is believed, so that wrong codes are counted for
	// whoever sent them. Default none.
	TrustedProxies []string `mapstructure:"trusted_proxies"`

	Store      Store      `mapstructure:"store"`
	Slack      Slack      `mapstructure:"slack"`
	Identity   Identity   `mapstructure:"identity"`
	Policy     Policy     `mapstructure:"policy"`
	Requests   Requests   `mapstructure:"requests"`
	Claim      Claim      `mapstructure:"claim"`
	Revocation Revocation `mapstructure:"revocation"`
	Vault      Vault      `mapstructure:"vault"`
	Masking    Masking    `mapstructure:"masking"`
	Databases  []Database `mapstructure:"databases"`
	Log        Log        `mapstructure:"log"`
}

// TLS is a certificate in files, which are read anew when they change.
type TLS struct {
	Cert string `mapstructure:"cert"` // PEM, with its chain
	Key  string `mapstructure:"key"`  // PEM; others on the machine cannot read it
}

// API bounds what the JSON API takes.
type API struct {
	// Rate is how many calls a second each person, service and agent may make, on
	// average; ten seconds' worth may come at once. Default 20.
	Rate int `mapstructure:"rate"`
	// Tokens is how long tokens of the API are good.
	Tokens TokenLives `mapstructure:"tokens"`
}

// TokenLives is how long tokens of the API are good, a minute at least.
type TokenLives struct {
	Person  time.Duration `mapstructure:"person"`  // from `dbaccess login`. Default 12h, 7 days at most
	Service time.Duration `mapstructure:"service"` // from a job's identity token. Default 1h, 24h at most; longer jobs exchange again
	Agent   time.Duration `mapstructure:"agent"`   // from `dbaccess login --agent`, unless --ttl says else. Default 8h
	// AgentMost is the most that --ttl may say. Default 720h, which is also the most here.
	AgentMost time.Duration `mapstructure:"agent_most"`
}

// Store is dbaccess's own Postgres database. Its tables live in schema dbaccess.
type Store struct {
	// URL is how the server connects: as the runtime role, which cannot change
	// or delete what was recorded.
	URL Ref `mapstructure:"url"`
	// MigrateURL is how `dbaccess migrate` connects: as the owner. The server
	// itself never uses it.
	MigrateURL Ref `mapstructure:"migrate_url"`
}

// Slack is the workspace.
type Slack struct {
	// BotToken is the xoxb- token.
	BotToken Ref `mapstructure:"bot_token"`
	// Transport is how Slack reaches the server: socket (Socket Mode: nothing has
	// to be reachable, the default) or http (Slack sends signed requests to
	// RequestURL). The app in Slack is set up for one of them; `dbaccess slack
	// manifest` prints it.
	Transport string `mapstructure:"transport"`
	// AppToken is the xapp- token with connections:write, for Socket Mode.
	AppToken Ref `mapstructure:"app_token"`
	// SigningSecrets are for http: the app's signing secret, and the one before
	// it for as long as it is being replaced.
	SigningSecrets []Ref `mapstructure:"signing_secrets"`
	// RequestURL is for http: how Slack reaches Listen, if that is not PublicURL.
	// Only /slack/ has to be reachable there.
	RequestURL string `mapstructure:"request_url"`
	// Sockets is how many Socket Mode connections one server holds. At least 2:
	// Slack closes sockets when it likes, and what it sends to a closing one is
	// lost. Default 2, at most 5.
	Sockets int `mapstructure:"sockets"`
	// Channels are the approval channels. Policy rules name them; the first is
	// where requests go whose rule names none. The bot must be a member.
	Channels []Channel `mapstructure:"channels"`
	// APIURL is for the local stand-in only; `serve` refuses any other.
	APIURL string `mapstructure:"api_url"`
}

// The ways in which Slack reaches the server.
const (
	SocketTransport = "socket"
	HTTPTransport   = "http"
)

// OverHTTP says whether Slack sends requests, instead of using sockets.
func (s Slack) OverHTTP() bool { return s.Transport == HTTPTransport }

// RequestURL is how Slack reaches the server over http, without a slash at its
// end.
func (c Config) RequestURL() string {
	url := c.Slack.RequestURL
	if url == "" {
		url = c.PublicURL
	}
	return strings.TrimRight(url, "/")
}

// Channel is one Slack channel.
type Channel struct {
	Name string `mapstructure:"name"` // what policy calls it, without "#"
	ID   string `mapstructure:"id"`   // Slack's id: C0123456789
}

// Policy says which reviews a request needs.
type Policy struct {
	// Files are read in order as one list of rules. Empty: the shipped policy
	// (docs/policy.md). Relative paths start at the config file's folder.
	Files []string `mapstructure:"files"`
}

// Requests holds the deadlines of people.
type Requests struct {
	// DecideBy is how long reviewers may take where the rule does not say.
	// Default 8h.
	DecideBy time.Duration `mapstructure:"decide_by"`
	// ClaimWithin is how long an approved grant waits for its holder. Default 8h.
	ClaimWithin time.Duration `mapstructure:"claim_within"`
	// MaxPending is how many requests of one person may wait for reviewers at
	// once. Default 20.
	MaxPending int `mapstructure:"max_pending"`
	// WarnBefore is how long before the end of their access holders are warned,
	// though never before the last fifth of it, and not of less than two minutes.
	// 0 = never. Default 10m.
	WarnBefore Lead `mapstructure:"warn_before"`
}

// Claim says how credentials reach their holders.
type Claim struct {
	// InSlack shows the credential in a Slack modal instead of the claim page,
	// for teams with no reachable page. The password then passes through Slack:
	// read docs/security.md first. Default false.
	InSlack bool `mapstructure:"in_slack"`
}

// Revocation says how access ends when something was away at its due second.
type Revocation struct {
	// Schedule is when the sweep runs, in cron syntax. Default every minute.
	Schedule string `mapstructure:"schedule"`
	// UnknownLimit is how many roles that nothing explains one sweep may end;
	// more alarm, and wait for `dbaccess reconcile`. Default 10.
	UnknownLimit int `mapstructure:"unknown_limit"`
	// Curfews are times at which access ends, however much of it is left.
	Curfews []Curfew `mapstructure:"curfews"`
}

// Curfew is a time at which access ends. What was claimed before it is ended,
// also if no server was up at that time; what is claimed after it lives until
// the next.
type Curfew struct {
	// Schedule is in cron syntax: minute, hour, day of month, month, day of week,
	// in the server's time zone unless it starts with CRON_TZ=Europe/Vienna.
	Schedule string `mapstructure:"schedule"`
	// Databases and Profiles are what it is on; all, if none is named.
	Databases []string `mapstructure:"databases"`
	Profiles  []string `mapstructure:"profiles"`
}

// Database is one database that we give access to.
type Database struct {
	// Name is what people type: /dbaccess NAME …
	Name string `mapstructure:"name"`
	// Tags are for policy rules, such as production.
	Tags []string `mapstructure:"tags"`

	// Host, Port, DBName and SSLMode are what holders connect with.
	Host    string `mapstructure:"host"`
	Port    int    `mapstructure:"port"` // default 5432
	DBName  string `mapstructure:"dbname"`
	SSLMode string `mapstructure:"sslmode"` // default verify-full

	// Issuer mints the credentials: postgres (built in, the default) or vault.
	Issuer string `mapstructure:"issuer"`
	// IssuerURL is the connection of the issuer postgres: a role with CREATEROLE and
	// ADMIN on the profiles' roles, never a superuser. `dbaccess target sql`
	// prints how to make it.
	IssuerURL Ref `mapstructure:"issuer_url"`
	// MonitorURL is the connection that ends sessions and proves that access is
	// gone.
	MonitorURL Ref `mapstructure:"monitor_url"`
	// PreviewURL is the connection that looks at what a pending statement would
	// touch, and reads the catalog: a role that can read what statements may read
	// and write nothing. Without it nothing is estimated or counted, and the
	// monitor reads the catalog. `dbaccess target sql` prints how to make it.
	PreviewURL Ref `mapstructure:"preview_url"`

	Profiles   []Profile       `mapstructure:"profiles"`
	Statements Statements      `mapstructure:"statements"`
	Masking    DatabaseMasking `mapstructure:"masking"`
}

// Profile is what a grant allows.
type Profile struct {
	// Name is what people type: masked-read, read, write, or your own.
	Name string `mapstructure:"name"`
	// Roles are the Postgres roles (NOLOGIN) that a credential is a member of.
	Roles []string `mapstructure:"roles"`
	// SearchPath is set for the credential, masked schemas first.
	SearchPath []string `mapstructure:"search_path"`
	// MaskedSchemas are the schemas of masked views. A profile that has them
	// sees nothing else; results that came through them may go to the asker's
	// DM.
	MaskedSchemas []string `mapstructure:"masked_schemas"`
	// Max is the longest window that can be asked for; Default what is given
	// when nobody says. Default's default is Max, at most 1h.
	Max     time.Duration `mapstructure:"max"`
	Default time.Duration `mapstructure:"default"`
	// ReadOnly makes transactions read-only by default. Advice, not a wall: the
	// roles are the wall.
	ReadOnly bool `mapstructure:"read_only"`
	// StatementTimeout and IdleTimeout are set for the credential's sessions;
	// 0 leaves the server's own.
	StatementTimeout time.Duration `mapstructure:"statement_timeout"`
	IdleTimeout      time.Duration `mapstructure:"idle_timeout"`
	// ConnectionLimit is how many sessions one credential may hold. Default 5.
	ConnectionLimit int `mapstructure:"connection_limit"`
}

// Statements says how statement requests run. Without Runs there are none.
type Statements struct {
	// Runs says which profile runs which kinds of statement: the least that can.
	Runs []Run `mapstructure:"runs"`
	// Timeout, LockTimeout: of the one transaction. Defaults 30s and 5s; Timeout
	// is at most 10m.
	Timeout     time.Duration `mapstructure:"timeout"`
	LockTimeout time.Duration `mapstructure:"lock_timeout"`
	// MaxRows is how many rows come back at most. Default 1000.
	MaxRows int `mapstructure:"max_rows"`
	// RowBound is the row fuse: a statement that changes more rows is rolled
	// back. Default 1000.
	RowBound int64 `mapstructure:"row_bound"`
}

// Run is one line of Statements.
type Run struct {
	Kinds   []string `mapstructure:"kinds"` // read, session, write, ddl, privilege
	Profile string   `mapstructure:"profile"`
}

// Log says what is logged to standard error.
type Log struct {
	Level  string `mapstructure:"level"`  // debug, info, warn, error; default info
	Format string `mapstructure:"format"` // json, text, or auto: text on a terminal
}

// Proxies returns TrustedProxies parsed; check has found them right.
func (c Config) Proxies() (list []netip.Prefix) {
	for _, p := range c.TrustedProxies {
		if prefix, err := netip.ParsePrefix(p); err == nil {
			list = append(list, prefix)
		}
	}
	return list
}

// defaults is the config before the file is read.
func defaults() Config {
	return Config{
		Listen:     "127.0.0.1:8330",
		API:        API{Rate: 20, Tokens: TokenLives{Person: 12 * time.Hour, Service: time.Hour, Agent: 8 * time.Hour, AgentMost: 30 * 24 * time.Hour}},
		Slack:      Slack{Transport: SocketTransport, Sockets: 2},
		Requests:   Requests{DecideBy: 8 * time.Hour, ClaimWithin: 8 * time.Hour, MaxPending: 20, WarnBefore: Lead(10 * time.Minute)},
		Revocation: Revocation{Schedule: "* * * * *", UnknownLimit: 10},
		Masking:    Masking{Schedule: defaultMaskSchedule},
		Log:        Log{Level: "info", Format: "auto"},
	}
}

// complete fills what defaults cannot: the fields of list items. Explicit zeros
// of durations are refused before (see load.go), so zero means absent here.
func (c *Config) complete() {
	c.Identity.complete(c.PublicURL)
	if c.UsesVault() {
		orElse(&c.Vault.Mount, "database")
		orElse(&c.Vault.Auth.Mount, c.Vault.Auth.Method)
		if c.Vault.Auth.Method == "kubernetes" {
			orElse(&c.Vault.Auth.JWTPath, serviceAccountToken)
		}
	}
	for i := range c.Databases {
		d := &c.Databases[i]
		orElse(&d.Port, 5432)
		orElse(&d.SSLMode, "verify-full")
		orElse(&d.DBName, d.Name)
		orElse(&d.Issuer, "postgres")
		orElse(&d.Statements.Timeout, 30*time.Second)
		orElse(&d.Statements.LockTimeout, 5*time.Second)
		orElse(&d.Statements.MaxRows, 1000)
		orElse(&d.Statements.RowBound, 1000)
		for j := range d.Profiles {
			p := &d.Profiles[j]
			orElse(&p.Default, min(p.Max, time.Hour))
			orElse(&p.ConnectionLimit, 5)
		}
	}
}

func orElse[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}
