package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"

	"dbaccess/internal/fault"
)

// Problem is one thing wrong with a config, and where.
type Problem struct {
	Path string // "databases[0].profiles[1].max", or "" for the file itself
	Msg  string
}

func (p Problem) String() string {
	if p.Path == "" {
		return p.Msg
	}
	return p.Path + ": " + p.Msg
}

// Problems are all that is wrong with a config.
type Problems []Problem

// Add notes a problem at path.
func (ps *Problems) Add(path, format string, args ...any) {
	*ps = append(*ps, Problem{path, fmt.Sprintf(format, args...)})
}

// Err returns nil if there are none, else one fault that lists them all.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "The config has %d problem", len(ps))
	if len(ps) > 1 {
		b.WriteByte('s')
	}
	b.WriteByte(':')
	for _, p := range ps {
		b.WriteString("\n  " + p.String())
	}
	return fault.New(fault.Invalid, b.String(), "config.example.yaml shows every key; `dbaccess config check` looks again.")
}

// Load reads and checks the file. It reads no secret: Secrets does.
func Load(path string) (Config, Problems) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, Problems{{"", err.Error() + "; --config or $DBACCESS_CONFIG names another file"}}
	}
	c, ps := Parse(bytes.NewReader(data))
	for i, f := range c.Policy.Files {
		if !filepath.IsAbs(f) {
			c.Policy.Files[i] = filepath.Join(filepath.Dir(path), f)
		}
	}
	return c, ps
}

// Parse reads and checks YAML.
func Parse(r io.Reader) (Config, Problems) {
	v := viper.New()
	v.SetConfigType("yaml")
	if err := v.ReadConfig(r); err != nil {
		return Config{}, Problems{{"", "The file is not YAML: " + strings.TrimPrefix(err.Error(), "While parsing config: ")}}
	}
	c := defaults()
	var ps Problems
	hook := viper.DecodeHook(mapstructure.ComposeDecodeHookFunc(duration, mapstructure.StringToSliceHookFunc(",")))
	strict := func(d *mapstructure.DecoderConfig) { d.WeaklyTypedInput = false }
	if err := v.UnmarshalExact(&c, hook, strict); err != nil {
		ps = decodeProblems(err)
	}
	c.complete()
	var more Problems
	c.check(&more)
	for _, p := range more { // what could not be read is not missing as well
		if !slices.ContainsFunc(ps, func(q Problem) bool { return q.Path == p.Path }) {
			ps = append(ps, p)
		}
	}
	return c, ps
}

// Lead is how long before something we say so. Unlike other durations it may be
// 0: then we do not.
type Lead time.Duration

// duration decodes "2h" and refuses zero and negative durations, wherever one
// is written: a key that is not wanted is left out.
func duration(from, to reflect.Type, data any) (any, error) {
	if to == reflect.TypeFor[Lead]() && (data == 0 || data == "0" || data == "0s") {
		return Lead(0), nil
	}
	if to != reflect.TypeFor[time.Duration]() && to != reflect.TypeFor[Lead]() {
		return data, nil
	}
	s, ok := data.(string)
	if !ok {
		return nil, fmt.Errorf(`%v is not a duration: write a number with its unit, such as "90s", "30m" or "8h"`, data)
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return nil, fmt.Errorf(`%q is not a duration: write a number with its unit, such as "90s", "30m" or "8h"`, s)
	}
	if d <= 0 {
		return nil, fmt.Errorf("%q must be longer than nothing", s)
	}
	return d, nil
}

var (
	invalidKeys = regexp.MustCompile(`^'([^']*)' has invalid keys: (.*)$`)
	notList     = regexp.MustCompile(`^'([^']*)' source data must be an array or slice, got (.*)$`)
	notType     = regexp.MustCompile(`^'([^']*)' expected (?:type '([^']*)', got unconvertible type|a map or struct, got) ['"]([^'"]*)['"]`)
	atField     = regexp.MustCompile(`^'([^']*)' (.*)$`)
	atDecoding  = regexp.MustCompile(`^error decoding '([^']*)': (.*)$`)
)

// decodeProblems takes mapstructure's joined error apart into problems with
// paths.
func decodeProblems(err error) (ps Problems) {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, e := range joined.Unwrap() {
			ps = append(ps, decodeProblems(e)...)
		}
		return ps
	}
	msg := strings.TrimSpace(err.Error())
	if m := invalidKeys.FindStringSubmatch(msg); m != nil {
		for _, k := range strings.Split(m[2], ", ") {
			ps.Add(strings.TrimPrefix(m[1]+"."+k, "."), "unknown key")
		}
		return ps
	}
	if m := atDecoding.FindStringSubmatch(msg); m != nil {
		return Problems{{m[1], m[2]}}
	}
	if m := notList.FindStringSubmatch(msg); m != nil {
		return Problems{{m[1], "must be a list, not " + yamlWord(m[2])}}
	}
	if m := notType.FindStringSubmatch(msg); m != nil {
		return Problems{{m[1], "must be " + yamlWord(m[2]) + ", not " + yamlWord(m[3])}}
	}
	if m := atField.FindStringSubmatch(msg); m != nil {
		return Problems{{m[1], m[2]}}
	}
	return Problems{{"", msg}}
}

// yamlWord says a Go type in the words of somebody who writes YAML; mapstructure
// names no type where it wants a struct.
func yamlWord(goType string) string {
	switch {
	case goType == "" || strings.HasPrefix(goType, "map"):
		return "keys with values"
	case goType == "slice" || strings.HasPrefix(goType, "[]"):
		return "a list"
	case goType == "bool":
		return "true or false"
	case strings.HasPrefix(goType, "int") || strings.HasPrefix(goType, "float"):
		return "a number"
	case goType == "string":
		return "text"
	}
	return "a " + goType
}

// Secrets reads every reference once and reports all that cannot be read.
func (c Config) Secrets() (ps Problems) {
	read := func(path string, r Ref) {
		if r == "" {
			return // check has said so where it is needed
		}
		if _, err := r.Read(); err != nil && !errors.Is(err, errRef) {
			ps.Add(path, "%v", err)
		}
	}
	read("store.url", c.Store.URL)
	read("slack.bot_token", c.Slack.BotToken)
	if c.Slack.OverHTTP() {
		for i, r := range c.Slack.SigningSecrets {
			read(fmt.Sprintf("slack.signing_secrets[%d]", i), r)
		}
	} else {
		read("slack.app_token", c.Slack.AppToken)
	}
	if c.UsesVault() {
		read("vault.auth.secret", c.Vault.Auth.Secret)
	}
	for i, d := range c.Databases {
		read(fmt.Sprintf("databases[%d].issuer_url", i), d.IssuerURL)
		read(fmt.Sprintf("databases[%d].monitor_url", i), d.MonitorURL)
		read(fmt.Sprintf("databases[%d].preview_url", i), d.PreviewURL)
	}
	return ps
}

// Profile finds a profile by name; an unknown one allows nothing.
func (d Database) Profile(name string) Profile {
	i := slices.IndexFunc(d.Profiles, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}
	}
	return d.Profiles[i]
}

// Database finds a database by name.
func (c Config) Database(name string) (Database, bool) {
	i := slices.IndexFunc(c.Databases, func(d Database) bool { return d.Name == name })
	if i < 0 {
		return Database{}, false
	}
	return c.Databases[i], true
}
