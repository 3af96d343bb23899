package approvals

import (
	"context"
	"errors"
	"time"

	"dbaccess/approvals/policy"
	"dbaccess/guardrails"
	"dbaccess/internal/identity"
)

// Database is what a request may name, and what may be asked of it.
type Database struct {
	Name     string
	Tags     []string
	Profiles []Profile
	Runs     []Run     // which profile runs which kinds of statement; none = no statement requests
	Settings []Setting // pinned for statement requests, search_path among them
	RowBound int64     // most rows a statement may change unless its asker gives another bound
}

// Profile is what a grant allows on a database.
type Profile struct {
	Name    string
	Max     time.Duration // longest window
	Default time.Duration // when the asker names none
	Masked  bool          // sees masked views only
}

// Run says which profile statements of these kinds run with: the least that can.
type Run struct {
	Kinds   []guardrails.Kind
	Profile string
}

// Service is the only writer of requests.
type Service struct {
	Store       Store
	Policy      func() *policy.Set                            // the policy in force
	Person      func(name string) (identity.Principal, error) // authority is re-read at each decision
	Database    func(name string) (Database, error)           // a fault of kind NotFound, with the known names, if unknown
	Classify    func(ctx context.Context, database, sql string) guardrails.Verdict
	Now         func() time.Time
	NewID       func(prefix string) string // "req" -> "req_…"
	DecideBy    time.Duration              // how long people may take where the route says nothing
	ClaimWithin time.Duration              // how long an approved grant may stay unclaimed
}

// Ask is what a door has understood of somebody's wish.
type Ask struct {
	Kind      Kind
	Database  string
	Profile   string        // statements: empty = the least that can run it
	Duration  time.Duration // access; 0 = the profile's default
	Reason    string
	Statement string
	Params    []string
	RowBound  int64  // statements; 0 = the database's
	Once      string // the delivery's own key; the same key asks once
}

// Opinion is what one person says of one request.
type Opinion struct {
	Request RequestID
	Digest  Digest // of the revision that the person saw; another one is refused as changed
	Answer  Answer
	Reason  string // a refusal needs one
	Via     Via
}

// Result is how a statement's run ended.
type Result struct {
	State   State  // Executed or Failed
	Fused   bool   // rolled back because it changed more rows than its bound
	Rows    int64  // returned or changed
	Outcome string // one sentence for people
}

var errNotBuilt = errors.New("not built yet")

// Preview says what would become of ask, and stores nothing.
func (s *Service) Preview(ctx context.Context, who identity.Principal, ask Ask) (Request, error) {
	return Request{}, errNotBuilt
}

// Submit stores a request, or returns the one that the same delivery made.
func (s *Service) Submit(ctx context.Context, who identity.Principal, ask Ask) (Request, error) {
	return Request{}, errNotBuilt
}

// Revise changes what is asked: a new revision, and reviews start again.
func (s *Service) Revise(ctx context.Context, who identity.Principal, id RequestID, ask Ask) (Request, error) {
	return Request{}, errNotBuilt
}

// Review counts one person's answer, or says why it does not count.
func (s *Service) Review(ctx context.Context, who identity.Principal, o Opinion) (Request, error) {
	return Request{}, errNotBuilt
}

// Withdraw takes back a person's standing review while the request is pending;
// with ByReaction, only one made by reaction.
func (s *Service) Withdraw(ctx context.Context, who identity.Principal, id RequestID, via Via) (Request, error) {
	return Request{}, errNotBuilt
}

// Cancel ends a pending request by its asker's wish.
func (s *Service) Cancel(ctx context.Context, who identity.Principal, id RequestID) (Request, error) {
	return Request{}, errNotBuilt
}

// Expire ends a request that nobody decided in time; others are left alone.
func (s *Service) Expire(ctx context.Context, id RequestID) error { return errNotBuilt }

// Sweep expires what is overdue, re-routes pending requests under a changed
// policy, and fails statements whose runner died.
func (s *Service) Sweep(ctx context.Context) error { return errNotBuilt }

// Start stores the intent to run an approved statement: the digest is computed
// again and must match, and the policy of now must not deny it.
func (s *Service) Start(ctx context.Context, id RequestID) (Request, error) {
	return Request{}, errNotBuilt
}

// Finish stores how the run ended.
func (s *Service) Finish(ctx context.Context, id RequestID, res Result) (Request, error) {
	return Request{}, errNotBuilt
}

// StillAllowed returns nil if the policy of now does not deny the approved
// request. Claims and runs ask it.
func (s *Service) StillAllowed(ctx context.Context, id RequestID) error { return errNotBuilt }

// Request returns one request.
func (s *Service) Request(ctx context.Context, id RequestID) (Request, error) {
	return s.Store.Request(ctx, id)
}

// Requests lists requests.
func (s *Service) Requests(ctx context.Context, f Filter) ([]Request, error) {
	return s.Store.Requests(ctx, f)
}
