package vault

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/vault/api"

	"dbaccess/credentials"
)

// Vault mints and ends credentials for a set of databases.
type Vault struct {
	config  Config
	ctl     client // for all that may be done twice
	mint    client // never repeats a call: each would be another token or role
	session session
}

var _ credentials.Issuer = (*Vault)(nil)

// Open checks the config and makes the clients. It connects to nothing: a Vault
// that is away is no reason not to start.
func Open(c Config) (*Vault, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	if c.Eyes == nil {
		return nil, fmt.Errorf("no eyes: Vault cannot tell which roles there are")
	}
	ctl, err := newClient(c, 2)
	if err != nil {
		return nil, err
	}
	mint, err := newClient(c, 0)
	if err != nil {
		return nil, err
	}
	return &Vault{config: c, ctl: ctl, mint: mint}, nil
}

// Issuer returns the issuer of a database: credentials.Service.Issuer.
func (v *Vault) Issuer(database string) (credentials.Issuer, error) {
	_, err := v.config.target(database)
	return v, err
}

// Roles lists the roles of our prefix.
func (v *Vault) Roles(ctx context.Context, database string) ([]string, error) {
	return v.config.Eyes.Roles(ctx, database)
}

const (
	// A lease outlives its window by this: Postgres refuses log-ins from the due
	// second, we end the sessions then, and Vault comes last, should we be down.
	leaseGrace = 30 * time.Second
	// A lease's token outlives the lease by this.
	tokenGrace = 60 * time.Second
)

// prepared is a lease's token, with which its credentials can be read once.
type prepared struct {
	*Vault
	target  Target
	profile Profile
	order   credentials.Order
	token   string
	handle  string // the token's accessor
}

// Prepare makes the token that the credentials will hang on. It is an orphan, so
// that it outlives the bot's own. If the answer is lost, a token is left that
// nobody knows and that has done nothing; it ends by itself.
func (v *Vault) Prepare(ctx context.Context, o credentials.Order) (credentials.Prepared, error) {
	t, err := v.config.target(o.Database)
	if err != nil {
		return nil, err
	}
	p, err := t.profile(o.Profile)
	if err != nil {
		return nil, err
	}
	if err := v.config.ours(o.Role); err != nil {
		return nil, err
	}
	ctx = correlated(ctx, string(o.Lease))
	ttl := o.Until.Sub(v.config.Now()) + tokenGrace
	answer, err := v.asBot(ctx, func(token string) (*api.Secret, error) {
		return v.mint.write(ctx, token, "auth/token/create/"+p.Role, map[string]any{
			"display_name":      o.Role,
			"ttl":               int64(ttl.Seconds()),
			"no_default_policy": true,
			"meta": map[string]string{
				"lease": string(o.Lease), "grant": string(o.Grant), "request": string(o.Request), "holder": o.Holder,
			},
		})
	})
	if err != nil {
		return nil, explain("make a token for the lease", err)
	}
	if answer == nil || answer.Auth == nil || answer.Auth.ClientToken == "" || answer.Auth.Accessor == "" {
		return nil, fmt.Errorf("make a token for the lease: Vault gave none")
	}
	prepared := prepared{Vault: v, target: t, profile: p, order: o, token: answer.Auth.ClientToken, handle: answer.Auth.Accessor}
	if !answer.Auth.Orphan {
		return nil, fmt.Errorf("the token role %s does not make orphans, so the lease would end with the bot's own token: run `dbaccess vault apply`", p.Role)
	}
	return prepared, nil
}

// Handle is the token's accessor: it ends the token and all that hangs on it,
// and can do nothing else.
func (p prepared) Handle() string { return p.handle }

// Mint reads the credentials, once, and opens the role until its due second.
func (p prepared) Mint(ctx context.Context) (credentials.Credential, error) {
	ctx = correlated(ctx, string(p.order.Lease))
	answer, err := p.mint.read(ctx, p.token, p.config.Mount+"/creds/"+p.profile.Role)
	if err != nil {
		return credentials.Credential{}, explain("read credentials", err)
	}
	if answer == nil || answer.LeaseID == "" {
		return credentials.Credential{}, fmt.Errorf("read credentials: Vault gave no lease")
	}
	role, _ := answer.Data["username"].(string)
	password, _ := answer.Data["password"].(string)
	if role != p.order.Role || password == "" {
		return credentials.Credential{}, fmt.Errorf("read credentials: Vault named the role %q instead of %q; is the connection's username template what `dbaccess vault apply` writes?", role, p.order.Role)
	}
	oid, err := p.open(ctx, answer.LeaseID)
	if err != nil {
		return credentials.Credential{}, err
	}
	return credentials.Credential{
		Lease: p.order.Lease, Host: p.target.Host, Port: p.target.Port, Database: p.target.Database, SSLMode: p.target.SSLMode,
		Role: role, RoleOID: oid, Password: credentials.NewSecret(password), Until: p.order.Until, Ref: answer.LeaseID,
	}, nil
}

// open renews the lease so that the role's VALID UNTIL is the due second, and
// looks at the role to be sure. Vault counts from its own clock and cuts to whole
// seconds; what that puts wrong, the next renewal puts right.
func (p prepared) open(ctx context.Context, lease string) (uint32, error) {
	var until time.Time
	off := time.Duration(0) // what has to be added because of Vault's clock
	for range 5 {
		increment := p.order.Until.Sub(p.config.Now().Truncate(time.Second)) + leaseGrace + off
		if err := p.renew(ctx, lease, increment); err != nil {
			return 0, explain("open the role until its due second", err)
		}
		oid, seen, _, err := p.config.Eyes.Role(ctx, p.order.Database, p.order.Role)
		if err != nil {
			return 0, fmt.Errorf("look at the new role: %w", err)
		}
		if oid == 0 {
			return 0, fmt.Errorf("role %s is not on the database whose credentials Vault gave: does Vault's connection %s lead there?", p.order.Role, p.target.Connection)
		}
		if until = seen; until.Equal(p.order.Until) {
			return oid, nil
		}
		if seen.IsZero() || seen.Before(time.Unix(1, 0)) {
			return 0, fmt.Errorf("renewing did not open role %s: are the renewal statements what `dbaccess vault apply` writes?", p.order.Role)
		}
		off += p.order.Until.Sub(seen)
	}
	return 0, fmt.Errorf("role %s is valid until %v instead of %v", p.order.Role, until, p.order.Until)
}

// renew makes a lease end in so long from now, which may be sooner than before.
func (v *Vault) renew(ctx context.Context, lease string, increment time.Duration) error {
	_, err := v.asBot(ctx, func(token string) (*api.Secret, error) {
		return v.ctl.write(ctx, token, "sys/leases/renew/"+lease, map[string]any{"increment": int64(increment.Seconds())})
	})
	return err
}
