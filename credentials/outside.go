package credentials

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// outcome is what became of one lease outside: its proof, or why there is none.
type outcome struct {
	proof *Proof
	err   error
}

// endOutside ends leases on their database and proves it. It stores nothing; it
// may be called again and again for the same leases. What it meets on the way
// does not stop it: sessions are ended though the issuer is away, and roles
// revoked though the monitor is. Only the proof counts, and that the issuer
// says there is nothing left to revoke.
func (s *Service) endOutside(ctx context.Context, database string, leases []Lease, block bool) map[LeaseID]outcome {
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	out := make(map[LeaseID]outcome, len(leases))
	var todo []Lease
	for _, l := range leases {
		if proof, ok := s.mem.proof(l.ID); ok {
			out[l.ID] = outcome{proof: &proof} // ended while the store was away
		} else {
			todo = append(todo, l)
		}
	}
	if len(todo) == 0 {
		return out
	}
	issuer, err := s.Issuer(database)
	if err != nil {
		issuer = away{fmt.Errorf("issuer of %s: %w", database, err)}
	}
	var problems []error
	note := func(doing string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", doing, err))
		}
	}
	if block {
		note("block", issuer.Block(ctx, todo))
	}
	sessions, err := s.Prover.EndSessions(ctx, database, todo)
	note("end sessions", err)
	revoked := each(todo, 8, func(_ int, l Lease) error { return issuer.Revoke(ctx, l) })
	again, err := s.Prover.EndSessions(ctx, database, todo)
	note("end sessions again", err)
	proofs, err := s.Prover.Prove(ctx, database, todo)
	note("prove", err)
	for i, l := range todo {
		proof := at(proofs, i)
		clean := revoked[i] == nil || errors.Is(revoked[i], ErrDisabled) && proof != nil && proof.Disabled
		if proof == nil || !clean || proof.Disabled && revoked[i] == nil {
			out[l.ID] = outcome{err: whyNot(problems, revoked[i])}
			continue
		}
		p := *proof
		p.Sessions = at(sessions, i) + at(again, i)
		out[l.ID] = outcome{proof: &p}
	}
	return out
}

func whyNot(problems []error, revoke error) error {
	if revoke != nil {
		problems = append(problems[:len(problems):len(problems)], fmt.Errorf("revoke: %w", revoke))
	}
	if len(problems) == 0 {
		return errors.New("the monitor still sees it")
	}
	return errors.Join(problems...)
}

// at returns the i-th element, zero if there are not so many.
func at[T any](list []T, i int) T {
	if i < len(list) {
		return list[i]
	}
	var zero T
	return zero
}

// away stands for an issuer that cannot be had.
type away struct{ err error }

func (a away) Prepare(context.Context, Order) (Prepared, error) { return nil, a.err }
func (a away) Block(context.Context, []Lease) error             { return a.err }
func (a away) Revoke(context.Context, Lease) error              { return a.err }
func (a away) Roles(context.Context, string) ([]string, error)  { return nil, a.err }

// each calls f for every item, at most limit at once, and returns their errors
// in the items' order. A panic is the error of its item: one broken ending must
// not keep the others from ending.
func each[T any](items []T, limit int, f func(i int, item T) error) []error {
	errs := make([]error, len(items))
	slots := make(chan struct{}, max(1, limit))
	var wg sync.WaitGroup
	for i, item := range items {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					errs[i] = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
				}
				<-slots
			}()
			errs[i] = f(i, item)
		})
	}
	wg.Wait()
	return errs
}
