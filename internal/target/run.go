package target

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/fault"
)

// RunOptions says what to run and within which bounds. Zero bounds have usable
// defaults, but for RowBound, whose zero means that nothing may change.
type RunOptions struct {
	Statement string              // exactly these bytes are sent
	Params    []string            // $1, $2, …; Postgres infers their types
	Settings  []approvals.Setting // set for the transaction, search_path among them
	ReadOnly  bool                // run in a READ ONLY transaction

	StatementTimeout time.Duration // 0 = a minute
	LockTimeout      time.Duration // 0 = five seconds
	MaxRows          int           // rows kept of the result; 0 = 1,000
	MaxBytes         int           // bytes kept of the result; 0 = 4 MiB
	RowBound         int64         // most rows that may be inserted, updated and deleted; negative = no bound

	// ToTheEnd runs the statement to its end though no more of its rows are kept:
	// one with effects may have them row by row. Else a SELECT stops in the server
	// where MaxRows or MaxBytes is reached.
	ToTheEnd bool
	// Committing stores which transaction is about to be committed. It is called
	// for a transaction that has an id, which is one that has changed something; if
	// it returns an error, everything is rolled back. Nil = nobody needs to know.
	Committing func(ctx context.Context, m approvals.Mark) error

	// MaskedSchemas hold the masked views of the database. They only serve to
	// find out whether a result consists of masked values alone.
	MaskedSchemas []string
}

// Result is what came of a statement.
type Result struct {
	Columns   []Column
	Rows      [][]Value
	Tag       string // the command tag, "UPDATE 3"; empty if reading stopped at a cap
	Changed   int64  // rows inserted, updated and deleted, those of triggers and cascades included
	Truncated bool   // there were more rows, or bytes, than are kept
	Fused     bool   // rolled back: it would have changed more than its bound allows
	Why       string // of a fused one: a sentence for people
	AllMasked bool   // every value came through a masked view; see masked.go
	Elapsed   time.Duration

	stopped bool // it was not run to its end
}

// Column describes a column of a result.
type Column struct {
	Name     string
	Type     string // as Postgres writes it: "numeric(10,2)"
	TableOID uint32 // the relation it comes from; 0 for an expression
}

// Value is one value in Postgres' text form.
type Value struct {
	Text string
	Null bool
}

func (o RunOptions) withDefaults() RunOptions {
	if o.StatementTimeout <= 0 {
		o.StatementTimeout = time.Minute
	}
	if o.LockTimeout <= 0 {
		o.LockTimeout = 5 * time.Second
	}
	if o.MaxRows <= 0 {
		o.MaxRows = 1000
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 4 << 20
	}
	return o
}

// Run executes the statement in one transaction of one connection and commits
// it if it kept its bounds. A result with Fused set was rolled back. Every error
// means that nothing took effect, but [ErrUnknownOutcome], which comes with the
// result as it is if the commit has taken effect: [Fate] may know. When ctx ends,
// the statement is cancelled in the server.
func Run(ctx context.Context, cred credentials.Credential, o RunOptions) (Result, error) {
	o = o.withDefaults()
	if command, controls := guardrails.OutsideTransaction(o.Statement); controls {
		return Result{}, errEndedTransaction // PREPARE TRANSACTION would leave it behind
	} else if command != "" {
		return Result{}, fault.New(fault.Invalid, command+" cannot run inside a transaction; nothing was changed.", "Run it yourself, with access that allows it.")
	}
	conn, err := connect(ctx, cred)
	if err != nil {
		return Result{}, err
	}
	defer closeSoon(ctx, conn)
	began := time.Now()
	result, err := runIn(ctx, conn, o)
	result.Elapsed = time.Since(began)
	switch {
	case errors.Is(err, ErrUnknownOutcome):
		return result, err
	case err != nil:
		return Result{}, explain(ctx, err, o)
	}
	return result, nil
}

func runIn(ctx context.Context, conn *pgconn.PgConn, o RunOptions) (Result, error) {
	if err := begin(ctx, conn, o); err != nil {
		return Result{}, err
	}
	began, err := transaction(ctx, conn)
	if err != nil {
		return Result{}, err
	}
	result, err := execute(ctx, conn, o)
	if err != nil {
		return Result{}, err
	}
	if conn.TxStatus() != 'T' {
		return Result{}, errEndedTransaction
	}
	if now, err := transaction(ctx, conn); err != nil || now != began {
		return Result{}, cmp.Or(err, error(errEndedTransaction)) // COMMIT AND CHAIN begins another
	}
	if err := settle(ctx, conn, o); err != nil {
		return Result{}, err
	}
	locks, err := heldLocks(ctx, conn)
	if err != nil {
		return Result{}, err
	}
	if err := result.nameTypes(ctx, conn); err != nil {
		return Result{}, err
	}
	if result.AllMasked, err = allMasked(ctx, conn, result.Columns, locks, o.MaskedSchemas); err != nil {
		return Result{}, err
	}
	if err := result.fuse(ctx, conn, locks, o.RowBound); err != nil {
		return Result{}, err
	}
	if result.Fused {
		result.Rows = nil // RETURNING would show rows as they never became
		return result, query(ctx, conn, "ROLLBACK", nil)
	}
	m, err := markOf(ctx, conn, o.ToTheEnd, result.Changed)
	switch {
	case err != nil:
		return Result{}, err
	case m.XID != "" && result.stopped:
		return Result{}, errHalfway
	case m.XID != "" && o.Committing != nil:
		if err := o.Committing(ctx, m); err != nil {
			return Result{}, errNotMarked.With(err)
		}
	}
	if err := commit(ctx, conn); m.XID != "" || !errors.Is(err, ErrUnknownOutcome) {
		return result, err
	}
	return result, nil // there was nothing to commit
}

// commitTimeout bounds the commit, which nothing may interrupt half-way.
const commitTimeout = 30 * time.Second

// commit ends the transaction. A connection that breaks meanwhile leaves it
// open whether the server has committed.
func commit(ctx context.Context, conn *pgconn.PgConn) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	results, err := conn.Exec(ctx, "COMMIT").ReadAll()
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused):
		return err
	case err != nil:
		return ErrUnknownOutcome.With(err)
	case results[0].CommandTag.String() != "COMMIT":
		return errEndedTransaction
	}
	return nil
}
