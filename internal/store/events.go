package store

import (
	"context"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"dbaccess/audit"
)

// EventFilter selects events; a zero field selects all.
type EventFilter struct {
	Request string
	Grant   string
	Type    audit.Type
	Actor   string
	Since   time.Time // at or after
	Until   time.Time // before
	Limit   int       // the newest so many; 0 = 100
}

// eventTime is a time as the events' canonical form has it, which sorts as text.
const eventTime = "2006-01-02T15:04:05.000000Z"

// Events returns the newest events that the filter selects, oldest first.
func (s *Store) Events(ctx context.Context, f EventFilter) ([]audit.Record, error) {
	var w where
	for _, c := range []struct{ cond, arg string }{
		{"request = ?", f.Request}, {"grant_id = ?", f.Grant}, {"type = ?", string(f.Type)}, {"actor = ?", f.Actor},
	} {
		if c.arg != "" {
			w.add(c.cond, c.arg)
		}
	}
	if !f.Since.IsZero() {
		w.add("at >= ?", f.Since.UTC().Format(eventTime))
	}
	if !f.Until.IsZero() {
		w.add("at < ?", f.Until.UTC().Format(eventTime))
	}
	rows, err := s.pool.Query(ctx, "SELECT seq, prev, hash, body FROM (SELECT seq, prev, hash, body FROM dbaccess.audit_events"+
		w.sql()+" ORDER BY seq DESC"+limit(f.Limit)+") newest ORDER BY seq", w.args...)
	if err != nil {
		return nil, explain("list events", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (audit.Record, error) {
		var rec audit.Record
		err := scanRecord(row, &rec)
		rec.Body = append([]byte(nil), rec.Body...) // it was valid until the next row
		return rec, err
	})
	return list, explain("list events", err)
}

// Head returns the log's newest event, as the store remembers it apart from the
// events themselves.
func (s *Store) Head(ctx context.Context) (audit.Head, error) {
	h, err := readHead(ctx, s.pool)
	return h, explain("read the log's head", err)
}

// Records streams the whole log, oldest first, as of one moment. A record's
// Body is valid until the next one is read.
func (s *Store) Records(ctx context.Context) iter.Seq2[audit.Record, error] {
	return func(yield func(audit.Record, error) bool) {
		err := s.snapshot(ctx, func(tx pgx.Tx) error {
			for rec, err := range records(ctx, tx) {
				if !yield(rec, err) || err != nil {
					return errStop
				}
			}
			return nil
		})
		if err != nil && err != errStop { //nolint:errorlint // it is our own and never wrapped
			yield(audit.Record{}, explain("read the log", err))
		}
	}
}

// VerifyLog verifies the whole log as of one moment: against itself, against
// the head that the store remembers, and against heads known from elsewhere.
// What is wrong with it is an *audit.Broken.
func (s *Store) VerifyLog(ctx context.Context, known ...audit.Head) (audit.Report, error) {
	var rep audit.Report
	err := s.snapshot(ctx, func(tx pgx.Tx) error {
		head, err := readHead(ctx, tx)
		if err != nil {
			return err
		}
		rep, err = audit.Verify(records(ctx, tx), append(known, head)...)
		if err == nil && rep.Head.Seq > head.Seq {
			err = &audit.Broken{Seq: head.Seq + 1, What: "it stands behind the newest event that the store knows of; it was added past the store"}
		}
		return err
	})
	return rep, explain("verify the log", err)
}

// errStop ends a snapshot whose reader has had enough.
var errStop = stop{}

type stop struct{}

func (stop) Error() string { return "stopped by its reader" }

// snapshot runs f in a transaction that sees one moment and takes as long as it
// needs.
func (s *Store) snapshot(ctx context.Context, f func(tx pgx.Tx) error) error {
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(ctx, s.pool, opts, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
			return err
		}
		return f(tx)
	})
}

// records streams all records; memory holds one row at a time.
func records(ctx context.Context, tx pgx.Tx) iter.Seq2[audit.Record, error] {
	return func(yield func(audit.Record, error) bool) {
		rows, err := tx.Query(ctx, "SELECT seq, prev, hash, body FROM dbaccess.audit_events ORDER BY seq")
		if err != nil {
			yield(audit.Record{}, err)
			return
		}
		defer rows.Close()
		var rec audit.Record
		for rows.Next() {
			if err := scanRecord(rows, &rec); err != nil {
				yield(audit.Record{}, err)
				return
			}
			if !yield(rec, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(audit.Record{}, err)
		}
	}
}

// scanRecord reads a row without a copy of the body: it is valid until the next
// row. Postgres sends text as the bytes that were stored.
func scanRecord(row interface{ Scan(dest ...any) error }, rec *audit.Record) error {
	var prev, hash, body pgtype.DriverBytes
	if err := row.Scan(&rec.Seq, &prev, &hash, &body); err != nil {
		return err
	}
	copy(rec.Prev[:], prev)
	copy(rec.Hash[:], hash)
	rec.Body = body
	return nil
}

type rowQuerier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func readHead(ctx context.Context, q rowQuerier) (audit.Head, error) {
	var (
		h   audit.Head
		sum []byte
	)
	err := q.QueryRow(ctx, "SELECT seq, hash FROM dbaccess.audit_head").Scan(&h.Seq, &sum)
	copy(h.Hash[:], sum)
	return h, err
}
