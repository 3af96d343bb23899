package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/api"
	"dbaccess/internal/devslack"
)

// script plays the story of one access through the local Slack, as people would,
// and looks for the effect of every step. A step whose effect is missing ends it.
type script struct {
	*stack
	core *core // to read what was recorded
	tell *narrator

	card    devslack.Message
	request approvals.RequestID
	change  approvals.RequestID
	cred    api.Claimed
	session *pgx.Conn
	due     time.Time
	died    chan death // what became of Alice's session

	waiting *program // the job that waits for Bob
	agent   *agent
	asked   approvals.RequestID // by the agent
	psql    []string            // what its jobs run
	more    []string            // variables for the programs that it starts
}

// window is how long Alice asks for: long enough for the rest of the story to be
// played inside it, short enough to wait for.
const window = 10 * time.Second

// longestStory is how long all of it may take: some ten times as long as it does.
const longestStory = 2 * time.Minute

// step is one line of the story: who does what, and what must come of it.
type step struct {
	who, what string
	do        func(context.Context) ([]string, error) // what was seen, a line each
}

func (p *script) steps() []step {
	ask := fmt.Sprintf("/dbaccess shop masked-read %s because INC-42 refund stuck", window)
	return []step{
		{"Alice", ask, p.ask(ask)},
		{"Alice", "presses Approve on her own request", p.selfReview},
		{"Bob", "presses Approve", p.approve},
		{"Alice", "presses Get credentials, then Show on the claim page", p.claim},
		{"Alice", "connects and reads customers", p.read},
		{"Alice", "tries the table behind the view", p.readRaw},
		{"Alice", "/dbaccess query shop SELECT status, count(*) FROM orders GROUP BY status", p.query},
		{"Alice", "/dbaccess query shop DELETE FROM orders", p.deleteAll},
		{"Bob", "denies it: \"which orders?\"", p.deny},
		{"Alice", refundOne, p.send(refundOne, "INC-77")},
		{"Bob", "has the rows counted, and presses Approve", p.approveChange},
		{"Alice", cancelAll, p.send(cancelAll, "cleanup")},
		{"Bob", "presses Approve without counting", p.approveTooMuch},
		{"nightly", "dbaccess " + reportAsk + " psql < report.sql", p.report},
		{"nightly", "dbaccess " + staleAsk + " -- psql -f " + stalePath, p.firstRun},
		{"Bob", "presses Review…, reads the script, and approves it for this commit", p.approveCommit},
		{"nightly", "the next run of the same commit", p.secondRun},
		{"nightly", "a run with another script under that name", p.changedRun},
		{"Alice", "dbaccess login --agent " + agentName, p.giveToken},
		{"agent", "query: " + agentReads, p.agentQuery},
		{"agent", "query: " + agentDeletes, p.agentDelete},
		{"Alice", "presses Approve on her agent's request", p.ownAgent},
		{"Bob", "denies it: \"" + agentRefused + "\"", p.agentDenied},
		{"clock", "Alice's window ends, her session still open", p.windowEnds},
		{"Alice", "tries to log in again", p.loginAgain},
		{"record", "what was recorded of her request", p.events},
		{"record", "dbaccess audit verify", p.verify},
	}
}

// play plays all steps and closes what is open.
func (p *script) play(ctx context.Context) error {
	defer p.close()
	ctx, cancel := context.WithTimeout(ctx, longestStory)
	defer cancel() // what is still open ends with the story
	for _, st := range p.steps() {
		p.tell.begin(st.who, st.what)
		lines, err := st.do(ctx)
		if err != nil {
			if !errors.Is(ctx.Err(), context.Canceled) { // stopping it is no failure of the step
				p.tell.failed(err)
			}
			return fmt.Errorf("%s %s: %w", st.who, st.what, err)
		}
		p.tell.seen(lines...)
	}
	return nil
}

// close ends what a broken story has left open.
func (p *script) close() {
	if p.died != nil {
		<-p.died
	}
	if p.session != nil {
		_ = p.session.Close(context.Background())
	}
}

