package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/vault/api"

	"dbaccess/credentials"
)

// A role may be there of which Vault knows nothing: it died after Postgres had
// made the role and before it wrote the lease down, or it was restored from a
// backup. Nobody but Vault may drop it, and Vault drops what hangs on a lease.
// So each target has one more role in Vault, whose "creation" takes hold of a
// role that is there and closes it, and whose revocation is that of all others.

// ending is that role of a target's. It gives nothing to anybody.
func (t Target) ending(install string) Profile {
	return Profile{
		Name: "end", Role: "dbaccess-" + install + "-" + t.Name + "--end", Max: time.Minute, ends: true,
	}
}

// all are the profiles of a target and what ends the roles that were lost.
func (t Target) all() []Profile {
	return append(t.Profiles[:len(t.Profiles):len(t.Profiles)], t.lost)
}

// takeHold closes a role that is there; the password that Vault has thought of
// is used for nothing.
func takeHold() []string {
	return []string{
		patience,
		`DO $$ BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{{name}}') THEN ` +
			`ALTER ROLE "{{name}}" NOLOGIN; END IF; END $$`,
	}
}

// endLost ends a role whose lease Vault does not have: by a lease made for that.
// What it leaves if it fails ends by itself in a minute or two.
func (v *Vault) endLost(ctx context.Context, t Target, l credentials.Lease) error {
	answer, err := v.asBot(ctx, func(token string) (*api.Secret, error) {
		return v.mint.write(ctx, token, "auth/token/create/"+t.lost.Role, map[string]any{
			"display_name": l.Role, "ttl": int64(t.lost.Max.Seconds()), "no_default_policy": true,
			"meta": map[string]string{"lease": string(l.ID), "grant": string(l.Grant)},
		})
	})
	if err != nil {
		return explain("take hold of "+l.Role, err)
	}
	if answer == nil || answer.Auth == nil || answer.Auth.Accessor == "" {
		return fmt.Errorf("take hold of %s: Vault gave no token", l.Role)
	}
	token, accessor := answer.Auth.ClientToken, answer.Auth.Accessor
	made, err := v.mint.read(ctx, token, v.config.Mount+"/creds/"+t.lost.Role)
	switch {
	case err != nil:
		err = explain("take hold of "+l.Role, err)
	case made == nil || made.LeaseID == "" || made.Data["username"] != l.Role:
		err = fmt.Errorf("take hold of %s: Vault's connection %s names roles otherwise: run `dbaccess vault apply`", l.Role, t.Connection)
	default:
		err = v.revokeLease(ctx, made.LeaseID)
	}
	return errors.Join(err, v.revokeAccessor(ctx, accessor)) // Vault goes on with what was left
}
