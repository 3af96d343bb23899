package vault

import (
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Admin is what Plan needs beyond what the bot knows: as whom Vault connects to
// the targets. It is not needed to run.
type Admin struct {
	// Role is the Postgres role that Vault connects as; empty = dbaccess_vault.
	// It needs CREATEROLE and ADMIN on the profiles' groups, and no more:
	// `dbaccess target sql` writes it.
	Role string
	// Password is its password, by target's name; "" leaves the one that Vault has.
	Password func(target string) (string, error)
}

// Write is one thing that Vault must hold.
type Write struct {
	Why  string         `json:"why"`
	Path string         `json:"path"`
	Data map[string]any `json:"data"`

	secret string // the key of Data that is never read back nor shown
	once   bool   // made if it is not there, and left alone otherwise
}

// Plan is all that Vault must hold for the config, in the order of writing.
type Plan struct {
	Writes []Write `json:"writes"`
	Bot    string  `json:"bot_policy"` // to be attached to whatever the bot logs in with
}

// NewPlan says what Vault must hold. It connects to nothing.
func NewPlan(c Config, a Admin) (Plan, error) {
	if err := c.complete(); err != nil {
		return Plan{}, err
	}
	if a.Role == "" {
		a.Role = "dbaccess_vault"
	}
	plan := Plan{Bot: c.BotPolicy()}
	plan.add(Write{Why: "the database engine", Path: "sys/mounts/" + c.Mount, Data: map[string]any{"type": "database"}, once: true})
	for _, t := range c.Targets {
		if err := c.planTarget(&plan, t, a); err != nil {
			return Plan{}, fmt.Errorf("database %s: %w", t.Name, err)
		}
	}
	plan.add(Write{Why: "what the running dbaccess may do", Path: "sys/policies/acl/" + c.BotPolicy(), Data: map[string]any{
		"policy": hcl("What the running dbaccess of installation "+c.Install+" may do.\nWritten by `dbaccess vault apply`: changes made here are undone by the next.", c.botRules()),
	}})
	return plan, nil
}

func (p *Plan) add(w Write) { p.Writes = append(p.Writes, w) }

func (c *Config) planTarget(plan *Plan, t Target, a Admin) error {
	var roles []string
	for _, p := range t.all() {
		roles = append(roles, p.Role)
	}
	connection := map[string]any{
		"plugin_name":             "postgresql-database-plugin",
		"connection_url":          fmt.Sprintf("postgresql://{{username}}:{{password}}@%s/%s?sslmode=%s", net.JoinHostPort(t.Host, strconv.Itoa(t.Port)), t.Database, t.SSLMode),
		"username":                a.Role,
		"password_authentication": "scram-sha-256", // so that no log of Postgres' holds a password
		"username_template":       c.usernameTemplate(),
		"allowed_roles":           roles,
		"max_open_connections":    4,
		"max_idle_connections":    2,
		"max_connection_lifetime": "60s", // so that a failover is noticed
	}
	if a.Password != nil {
		password, err := a.Password(t.Name)
		if err != nil {
			return err
		}
		if password != "" {
			connection["password"] = password
		}
	}
	plan.add(Write{Why: t.Name + ": how Vault reaches it", Path: c.Mount + "/config/" + t.Connection, Data: connection, secret: "password"})
	for _, p := range t.all() {
		if len(p.Groups) == 0 && !p.ends {
			return fmt.Errorf("profile %s: no groups, so it would give nothing", p.Name)
		}
		at := t.Name + ", " + p.Name + ": "
		longest := int64((p.Max + time.Minute).Seconds())
		plan.add(Write{Why: at + "the SQL that makes and ends its roles", Path: c.Mount + "/roles/" + p.Role, Data: map[string]any{
			"db_name":               t.Connection,
			"creation_statements":   c.creation(t, p),
			"renew_statements":      renewal(),
			"revocation_statements": revocation(),
			"default_ttl":           longest,
			"max_ttl":               longest,
		}})
		plan.add(Write{Why: at + "what a lease's token may do", Path: "sys/policies/acl/" + p.Role, Data: map[string]any{
			"policy": hcl("What the token of one lease may do: "+t.Name+", "+p.Name+".", c.grantRules(p)),
		}})
		plan.add(Write{Why: at + "makes the tokens of its leases", Path: "auth/token/roles/" + p.Role, Data: map[string]any{
			"allowed_policies":        []string{p.Role},
			"orphan":                  true,
			"renewable":               false,
			"token_no_default_policy": true,
			"token_type":              "service",
			"token_explicit_max_ttl":  int64((p.Max + 2*time.Minute).Seconds()),
		}})
	}
	return nil
}

// Terraform prints the plan for the hashicorp/vault provider, each write as a
// vault_generic_endpoint, and policies as such. No password stands in it: the
// variable vault_role_password does.
func (p Plan) Terraform() string {
	var b strings.Builder
	b.WriteString("variable \"vault_role_password\" {\n  type      = string\n  sensitive = true\n}\n")
	for _, w := range p.Writes {
		name := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return '_'
		}, w.Path)
		fmt.Fprintf(&b, "\n# %s\n", w.Why)
		switch {
		case strings.HasPrefix(w.Path, "sys/policies/acl/"):
			fmt.Fprintf(&b, "resource \"vault_policy\" %q {\n  name   = %q\n  policy = <<-EOT\n", name, strings.TrimPrefix(w.Path, "sys/policies/acl/"))
			for _, line := range strings.Split(strings.TrimRight(fmt.Sprint(w.Data["policy"]), "\n"), "\n") {
				b.WriteString("    " + line + "\n")
			}
			b.WriteString("  EOT\n}\n")
		case strings.HasPrefix(w.Path, "sys/mounts/"):
			fmt.Fprintf(&b, "resource \"vault_mount\" %q {\n  path = %q\n  type = \"database\"\n}\n", name, strings.TrimPrefix(w.Path, "sys/mounts/"))
		default:
			data := shown(w)
			delete(data, w.secret)
			text := jsonText(data)
			fmt.Fprintf(&b, "resource \"vault_generic_endpoint\" %q {\n  path                 = %q\n  ignore_absent_fields = true\n", name, w.Path)
			// Terraform reads ${ and %{ in texts as its own.
			text = strings.NewReplacer("${", "$${", "%{", "%%{").Replace(text)
			if w.secret == "" {
				fmt.Fprintf(&b, "  data_json = <<-EOT\n%s\n  EOT\n}\n", text)
			} else {
				fmt.Fprintf(&b, "  disable_read = true\n  data_json = jsonencode(merge(jsondecode(<<-EOT\n%s\n  EOT\n  ), { password = var.vault_role_password }))\n}\n", text)
			}
		}
	}
	return b.String()
}

// JSON prints the plan without its secrets.
func (p Plan) JSON() string {
	out := Plan{Bot: p.Bot}
	for _, w := range p.Writes {
		w.Data = shown(w)
		out.add(w)
	}
	return jsonText(out)
}

// Text prints the plan for people: what is written where, and the policies as
// they are.
func (p Plan) Text() string {
	var b strings.Builder
	for _, w := range p.Writes {
		fmt.Fprintf(&b, "# %s\nvault write %s\n", w.Why, w.Path)
		if policy, ok := w.Data["policy"]; ok {
			fmt.Fprintf(&b, "\n%s\n", indent(fmt.Sprint(policy)))
			continue
		}
		fmt.Fprintf(&b, "%s\n\n", indent(jsonText(shown(w))))
	}
	fmt.Fprintf(&b, "# Attach the policy %s, and no other, to what dbaccess logs in with.\n", p.Bot)
	return b.String()
}

func shown(w Write) map[string]any {
	data := map[string]any{}
	for k, v := range w.Data {
		if k == w.secret {
			v = "[secret]"
		}
		data[k] = v
	}
	return data
}

func jsonText(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("a plan as JSON: %v", err)) // texts, numbers and lists only
	}
	return strings.TrimRight(b.String(), "\n")
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ")
}
