package vault

import (
	"fmt"
	"strings"
)

// rule is one path of a policy.
type rule struct {
	path string
	caps []string
	deny []string // parameters that may not be given, whatever their value
	why  string
}

func hcl(about string, rules []rule) string {
	var b strings.Builder
	for _, line := range strings.Split(about, "\n") {
		fmt.Fprintf(&b, "# %s\n", line)
	}
	for _, r := range rules {
		fmt.Fprintf(&b, "\n# %s\npath %q {\n  capabilities = [%s]\n", r.why, r.path, quoted(r.caps))
		if len(r.deny) > 0 {
			b.WriteString("  denied_parameters = {\n")
			for _, d := range r.deny {
				fmt.Fprintf(&b, "    %q = []\n", d)
			}
			b.WriteString("  }\n")
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func quoted(list []string) string {
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(all, ", ")
}

// grantRules are what a lease's token may do: read its credentials.
func (c *Config) grantRules(p Profile) []rule {
	return []rule{{path: c.Mount + "/creds/" + p.Role, caps: []string{"read"}, why: "one role of this profile, made when it is read"}}
}

// botRules are what the running bot may do. It cannot read credentials with its
// own token, nor change roles, connections or policies.
func (c *Config) botRules() []rule {
	rules := []rule{
		{path: "auth/token/lookup-self", caps: []string{"read"}, why: "its own token: how long it lives"},
		{path: "auth/token/renew-self", caps: []string{"update"}, why: "and that it goes on"},
		{path: "sys/capabilities-self", caps: []string{"update"}, why: "what it may do, checked at start-up"},
		{path: "auth/token/revoke-accessor", caps: []string{"update"}, why: "ends a lease's token, and all that hangs on it"},
		{path: "sys/leases/lookup", caps: []string{"update"}, why: "when a lease was made, and whether it was opened"},
		{path: "sys/leases", caps: []string{"read", "sudo"}, why: "lists the leases that Vault has given up revoking"},
	}
	for _, t := range c.Targets {
		for _, p := range t.all() {
			at := t.Name + ", " + p.Name + ": "
			leases := c.Mount + "/creds/" + p.Role + "/"
			rules = append(rules,
				rule{path: "auth/token/create/" + p.Role, caps: []string{"update"}, why: at + "makes a lease's token"},
				// A lease's id in the body would override the path's.
				rule{path: "sys/leases/renew/" + leases + "*", caps: []string{"update"}, deny: []string{"lease_id"}, why: at + "opens a role until its due second, and closes it"},
				rule{path: "sys/leases/revoke/" + leases + "*", caps: []string{"update"}, deny: []string{"lease_id"}, why: at + "ends a lease"},
				rule{path: "sys/leases/lookup/" + leases, caps: []string{"list", "sudo"}, why: at + "finds leases that were left behind"},
			)
		}
	}
	return rules
}

// forbidden are paths that the bot must not have, with the capabilities that
// would make it more than it is.
func (c *Config) forbidden() []rule {
	change := []string{"create", "update", "patch", "delete", "sudo"}
	rules := []rule{
		{path: "sys/policies/acl/" + c.BotPolicy(), caps: change, why: "change its own policy"},
		{path: "auth/token/create", caps: change, why: "make any token"},
		{path: "auth/token/create-orphan", caps: change, why: "make any token"},
		{path: "sys/leases/revoke-force/" + c.Mount, caps: change, why: "make Vault forget leases whose roles live on"},
		{path: "sys/leases/revoke-prefix/" + c.Mount, caps: change, why: "end leases that are not dbaccess'"},
		{path: "sys/leases/revoke", caps: change, why: "end any lease"},
		{path: "sys/leases/renew", caps: change, why: "renew any lease"},
	}
	for _, t := range c.Targets {
		rules = append(rules, rule{path: c.Mount + "/config/" + t.Connection, caps: change, why: "change the connection of " + t.Name})
		for _, p := range t.all() {
			rules = append(rules,
				rule{path: c.Mount + "/roles/" + p.Role, caps: change, why: "change what SQL makes a role"},
				rule{path: c.Mount + "/creds/" + p.Role, caps: []string{"read", "sudo"}, why: "read credentials that hang on its own token"},
				rule{path: "auth/token/roles/" + p.Role, caps: change, why: "change what a lease's token may do"},
				rule{path: "sys/policies/acl/" + p.Role, caps: change, why: "change what a lease's token may do"},
			)
		}
	}
	return rules
}

// BotPolicy is the name of the running bot's policy.
func (c *Config) BotPolicy() string { return "dbaccess-" + c.Install }
