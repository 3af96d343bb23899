package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"dbaccess/audit"
	"dbaccess/internal/checkup"
	"dbaccess/internal/fault"
)

// Doctor looks at a store that Open might refuse: one that is away, not migrated,
// or opened with the wrong role.
type Doctor struct {
	pool *pgxpool.Pool
	now  func() time.Time
}

// newest is how many events the doctor verifies; `dbaccess audit verify` takes
// them all.
const newest = 1000

// NewDoctor connects to nothing yet. Whoever makes one closes it.
func NewDoctor(ctx context.Context, url string, now func() time.Time) (*Doctor, error) {
	pool, err := newPool(ctx, url, 4, bounds)
	if err != nil {
		return nil, err
	}
	return &Doctor{pool: pool, now: now}, nil
}

// Close gives the connections back.
func (d *Doctor) Close() { d.pool.Close() }

// Installation returns the installation's id.
func (d *Doctor) Installation(ctx context.Context) (string, error) {
	return (&Store{pool: d.pool}).Installation(ctx)
}

// Checks are what there is to look at.
func (d *Doctor) Checks() []checkup.Check {
	return []checkup.Check{
		{Name: "connection", Look: d.lookAtConnection},
		{Name: "schema", Look: d.seen(d.lookAtSchema)},
		{Name: "rights", Look: d.seen(d.lookAtRole)},
		{Name: "clock", Look: d.seen(d.lookAtClock)},
		{Name: "audit log", Look: d.seen(d.lookAtLog)},
		{Name: "follow-ups", Look: d.seen(d.lookAtBacklog)},
	}
}

// seen looks if there is a connection; if not, the connection's own check says
// why.
func (d *Doctor) seen(look func(context.Context) ([]checkup.Finding, error)) func(context.Context) []checkup.Finding {
	return func(ctx context.Context) []checkup.Finding {
		if err := d.pool.Ping(ctx); err != nil {
			return []checkup.Finding{checkup.Warn("Mend the connection first.", "Not looked at, since the store cannot be reached.")}
		}
		found, err := look(ctx)
		switch {
		case err == nil:
			return found
		case isState(err, "42P01", "3F000"):
			return []checkup.Finding{checkup.Warn("Run `dbaccess migrate` first.", "Not looked at, since the store's tables are not there.")}
		case isState(err, "42501"):
			return append(found, checkup.Wrong("Run `dbaccess migrate`: it gives the role of store.url its rights.", "Not looked at: %s.", cause(err)))
		}
		return append(found, checkup.Wrong("", "Not looked at: %s.", cause(err)))
	}
}

// cause says in few words what went wrong. A connection's error names neither
// password nor URL.
func cause(err error) string {
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	var network *net.OpError
	switch {
	case errors.As(err, &pg):
		return pg.Message
	case errors.Is(err, context.DeadlineExceeded):
		return "it did not answer in time"
	case errors.As(err, &network):
		return network.Err.Error()
	case errors.As(err, &connect):
		if inner := errors.Unwrap(connect); inner != nil {
			err = inner
		}
		if _, last, ok := strings.Cut(err.Error(), "): "); ok { // behind "host:port (address)"
			return last
		}
	}
	return err.Error()
}

func (d *Doctor) lookAtConnection(ctx context.Context) []checkup.Finding {
	c := d.pool.Config().ConnConfig
	var number int
	err := d.pool.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&number)
	if err != nil {
		return []checkup.Finding{checkup.Wrong("Is its server up, and are role, password and database in store.url right?",
			"The store does not answer at %s:%d as %s: %s.", c.Host, c.Port, c.User, cause(err))}
	}
	if plain(c) {
		return []checkup.Finding{checkup.Warn("Give store.url sslmode=verify-full, or require at least.", "What is recorded may go over the network without encryption.")}
	}
	return []checkup.Finding{checkup.Fine("PostgreSQL %d.%d answers at %s:%d as %s.", number/10000, number%10000, c.Host, c.Port, c.User)}
}

// plain reports whether some way to connect has no TLS and leaves this machine.
func plain(c *pgx.ConnConfig) bool {
	away := func(host string) bool {
		ip := net.ParseIP(host)
		return host != "localhost" && !strings.HasPrefix(host, "/") && (ip == nil || !ip.IsLoopback())
	}
	if c.TLSConfig == nil && away(c.Host) {
		return true
	}
	for _, f := range c.Fallbacks {
		if f.TLSConfig == nil && away(f.Host) {
			return true
		}
	}
	return false
}

