package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/vault/api"

	"dbaccess/credentials"
)

const (
	// Renewed to end so soon, a lease has a VALID UNTIL that long past that a
	// clock of Postgres' that is late does not matter.
	blockFor = 10 * time.Second
	// Blocking is a courtesy: sessions are ended next, whether it works or not.
	blockTimeout = 2 * time.Second
	// How long a role is waited for whose token was ended: Vault does that at once,
	// but not before it answers.
	lazyTimeout = 5 * time.Second
	// A lease that was not renewed for so long after it was made never will be: its
	// mint was cut short.
	unopened = 3 * callTimeout
)

// Block renews the leases down, which puts VALID UNTIL into the past. Sessions go
// on. A lease whose id nobody learned has no role that can log in.
func (v *Vault) Block(ctx context.Context, leases []credentials.Lease) error {
	for _, l := range leases {
		if err := v.config.ours(l.Role); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, blockTimeout)
	defer cancel()
	var wg sync.WaitGroup
	errs := make([]error, len(leases))
	slots := make(chan struct{}, 8)
	for i, l := range leases {
		if l.Ref == "" {
			continue
		}
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			err := explain("block "+l.Role, v.renew(correlated(ctx, string(l.ID)), l.Ref, blockFor))
			if !refused(err, 400) { // no such lease, or one that ends for good
				errs[i] = err
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Revoke ends the lease's role, and looks whether it is gone: what Vault says of
// a lease is not what it says of a role.
func (v *Vault) Revoke(ctx context.Context, l credentials.Lease) error {
	if err := v.config.ours(l.Role); err != nil {
		return err
	}
	t, err := v.config.target(l.Database)
	if err != nil {
		return err
	}
	ctx = correlated(ctx, string(l.ID))
	var why error // why the lease could not be ended
	if l.Ref != "" {
		why = v.revokeLease(ctx, l.Ref)
	}
	gone, err := v.gone(ctx, l)
	left := err == nil && !gone || errors.Is(err, credentials.ErrDisabled)
	switch {
	case left && err != nil && refused(why, 400): // Postgres refuses to drop what it has disabled
		return fmt.Errorf("%w: %w", err, why)
	case left && why != nil: // disabled or not: Vault was cut short, and will be asked again
		return why
	case left:
		if err = v.revokeUnknown(ctx, t, l); err != nil {
			return err
		}
	case why != nil && !gone:
		return why
	case err != nil:
		return err
	}
	// Last, so that whatever goes wrong before leaves the way by it open.
	return v.revokeAccessor(ctx, l.Handle)
}

// gone looks at the role. An error means that it is there and disabled
// (credentials.ErrDisabled), or that nobody can tell.
func (v *Vault) gone(ctx context.Context, l credentials.Lease) (bool, error) {
	oid, _, disabled, err := v.config.Eyes.Role(ctx, l.Database, l.Role)
	switch {
	case err != nil:
		return false, fmt.Errorf("look whether %s is gone: %w", l.Role, err)
	case disabled && oid != 0:
		return false, fmt.Errorf("role %s: %w", l.Role, credentials.ErrDisabled)
	}
	return oid == 0, nil
}

// revokeLease ends a lease and waits for it. It is nil if there is no such lease.
func (v *Vault) revokeLease(ctx context.Context, lease string) error {
	_, err := v.asBot(ctx, func(token string) (*api.Secret, error) {
		return v.ctl.write(ctx, token, "sys/leases/revoke/"+lease, map[string]any{"sync": true})
	})
	return explain("revoke the lease", err)
}

// revokeAccessor ends a lease's token; nothing if there is none any more.
func (v *Vault) revokeAccessor(ctx context.Context, accessor string) error {
	if accessor == "" {
		return nil
	}
	_, err := v.asBot(ctx, func(token string) (*api.Secret, error) {
		return v.ctl.write(ctx, token, "auth/token/revoke-accessor", map[string]any{"accessor": accessor})
	})
	err = explain("revoke the lease's token", err)
	if refused(err, 400) || refused(err, 404) || refused(err, 403) && strings.Contains(err.Error(), "invalid accessor") {
		return nil
	}
	return err
}

// revokeUnknown ends a role whose lease nobody knows: by its token, which ends
// all that hangs on it, a little later; and if that is not enough, by ending the
// target's leases that nobody else will: those that Vault has given up on, and
// those whose mint was cut short. A role that is there even then has none.
func (v *Vault) revokeUnknown(ctx context.Context, t Target, l credentials.Lease) error {
	if err := v.revokeAccessor(ctx, l.Handle); err != nil {
		return err
	}
	if l.Handle != "" {
		deadline := time.Now().Add(lazyTimeout)
		for time.Now().Before(deadline) {
			gone, err := v.gone(ctx, l)
			if gone {
				return nil
			}
			// Disabled it is on its way to be dropped, too.
			if err != nil && !errors.Is(err, credentials.ErrDisabled) {
				break
			}
			if err := sleep(ctx, 50*time.Millisecond); err != nil {
				return explain("wait for "+l.Role+" to go", err)
			}
		}
	}
	left, huntErr := v.hunt(ctx, t)
	gone, err := v.gone(ctx, l)
	if !gone && left.mayBeLost(l, err) {
		huntErr = errors.Join(huntErr, v.endLost(ctx, t, l))
		gone, err = v.gone(ctx, l)
	}
	switch {
	case gone:
		return nil
	case err != nil && huntErr != nil:
		return fmt.Errorf("%w: %w", err, huntErr)
	case err != nil:
		return err
	case huntErr != nil:
		return huntErr
	}
	return fmt.Errorf("role %s is there, and Vault has no lease of it that is over: one that was cut short is found a minute later", l.Role)
}

// behind is what there is of a target's leases that nobody will end.
type behind struct {
	over  []string // ids: irrevocable, or never opened although their mint must be over
	young int      // never opened, but their mint may be under way
	held  int      // made to end a role that was lost, and there still
}

// mayBeLost says whether Vault may be without a lease that would end the role,
// which is there or (if the look at it brought that error) disabled. A young lease
// may be the role's: if the token is ended, nobody is any the worse for not
// waiting, and Tidy ends the lease when it is older.
func (b behind) mayBeLost(l credentials.Lease, look error) bool {
	if errors.Is(look, credentials.ErrDisabled) {
		return b.young+b.held+len(b.over) == 0
	}
	return look == nil && (l.Handle != "" || b.young == 0)
}

// Tidy ends the leases that nobody else will: of roles that are there, and of
// such as were ended in another way. Run does it now and then.
func (v *Vault) Tidy(ctx context.Context) error {
	var errs []error
	for _, t := range v.config.Targets {
		_, err := v.hunt(ctx, t)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// hunt ends the leases of a target that were left behind.
func (v *Vault) hunt(ctx context.Context, t Target) (behind, error) {
	left, err := v.leftBehind(ctx, t)
	errs := []error{err}
	if err != nil {
		left.young++ // nobody can tell
	}
	for _, lease := range left.over {
		errs = append(errs, v.revokeLease(ctx, lease))
	}
	return left, errors.Join(errs...)
}

// leftBehind looks through a target's leases.
func (v *Vault) leftBehind(ctx context.Context, t Target) (behind, error) {
	var left behind
	irrevocable, err := v.Irrevocable(ctx)
	if err != nil {
		return left, err
	}
	for _, p := range t.all() {
		prefix := v.config.Mount + "/creds/" + p.Role + "/"
		for _, lease := range irrevocable {
			if strings.HasPrefix(lease, prefix) {
				left.over = append(left.over, lease)
			}
		}
		answer, err := v.asBot(ctx, func(token string) (*api.Secret, error) {
			return v.ctl.list(ctx, token, "sys/leases/lookup/"+prefix)
		})
		if err != nil {
			return left, explain("list leases", err)
		}
		for _, key := range stringsOf(answer, "keys") {
			made, err := v.unopenedSince(ctx, prefix+key)
			switch {
			case err != nil:
				return left, err
			case made.IsZero():
			case v.config.Now().Sub(made) > unopened:
				left.over = append(left.over, prefix+key)
			case p.ends:
				left.held++
			default:
				left.young++
			}
		}
	}
	return left, nil
}

// unopenedSince says when a lease was made that was never renewed; zero if it
// was, or has just ended.
func (v *Vault) unopenedSince(ctx context.Context, lease string) (time.Time, error) {
	answer, err := v.asBot(ctx, func(token string) (*api.Secret, error) {
		return v.ctl.write(ctx, token, "sys/leases/lookup", map[string]any{"lease_id": lease})
	})
	if err = explain("look at a lease", err); refused(err, 400) {
		return time.Time{}, nil
	}
	if err != nil || answer == nil {
		return time.Time{}, err
	}
	if renewed, ok := answer.Data["last_renewal"]; !ok || renewed != nil {
		return time.Time{}, nil
	}
	text, _ := answer.Data["issue_time"].(string)
	made, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("look at a lease: when was it made: %w", err)
	}
	return made, nil
}

// Irrevocable lists the ids of our leases that Vault has given up revoking, for
// the sweep and for status. They are capabilities: count them, do not show them.
func (v *Vault) Irrevocable(ctx context.Context) ([]string, error) {
	answer, err := v.asBot(ctx, func(token string) (*api.Secret, error) {
		return v.ctl.with(ctx, token).ReadWithDataWithContext(ctx, "sys/leases", map[string][]string{
			"type": {"irrevocable"}, "include_child_namespaces": {"false"}, "limit": {"none"},
		})
	})
	if err != nil {
		return nil, explain("list irrevocable leases", err)
	}
	if answer == nil {
		return nil, nil
	}
	raw, err := json.Marshal(answer.Data["leases"])
	if err != nil {
		return nil, fmt.Errorf("list irrevocable leases: %w", err)
	}
	var leases []struct {
		ID string `json:"lease_id"`
	}
	if err := json.Unmarshal(raw, &leases); err != nil {
		return nil, fmt.Errorf("list irrevocable leases: %w", err)
	}
	var ids []string
	for _, l := range leases {
		if v.knows(l.ID) {
			ids = append(ids, l.ID)
		}
	}
	return ids, nil
}

// knows reports whether a lease is of one of our roles.
func (v *Vault) knows(lease string) bool {
	for _, t := range v.config.Targets {
		for _, p := range t.all() {
			if strings.HasPrefix(lease, v.config.Mount+"/creds/"+p.Role+"/") {
				return true
			}
		}
	}
	return false
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
