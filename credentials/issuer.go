package credentials

import (
	"context"
	"errors"
	"time"

	"dbaccess/approvals"
)

// ErrDisabled is what Revoke returns when a role cannot be dropped yet, because
// it owns something in another database, and was left unable to log in or to
// do anything: NOLOGIN, no memberships, VALID UNTIL '-infinity'. The sweep
// comes back to it.
var ErrDisabled = errors.New("the role owns something elsewhere and was disabled instead of dropped")

// Order is what an issuer is asked to mint.
type Order struct {
	Lease    LeaseID
	Grant    approvals.GrantID   // these three are for the issuer's own records,
	Request  approvals.RequestID // so that they lead back to ours
	Holder   string              // principal id
	Database string              // the database's name in the config
	Profile  string
	Role     string    // the name to give the role; unique for ever
	Until    time.Time // VALID UNTIL
}

// Credential is what a holder gets. It exists in memory only.
type Credential struct {
	Lease    LeaseID
	Host     string
	Port     int
	Database string // the name inside Postgres
	SSLMode  string
	Role     string
	RoleOID  uint32
	Password Secret
	Until    time.Time
	Ref      string // the issuer's own name for it; kept as Lease.Ref
}

// Issuer mints and ends credentials. Everything it does is idempotent by the
// lease's own names, and every method may be called again after a crash.
type Issuer interface {
	// Prepare does what must be known before a credential can exist. The
	// handle of what it returns is stored, and alone suffices for Revoke.
	Prepare(ctx context.Context, o Order) (Prepared, error)
	// Block makes the roles of these leases unable to log in, as far as the
	// issuer has the right; their sessions go on. Unknown roles are no error.
	Block(ctx context.Context, leases []Lease) error
	// Revoke removes the lease's role and everything it owns. It returns nil
	// when there is nothing left to remove, ErrDisabled when the role cannot be
	// dropped yet but is harmless, another error when something is left.
	Revoke(ctx context.Context, l Lease) error
	// Roles lists the roles on the database that carry this installation's
	// prefix, for the sweep.
	Roles(ctx context.Context, database string) ([]string, error)
}

// Prepared is a credential about to exist.
type Prepared interface {
	// Handle is what Revoke needs; not a secret.
	Handle() string
	// Mint makes the credential. It is never retried: after an error the role
	// may or may not exist, and the lease must be revoked.
	Mint(ctx context.Context) (Credential, error)
}

// Prover looks at a target with the monitor's eyes, and ends sessions.
type Prover interface {
	// EndSessions terminates every session of these roles in one statement,
	// waits a moment for them to be gone, and says how many there were, lease
	// by lease (never shorter than leases, also beside an error).
	EndSessions(ctx context.Context, database string, leases []Lease) ([]int, error)
	// Prove looks twice, 100 ms apart, on the primary, and returns one Proof a
	// lease, nil where something is still there (the error says what). Sessions
	// is left for the caller to fill.
	Prove(ctx context.Context, database string, leases []Lease) ([]*Proof, error)
}

// Seen is what the monitor sees of one role.
type Seen struct {
	Role     string
	Until    time.Time // VALID UNTIL; zero if it has none, long ago if that is -infinity
	Disabled bool      // it can neither log in nor do anything
	Sessions int
}

// Look looks at roles of a database's server, by name. Those that are not there
// are not in what it returns.
type Look func(ctx context.Context, database string, roles []string) ([]Seen, error)
