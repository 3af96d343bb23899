package credentials

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
)

// stray is a role of our prefix that should not be there: of a lease that has
// ended, or of none at all.
type stray struct {
	database string
	lease    Lease // the ended lease that made it; or only a role's name
	known    bool
	ripe     bool              // unexplained for longer than the grace
	grant    approvals.GrantID // that its name tells of; "" if we never make such names
	opened   bool              // whether that grant is in the store
	seen     Seen
}

// forgotten reports whether the store must have known this role once: a lease is
// stored before its role is made, so a name of our making without a lease is of
// a mint that this store has lost.
func (x stray) forgotten() bool { return !x.known && x.grant != "" }

// over reports whether Postgres refuses the role's logins, and has for a while:
// whatever the store has forgotten, nobody was promised more.
func (x stray) over(now time.Time) bool {
	return !x.seen.Until.IsZero() && now.Sub(x.seen.Until) >= strayGrace
}

func (x stray) why() string {
	switch {
	case x.grant == "":
		return "its name is not one that dbaccess gives"
	case x.opened:
		return "grant " + string(x.grant) + " is on record, this credential of it is not: the store is older than the role"
	default:
		return "grant " + string(x.grant) + " is not on record: the store is older than the role"
	}
}

// mintedName is how roleName's names go on after the prefix.
var mintedName = regexp.MustCompile(`^([a-z2-7]{26})-[a-z2-7]{8}$`)

// sweepRoles compares the roles on all databases with the leases. A role of an
// ended lease is ended: its mint came through after all, or it could not be
// dropped before. One that nothing explains is given some grace. If there are
// many, or if the store itself must have forgotten one, then the store is more
// likely wrong than the databases: people are told, and the roles are left to
// them until their own time is over.
func (s *Service) sweepRoles(ctx context.Context, report *SweepReport) error {
	if s.Databases == nil {
		return nil
	}
	strays, err := s.strays(ctx, s.Databases())
	now := s.now()
	for i, x := range strays {
		if x.known {
			continue
		}
		first, seenErr := s.Store.SeenStray(ctx, x.database, x.lease.Role, now)
		if seenErr != nil {
			err = errors.Join(err, fmt.Errorf("note role %s: %w", x.lease.Role, seenErr))
			continue // it is not ripe then
		}
		strays[i].ripe = now.Sub(first) >= strayGrace
	}
	held, alarmErr := s.hold(ctx, strays, now, report)
	var todo []stray
	for _, x := range strays {
		if x.known || x.ripe && (!held || x.over(now)) {
			todo = append(todo, x)
		}
	}
	ended := s.endStrays(ctx, sweeper, todo)
	errs := []error{err, alarmErr}
	for _, e := range ended {
		report.count(e.err == nil && e.proof != nil && !e.proof.Disabled)
		errs = append(errs, e.err)
	}
	return errors.Join(errs...)
}

// hold reports whether the unexplained roles wait for a person, and if so says it
// once for each of them.
func (s *Service) hold(ctx context.Context, strays []stray, now time.Time, report *SweepReport) (bool, error) {
	all, living, forgotten := map[string]bool{}, map[string]bool{}, 0 // by name: two databases of one server show the same role
	for _, x := range strays {
		if x.known {
			continue
		}
		if all[x.lease.Role] = true; x.over(now) || living[x.lease.Role] {
			continue
		}
		living[x.lease.Role] = true
		if x.forgotten() {
			forgotten++
		}
	}
	report.Strays = len(all)
	limit := s.UnknownLimit
	if limit == 0 {
		limit = 10
	}
	if len(living) <= limit && forgotten == 0 {
		return false, nil
	}
	report.Held = len(living)
	roles := slices.Sorted(maps.Keys(living))
	e := audit.Event{At: now, Type: audit.SweepAlarm, Actor: sweeper, Details: map[string]any{
		"unknown": len(living), "limit": limit, "forgotten": forgotten, "roles": roles[:min(len(roles), 50)],
	}}
	news, err := s.Store.AlarmStrays(ctx, roles, now, Change{Events: []audit.Event{e}})
	if err != nil {
		return true, fmt.Errorf("record the alarm: %w", err)
	}
	if news {
		s.log().Error("roles that nothing explains are left alone until `dbaccess reconcile` has been run",
			"roles", len(living), "limit", limit, "forgotten", forgotten)
		if s.OnAlarm != nil {
			s.OnAlarm(len(living))
		}
	}
	return true, nil
}

// strays lists the roles of our prefix on the databases that no lease explains
// which is not ended. The error tells of databases that could not be looked at.
func (s *Service) strays(ctx context.Context, databases []string) ([]stray, error) {
	var mu sync.Mutex
	var strays []stray
	errs := each(databases, 4, func(_ int, database string) error {
		found, err := s.straysOn(ctx, database)
		mu.Lock()
		defer mu.Unlock()
		strays = append(strays, found...)
		return err
	})
	slices.SortFunc(strays, func(a, b stray) int {
		return strings.Compare(a.database+" "+a.lease.Role, b.database+" "+b.lease.Role)
	})
	return strays, errors.Join(errs...)
}

