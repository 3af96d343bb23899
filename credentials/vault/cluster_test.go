package vault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/credentials/storetest"
	"dbaccess/credentials/vault"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/vaulttest"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// deaths are the moments at which the leader is killed: while it is at a call,
// or when it has done it and nobody has heard its answer.
var deaths = []struct {
	path string
	done bool
}{
	{path: "/creds/"},
	{path: "sys/leases/revoke/"},
	{path: "/creds/", done: true},
	{path: "revoke-accessor"},
	{path: "sys/leases/renew/"},
}

// Grants are claimed, claimed again and ended without pause by several at once,
// while Vault's leader dies five times. Afterwards every grant is what its
// holder was told, and nothing else is anywhere.
func TestALeaderThatDiesLeavesNothingAndDoublesNothing(t *testing.T) {
	t.Parallel()
	s := newStorm(t)
	stopDue := s.runDue()
	over := make(chan struct{})
	var workers sync.WaitGroup
	for range 6 {
		workers.Go(func() { s.work(over) })
	}
	for _, d := range deaths {
		s.killLeader(d.path, d.done)
	}
	close(over)
	workers.Wait()
	stopDue()
	s.sweepLater()
	t.Logf("%d grants, %d live; %d claims failed, %d grants were given up", len(s.grants()), len(s.live), len(s.failures), s.givenUp)
	s.checkGrants()
	s.checkPostgres()
	s.checkVault()
	s.checkSecrets()
}

// storm is a service, a Vault of three nodes behind it, and what the holders of
// its grants know.
type storm struct {
	*rig
	cluster *devstack.VaultCluster
	proxy   *proxy
	store   *storetest.Memory
	service *credentials.Service
	log     *lockedBuffer

	mu       sync.Mutex                                   // guards what follows
	live     map[approvals.GrantID]credentials.Credential // what their holders have
	past     []credentials.Credential                     // what they had
	failures []error
	givenUp  int
}

func newStorm(t *testing.T) *storm {
	s := &storm{
		cluster: vaulttest.Cluster(t, 3), store: storetest.NewMemory(), log: &lockedBuffer{},
		live: map[approvals.GrantID]credentials.Credential{},
	}
	s.proxy = newProxy(t, s.cluster.Addr)
	server := &devstack.Vault{Addr: s.cluster.Addr, RootToken: s.cluster.RootToken}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.log.String())
		}
	})
	s.rig = newRig(t, server, through(s.proxy), func(c *vault.Config) { c.Log = slog.New(slog.NewTextHandler(s.log, nil)) })
	s.service = s.replica(s.issuer, time.Now)
	return s
}

func (s *storm) replica(issuer *vault.Vault, now func() time.Time) *credentials.Service {
	return &credentials.Service{
		Store: s.store, Issuer: issuer.Issuer, Prover: s.targets, Install: s.install, Now: now,
		Allowed:   func(context.Context, approvals.Grant) error { return nil },
		Databases: func() []string { return []string{"shop"} },
		Log:       slog.New(slog.NewTextHandler(s.log, nil)),
	}
}

func (s *storm) runDue() (stop func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan error, 1)
	go func() { done <- s.service.RunDue(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("RunDue: %v", err)
		}
	}
}

var alice = identity.Principal{Kind: identity.Person, Name: "alice"}

// work makes grants until the storm is over, at least eight: one is only claimed,
// the next claimed and ended, the next claimed twice, and so on.
func (s *storm) work(over <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-over:
			if n >= 8 {
				return
			}
		default:
		}
		g := storetest.Sample(time.Now())
		s.store.Seed(g)
		ok := s.claim(g.ID)
		if ok && n%3 == 2 {
			ok = s.claim(g.ID)
		}
		// Those that live are few: all others must go.
		if !ok || n%3 == 1 || n >= 6 {
			s.end(g.ID)
		}
	}
}

