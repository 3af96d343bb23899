package approvals

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dbaccess/approvals/policy"
	"dbaccess/audit"
	"dbaccess/guardrails"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// Preview says what would become of ask, and stores nothing. The request that
// it returns has no ID.
func (s *Service) Preview(ctx context.Context, who identity.Principal, ask Ask) (Request, error) {
	st, err := s.draft(ctx, who, ask)
	if err == nil {
		err = st.cover(ctx)
	}
	if err != nil {
		return Request{}, err
	}
	d := Decide(st.r.Route, st.r, st.now)
	if st.r.State = d.State; d.State != Pending {
		st.r.DecidedAt, st.r.Outcome = st.now, d.Why
	}
	return st.r, nil
}

// Submit stores a request, or returns the one that the same delivery made. A
// request that the policy denies is stored too, as denied: asking is on record.
// What is not a request at all (an unknown database, an empty reason) is a fault,
// and not stored.
func (s *Service) Submit(ctx context.Context, who identity.Principal, ask Ask) (Request, error) {
	once := ""
	if ask.Once != "" {
		once = who.ID() + "/" + ask.Once // nobody finds another's request by guessing a key
		if r, ok, err := s.asked(ctx, once); ok || err != nil {
			return r, err
		}
	}
	for range tries {
		r, err := s.submit(ctx, who, ask, once)
		if !errors.Is(err, ErrStale) { // what covered it was ended at the same time
			return r, err
		}
	}
	return Request{}, fmt.Errorf("store request: %w", ErrStale)
}

// submit stores a request. ErrStale if what it relies on has moved meanwhile.
func (s *Service) submit(ctx context.Context, who identity.Principal, ask Ask, once string) (Request, error) {
	st, err := s.draft(ctx, who, ask)
	if err == nil {
		err = st.cover(ctx)
	}
	if err == nil {
		err = s.reaches(ctx, st.r)
	}
	if err == nil {
		err = s.fewEnough(ctx, st.r)
	}
	if err != nil {
		return Request{}, err
	}
	st.name(RequestID(s.NewID("req")), once)
	if ask.Job != nil {
		st.c.Scripts = slices.Clone(ask.Job.Files)
	}
	st.event(audit.RequestSubmitted, who.ID(), st.asked())
	st.open()
	err = s.Store.Insert(ctx, st.r, st.c)
	if errors.Is(err, ErrAsked) && once != "" { // the same delivery, at the same time
		r, ok, readErr := s.asked(ctx, once)
		if ok {
			return r, nil
		}
		err = errors.Join(err, readErr)
	}
	if err != nil {
		return Request{}, fmt.Errorf("store request: %w", err)
	}
	st.r.Version = 1
	return st.r, nil
}

// name gives a new request its id, and what is to be done about it too.
func (st *step) name(id RequestID, once string) {
	st.r.ID, st.r.Once = id, once
	for i := range st.c.Todos {
		st.c.Todos[i].ID = string(id)
	}
}

// asked finds the request that a delivery made.
func (s *Service) asked(ctx context.Context, once string) (Request, bool, error) {
	earlier, err := s.Store.Requests(ctx, Filter{Once: once, Limit: 1})
	if err != nil || len(earlier) == 0 {
		if err != nil {
			err = fmt.Errorf("look for an earlier delivery: %w", err)
		}
		return Request{}, false, err
	}
	return earlier[0], true, nil
}

// open lets a new request, or a new revision, begin: it waits for people with a
// card and a deadline, or is decided at once. Who asked is told by the door they
// stand at; only an approved access has something to hand over, by message.
func (st *step) open() {
	if st.r.Route.Outcome == policy.Review && st.r.Under == "" {
		st.r.ExpiresAt = st.now.Add(cmp.Or(st.r.Route.Expires, st.s.DecideBy, 8*time.Hour))
		st.draw()
		st.todo(ExpireNow, st.r.ExpiresAt)
		if st.r.Kind == Statement && st.r.Impact.At.IsZero() {
			st.todo(Estimate, time.Time{})
		}
		return
	}
	by := byPolicy
	if st.r.Under != "" {
		by = byStanding
	}
	st.settle(by)
	if st.r.ExpiresAt.IsZero() && !(st.r.State == Approved && st.r.Kind == Access) {
		st.c.Todos = slices.DeleteFunc(st.c.Todos, func(t Todo) bool { return t.Kind == TellAsker })
	}
}

