package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/api"
	"dbaccess/internal/config"
	"dbaccess/internal/devslack"
)

// acknowledge measures how long Slack waits for the answer to a command when
// many come at once. Slack gives up after three seconds. It returns when so many
// requests in all have been stored and told.
func (b *benchmark) acknowledge(ctx context.Context, transport string, stored int) ([]figure, error) {
	people := []string{"alice", "bob", "carol", "frank"}
	var figures []figure
	for _, line := range []string{"/dbaccess help", "/dbaccess shop masked-read 1h because load N"} {
		took, err := together(benchCommands, func(i int) (time.Duration, error) {
			typed := strings.ReplaceAll(line, "N", strconv.Itoa(i))
			ack, err := b.slack.As(people[i%len(people)]).Command(ctx, "general", typed)
			return ack.Took, err
		})
		if err != nil {
			return nil, err
		}
		figures = append(figures, figure{what: transport + ": " + line, values: took})
	}
	return figures, b.settled(ctx, stored)
}

// acknowledgeOverHTTP measures the same on a server that Slack sends requests to,
// and stops it: an app uses one transport at a time.
func acknowledgeOverHTTP(ctx context.Context, st *stack, log *slog.Logger) (figures []figure, err error) {
	over := *st
	over.config.Slack.Transport = config.HTTPTransport
	if over.listen, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	srv, err := startServer(ctx, &over, log)
	if err != nil {
		return nil, err
	}
	defer func() {
		st.slack.DeliverOverHTTP(devslack.HTTPDelivery{})
		err = errors.Join(err, srv.stop())
	}()
	st.deliverTo(srv.listener.Addr().String())
	b := &benchmark{stack: &over, core: srv.core}
	return b.acknowledge(ctx, "http", benchCommands)
}

// settled waits until all requests have been stored and told, so that one
// measurement does not disturb the next.
func (b *benchmark) settled(ctx context.Context, want int) error {
	deadline := time.After(time.Minute)
	for tick := time.Tick(50 * time.Millisecond); ; {
		list, err := b.core.requests.Requests(ctx, approvals.Filter{States: []approvals.State{approvals.Pending}, Limit: 1000})
		if err != nil {
			return err
		}
		waiting, _, err := b.core.store.Backlog(ctx)
		if err != nil {
			return err
		}
		if len(list) >= want && waiting == 0 { // each request's expiry is for later, and does not wait
			return nil
		}
		select {
		case <-deadline:
			return fmt.Errorf("%d of %d requests were stored, %d follow-ups wait", len(list), want, waiting)
		case <-ctx.Done():
			return ctx.Err()
		case <-tick:
		}
	}
}

// approveToCredential measures what the asker waits for: from the reviewer's
// click to the message, and from the page's button to a session.
func (b *benchmark) approveToCredential(ctx context.Context) ([]figure, error) {
	var told, claimed, plain []time.Duration
	for i := range 30 {
		reason := "bench " + strconv.Itoa(i)
		if _, err := b.slack.As("alice").Command(ctx, "general", "/dbaccess shop masked-read 1h because "+reason+"."); err != nil {
			return nil, err
		}
		card, err := b.card(ctx, reason+".", "Approve")
		if err != nil {
			return nil, err
		}
		clicked := time.Now()
		if err := b.slack.As("bob").Click(ctx, card, "Approve"); err != nil {
			return nil, err
		}
		dm, err := b.dm(ctx, "alice", "*approved*", "Get credentials") // of this round: earlier letters say neither together
		if err != nil {
			return nil, err
		}
		told = append(told, time.Since(clicked))
		code, err := b.claimCode(ctx, "alice", dm)
		if err != nil {
			return nil, err
		}
		pressed := time.Now()
		c, err := b.redeem(ctx, code)
		if err != nil {
			return nil, err
		}
		if err := usable(ctx, c); err != nil {
			return nil, err
		}
		claimed = append(claimed, time.Since(pressed))
		if err := b.endAll(ctx); err != nil {
			return nil, err
		}
		took, err := b.plainRole(ctx)
		if err != nil {
			return nil, err
		}
		plain = append(plain, took)
	}
	both := make([]time.Duration, len(told))
	for i := range both {
		both[i] = told[i] + claimed[i]
	}
	return []figure{
		{what: "Approve → the asker is told", values: told},
		{what: "Show → credential made and logged in with", values: claimed},
		{what: "both", values: both},
		{what: "beside: CREATE ROLE by hand and log in", values: plain},
	}, nil
}

func usable(ctx context.Context, c api.Claimed) error {
	conn, err := pgx.Connect(ctx, c.Forms().URI)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "SELECT count(*) FROM masked_shop.customers")
	return errors.Join(err, conn.Close(ctx))
}

// endAll ends all active grants, so that each claim starts from the same.
func (b *benchmark) endAll(ctx context.Context) error {
	list, err := b.core.grants.Grants(ctx, credentials.GrantFilter{States: []credentials.GrantState{credentials.Active}, Limit: 1000})
	if err != nil {
		return err
	}
	_, err = perSecond(rateWorkers, list, func(g credentials.Grant) error {
		_, err := b.core.grants.End(ctx, operator(), g.ID, credentials.Revoked)
		return err
	})
	return err
}

