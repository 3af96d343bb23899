package credentials

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"dbaccess/approvals"
	"dbaccess/internal/identity"
)

// Service hands out access and takes it back. It is the only writer of grants
// from the first claim on.
type Service struct {
	Store   Store
	Issuer  func(database string) (Issuer, error)
	Prover  Prover
	Install string                                                  // installation id: six lower-case letters
	Allowed func(ctx context.Context, id approvals.RequestID) error // asked at each claim; an error refuses it
	Now     func() time.Time
	NewID   func(prefix string) string
	Log     *slog.Logger
}

var errNotBuilt = errors.New("not built yet")

// IssueCode makes a one-time claim code for the grant's holder: 128 bits, good
// for two minutes and one use.
func (s *Service) IssueCode(ctx context.Context, who identity.Principal, id approvals.GrantID) (Secret, Grant, error) {
	return Secret{}, Grant{}, errNotBuilt
}

// Redeem exchanges a code for a credential. A second use of a code ends the
// grant.
func (s *Service) Redeem(ctx context.Context, code Secret) (Credential, Grant, error) {
	return Credential{}, Grant{}, errNotBuilt
}

// ClaimRun mints the credential of a statement request for dbaccess itself.
func (s *Service) ClaimRun(ctx context.Context, id approvals.GrantID) (Credential, error) {
	return Credential{}, errNotBuilt
}

// End ends a grant now. It returns the grant as it stands: Ended with proof, or
// Revoking if something was away and the sweep will finish it (no error then).
// Its holder, an operator and the system may.
func (s *Service) End(ctx context.Context, who identity.Principal, id approvals.GrantID, why Reason) (Grant, error) {
	return Grant{}, errNotBuilt
}

// Grant returns one grant.
func (s *Service) Grant(ctx context.Context, id approvals.GrantID) (Grant, error) {
	return s.Store.Grant(ctx, id)
}

// Grants lists grants.
func (s *Service) Grants(ctx context.Context, f GrantFilter) ([]Grant, error) {
	return s.Store.Grants(ctx, f)
}

// RunDue ends grants at their due second until ctx is done.
func (s *Service) RunDue(ctx context.Context) error { return errNotBuilt }

// SweepReport says what one sweep did.
type SweepReport struct {
	Ended  int // grants and leases brought to their end
	Still  int // still not ended
	Strays int // roles of ours that nothing explained
}

// Sweep ends everything overdue, half-done or unexplained, once.
func (s *Service) Sweep(ctx context.Context) (SweepReport, error) {
	return SweepReport{}, errNotBuilt
}
