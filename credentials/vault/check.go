package vault

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/vault/api"

	"dbaccess/internal/fault"
)

// Check says whether the bot can do its work in Vault, and whether it could do
// more: problems are sentences for operators, empty when all is as it should be.
// An error means that nobody can tell, most often because Vault is away.
func (v *Vault) Check(ctx context.Context) (problems []string, err error) {
	required, forbidden := v.config.botRules(), v.config.forbidden()
	var paths []string
	for _, r := range slices.Concat(required, forbidden) {
		paths = append(paths, probe(r.path))
	}
	answer, err := v.asBot(ctx, func(token string) (*api.Secret, error) {
		return v.ctl.write(ctx, token, "sys/capabilities-self", map[string]any{"paths": paths})
	})
	if err != nil {
		return nil, explain("ask Vault what dbaccess may do", err)
	}
	if answer == nil {
		return nil, fault.New(fault.Unavailable, "Vault does not say what dbaccess may do.", "")
	}
	for _, r := range required {
		have := stringsOf(answer, probe(r.path))
		for _, want := range r.caps {
			if !slices.Contains(have, want) && !slices.Contains(have, "root") {
				problems = append(problems, fmt.Sprintf("dbaccess may not %s %s in Vault (%s): run `dbaccess vault apply`, and attach the policy %s.", want, r.path, r.why, v.config.BotPolicy()))
			}
		}
	}
	for _, r := range forbidden {
		have := stringsOf(answer, probe(r.path))
		if slices.Contains(have, "root") {
			return append(problems, "dbaccess has a root token of Vault: whoever takes it has everything. Give it one with the policy "+v.config.BotPolicy()+" only."), nil
		}
		for _, may := range r.caps {
			if slices.Contains(have, may) {
				problems = append(problems, fmt.Sprintf("dbaccess may %s %s in Vault, and should not: it could %s.", may, r.path, r.why))
				break
			}
		}
	}
	left, err := v.Irrevocable(ctx)
	if err == nil && len(left) > 0 {
		problems = append(problems, fmt.Sprintf("Vault has given up revoking %d of dbaccess' leases; the sweep ends them when their databases answer.", len(left)))
	}
	return problems, nil
}

// probe is a path under a policy's: a rule for all below one is asked about with
// one of them.
func probe(path string) string {
	if base, ok := strings.CutSuffix(path, "*"); ok {
		return base + "any"
	}
	return path
}

// Health says whether Vault answers and is unsealed, for readiness.
func (v *Vault) Health(ctx context.Context) error {
	health, err := v.ctl.api.Sys().HealthWithContext(ctx)
	switch {
	case err != nil:
		return explain("ask how Vault is", err)
	case !health.Initialized:
		return fault.New(fault.Unavailable, "Vault is not initialised.", "Its operators have to set it up.")
	case health.Sealed:
		return fault.New(fault.Unavailable, "Vault is sealed.", "Its operators have to unseal it.")
	}
	return nil
}
