package vault

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
)

// Drift is a difference between the plan and Vault.
type Drift struct {
	Path    string
	Missing bool     // there is nothing at all
	Keys    []string // what differs, if there is something
	Why     string   // of the write
}

func (d Drift) String() string {
	if d.Missing {
		return d.Path + ": missing (" + d.Why + ")"
	}
	return d.Path + ": differs in " + strings.Join(d.Keys, ", ") + " (" + d.Why + ")"
}

// Administrator changes and reads what Plan names, with a token of whoever
// administers Vault. The running bot has none such.
type Administrator struct {
	client client
	token  string
}

// NewAdministrator makes an administrator of the config's Vault.
func NewAdministrator(c Config, token string) (*Administrator, error) {
	cl, err := newClient(c, 2)
	if err != nil {
		return nil, err
	}
	return &Administrator{client: cl, token: token}, nil
}

// Apply writes what differs, and says what it wrote. What is as it should be is
// left alone, so that a second run writes nothing.
func (a *Administrator) Apply(ctx context.Context, plan Plan) (written []string, err error) {
	for _, w := range plan.Writes {
		d, err := a.compare(ctx, w)
		if err != nil {
			return written, err
		}
		if d == nil {
			continue
		}
		if w.once && !d.Missing {
			return written, fmt.Errorf("%s is there, and is something else", w.Path)
		}
		if _, err := a.client.write(ctx, a.token, w.Path, w.Data); err != nil {
			return written, explain("write "+w.Path, err)
		}
		written = append(written, w.Path)
	}
	return written, nil
}

// Status compares Vault with the plan. Passwords cannot be compared.
func (a *Administrator) Status(ctx context.Context, plan Plan) ([]Drift, error) {
	var all []Drift
	for _, w := range plan.Writes {
		d, err := a.compare(ctx, w)
		if err != nil {
			return all, err
		}
		if d != nil {
			all = append(all, *d)
		}
	}
	return all, nil
}

// RotateRoot makes Vault give its Postgres role a password that only Vault knows.
func (a *Administrator) RotateRoot(ctx context.Context, c Config, target string) error {
	if err := c.complete(); err != nil {
		return err
	}
	t, err := c.target(target)
	if err != nil {
		return err
	}
	_, err = a.client.write(ctx, a.token, c.Mount+"/rotate-root/"+t.Connection, nil)
	return explain("rotate the password of Vault's role on "+target, err)
}

// compare reads what a write would change; nil means nothing.
func (a *Administrator) compare(ctx context.Context, w Write) (*Drift, error) {
	have, err := a.present(ctx, w.Path)
	if err != nil {
		return nil, err
	}
	if have == nil {
		return &Drift{Path: w.Path, Missing: true, Why: w.Why}, nil
	}
	var keys []string
	for key, want := range w.Data {
		if key != w.secret && !same(want, have[key]) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	slices.Sort(keys)
	return &Drift{Path: w.Path, Keys: keys, Why: w.Why}, nil
}

// present reads a path; nil if there is nothing. A connection's details come
// one level deeper than they are written.
func (a *Administrator) present(ctx context.Context, path string) (map[string]any, error) {
	answer, err := a.client.read(ctx, a.token, path)
	if code := status(err); code == 404 || code == 400 && strings.HasPrefix(path, "sys/mounts/") {
		return nil, nil
	}
	if err != nil {
		return nil, explain("read "+path, err)
	}
	if answer == nil {
		return nil, nil
	}
	return flatten(answer), nil
}

func flatten(answer *api.Secret) map[string]any {
	all := map[string]any{}
	for k, v := range answer.Data {
		all[k] = v
	}
	if details, ok := answer.Data["connection_details"].(map[string]any); ok {
		for k, v := range details {
			all[k] = v
		}
	}
	return all
}

// same compares what is written with what is read: Vault gives numbers for
// durations, lists where texts were written, and texts where numbers were.
func same(want, have any) bool {
	if have == nil {
		return false
	}
	a, b := plainValue(want), plainValue(have)
	if reflect.DeepEqual(a, b) {
		return true
	}
	x, y := strings.TrimSpace(fmt.Sprint(a)), strings.TrimSpace(fmt.Sprint(b))
	if x == y {
		return true
	}
	d, errX := time.ParseDuration(x) // "60s" comes back as "1m0s"
	e, errY := time.ParseDuration(y)
	return errX == nil && errY == nil && d == e
}

func plainValue(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		return v
	}
	var out any
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.UseNumber()
	if dec.Decode(&out) != nil {
		return v
	}
	return out
}
