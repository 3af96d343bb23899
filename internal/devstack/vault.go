package devstack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// VaultOptions says what server to start. The zero value is a throw-away server
// in memory, on a free port, initialised and unsealed.
type VaultOptions struct {
	Durable     bool          // keeps its data on disk (raft), so that Restart finds it
	RevokeRetry time.Duration // when a failed revocation is tried again first; 0 = Vault's 10 s. Our own build only
	Progress    func(string)  // told, in a sentence, what is being done when it may take long; may be nil

	join *Vault // become a node of this one's cluster instead of initialising
}

// Vault is a running server of our own. Addr and RootToken may be used by many
// at once; the methods by one at a time.
type Vault struct {
	Addr      string // http://127.0.0.1:PORT
	RootToken string
	Own       bool   // our own build, not one found on PATH
	Dir       string // holds the configuration, the log and raft's data

	key     string // the one unseal key
	standby bool   // it has a cluster: unsealed, it may stand by
	bin     vaultBinary
	options VaultOptions
	port    int
	cluster int
	proc    *process // nil while killed or stopped
}

// vaultPrefix begins the name of every temporary folder, as tempPrefix does for
// Postgres.
const vaultPrefix = "dbaccess-vault-"

// StartVault finds (or builds) a Vault server, starts it, and initialises and
// unseals it with one key. It listens on 127.0.0.1 only. ctx bounds the start
// only; the server runs until Stop, or until this process ends, however it does.
func StartVault(ctx context.Context, o VaultOptions) (*Vault, error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	bin, err := findOrBuildVault(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	removeStale(vaultPrefix)
	dir, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", vaultPrefix, os.Getpid()))
	if err != nil {
		return nil, fmt.Errorf("make Vault's folder: %w", err)
	}
	v := &Vault{Dir: dir, Own: bin.ours, bin: bin, options: o}
	err = v.launch(ctx)
	switch {
	case err != nil:
	case o.join != nil:
		err = v.join(ctx, o.join)
	default:
		err = v.initialise(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, v.Stop(ctx))
	}
	return v, nil
}

// launch starts the server on ports that are free. Between finding a port free
// and the server taking it, somebody else may.
func (v *Vault) launch(ctx context.Context) error {
	var err error
	for range 5 {
		if v.port, err = freePort(); err != nil {
			return err
		}
		if v.cluster, err = freePort(); err != nil {
			return err
		}
		v.Addr = "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(v.port))
		if err = v.run(ctx); err == nil || !errors.Is(err, errExited) {
			return err
		}
	}
	return err
}

// configuration is what the server reads: plain HTTP, because it never leaves
// this machine.
func (v *Vault) configuration() string {
	storage := `storage "inmem" {}`
	if v.options.Durable {
		storage = fmt.Sprintf("storage \"raft\" {\n  path = %q\n  node_id = %q\n%s}", filepath.Join(v.Dir, "raft"), filepath.Base(v.Dir), raftTuning)
	}
	return fmt.Sprintf(`disable_mlock = true
log_level = "info"
api_addr = %q
cluster_addr = "https://127.0.0.1:%d"
max_lease_ttl = "768h"
listener "tcp" {
  address = "127.0.0.1:%d"
  tls_disable = true
}
%s
`, v.Addr, v.cluster, v.port, storage)
}

// raftTuning lets a server notice in a second, not in five, that no leader is
// there, and gives new ones their vote at once. It is for tests and demos.
const raftTuning = `  performance_multiplier = "1"
  autopilot_reconcile_interval = "200ms"
  autopilot_update_interval = "200ms"
`

// run starts the process and waits until its API answers, sealed or not.
func (v *Vault) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	file := filepath.Join(v.Dir, "vault.hcl")
	if err := os.WriteFile(file, []byte(v.configuration()), 0o600); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(v.Dir, "raft"), 0o700); err != nil {
		return err
	}
	args := []string{"server", "-config=" + file}
	if v.options.RevokeRetry > 0 && v.bin.ours {
		args = append(args, "-revoke-retry="+v.options.RevokeRetry.String())
	}
	proc, err := startProcess(nil, v.LogFile(), v.bin.path, args...)
	if err != nil {
		return fmt.Errorf("start vault: %w", err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-proc.done:
			return fmt.Errorf("vault %w: %s", errExited, tail(v.LogFile()))
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("wait for vault: %w: %s", ctx.Err(), tail(v.LogFile())), proc.kill())
		case <-tick.C:
		}
		if _, err := v.call(ctx, http.MethodGet, "sys/seal-status", nil); err == nil {
			v.proc = proc
			return nil
		}
	}
}