func (p *script) ask(line string) func(context.Context) ([]string, error) {
	return func(ctx context.Context) ([]string, error) {
		ack, err := p.slack.As("alice").Command(ctx, "general", line)
		if err != nil {
			return nil, err
		}
		if p.card, err = p.stack.card(ctx, "masked-read", "INC-42 refund stuck", "Approve"); err != nil {
			return nil, err
		}
		list, err := p.core.requests.Requests(ctx, approvals.Filter{Requester: "alice", States: []approvals.State{approvals.Pending}})
		if err != nil || len(list) != 1 {
			return nil, fmt.Errorf("want one pending request of alice's, have %d (%v)", len(list), err)
		}
		p.request = list[0].ID
		return []string{
			fmt.Sprintf("acknowledged after %s", ms(ack.Took)),
			"#" + approvalsChannel + ": " + oneLine(p.card.Text, 100),
			"rule " + list[0].Route.Rule + ": " + list[0].Route.Sentence,
		}, nil
	}
}

func (p *script) selfReview(ctx context.Context) ([]string, error) {
	if err := p.slack.As("alice").Click(ctx, p.card, "Approve"); err != nil {
		return nil, err
	}
	m, err := p.whisper(ctx, "alice", approvals.ErrSelfReview.Msg)
	if err != nil {
		return nil, err
	}
	r, err := p.core.requests.Request(ctx, p.request)
	if err != nil {
		return nil, err
	}
	if r.State != approvals.Pending {
		return nil, fmt.Errorf("the request is %s, not pending", r.State)
	}
	return []string{"refused: " + oneLine(m.Text, 120)}, nil
}

func (p *script) approve(ctx context.Context) ([]string, error) {
	if err := p.slack.As("bob").Click(ctx, p.card, "Approve"); err != nil {
		return nil, err
	}
	if _, err := p.dm(ctx, "alice", "Get credentials"); err != nil {
		return nil, err
	}
	r, err := p.core.requests.Request(ctx, p.request)
	if err != nil {
		return nil, err
	}
	if r.State != approvals.Approved || r.Grant == "" {
		return nil, fmt.Errorf("the request is %s, not approved", r.State)
	}
	g, err := p.grant(ctx)
	if err != nil {
		return nil, err
	}
	roles, err := p.asOwner(ctx, "SELECT count(*)::text FROM pg_roles WHERE rolname LIKE $1", credentials.RolePrefix(p.core.grants.Install)+"%")
	if err != nil || roles != "0" || g.State != credentials.Open || len(g.Leases) != 0 {
		return nil, fmt.Errorf("the grant is %s with %d leases and there are %s roles (%v): want it open and nothing minted", g.State, len(g.Leases), roles, err)
	}
	return []string{"approved; grant " + string(r.Grant) + " is open and nothing is minted yet"}, nil
}

func (p *script) claim(ctx context.Context) ([]string, error) {
	m, err := p.dm(ctx, "alice", "Get credentials")
	if err != nil {
		return nil, err
	}
	code, err := p.claimCode(ctx, "alice", m)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if p.cred, err = p.redeem(ctx, code); err != nil {
		return nil, err
	}
	took := time.Since(began)
	g, err := p.grant(ctx)
	if err != nil {
		return nil, err
	}
	if g.State != credentials.Active {
		return nil, fmt.Errorf("the grant is %s, not active", g.State)
	}
	p.due = g.Due
	return []string{
		fmt.Sprintf("role %s made in %s", p.cred.Role, ms(took)),
		fmt.Sprintf("Postgres refuses its login from %s on", p.due.Local().Format("15:04:05")),
	}, nil
}

func (p *script) grant(ctx context.Context) (credentials.Grant, error) {
	list, err := p.core.grants.Grants(ctx, credentials.GrantFilter{Request: p.request})
	if err != nil {
		return credentials.Grant{}, err
	}
	if len(list) != 1 {
		return credentials.Grant{}, fmt.Errorf("want one grant for %s, have %d", p.request, len(list))
	}
	return list[0], nil
}

