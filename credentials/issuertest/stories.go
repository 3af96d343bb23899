package issuertest

import (
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
)

// What the stories of RunSteps begin with, do and must have led to.

func oneGrant(s *scene) { s.code = s.issueCode(s.open(time.Hour)) }

func oneActive(s *scene) {
	id := s.open(time.Hour)
	s.hold(id)
	s.code = s.issueCode(id)
}

func redeem(s *scene, svc *credentials.Service) (err error) {
	s.cred, _, err = svc.Redeem(s.t.Context(), s.code)
	return err
}

func checkClaim(s *scene) {
	t, g := s.t, s.get(s.ids[0])
	if s.err != nil && s.cred.Password.Reveal() != "" {
		t.Error("a secret was given out beside an error")
	}
	if len(s.conns) > 0 { // there was an earlier claim
		if on := alive(s.conns[0]); (g.Leases[0].State == credentials.Live) != on {
			t.Errorf("the earlier lease is %s, and its session lives: %v", g.Leases[0].State, on)
		}
	}
	if g.State != credentials.Open && g.State != credentials.Active {
		t.Errorf("the grant is %s; its holder should be able to claim again", g.State)
	}
	if s.err == nil {
		last := g.Leases[len(g.Leases)-1]
		if last.State != credentials.Live || last.ID != s.cred.Lease || last.Role != s.cred.Role {
			t.Errorf("a credential was given out for a lease that is %s", last.State)
		}
		s.login(s.cred)
	}
}

func claimAgain(s *scene) {
	s.hold(s.ids[0])
	s.accounted()
	s.endAll()
}

func oneWrecked(s *scene) {
	s.hold(s.open(time.Hour))
	if err := Wreck(s.t.Context(), s.conns[0], s.b.Reads); err != nil {
		s.t.Fatalf("make the ending hard: %v", err)
	}
}

func endOne(s *scene, svc *credentials.Service) error {
	_, err := svc.End(s.t.Context(), alice, s.ids[0], credentials.Revoked)
	return err
}

func checkEnd(s *scene) {
	t, g := s.t, s.get(s.ids[0])
	on := alive(s.conns[0])
	switch {
	case g.State == credentials.Ended && g.Reason == credentials.Revoked && g.EndedBy == alice.ID():
		if on {
			t.Error("the session outlived its grant")
		}
		if ended := s.count(g.ID, audit.GrantEnded); ended != 1 {
			t.Errorf("it ended %d times on record", ended)
		}
	case g.State == credentials.Active && s.err != nil:
		if !on {
			t.Error("nothing was recorded, and yet the session is gone")
		}
	default:
		t.Errorf("after End said %v, the grant is %s, %s by %s", s.err, g.State, g.Reason, g.EndedBy)
	}
}

func threeDue(s *scene) {
	for range 3 {
		s.hold(s.open(time.Minute))
	}
}

func sweepDue(s *scene, svc *credentials.Service) error {
	svc.Now = func() time.Time { return time.Now().Add(time.Minute) }
	_, err := svc.Sweep(s.t.Context())
	return err
}

func checkDue(s *scene) {
	for i, id := range s.ids {
		if g := s.get(id); g.State != credentials.Ended || g.Reason != credentials.Elapsed || s.count(id, audit.GrantEnded) != 1 {
			s.t.Errorf("it is %s, %s, ended %d times", g.State, g.Reason, s.count(id, audit.GrantEnded))
		}
		if alive(s.conns[i]) {
			s.t.Error("a session outlived its grant")
		}
	}
}

func (s *scene) count(id approvals.GrantID, of audit.Type) int {
	n := 0
	for _, e := range s.store.Events() {
		if e.Grant == string(id) && e.Type == of {
			n++
		}
	}
	return n
}