// Revise changes what is asked: a new revision, and reviews start again. Its
// asker may, while it is pending, and only within the same kind.
func (s *Service) Revise(ctx context.Context, who identity.Principal, id RequestID, ask Ask) (Request, error) {
	draft, err := s.draft(ctx, who, ask)
	if err == nil {
		err = s.reaches(ctx, draft.r)
	}
	if err != nil {
		return Request{}, err
	}
	return s.change(ctx, id, func(st *step) error {
		if err := st.own(who); err != nil {
			return err
		}
		if draft.r.Kind != st.r.Kind {
			return invalid("Cancel this one and ask anew.", "A request for %s cannot become one for %s.", what(st.r.Kind), what(draft.r.Kind))
		}
		if draft.r.Digest == st.r.Digest && draft.r.Reason == st.r.Reason {
			return invalid("", "Nothing is different.")
		}
		st.changed = true
		st.r.Revision++
		st.r.Terms, st.r.Digest, st.r.Reason = draft.r.Terms, draft.r.Digest, draft.r.Reason
		st.r.Differs = ""
		st.r.Verdict, st.r.Verdicts, st.r.Route, st.r.Impact = draft.r.Verdict, draft.r.Verdicts, draft.r.Route, draft.r.Impact
		if ask.Job != nil {
			st.c.Scripts = slices.Clone(ask.Job.Files)
		}
		st.event(audit.RequestRevised, who.ID(), st.asked())
		st.open()
		return nil
	})
}

func what(k Kind) string {
	if k == Statement {
		return "a statement"
	}
	return string(k)
}

// draft makes a request of an ask: checked, classified and routed.
func (s *Service) draft(ctx context.Context, who identity.Principal, ask Ask) (*step, error) {
	if !slices.Contains([]identity.Kind{identity.Person, identity.Service, identity.Agent}, who.Kind) {
		return nil, errCannotAsk
	}
	known, err := s.Principal(who.Name)
	if err != nil {
		return nil, err
	}
	if known.Kind != who.Kind {
		return nil, errCannotAsk
	}
	db, err := s.Database(ask.Database)
	if err != nil {
		return nil, err
	}
	reason, err := cleanReason(ask.Reason)
	if err != nil {
		return nil, err
	}
	r := Request{State: Pending, Revision: 1, Reason: reason, CreatedAt: s.now(), For: known.For, Claims: slices.Clone(who.Claims)}
	if who.For != "" { // a job's token tells who started it
		r.For = who.For
	}
	r.Terms = Terms{Kind: ask.Kind, Requester: known.Name, Database: db.Name}
	switch ask.Kind {
	case Access:
		err = r.access(db, ask)
	case Statement:
		err = s.statement(ctx, &r, db, ask)
	default:
		err = invalid("Ask for access, or to run a statement.", "%q is nothing that can be asked for.", ask.Kind)
	}
	if err != nil {
		return nil, err
	}
	if ask.Job != nil {
		if err := s.job(ctx, &r, who, ask); err != nil {
			return nil, err
		}
	}
	r.Digest = DigestOf(r.Terms)
	if r.Route, err = s.route(r); err != nil {
		return nil, err
	}
	if r.Profile == "" && r.Route.Outcome != policy.Deny {
		return nil, noProfile(db, r.Verdict)
	}
	return &step{s: s, now: r.CreatedAt, r: r}, nil
}

// access fills in the terms of an access request.
func (r *Request) access(db Database, ask Ask) error {
	if ask.Statement != "" || len(ask.Params) > 0 || ask.RowBound != 0 || len(ask.ResultKey) > 0 {
		return invalid("Ask for the one or for the other.", "Access is asked for without a statement.")
	}
	if r.Reason == "" {
		return invalid("Name the ticket and say it in a sentence: the people who decide will read it.", "Please say why you need it.")
	}
	p, err := db.profile(ask.Profile)
	if err != nil {
		return err
	}
	d := cmp.Or(ask.Duration, p.Default).Truncate(time.Second)
	switch {
	case d < time.Second:
		return invalid("Say it like 30m or 2h.", "That is no length of time to have access for.")
	case d > p.Max:
		return invalid("Ask again when it is over.", "%s on %s is given for at most %s.", p.Name, db.Name, policy.Span(p.Max))
	}
	r.Profile, r.Duration = p.Name, d
	return nil
}