func (p *script) query(ctx context.Context) ([]string, error) {
	if _, err := p.slack.As("alice").Command(ctx, "general", "/dbaccess query shop SELECT status, count(*) FROM orders GROUP BY status"); err != nil {
		return nil, err
	}
	m, err := p.dm(ctx, "alice", "status", "count", "delivered")
	if err != nil {
		return nil, err
	}
	list, err := p.core.requests.Requests(ctx, approvals.Filter{Requester: "alice", Limit: 1})
	if err != nil || len(list) != 1 {
		return nil, fmt.Errorf("want the statement stored, have %d (%v)", len(list), err)
	}
	if r := list[0]; r.State != approvals.Executed || r.Verdict.Level != guardrails.Low || len(r.Reviews) != 0 || r.Grant == "" || r.Profile != "masked-read" {
		return nil, fmt.Errorf("it is %s at risk %s with profile %s after %d reviews", r.State, r.Verdict.Level, r.Profile, len(r.Reviews))
	}
	lines := []string{"low risk, masked: it ran at once with a credential of its own, and the rows are in her DM"}
	var cells [][]string
	_, table, ok := strings.Cut(devslack.PlainText(m), "status\ncount\n")
	if !ok {
		return nil, fmt.Errorf("the message has no table: %q", devslack.PlainText(m))
	}
	for pair := range slices.Chunk(strings.Split(table, "\n"), 2) {
		cells = append(cells, pair)
	}
	return append(lines, layOut([]string{"status", "count"}, cells)...), nil
}

func (p *script) deleteAll(ctx context.Context) ([]string, error) {
	shown, err := p.sendStatement(ctx, "alice", "/dbaccess query shop DELETE FROM orders")
	if err != nil {
		return nil, err
	}
	if !strings.Contains(devslack.PlainText(shown), "removes every row") {
		return nil, fmt.Errorf("alice was not told what it does: %q", devslack.PlainText(shown))
	}
	if p.card, err = p.stack.card(ctx, "DELETE FROM orders", "Approve"); err != nil {
		return nil, err
	}
	list, err := p.core.requests.Requests(ctx, approvals.Filter{Requester: "alice", States: []approvals.State{approvals.Pending}})
	if err != nil || len(list) != 1 {
		return nil, fmt.Errorf("want one pending statement, have %d (%v)", len(list), err)
	}
	v := list[0].Verdict
	lines := []string{fmt.Sprintf("she sees the verdict and sends it all the same: %s, %s; people decide (rule %s)", v.Kind, v.Level, list[0].Route.Rule)}
	for _, f := range v.Findings {
		lines = append(lines, f.Rule+" "+f.Message)
	}
	return lines, nil
}

// denies has Bob deny what is on the card, with that reason.
func (p *script) denies(ctx context.Context, why string) error {
	if err := p.slack.As("bob").Click(ctx, p.card, "Deny…"); err != nil {
		return err
	}
	v, err := p.view(ctx, "bob", "Why not?")
	if err != nil {
		return err
	}
	if _, err := p.submit(ctx, "bob", v, map[string]any{"Why not?": why}); err != nil {
		return err
	}
	// Whoever plays on by hand as Bob finds no dialog of the story's open.
	return p.slack.As("bob").Close(ctx, v.ID)
}

func (p *script) deny(ctx context.Context) ([]string, error) {
	if err := p.denies(ctx, "which orders?"); err != nil {
		return nil, err
	}
	m, err := p.dm(ctx, "alice", "denied", "which orders?")
	if err != nil {
		return nil, err
	}
	if left, err := p.asOwner(ctx, "SELECT (count(*) > 0)::text FROM shop.orders"); err != nil || left != "true" {
		return nil, fmt.Errorf("there are orders left: %s (%v)", left, err)
	}
	return []string{"to Alice: " + oneLine(asRead(m.Text), 140)}, nil
}
