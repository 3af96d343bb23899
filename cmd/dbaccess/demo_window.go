package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/credentials"
)

// This file is what Alice does with her credential, and how it ends.

// death is when a session ended, and what it was told.
type death struct {
	at  time.Time
	err error
}

func (p *script) read(ctx context.Context) (lines []string, err error) {
	if p.session, err = pgx.Connect(ctx, p.cred.Forms().URI); err != nil {
		return nil, err
	}
	masked, err := textRows(ctx, p.session, "SELECT * FROM customers ORDER BY id LIMIT 3")
	if err != nil {
		return nil, err
	}
	owner, err := pgx.Connect(ctx, p.shop)
	if err != nil {
		return nil, err
	}
	defer owner.Close(context.WithoutCancel(ctx))
	raw, err := textRows(ctx, owner, "SELECT * FROM shop.customers ORDER BY id LIMIT 3")
	if err != nil {
		return nil, err
	}
	if len(masked) != 3 || len(raw) != 3 {
		return nil, fmt.Errorf("%d rows came, want 3", len(masked))
	}
	for i := range masked {
		for _, personal := range []int{1, 2} { // name, email
			if masked[i][personal] == raw[i][personal] {
				return nil, fmt.Errorf("a raw value came through in row %s", raw[i][0])
			}
		}
	}
	shown := func(rows [][]string) []string {
		var first [][]string // as many columns as a line holds
		for _, r := range rows {
			first = append(first, r[:5])
		}
		return layOut([]string{"id", "name", "email", "phone", "birthday"}, first)
	}
	lines = append(lines, "SELECT * FROM customers: what stands in the table")
	lines = append(lines, shown(raw)...)
	lines = append(lines, "and what Alice sees")
	return append(lines, shown(masked)...), nil
}

func (p *script) readRaw(ctx context.Context) ([]string, error) {
	_, err := p.session.Exec(ctx, "SELECT email FROM shop.customers")
	lines, err := refused(err, "42501")
	if err != nil {
		return nil, err
	}
	// From here on the session is busy, until somebody ends it.
	p.died = make(chan death, 1)
	go func() {
		_, err := p.session.Exec(ctx, "SELECT pg_sleep(300)")
		p.died <- death{time.Now(), err}
	}()
	return lines, nil
}

// refused turns the error that a step wants into what was seen.
func refused(err error, codes ...string) ([]string, error) {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return nil, fmt.Errorf("it was not refused by Postgres: %v", err)
	}
	for _, c := range codes {
		if pe.Code == c {
			return []string{"refused: " + pe.Message}, nil
		}
	}
	return nil, fmt.Errorf("refused for another reason: %w", err)
}

func (p *script) windowEnds(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithDeadline(ctx, p.due.Add(patience))
	defer cancel()
	var died death
	select {
	case died = <-p.died:
	case <-ctx.Done():
		return nil, errors.New("the session outlived its window")
	}
	if _, err := refused(died.err, "57P01"); err != nil {
		return nil, err
	}
	p.died = nil
	if _, err := p.dm(ctx, "alice", "is over", "gone"); err != nil {
		return nil, err
	}
	g, err := p.grant(ctx)
	if err != nil {
		return nil, err
	}
	if g.State != credentials.Ended || len(g.Leases) != 1 || g.Leases[0].Proof == nil {
		return nil, fmt.Errorf("the grant is %s, not proven ended", g.State)
	}
	return []string{
		fmt.Sprintf("session ended %s after the due second", ms(died.at.Sub(g.Due))),
		fmt.Sprintf("proof on the primary %s after it: no role, no session", ms(g.EndedAt.Sub(g.Due))),
	}, nil
}

func (p *script) loginAgain(ctx context.Context) ([]string, error) {
	conn, err := pgx.Connect(ctx, p.cred.Forms().URI)
	if err == nil {
		_ = conn.Close(ctx)
		return nil, errors.New("the login was accepted")
	}
	return refused(err, "28P01", "28000")
}

func textRows(ctx context.Context, conn *pgx.Conn, query string) ([][]string, error) {
	rows, err := conn.Query(ctx, query, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]string, error) {
		var cells []string
		for _, v := range row.RawValues() {
			cells = append(cells, string(v))
		}
		return cells, nil
	})
}