func (s *Service) straysOn(ctx context.Context, database string) ([]stray, error) {
	issuer, err := s.Issuer(database)
	if err != nil {
		return nil, fmt.Errorf("issuer of %s: %w", database, err)
	}
	roles, err := issuer.Roles(ctx, database)
	if err != nil {
		return nil, fmt.Errorf("list roles of %s: %w", database, err)
	}
	var found []stray
	for _, role := range roles {
		if !strings.HasPrefix(role, RolePrefix(s.Install)) {
			continue // not ours, whatever the issuer says
		}
		x, here, err := s.unexplained(ctx, database, role)
		if err != nil {
			return found, err
		}
		if here {
			found = append(found, x)
		}
	}
	return found, s.lookAt(ctx, database, found)
}

// unexplained says what the store knows of a role; false if a lease that is not
// ended explains it.
func (s *Service) unexplained(ctx context.Context, database, role string) (stray, bool, error) {
	lease, known, err := s.Store.LeaseOfRole(ctx, role)
	if err != nil {
		return stray{}, false, fmt.Errorf("explain role %s: %w", role, err)
	}
	if known {
		return stray{database: database, lease: lease, known: true}, lease.State == Gone, nil
	}
	x := stray{database: database, lease: Lease{ID: LeaseID("stray " + role), Database: database, Role: role}}
	if m := mintedName.FindStringSubmatch(strings.TrimPrefix(role, RolePrefix(s.Install))); m != nil {
		x.grant = approvals.GrantID("grt_" + m[1])
		_, err := s.Store.Grant(ctx, x.grant)
		if err != nil && !errors.Is(err, ErrNoGrant) {
			return stray{}, false, fmt.Errorf("explain role %s: %w", role, err)
		}
		x.opened = err == nil
	}
	return x, true, nil
}

// lookAt fills in what the monitor sees of the roles.
func (s *Service) lookAt(ctx context.Context, database string, strays []stray) error {
	if s.Look == nil || len(strays) == 0 {
		return nil
	}
	roles := make([]string, len(strays))
	for i, x := range strays {
		roles[i] = x.lease.Role
	}
	seen, err := s.Look(ctx, database, roles)
	if err != nil {
		return fmt.Errorf("look at the roles of %s: %w", database, err)
	}
	for _, a := range seen {
		if i := slices.Index(roles, a.Role); i >= 0 {
			strays[i].seen = a
		}
	}
	return nil
}

// strayEnd is what became of one stray.
type strayEnd struct {
	stray
	proof *Proof
	err   error // not ended, or its end could not be recorded
}

// endStrays ends strays outside, those of a database at once and the databases
// one after the other: what owned something in one of them falls to the next. It
// records each.
func (s *Service) endStrays(ctx context.Context, by string, strays []stray) []strayEnd {
	var ended []strayEnd
	gone := map[string]bool{} // by role: databases of one server show the same
	byDatabase := map[string][]stray{}
	for _, x := range strays {
		byDatabase[x.database] = append(byDatabase[x.database], x)
	}
	for _, database := range slices.Sorted(maps.Keys(byDatabase)) {
		left := slices.DeleteFunc(byDatabase[database], func(x stray) bool { return gone[x.lease.Role] })
		for batch := range slices.Chunk(left, dueBatch) {
			leases := make([]Lease, len(batch))
			for i, x := range batch {
				leases[i] = x.lease
				s.mem.dropProofs(map[LeaseID]outcome{x.lease.ID: {}}) // it is there, whatever was seen before
			}
			out := s.endOutside(ctx, database, leases, true)
			for _, x := range batch {
				o := out[x.lease.ID]
				if o.proof == nil {
					ended = append(ended, strayEnd{x, nil, fmt.Errorf("end stray role %s: %w", x.lease.Role, o.err)})
					continue
				}
				gone[x.lease.Role] = !o.proof.Disabled
				ended = append(ended, strayEnd{x, o.proof, s.recordStray(ctx, by, x, *o.proof)})
			}
		}
	}
	return ended
}

// recordStray records that a stray was ended. One that was disabled before and
// still cannot be dropped is no news.
func (s *Service) recordStray(ctx context.Context, by string, x stray, proof Proof) error {
	if proof.Disabled && (x.seen.Disabled || x.lease.Proof != nil && x.lease.Proof.Disabled) {
		return nil
	}
	e := audit.Event{
		At: s.now(), Type: audit.StrayEnded, Actor: by, Grant: string(x.lease.Grant), Database: x.database,
		Details: map[string]any{
			"role": x.lease.Role, "known": x.known, "sessions": proof.Sessions,
			"proven": proof.At.UTC().Format(eventTime), "disabled": proof.Disabled,
		},
	}
	if !x.known {
		e.Details["why"] = x.why()
		return s.Store.Record(ctx, Change{Events: []audit.Event{e}})
	}
	e.Lease = string(x.lease.ID)
	g, err := s.Store.Grant(ctx, x.lease.Grant)
	if err != nil {
		return fmt.Errorf("record the end of role %s: %w", x.lease.Role, err)
	}
	_, err = s.update(ctx, g, func(g *Grant) (Change, error) {
		if i := leaseIndex(*g, x.lease.ID); i >= 0 {
			g.Leases[i].Proof = &proof
		}
		e.Request = string(g.Request)
		return Change{Events: []audit.Event{e}}, nil
	})
	return err
}