// claim claims as a person would: again, when Vault is back, if it fails.
func (s *storm) claim(id approvals.GrantID) bool {
	for range 5 {
		code, _, err := s.service.IssueCode(s.t.Context(), alice, id)
		if err != nil {
			s.t.Errorf("IssueCode: %v", err)
			return false
		}
		c, _, err := s.service.Redeem(s.t.Context(), code)
		if err == nil {
			s.hold(id, c)
			return true
		}
		s.mu.Lock()
		s.failures = append(s.failures, err)
		s.mu.Unlock()
		if _, err := s.cluster.Leader(s.t.Context()); err != nil {
			s.t.Errorf("wait for a leader: %v", err)
			return false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.givenUp++
	return false
}

// hold notes what the holder has from now on, and that what it had is over.
func (s *storm) hold(id approvals.GrantID, c credentials.Credential) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if was, ok := s.live[id]; ok {
		s.past = append(s.past, was)
	}
	s.live[id] = c
}

func (s *storm) end(id approvals.GrantID) {
	if _, err := s.service.End(s.t.Context(), alice, id, credentials.Revoked); err != nil {
		s.t.Errorf("End: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if was, ok := s.live[id]; ok {
		s.past = append(s.past, was)
		delete(s.live, id)
	}
}

// killLeader kills the leader at a call with that part in its path, and brings
// the node back when another leads.
func (s *storm) killLeader(part string, done bool) {
	s.t.Helper()
	leader, err := s.cluster.Leader(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	start := time.Now()
	killed := make(chan error, 1)
	kill := sync.OnceFunc(func() { killed <- s.cluster.Kill(leader) })
	s.proxy.on(part, func(w http.ResponseWriter, forward func() *http.Response) {
		if !done {
			go kill()
		}
		answer := forward()
		defer func() { _ = answer.Body.Close() }()
		if done {
			kill()
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
	})
	select {
	case err = <-killed:
	case <-time.After(time.Minute):
		err = errors.New("there is none")
	}
	s.proxy.on(part, nil)
	if err != nil {
		s.t.Fatalf("kill the leader at a call of %s: %v", part, err)
	}
	dead := time.Now()
	if _, err := s.cluster.Leader(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.t.Logf("killed at a call of %s after %v, another leads after %v", part, dead.Sub(start).Round(time.Millisecond), time.Since(dead).Round(time.Millisecond))
	if err := s.cluster.Restart(s.t.Context(), leader); err != nil {
		s.t.Fatal(err)
	}
}

// sweepLater is a replica that sweeps some minutes later, when nobody can be in
// the middle of anything any more.
func (s *storm) sweepLater() {
	s.t.Helper()
	later := func() time.Time { return time.Now().Add(3 * time.Minute) }
	config := s.config
	config.Now = later
	issuer, err := vault.Open(config)
	if err != nil {
		s.t.Fatal(err)
	}
	replica := s.replica(issuer, later)
	waitFor(s.t, "the sweep to end what is over", func() bool {
		report, err := replica.Sweep(s.t.Context())
		if err != nil {
			s.t.Logf("sweep: %+v, %v", report, err)
		}
		return err == nil && report == (credentials.SweepReport{})
	})
	if err := issuer.Tidy(s.t.Context()); err != nil {
		s.t.Errorf("Tidy: %v", err)
	}
}

func (s *storm) grants() []credentials.Grant {
	s.t.Helper()
	all, err := s.store.Grants(s.t.Context(), credentials.GrantFilter{Limit: 10_000})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func (s *storm) checkGrants() {
	s.t.Helper()
	for _, g := range s.grants() {
		c, holds := s.live[g.ID]
		if want := map[bool]credentials.GrantState{true: credentials.Active, false: credentials.Ended}[holds]; g.State != want {
			s.t.Errorf("grant %s is %s, want %s", g.ID, g.State, want)
		}
		for _, l := range g.Leases {
			switch {
			case holds && l.ID == c.Lease:
				if l.State != credentials.Live {
					s.t.Errorf("the lease that its holder has, %s, is %s", l.ID, l.State)
				}
			case l.State != credentials.Gone || l.Proof == nil:
				s.t.Errorf("lease %s is %s, not proven ended: %s", l.ID, l.State, l.Trouble)
			}
		}
	}
	for _, err := range s.failures {
		if kind := fault.KindOf(err); kind != fault.Unavailable {
			s.t.Errorf("a claim failed with a fault of kind %v: %v", kind, err)
		}
	}
	if len(s.failures) == 0 || len(s.live) == 0 || len(s.past) == 0 {
		s.t.Errorf("%d claims failed, %d credentials are live, %d are over: this shows nothing", len(s.failures), len(s.live), len(s.past))
	}
}

func (s *storm) checkPostgres() {
	s.t.Helper()
	var want []string
	for _, c := range s.live {
		want = append(want, c.Role)
		conn, err := s.login(c)
		if err != nil {
			s.t.Errorf("a holder cannot log in: %v", err)
			continue
		}
		if _, err := conn.Exec(s.t.Context(), "SELECT id, email FROM people"); err != nil {
			s.t.Errorf("a holder cannot read: %v", err)
		}
		_ = conn.Close(s.t.Context())
	}
	have, err := s.targets.Roles(s.t.Context(), "shop")
	slices.Sort(want)
	slices.Sort(have)
	if err != nil || !slices.Equal(have, want) {
		s.t.Errorf("there are %d roles, %v; want those of the %d who hold one:\n%q\n%q", len(have), err, len(want), have, want)
	}
	var gone []uint32
	for _, c := range s.past {
		gone = append(gone, c.RoleOID)
	}
	if n := s.count("SELECT count(*) FROM pg_stat_activity WHERE usesysid = ANY ($1::oid[])", gone); n != 0 {
		s.t.Errorf("%d sessions are left", n)
	}
}

func (s *storm) checkVault() {
	s.t.Helper()
	var want []string
	leases := map[credentials.LeaseID]credentials.Lease{}
	for _, g := range s.grants() {
		for _, l := range g.Leases {
			leases[l.ID] = l
			if l.State == credentials.Live {
				want = append(want, l.Ref[strings.LastIndex(l.Ref, "/")+1:])
			}
		}
	}
	slices.Sort(want)
	folder := "sys/leases/lookup/" + s.config.Mount + "/creds/dbaccess-" + s.install + "-shop-"
	waitFor(s.t, "Vault to have the leases of those who hold one, and no others", func() bool {
		have := s.root.list(folder + "masked-read")
		slices.Sort(have)
		return slices.Equal(have, want) && len(s.root.list(folder+"-end")) == 0
	})
	unheard := 0
	for _, accessor := range s.root.list("auth/token/accessors") {
		raw, code := s.root.do(http.MethodPost, "auth/token/lookup-accessor", fmt.Appendf(nil, `{"accessor":%q}`, accessor))
		var token struct {
			Data struct {
				Path string
				Meta struct{ Lease credentials.LeaseID }
				TTL  int
				Uses int `json:"num_uses"`
			}
		}
		if code/100 != 2 || json.Unmarshal(raw, &token) != nil {
			continue // it has just ended
		}
		l, ours := leases[token.Data.Meta.Lease]
		switch {
		case !ours, l.State == credentials.Live && l.Handle == accessor:
		case strings.HasSuffix(token.Data.Path, "--end") && token.Data.TTL <= 60: // ends by itself in a minute
		case token.Data.Uses < 0: // Vault died while it ended it: dead already, it is kept until its time is over
		case l.Handle == "": // made, but nobody heard of it; it has never been used, and ends with its window
			unheard++
		default:
			s.t.Errorf("lease %s is %s (%s, %v, after %d tries), and has a token (its own: %v): %s", l.ID, l.State, l.Reason, l.EndedAt, l.Tries, l.Handle == accessor, raw)
		}
	}
	if unheard > len(s.failures) {
		s.t.Errorf("%d tokens that nobody heard of, of %d failures", unheard, len(s.failures))
	}
}

// checkSecrets looks for passwords, tokens and lease ids in whatever is kept.
func (s *storm) checkSecrets() {
	s.t.Helper()
	events, err := json.Marshal(s.store.Events())
	if err != nil {
		s.t.Fatal(err)
	}
	kept := s.log.String() + string(events) + fmt.Sprint(s.failures)
	for _, g := range s.grants() {
		for _, l := range g.Leases {
			kept += l.Trouble
			if l.Ref != "" && strings.Contains(kept, l.Ref[strings.LastIndex(l.Ref, "/")+1:]) {
				s.t.Errorf("a lease's id is kept")
			}
		}
	}
	for _, c := range append(slices.Collect(maps.Values(s.live)), s.past...) {
		if strings.Contains(kept, c.Password.Reveal()) {
			s.t.Errorf("a password is kept")
		}
	}
	if strings.Contains(kept, "hvs.") {
		s.t.Error("a token is kept")
	}
}

// lockedBuffer takes log lines from many.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
