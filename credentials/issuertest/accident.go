package issuertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
)

// accident is what befalls the n-th outside call of an operation: each call to
// the store, the issuer and the prover is one, in whatever order they come.
type accident string

const (
	failsBefore accident = "fails before doing it"
	failsAfter  accident = "does it and says it failed" // the answer was lost
	diesBefore  accident = "dies before it"             // and so does every later call
	diesAfter   accident = "dies after it"
	panics      accident = "panics"
)

var errAccident = errors.New("accident")

// saboteur stands between a service and the world.
type saboteur struct {
	mu    sync.Mutex
	n     int // the call that it befalls, from 1
	kind  accident
	calls int
	where string // what the n-th call was
}

// call does f, or not, as the accident has it.
func (s *saboteur) call(name string, f func() error) error {
	s.mu.Lock()
	s.calls++
	mine, dead := s.calls == s.n, s.calls > s.n && (s.kind == diesBefore || s.kind == diesAfter)
	if mine {
		s.where = name
	}
	s.mu.Unlock()
	switch {
	case dead, mine && (s.kind == failsBefore || s.kind == diesBefore):
		return fmt.Errorf("%s: %w", name, errAccident)
	case mine && s.kind == panics:
		panic(name + ": " + errAccident.Error())
	case mine:
		return errors.Join(f(), fmt.Errorf("%s: %w", name, errAccident))
	}
	return f()
}

func called[T any](s *saboteur, name string, f func() (T, error)) (v T, err error) {
	err = s.call(name, func() (err error) { v, err = f(); return err })
	if err != nil {
		var none T
		return none, err
	}
	return v, nil
}

// survive calls f and forgives it a panic: the process of it would be dead.
func survive(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}

type badStore struct {
	Store
	*saboteur
}

func (s badStore) Grant(ctx context.Context, id approvals.GrantID) (credentials.Grant, error) {
	return called(s.saboteur, "store.Grant", func() (credentials.Grant, error) { return s.Store.Grant(ctx, id) })
}

func (s badStore) UpdateGrant(ctx context.Context, g credentials.Grant, c credentials.Change) error {
	return s.call("store.UpdateGrant", func() error { return s.Store.UpdateGrant(ctx, g, c) })
}

func (s badStore) UseCode(ctx context.Context, sum [32]byte, now time.Time, ev func(credentials.Code) audit.Event) (credentials.Code, error) {
	return called(s.saboteur, "store.UseCode", func() (credentials.Code, error) { return s.Store.UseCode(ctx, sum, now, ev) })
}

func (s badStore) TakeDue(ctx context.Context, now, hold time.Time, limit int, ev func(credentials.Grant) audit.Event) ([]credentials.Grant, error) {
	return called(s.saboteur, "store.TakeDue", func() ([]credentials.Grant, error) { return s.Store.TakeDue(ctx, now, hold, limit, ev) })
}

type badIssuer struct {
	credentials.Issuer
	*saboteur
}

func (i badIssuer) Prepare(ctx context.Context, o credentials.Order) (credentials.Prepared, error) {
	p, err := called(i.saboteur, "issuer.Prepare", func() (credentials.Prepared, error) { return i.Issuer.Prepare(ctx, o) })
	return badPrepared{p, i.saboteur}, err
}

func (i badIssuer) Block(ctx context.Context, leases []credentials.Lease) error {
	return i.call("issuer.Block", func() error { return i.Issuer.Block(ctx, leases) })
}

func (i badIssuer) Revoke(ctx context.Context, l credentials.Lease) error {
	return i.call("issuer.Revoke", func() error { return i.Issuer.Revoke(ctx, l) })
}

func (i badIssuer) Roles(ctx context.Context, database string) ([]string, error) {
	return called(i.saboteur, "issuer.Roles", func() ([]string, error) { return i.Issuer.Roles(ctx, database) })
}

type badPrepared struct {
	credentials.Prepared
	*saboteur
}

// Handle has one even if the issuer has none, so that its storing is a step too.
func (p badPrepared) Handle() string {
	if handle := p.Prepared.Handle(); handle != "" {
		return handle
	}
	return "a handle"
}

func (p badPrepared) Mint(ctx context.Context) (credentials.Credential, error) {
	return called(p.saboteur, "prepared.Mint", func() (credentials.Credential, error) { return p.Prepared.Mint(ctx) })
}

type badProver struct {
	credentials.Prover
	*saboteur
}

func (p badProver) EndSessions(ctx context.Context, database string, leases []credentials.Lease) ([]int, error) {
	return called(p.saboteur, "prover.EndSessions", func() ([]int, error) { return p.Prover.EndSessions(ctx, database, leases) })
}

func (p badProver) Prove(ctx context.Context, database string, leases []credentials.Lease) ([]*credentials.Proof, error) {
	return called(p.saboteur, "prover.Prove", func() ([]*credentials.Proof, error) { return p.Prover.Prove(ctx, database, leases) })
}
