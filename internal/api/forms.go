package api

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"dbaccess/internal/fault"
)

// Claimed is a credential as its holder gets it: the answer of POST /claim, and
// what `dbaccess claim --format json` prints. It holds the password, so it
// prints as "[claimed]" through fmt and slog; JSON has it whole.
type Claimed struct {
	Grant    string    `json:"grant"`
	Request  string    `json:"request"`
	Name     string    `json:"name"`    // the database's name in dbaccess
	Profile  string    `json:"profile"` // what the grant allows
	Host     string    `json:"host"`
	Port     int       `json:"port"`
	Database string    `json:"database"` // its name inside Postgres
	SSLMode  string    `json:"sslmode"`
	Role     string    `json:"role"`
	Password string    `json:"password"`
	Until    time.Time `json:"until"` // Postgres refuses the login from then on
	Now      time.Time `json:"now"`   // the server's clock, so that a countdown is right on any machine
}

// Format implements fmt.Formatter for every verb.
func (c Claimed) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[claimed]")) }

// LogValue implements slog.LogValuer.
func (c Claimed) LogValue() slog.Value { return slog.StringValue("[claimed]") }

// Forms is a credential as different programs want it. Only Psql is without the
// password: psql asks for it.
type Forms struct {
	Psql   string `json:"psql"`   // a command; nothing secret in the process list or the shell's history
	URI    string `json:"uri"`    // libpq and most drivers
	Env    string `json:"env"`    // export lines for a POSIX shell
	Pgpass string `json:"pgpass"` // a line of ~/.pgpass
	JDBC   string `json:"jdbc"`
}

// Forms writes the credential in every form.
func (c Claimed) Forms() Forms {
	return Forms{
		Psql:   "psql " + shellWord(c.uri(false)),
		URI:    c.uri(true),
		Env:    c.env(),
		Pgpass: c.pgpass(),
		JDBC:   c.jdbc(),
	}
}

// PsqlWithPassword is a command that does not ask: the password is in psql's
// environment, not among its arguments. For eval, not for typing.
func (c Claimed) PsqlWithPassword() string {
	return "PGPASSWORD=" + shellWord(c.Password) + " psql " + shellWord(c.uri(false))
}

func (c Claimed) uri(withPassword bool) string {
	who := escape(c.Role)
	if withPassword {
		who += ":" + escape(c.Password)
	}
	host := net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) // puts IPv6 in brackets
	if strings.HasPrefix(c.Host, "/") {                    // a socket's folder
		host = escape(c.Host) + ":" + strconv.Itoa(c.Port)
	}
	u := "postgresql://" + who + "@" + host + "/" + escape(c.Database)
	if c.SSLMode != "" {
		u += "?sslmode=" + escape(c.SSLMode)
	}
	return u
}

func (c Claimed) jdbc() string {
	u := "jdbc:postgresql://" + net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) + "/" + escape(c.Database) +
		"?user=" + escape(c.Role) + "&password=" + escape(c.Password)
	if c.SSLMode != "" {
		u += "&sslmode=" + escape(c.SSLMode)
	}
	return u
}

func (c Claimed) env() string {
	var b strings.Builder
	for _, v := range [][2]string{
		{"PGHOST", c.Host},
		{"PGPORT", strconv.Itoa(c.Port)},
		{"PGDATABASE", c.Database},
		{"PGUSER", c.Role},
		{"PGPASSWORD", c.Password},
		{"PGSSLMODE", c.SSLMode},
	} {
		if v[1] != "" {
			fmt.Fprintf(&b, "export %s=%s\n", v[0], shellWord(v[1]))
		}
	}
	return b.String()
}

func (c Claimed) pgpass() string {
	esc := strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace
	return strings.Join([]string{
		esc(c.Host), strconv.Itoa(c.Port), esc(c.Database), esc(c.Role), esc(c.Password),
	}, ":")
}

// escape percent-encodes everything but letters, digits and "-_.~", which is
// right in every part of a connection URI.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// shellWord writes s as one word of a POSIX shell.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+,", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// CheckTransport refuses an address over which a password must not travel:
// anything but https, except plain http on the machine itself.
func CheckTransport(u *url.URL) error {
	if u.Scheme == "https" {
		return nil
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	if u.Scheme == "http" && (host == "localhost" || ip != nil && ip.IsLoopback()) {
		return nil
	}
	return fault.New(fault.Invalid, "A password must not travel over "+u.Scheme+"://"+u.Host+".", "Use https.")
}
