package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dbaccess/approvals"
	"dbaccess/internal/devslack"
	"dbaccess/internal/devstack/oidc"
	"dbaccess/internal/fault"
)

// The agent of the demo: Alice gives it a token of its own, and it uses the tools of
// `dbaccess mcp`.
const (
	agentName = "claude"

	agentReads   = "SELECT name, email, birthday FROM customers ORDER BY id LIMIT 2"
	agentDeletes = "DELETE FROM orders WHERE status = 'refunded'"
	agentRefused = "refunds are kept for ten years"
)

// agent is an agent's client of the Model Context Protocol, on the standard input
// and output of `dbaccess mcp`: one JSON-RPC message a line.
// https://modelcontextprotocol.io/specification/2025-06-18/basic/transports#stdio
type agent struct {
	*program
	calls int
}

// giveToken has Alice give her agent a token of its own.
func (p *script) giveToken(ctx context.Context) ([]string, error) {
	id, err := p.company.Token("dbaccess-cli", oidc.Claims{"sub": "alice", "email": "alice@example.com", "email_verified": true})
	if err != nil {
		return nil, err
	}
	login, err := p.runs(ctx, []string{"DBACCESS_ID_TOKEN=" + id}, "login", "--agent", agentName)
	if err != nil {
		return nil, err
	}
	env, err := login.ends(0)
	if err != nil {
		return nil, err
	}
	p.agent = &agent{}
	if p.agent.program, err = p.runs(ctx, strings.Fields(env), "mcp"); err != nil {
		return nil, err
	}
	if err := p.agent.greet(); err != nil {
		return nil, err
	}
	said, err := login.tells(ctx, "acts for you")
	if err != nil {
		return nil, err
	}
	said, _, _ = strings.Cut(said, " at ")
	return []string{said + ", with a token of its own: her rights at most, and no review"}, nil
}

// agentQuery has the agent read what is masked.
func (p *script) agentQuery(ctx context.Context) ([]string, error) {
	var got struct {
		Status string
		Result struct {
			Rows   [][]string
			Views  bool                          `json:"all_masked"`
			Masked []struct{ Column, As string } `json:"masked_columns"`
		}
	}
	text, err := p.agent.call("query", map[string]any{"database": "shop", "statement": agentReads, "reason": "who were the first customers"}, &got)
	if err != nil {
		return nil, err
	}
	raw, err := p.asOwner(ctx, "SELECT string_agg(name || ' ' || email || ' ' || birthday, ' ') FROM shop.customers WHERE id <= 2")
	if err != nil {
		return nil, err
	}
	if got.Status != "done" || !got.Result.Views || len(got.Result.Rows) != 2 || len(got.Result.Masked) != 3 {
		return nil, fmt.Errorf("the agent's query is %s, with %d rows and %d masked columns: %s %s",
			got.Status, len(got.Result.Rows), len(got.Result.Masked), oneLine(text, 300), oneLine(p.agent.said.String(), 200))
	}
	for _, cell := range slices.Concat(got.Result.Rows...) {
		if strings.Contains(raw, cell) {
			return nil, errors.New("a raw value came through")
		}
	}
	as := map[string]string{}
	for _, m := range got.Result.Masked {
		as[m.Column] = m.As
	}
	var masked []string
	for _, column := range slices.Sorted(maps.Keys(as)) {
		masked = append(masked, column+" ("+as[column]+")")
	}
	return append(layOut([]string{"name", "email", "birthday"}, got.Result.Rows), "and it is told what is masked: "+strings.Join(masked, ", ")), nil
}

// agentDelete has the agent ask for a change, which waits for people.
func (p *script) agentDelete(ctx context.Context) ([]string, error) {
	var got struct{ Status, ID, Level string }
	if _, err := p.agent.call("query", map[string]any{"database": "shop", "statement": agentDeletes, "reason": "tidy up the orders", "wait": 0}, &got); err != nil {
		return nil, err
	}
	if got.Status != "pending" {
		return nil, fmt.Errorf("the agent's DELETE is %s", got.Status)
	}
	var err error
	if p.card, err = p.stack.card(ctx, agentDeletes, "Approve"); err != nil {
		return nil, err
	}
	p.asked = approvals.RequestID(got.ID)
	return []string{
		"pending, risk " + got.Level + ": the agent is told to go on with something else, and to come back with the id",
		"#" + approvalsChannel + ": " + oneLine(p.card.Text, 100),
	}, nil
}