func (d *Doctor) lookAtSchema(ctx context.Context) ([]checkup.Finding, error) {
	s := &Store{pool: d.pool}
	if err := s.checkSchema(ctx); err != nil {
		if f := fault.Show(err); f.Kind != fault.Internal {
			return []checkup.Finding{checkup.Wrong(f.Hint, "%s", f.Msg)}, nil
		}
		return nil, err
	}
	want, err := newestMigration()
	if err != nil {
		return nil, err
	}
	m, err := rivermigrate.New(riverpgxv5.New(d.pool), &rivermigrate.Config{Schema: schema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	river, err := m.Validate(ctx, nil)
	if err != nil {
		return nil, err
	}
	if !river.OK {
		return []checkup.Finding{checkup.Wrong("Run `dbaccess migrate`.", "River's tables are not those of this dbaccess: %s.", strings.Join(river.Messages, "; "))}, nil
	}
	id, err := d.Installation(ctx)
	if err != nil {
		return nil, err
	}
	return []checkup.Finding{checkup.Fine("Version %d, as this dbaccess needs it, and River's tables too. The installation is %s.", want, id)}, nil
}

func (d *Doctor) lookAtClock(ctx context.Context) ([]checkup.Finding, error) {
	var clock time.Time
	before := d.now()
	if err := d.pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&clock); err != nil {
		return nil, err
	}
	round := d.now().Sub(before)
	skew := clock.Sub(before.Add(round / 2)) // half way there and back
	if skew.Abs() > 5*time.Second {
		return []checkup.Finding{checkup.Warn("Let NTP set the clocks of both machines.",
			"The store's server's clock differs from ours by %s: retries come so much early or late.", skew.Round(time.Second))}, nil
	}
	return []checkup.Finding{checkup.Fine("Within %s of ours.", max(skew.Abs(), round).Round(time.Millisecond)+time.Millisecond)}, nil
}

// lookAtLog verifies the newest events against one another and against the head.
func (d *Doctor) lookAtLog(ctx context.Context) ([]checkup.Finding, error) {
	var head audit.Head
	var wrong *audit.Broken
	count := 0
	err := (&Store{pool: d.pool}).snapshot(ctx, func(tx pgx.Tx) (err error) {
		if head, err = readHead(ctx, tx); err != nil {
			return err
		}
		count, wrong, err = verifyNewest(ctx, tx, head)
		return err
	})
	if err != nil {
		return nil, err
	}
	if wrong != nil {
		return []checkup.Finding{checkup.Wrong("Treat it as an incident: docs/operations.md, \"The log does not verify\".", "The log is not as it was written: %v.", wrong)}, nil
	}
	if int64(count) < head.Seq {
		return []checkup.Finding{checkup.Fine("The newest %d of %d events verify; `dbaccess audit verify` takes them all.", count, head.Seq)}, nil
	}
	return []checkup.Finding{checkup.Fine("All %d events verify.", count)}, nil
}

func verifyNewest(ctx context.Context, tx pgx.Tx, head audit.Head) (count int, wrong *audit.Broken, err error) {
	rows, err := tx.Query(ctx, "SELECT seq, prev, hash, body FROM dbaccess.audit_events WHERE seq > $1 ORDER BY seq", head.Seq-newest)
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	last := audit.Head{Seq: max(head.Seq-newest, 0)}
	for rows.Next() {
		var rec audit.Record
		if err := scanRecord(rows, &rec); err != nil {
			return count, nil, err
		}
		switch {
		case rec.Seq != last.Seq+1:
			return count, &audit.Broken{Seq: last.Seq + 1, What: "it is missing"}, nil
		case (count > 0 || rec.Seq == 1) && rec.Prev != last.Hash:
			return count, &audit.Broken{Seq: rec.Seq, What: "it does not follow the one before it"}, nil
		case audit.Link(rec.Prev, rec.Seq, rec.Body) != rec.Hash:
			return count, &audit.Broken{Seq: rec.Seq, What: "it was changed"}, nil
		}
		last = audit.Head{Seq: rec.Seq, Hash: rec.Hash}
		count++
	}
	if err := rows.Err(); err != nil {
		return count, nil, err
	}
	if last != head {
		wrong = &audit.Broken{Seq: min(last.Seq, head.Seq) + 1, What: fmt.Sprintf("the log ends at %d, and the store remembers %d as its newest", last.Seq, head.Seq)}
	}
	return count, wrong, nil
}

// late is how long a follow-up may be due before it is worth a word.
const late = 2 * time.Minute

func (d *Doctor) lookAtBacklog(ctx context.Context) (found []checkup.Finding, err error) {
	waiting, givenUp, err := (&Store{pool: d.pool}).Backlog(ctx)
	if err != nil {
		return nil, err
	}
	var led bool
	var overdue int
	var oldest *time.Time
	now := d.now()
	err = d.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM dbaccess.river_leader WHERE expires_at > $1),
			(SELECT count(*) FROM dbaccess.river_job WHERE state = 'available' AND scheduled_at < $2),
			(SELECT min(scheduled_at) FROM dbaccess.river_job WHERE state = 'available' AND scheduled_at < $2)`, now, now.Add(-late)).
		Scan(&led, &overdue, &oldest)
	if err != nil {
		return nil, err
	}
	if overdue > 0 {
		found = append(found, checkup.Wrong("Is `dbaccess serve` running? Its log says what it is doing.", "Nobody does the follow-ups: %d wait, the oldest for %s.", overdue, now.Sub(*oldest).Round(time.Second)))
	}
	if givenUp > 0 {
		found = append(found, checkup.Warn("The server's log says why at \"todo failed\" with last=true. What they should have shown in Slack is in the store.",
			"%d were given up after their last attempt.", givenUp))
	}
	running := "No server runs on this store now."
	if led {
		running = "A server runs on this store."
	}
	return checkup.Or(found, "%d wait to be done, none was given up. %s", waiting, running), nil
}