// statement fills in the terms of a statement request, and classifies it.
func (s *Service) statement(ctx context.Context, r *Request, db Database, ask Ask) error {
	if ask.Duration != 0 {
		return invalid("", "A statement runs once; it has no duration.")
	}
	if len(db.Runs) == 0 {
		return fault.New(fault.Denied, db.Name+" runs no statements by request.", "Ask for access to it instead.")
	}
	if err := checkStatement(ask); err != nil {
		return err
	}
	r.Verdict = s.Classify(ctx, db.Name, ask.Statement)
	if r.Verdict.Statements == 0 && r.Verdict.Kind != guardrails.Unknown {
		return errNoStatement
	}
	if r.Verdict.Statements > 1 {
		return invalid("Send them one by one, each as its own request.", "This is %d statements, and a request runs one.", r.Verdict.Statements)
	}
	if command, controls := guardrails.OutsideTransaction(ask.Statement); controls {
		return errTransaction
	} else if command != "" {
		return alone(command)
	}
	r.Statement, r.Params = ask.Statement, slices.Clone(ask.Params)
	r.RowBound, r.ResultKey = cmp.Or(ask.RowBound, db.RowBound), slices.Clone(ask.ResultKey)
	var profiles []string
	for _, run := range db.Runs {
		if slices.Contains(run.Kinds, r.Verdict.Kind) {
			profiles = append(profiles, run.Profile)
		}
	}
	switch {
	case ask.Profile == "" && len(profiles) > 0:
		r.Profile = profiles[0]
	case ask.Profile == "": // nothing runs it: let the policy say why, or refuse
	case slices.Contains(profiles, ask.Profile):
		r.Profile = ask.Profile
	default:
		return fault.New(fault.Denied, fmt.Sprintf("%s does not run %s statements as %s.", db.Name, kindWord(r.Verdict.Kind), ask.Profile), either("profiles for it", profiles))
	}
	for _, p := range db.Profiles {
		if p.Name == r.Profile {
			r.Settings = slices.Clone(p.Settings)
		}
	}
	return nil
}

// checkStatement refuses what cannot be a statement request, whatever it says.
func checkStatement(ask Ask) error {
	size := len(ask.Statement)
	for _, p := range ask.Params {
		size += len(p)
	}
	switch {
	case strings.TrimSpace(ask.Statement) == "":
		return errNoStatement
	case size > maxStatement:
		return invalid("Ask for access and run it yourself.", "The statement has %d bytes, and may have %d.", size, maxStatement)
	case len(ask.Params) > maxParams:
		return invalid("", "The statement has %d parameters, and may have %d.", len(ask.Params), maxParams)
	case ask.RowBound < 0:
		return invalid("", "The row bound cannot be negative.")
	case len(ask.ResultKey) > 0 && len(ask.ResultKey) != 32:
		return invalid("", "A result key has 32 bytes.")
	}
	if err := checkSQL("statement", ask.Statement); err != nil {
		return err
	}
	for i, p := range ask.Params {
		if err := checkSQL(fmt.Sprintf("parameter $%d", i+1), p); err != nil {
			return err
		}
	}
	if transactional(ask.Statement) {
		return errTransaction
	}
	return nil
}

// noProfile tells that nothing on the database runs such a statement.
func noProfile(db Database, v guardrails.Verdict) error {
	var kinds []string
	for _, run := range db.Runs {
		for _, k := range run.Kinds {
			if !slices.Contains(kinds, string(k)) {
				kinds = append(kinds, string(k))
			}
		}
	}
	return fault.New(fault.Denied, fmt.Sprintf("%s runs no %s statements by request.", db.Name, kindWord(v.Kind)),
		"It runs "+and(kinds)+" statements.")
}

// kindWord is a statement's kind as people read it.
func kindWord(k guardrails.Kind) string {
	if k == guardrails.DDL {
		return "DDL (CREATE, ALTER, DROP …)"
	}
	return string(k)
}