// ownAgent has Alice try to approve what her agent asks.
func (p *script) ownAgent(ctx context.Context) ([]string, error) {
	before := len(p.slack.Ephemerals("alice"))
	if err := p.slack.As("alice").Click(ctx, p.card, "Approve"); err != nil {
		return nil, err
	}
	waiting, stop := context.WithTimeout(ctx, patience)
	defer stop()
	if err := p.slack.WaitFor(waiting, func(n devslack.Snapshot) bool { return len(n.Ephemerals("alice")) > before }); err != nil {
		return nil, fmt.Errorf("alice is told nothing: %w", err)
	}
	told := p.slack.Ephemerals("alice")
	m := told[len(told)-1]
	if !strings.Contains(m.Text, approvals.ErrSelfReview.Msg) {
		return nil, fmt.Errorf("alice is told %q", m.Text)
	}
	r, err := p.core.requests.Request(ctx, p.asked)
	if err != nil || r.State != approvals.Pending || r.For != "alice" {
		return nil, fmt.Errorf("the agent's request is %s, for %q (%v)", r.State, r.For, err)
	}
	return []string{"refused: " + oneLine(m.Text, 140)}, nil
}

// agentDenied has Bob deny it, and the agent read why.
func (p *script) agentDenied(ctx context.Context) ([]string, error) {
	if err := p.denies(ctx, agentRefused); err != nil {
		return nil, err
	}
	text, err := p.agent.call("query_result", map[string]any{"id": string(p.asked)}, nil)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(text, "denied") || !strings.Contains(text, agentRefused) {
		return nil, fmt.Errorf("the agent reads %q", text)
	}
	if left, err := p.asOwner(ctx, "SELECT (count(*) > 0)::text FROM shop.orders WHERE status = 'refunded'"); err != nil || left != "true" {
		return nil, fmt.Errorf("there are refunded orders left: %s (%v)", left, err)
	}
	if _, err := p.agent.ends(0); err != nil {
		return nil, err
	}
	lines := []string{"the agent fetches its answer by the id, and reads:"}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "denied") || strings.Contains(line, agentRefused) {
			lines = append(lines, "  "+oneLine(strings.TrimSpace(line), 150))
		}
	}
	return lines, nil
}

// greet begins the session.
func (a *agent) greet() error {
	_, err := a.ask("initialize", map[string]any{
		"protocolVersion": "2025-06-18", "capabilities": map[string]any{}, "clientInfo": map[string]string{"name": "demo", "version": "1"},
	})
	if err != nil {
		return err
	}
	return a.send(map[string]any{"jsonrpc": "2.0", "method": "notifications/initialized"})
}

// call calls a tool, and returns its words; into, if there is one, is its answer for
// programs.
func (a *agent) call(tool string, arguments map[string]any, into any) (string, error) {
	raw, err := a.ask("tools/call", map[string]any{"name": tool, "arguments": arguments})
	if err != nil {
		return "", err
	}
	var result struct {
		Content    []struct{ Text string }
		Structured json.RawMessage `json:"structuredContent"`
	}
	if err := json.Unmarshal(raw, &result); err != nil || len(result.Content) != 1 {
		return "", fmt.Errorf("%s answered with %s (%w)", tool, raw, err)
	}
	if into == nil {
		return result.Content[0].Text, nil
	}
	if err := json.Unmarshal(result.Structured, into); err != nil {
		return "", fmt.Errorf("%s answered: %s (%w)", tool, result.Content[0].Text, err)
	}
	return result.Content[0].Text, nil
}

// ask sends one request and waits for its answer.
func (a *agent) ask(method string, params any) (json.RawMessage, error) {
	a.calls++
	if err := a.send(map[string]any{"jsonrpc": "2.0", "id": a.calls, "method": method, "params": params}); err != nil {
		return nil, err
	}
	for {
		line, err := a.out.ReadBytes('\n')
		if err != nil {
			_, ended := a.ends(0)
			return nil, errors.Join(fmt.Errorf("dbaccess mcp said no more: %w", err), ended)
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  struct{ Message string }
		}
		if err := json.Unmarshal(line, &answer); err != nil {
			return nil, fmt.Errorf("dbaccess mcp said %q: %w", line, err)
		}
		switch {
		case answer.ID != a.calls: // a notification
		case answer.Error.Message != "":
			return nil, fault.New(fault.Conflict, method+": "+answer.Error.Message, "")
		default:
			return answer.Result, nil
		}
	}
}

func (a *agent) send(message any) error {
	data, err := json.Marshal(message)
	if err != nil {
		return err
	}
	_, err = a.in.Write(append(data, '\n'))
	return err
}
