package credentials

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// ErrNotOperator means that somebody else than an operator wants roles ended that
// no grant explains.
var ErrNotOperator = fault.New(fault.Denied, "Only an operator on the server's machine may do this.", "Ask whoever runs dbaccess.")

// Unexplained is a role of our prefix that no lease in the store explains.
type Unexplained struct {
	Database string
	Role     string
	Until    time.Time // its VALID UNTIL; zero if it has none
	Sessions int       // when it was looked at
	Why      string    // why nothing explains it
}

// UnexplainedEnd is what became of one of them.
type UnexplainedEnd struct {
	Unexplained
	Proof *Proof // nil: it was not ended, or is not unexplained any more
	Err   error  // why not; or why an end is not on record
}

// Unexplained lists the roles on these databases that no lease explains; on all
// databases if none is named. Databases of one server list the same roles. The
// error tells of databases that could not be looked at; the others were. It
// changes nothing.
func (s *Service) Unexplained(ctx context.Context, databases ...string) ([]Unexplained, error) {
	if len(databases) == 0 && s.Databases != nil {
		databases = s.Databases()
	}
	strays, err := s.strays(ctx, databases)
	var list []Unexplained
	for _, x := range strays {
		if !x.known {
			list = append(list, x.show())
		}
	}
	return list, err
}

func (x stray) show() Unexplained {
	return Unexplained{Database: x.database, Role: x.lease.Role, Until: x.seen.Until, Sessions: x.seen.Sessions, Why: x.why()}
}

// EndUnexplained ends these roles and no others, with proof, by an operator who
// has looked at them; the sweep's limits do not count. A role that a lease
// explains by now is left alone. It waits while a sweep is under way, and goes
// through to its end even if whoever asked hangs up.
func (s *Service) EndUnexplained(ctx context.Context, who identity.Principal, list []Unexplained) ([]UnexplainedEnd, error) {
	if who.Kind != identity.Operator {
		return nil, ErrNotOperator
	}
	var ends []UnexplainedEnd
	for {
		done, err := s.Store.OnlyOne(ctx, "credentials.sweep", func(ctx context.Context) (err error) {
			ends, err = s.endUnexplained(context.WithoutCancel(ctx), who.ID(), list)
			return err
		})
		if done || err != nil {
			return ends, storeFault(err)
		}
		pause(ctx, 100*time.Millisecond)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("wait for the sweep: %w", ctx.Err())
		}
	}
}

func (s *Service) endUnexplained(ctx context.Context, by string, list []Unexplained) ([]UnexplainedEnd, error) {
	ends := make([]UnexplainedEnd, len(list))
	var strays []stray
	for i, u := range list {
		ends[i].Unexplained = u
		if !strings.HasPrefix(u.Role, RolePrefix(s.Install)) {
			ends[i].Err = errors.New("it is not of this installation")
			continue
		}
		x, _, err := s.unexplained(ctx, u.Database, u.Role)
		switch {
		case err != nil:
			ends[i].Err = err
		case x.known:
			ends[i].Err = errors.New("a lease explains it by now")
		default:
			strays = append(strays, x)
		}
	}
	if err := s.intendStrays(ctx, by, strays); err != nil {
		return nil, err
	}
	for _, e := range s.endStrays(ctx, by, strays) {
		i := slices.IndexFunc(ends, func(u UnexplainedEnd) bool { return u.Database == e.database && u.Role == e.lease.Role })
		ends[i].Proof, ends[i].Err = e.proof, e.err
	}
	for i, e := range ends { // one role on two databases of a server ends once
		if e.Proof == nil && e.Err == nil {
			j := slices.IndexFunc(ends, func(u UnexplainedEnd) bool { return u.Role == e.Role && u.Proof != nil })
			if j >= 0 {
				ends[i].Proof = ends[j].Proof
			}
		}
	}
	return ends, nil
}

// intendStrays stores that the roles are about to be ended.
func (s *Service) intendStrays(ctx context.Context, by string, strays []stray) error {
	byDatabase := map[string][]string{}
	for _, x := range strays {
		byDatabase[x.database] = append(byDatabase[x.database], x.lease.Role)
	}
	var c Change
	for database, roles := range byDatabase {
		for some := range slices.Chunk(roles, dueBatch) {
			c.Events = append(c.Events, audit.Event{
				At: s.now(), Type: audit.StrayEnding, Actor: by, Database: database, Details: map[string]any{"roles": some},
			})
		}
	}
	if len(c.Events) == 0 {
		return nil
	}
	if err := s.Store.Record(ctx, c); err != nil {
		return fmt.Errorf("record the intent: %w", err)
	}
	return nil
}