// initialise makes the one unseal key and the root token, and unseals.
func (v *Vault) initialise(ctx context.Context) error {
	answer, err := v.call(ctx, http.MethodPut, "sys/init", map[string]any{"secret_shares": 1, "secret_threshold": 1})
	if err != nil {
		return fmt.Errorf("initialise vault: %w", err)
	}
	var made struct {
		Keys  []string `json:"keys"`
		Token string   `json:"root_token"`
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		return fmt.Errorf("initialise vault: %w", err)
	}
	if len(made.Keys) != 1 || made.Token == "" {
		return errors.New("initialise vault: it made no key or no root token")
	}
	v.key, v.RootToken = made.Keys[0], made.Token
	return v.Unseal(ctx)
}

// Unseal unseals the server and waits until it is active, or stands by in its
// cluster.
func (v *Vault) Unseal(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if _, err := v.call(ctx, http.MethodPut, "sys/unseal", map[string]any{"key": v.key}); err != nil {
		return fmt.Errorf("unseal vault: %w", err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := v.call(ctx, http.MethodGet, "sys/health"+v.awake(), nil) // 200 only when active
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for vault to be active: %w: %s", err, tail(v.LogFile()))
		case <-tick.C:
		}
	}
}

// awake is what to ask the health check besides: a node may stand by.
func (v *Vault) awake() string {
	if v.standby {
		return "?standbyok=true"
	}
	return ""
}

// Seal seals the server: it answers nothing but how to unseal it.
func (v *Vault) Seal(ctx context.Context) error {
	if _, err := v.call(ctx, http.MethodPut, "sys/seal", nil); err != nil {
		return fmt.Errorf("seal vault: %w", err)
	}
	return nil
}

// Kill takes the server away at once, as a crash would.
func (v *Vault) Kill() error {
	if v.proc == nil {
		return nil
	}
	v.proc.crash()
	v.proc = nil
	return nil
}

// Restart brings a durable server back with the same data and address, and
// unseals it. A running one is killed first.
func (v *Vault) Restart(ctx context.Context) error {
	if !v.options.Durable {
		return errors.New("this vault keeps nothing: only a durable one can be restarted")
	}
	if err := v.Kill(); err != nil {
		return err
	}
	if err := v.run(ctx); err != nil {
		return err
	}
	return v.Unseal(ctx)
}

// Stop ends the server and removes its folder.
func (v *Vault) Stop(ctx context.Context) error {
	var err error
	if v.proc != nil {
		err = v.proc.stop(ctx)
		v.proc = nil
	}
	return errors.Join(err, os.RemoveAll(v.Dir))
}

// LogFile is where the server writes its log.
func (v *Vault) LogFile() string { return filepath.Join(v.Dir, "vault.log") }

// Call makes one request as root, for setting the server up; nil if Vault answers
// nothing.
func (v *Vault) Call(ctx context.Context, method, path string, body map[string]any) (map[string]any, error) {
	var payload any
	if body != nil {
		payload = body
	}
	text, err := v.call(ctx, method, path, payload)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return answer, nil
}

// call makes one request as root. Anything but a 2xx is an error that quotes
// Vault's own words.
func (v *Vault) call(ctx context.Context, method, path string, body any) ([]byte, error) {
	var payload io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		payload = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, v.Addr+"/v1/"+path, payload)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Vault-Request", "true")
	if v.RootToken != "" {
		req.Header.Set("X-Vault-Token", v.RootToken)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, bytes.TrimSpace(text))
	}
	return text, nil
}