// plainRole is what the credential would cost without dbaccess.
func (b *benchmark) plainRole(ctx context.Context) (time.Duration, error) {
	owner, err := pgx.Connect(ctx, b.shop)
	if err != nil {
		return 0, err
	}
	defer owner.Close(ctx)
	began := time.Now()
	if _, err := owner.Exec(ctx, "CREATE ROLE by_hand LOGIN PASSWORD 'by hand' IN ROLE dbaccess_reader_shop"); err != nil {
		return 0, err
	}
	err = usable(ctx, api.Claimed{
		Host: b.pg.Host, Port: b.pg.Port, Database: "shop", SSLMode: "disable", Role: "by_hand", Password: "by hand",
	})
	took := time.Since(began)
	_, dropErr := owner.Exec(ctx, "DROP ROLE by_hand")
	return took, errors.Join(err, dropErr)
}

// dueToProof measures how late grants end when many are due at once.
func (b *benchmark) dueToProof(ctx context.Context) ([]figure, error) {
	due := time.Now().Add(20 * time.Second).Truncate(time.Second)
	sessions := make([]*pgx.Conn, benchGrants)
	ids := make([]approvals.GrantID, benchGrants)
	defer func() {
		for _, c := range sessions {
			if c != nil {
				_ = c.Close(context.WithoutCancel(ctx))
			}
		}
	}()
	for i := range benchGrants {
		var err error
		if ids[i], sessions[i], err = b.dueAt(ctx, i, due); err != nil {
			return nil, err
		}
	}
	if left := time.Until(due); left < time.Second {
		return nil, fmt.Errorf("opening %d sessions took too long: %s are left", benchGrants, left)
	}
	died, err := together(benchGrants, func(i int) (time.Duration, error) {
		wait, cancel := context.WithDeadline(ctx, due.Add(patience))
		defer cancel()
		if _, err := sessions[i].Exec(wait, "SELECT pg_sleep(60)"); err == nil || wait.Err() != nil {
			return 0, errors.New("a session outlived its window")
		}
		return time.Since(due), nil
	})
	if err != nil {
		return nil, err
	}
	proven, err := together(benchGrants, func(i int) (time.Duration, error) { return b.proof(ctx, ids[i]) })
	if err != nil {
		return nil, err
	}
	return []figure{
		{what: "due second → session dead", values: died},
		{what: "due second → proof", values: proven},
	}, nil
}

// dueAt opens a session whose grant is due at exactly that second. Windows are
// whole seconds from the claim on, so that one in ten misses it and is ended.
func (b *benchmark) dueAt(ctx context.Context, i int, due time.Time) (approvals.GrantID, *pgx.Conn, error) {
	for {
		id, conn, err := b.openSession(ctx, i, due)
		if err != nil {
			return "", nil, err
		}
		g, err := b.core.grants.Grant(ctx, id)
		if err == nil && g.Due.Equal(due) {
			return id, conn, nil
		}
		_ = conn.Close(ctx)
		if err != nil {
			return "", nil, err
		}
		if _, err := b.core.grants.End(ctx, operator(), id, credentials.Revoked); err != nil {
			return "", nil, err
		}
	}
}

// openSession gives Alice an access whose window ends at due, and logs in.
func (b *benchmark) openSession(ctx context.Context, i int, due time.Time) (approvals.GrantID, *pgx.Conn, error) {
	who, err := b.core.people.Person("alice")
	if err != nil {
		return "", nil, err
	}
	reviewer, err := b.core.people.Person("bob")
	if err != nil {
		return "", nil, err
	}
	r, err := b.core.requests.Submit(ctx, who, approvals.Ask{
		Kind: approvals.Access, Database: "shop", Profile: "masked-read",
		Duration: (time.Until(due) + time.Second).Truncate(time.Second), Reason: "due " + strconv.Itoa(i),
	})
	if err != nil {
		return "", nil, err
	}
	r, err = b.core.requests.Review(ctx, reviewer, approvals.Opinion{Request: r.ID, Digest: r.Digest, Answer: approvals.Approve, Via: approvals.ByButton})
	if err != nil {
		return "", nil, err
	}
	dm, err := b.dm(ctx, "alice", shortID(r.ID), "Get credentials")
	if err != nil {
		return "", nil, err
	}
	code, err := b.claimCode(ctx, "alice", dm)
	if err != nil {
		return "", nil, err
	}
	c, err := b.redeem(ctx, code)
	if err != nil {
		return "", nil, err
	}
	conn, err := pgx.Connect(ctx, c.Forms().URI)
	return r.Grant, conn, err
}

// shortID is how messages name a request.
func shortID(id approvals.RequestID) string { return strings.TrimPrefix(string(id), "req_")[:8] }

// proof waits for a grant's proven end and returns how late it was.
func (b *benchmark) proof(ctx context.Context, id approvals.GrantID) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for tick := time.Tick(20 * time.Millisecond); ; {
		g, err := b.core.grants.Grant(ctx, id)
		if err != nil {
			return 0, err
		}
		if g.State == credentials.Ended {
			return g.EndedAt.Sub(g.Due), nil
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("grant %s is %s", id, g.State)
		case <-tick:
		}
	}
}
