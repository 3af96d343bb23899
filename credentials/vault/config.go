package vault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"dbaccess/credentials"
	"dbaccess/internal/fault"
)

// Config is what Open needs.
type Config struct {
	Address   string // https://vault.example.test:8200
	Namespace string // Enterprise and OpenBao; empty: the root one
	CACert    string // file of PEM certificates that Vault's is checked against; empty: the system's
	Mount     string // of the database engine; empty = "database"
	Auth      Auth
	Install   string // installation id: six lower-case letters
	Targets   []Target
	Eyes      Eyes

	Log *slog.Logger     // nil = slog.Default
	Now func() time.Time // nil = time.Now
}

// Auth is how the bot logs in.
type Auth struct {
	Method string                 // approle, kubernetes, jwt or token
	Mount  string                 // empty = Method
	Role   string                 // AppRole's role id; the role of kubernetes and jwt
	Secret func() (string, error) // AppRole's secret id, the service account's or another JWT, or the token; read anew at each log-in
}

// Target is a database that access is given to.
type Target struct {
	Name       string // in the config
	Host       string // what its holders connect to
	Port       int
	Database   string // the name inside Postgres
	SSLMode    string // what holders' clients and Vault should use, such as verify-full
	Connection string // Vault's name for it; empty = dbaccess-<install>-<name>
	Profiles   []Profile

	lost Profile // see ending; complete fills it in
}

// Profile says what a minted role is and may. What stands in it beyond its name
// and Role is for Plan only: the running bot cannot change it in Vault.
type Profile struct {
	Name string
	Role string        // Vault's role, policy and token role; empty = dbaccess-<install>-<target>-<name>
	Max  time.Duration // the longest window

	Groups           []string // the Postgres roles it becomes a member of; at least one
	SearchPath       []string
	ReadOnly         bool
	StatementTimeout time.Duration
	IdleTimeout      time.Duration
	ConnectionLimit  int // 0 = 5

	ends bool // not a profile, but what ends roles without a lease; see ending
}

// Eyes see the roles of a target: Vault cannot tell them. credentials/postgres
// implements it with the monitor's connection.
type Eyes interface {
	// Role looks at one role on the primary: its OID, 0 if there is none; its
	// VALID UNTIL, zero if that is not a time; and whether it can neither log in
	// nor do anything.
	Role(ctx context.Context, database, name string) (oid uint32, until time.Time, disabled bool, err error)
	// Roles lists the roles of the installation's prefix.
	Roles(ctx context.Context, database string) ([]string, error)
}

// plain is what may stand in Vault's paths and Postgres' role names unquoted.
var plain = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

// complete checks the config and fills in what it leaves out. All mistakes are
// reported at once.
func (c *Config) complete() error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !strings.HasPrefix(c.Address, "http://") && !strings.HasPrefix(c.Address, "https://") {
		add("address %q is not an http:// or https:// address", c.Address)
	}
	if len(c.Install) != 6 || strings.Trim(c.Install, "abcdefghijklmnopqrstuvwxyz") != "" {
		add("installation id %q is not six lower-case letters", c.Install)
	}
	if c.Mount = strings.Trim(c.Mount, "/"); c.Mount == "" {
		c.Mount = "database"
	}
	if err := c.Auth.complete(); err != nil {
		errs = append(errs, err)
	}
	c.Targets = append([]Target(nil), c.Targets...)
	seen := map[string]bool{}
	for i := range c.Targets {
		t := &c.Targets[i]
		if seen[t.Name] {
			add("database %s: there are two of that name", t.Name)
		}
		seen[t.Name] = true
		if err := t.complete(c.Install); err != nil {
			add("database %s: %w", t.Name, err)
		}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return errors.Join(errs...)
}

func (a *Auth) complete() error {
	switch a.Method {
	case "approle", "kubernetes", "jwt":
		if a.Role == "" {
			return fmt.Errorf("auth method %s needs a role", a.Method)
		}
	case "token":
	default:
		return fmt.Errorf("auth method %q is none of approle, kubernetes, jwt and token", a.Method)
	}
	if a.Secret == nil {
		return fmt.Errorf("auth method %s needs a secret", a.Method)
	}
	if a.Mount = strings.Trim(a.Mount, "/"); a.Mount == "" {
		a.Mount = a.Method
	}
	return nil
}

func (t *Target) complete(install string) error {
	if !plain.MatchString(t.Name) {
		return errors.New("its name cannot stand in a Vault path")
	}
	if t.Connection == "" {
		t.Connection = "dbaccess-" + install + "-" + t.Name
	}
	t.lost = t.ending(install)
	t.Profiles = append([]Profile(nil), t.Profiles...)
	for i := range t.Profiles {
		p := &t.Profiles[i]
		if p.Role == "" {
			p.Role = "dbaccess-" + install + "-" + t.Name + "-" + p.Name
		}
		if !plain.MatchString(p.Role) {
			return fmt.Errorf("profile %s: Vault's role %q is not lower-case letters, digits, - and _", p.Name, p.Role)
		}
		if p.Max <= 0 {
			return fmt.Errorf("profile %s: no longest window", p.Name)
		}
		if p.ConnectionLimit == 0 {
			p.ConnectionLimit = 5
		}
	}
	return nil
}

// target finds a database.
func (c *Config) target(name string) (Target, error) {
	for _, t := range c.Targets {
		if t.Name == name {
			return t, nil
		}
	}
	return Target{}, fault.New(fault.NotFound, fmt.Sprintf("There is no database %q here.", name), "")
}

func (t Target) profile(name string) (Profile, error) {
	for _, p := range t.Profiles {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, fault.New(fault.NotFound, fmt.Sprintf("The database %s has no profile %q.", t.Name, name), "")
}

// ours reports an error for a role that does not carry our prefix, or that could
// not stand unquoted where Vault puts it.
func (c *Config) ours(role string) error {
	prefix := credentials.RolePrefix(c.Install)
	if !strings.HasPrefix(role, prefix) || len(role) > 63 || !plain.MatchString(role) {
		return fmt.Errorf("role %q is not one of ours (%s…)", role, prefix)
	}
	return nil
}
