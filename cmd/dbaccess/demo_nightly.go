package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/devslack"
)

// The nightly workflow of the demo: a report that runs by itself, and a script that
// people read once.
const (
	thisCommit = "3f9a01bc7d2e4f5061728394a5b6c7d8e9f00112"
	nextCommit = "b7c2d4e6f8091a2b3c4d5e6f708192a3b4c5d6e7"

	reportSQL = "SELECT id, name, email FROM customers ORDER BY id LIMIT 2;\n"
	stalePath = "jobs/stale-orders.sql"
	staleSQL  = "UPDATE orders SET status = 'cancelled' WHERE status = 'pending' AND id <= 500;\n"
	// What somebody makes of it later: ten times as many.
	stalerSQL = "UPDATE orders SET status = 'cancelled' WHERE status = 'pending' AND id <= 5000;\n"
	stillOpen = "SELECT count(*)::text FROM shop.orders WHERE status = 'pending' AND id <= 500"

	reportAsk = "exec -d shop -p masked-read -t 5m -r nightly-report --"
	staleAsk  = "exec -d shop -p write -t 5m -r stale-orders --sql " + stalePath + " --rows 0-500"
)

// report is a job that has nothing but its runner's identity token.
func (p *script) report(ctx context.Context) ([]string, error) {
	raw, err := p.asOwner(ctx, "SELECT string_agg(name || ' ' || email, ' ') FROM shop.customers WHERE id <= 2")
	if err != nil {
		return nil, err
	}
	run := p.runner.Job(runOf(thisCommit, 1))
	defer run.End()
	command := slices.Concat(strings.Fields(reportAsk), p.psql, []string{"-XAtq"})
	g, err := p.runs(ctx, run.Env(), command...)
	if err != nil {
		return nil, err
	}
	if _, err := g.in.Write([]byte(reportSQL)); err != nil {
		return nil, err
	}
	lines := []string{"it has no password and no key: its runner's identity token is exchanged, and policy allows the report at once"}
	var rows [][]string
	for range 2 {
		line, err := g.out.ReadString('\n')
		if err != nil {
			_, ended := g.ends(0)
			return nil, errors.Join(fmt.Errorf("the report ended early: %w", err), ended)
		}
		row := strings.Split(strings.TrimSpace(line), "|")
		if len(row) != 3 || strings.Contains(raw, row[1]) || strings.Contains(raw, row[2]) {
			return nil, fmt.Errorf("it read %q, which is not masked", line)
		}
		rows = append(rows, row)
	}
	lines = append(lines, layOut([]string{"id", "name", "email"}, rows)...)
	where, err := p.hidden(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := g.ends(0); err != nil {
		return nil, err
	}
	over, err := p.overWith(ctx, where)
	if err != nil {
		return nil, err
	}
	if where != "" {
		lines = append(lines, "the password was in one file that only the job's user reads, in no process list and no environment")
	}
	return append(lines, over), nil
}

// jobsGrant is the newest grant of the service.
func (p *script) jobsGrant(ctx context.Context) (credentials.Grant, error) {
	list, err := p.core.grants.Grants(ctx, credentials.GrantFilter{Holder: "service/nightly", Limit: 1})
	if err != nil || len(list) != 1 || len(list[0].Leases) != 1 {
		return credentials.Grant{}, fmt.Errorf("want a grant of service/nightly with one lease, have %d (%v)", len(list), err)
	}
	return list[0], nil
}

// hidden looks for the password of the running job where it must not be, and
// returns the file that has it. Where the system shows no processes, it is "".
func (p *script) hidden(ctx context.Context) (where string, err error) {
	if runtime.GOOS != "linux" {
		return "", nil
	}
	g, err := p.jobsGrant(ctx)
	if err != nil {
		return "", err
	}
	environments := readable("/proc/[0-9]*/environ")
	var password string
	for _, e := range environments {
		vars := strings.Split(e, "\x00")
		if !slices.Contains(vars, "PGUSER="+g.Leases[0].Role) {
			continue
		}
		for _, v := range vars {
			if path, ok := strings.CutPrefix(v, "PGPASSFILE="); ok {
				where = path
			}
		}
	}
	data, err := os.ReadFile(where)
	if err != nil {
		return "", fmt.Errorf("read the job's password file: %w", err)
	}
	if i := strings.LastIndex(strings.TrimSpace(string(data)), ":"); i >= 0 {
		password = strings.TrimSpace(string(data))[i+1:]
	}
	if len(password) < 16 {
		return "", errors.New("the job's password file has no password")
	}
	for _, text := range append(environments, readable("/proc/[0-9]*/cmdline")...) {
		if strings.Contains(text, password) {
			return "", errors.New("the password stands in a process's arguments or environment")
		}
	}
	for path, want := range map[string]fs.FileMode{where: 0o600, filepath.Dir(where): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			return "", fmt.Errorf("%s is not kept from others (%v)", path, err)
		}
	}
	return where, nil
}

// readable reads the files that can be read: processes come and go.
func readable(pattern string) (list []string) {
	paths, _ := filepath.Glob(pattern)
	for _, path := range paths {
		if data, err := os.ReadFile(path); err == nil {
			list = append(list, string(data))
		}
	}
	return list
}

// overWith checks that a job's access ended with it, and that its file is gone.
func (p *script) overWith(ctx context.Context, file string) (string, error) {
	g, err := p.jobsGrant(ctx)
	if err != nil {
		return "", err
	}
	left, err := p.asOwner(ctx, "SELECT count(*)::text FROM pg_roles WHERE rolname = $1", g.Leases[0].Role)
	if err != nil || left != "0" || g.State != credentials.Ended || g.Leases[0].Proof == nil {
		return "", fmt.Errorf("after the job its grant is %s and %s roles are left (%v)", g.State, left, err)
	}
	if _, err := os.Stat(file); file != "" && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s is left behind (%v)", file, err)
	}
	return fmt.Sprintf("the command ended, and with it the access: role gone, proven %s before its time", g.Due.Sub(g.EndedAt).Round(time.Second)), nil
}

// firstRun has the script wait for Bob, who reads it and approves it for its commit.
func (p *script) firstRun(ctx context.Context) ([]string, error) {
	if err := p.writeStale(staleSQL); err != nil {
		return nil, err
	}
	if stale, err := p.asOwner(ctx, stillOpen); err != nil || stale == "0" {
		return nil, fmt.Errorf("%s orders are stale (%v)", stale, err)
	}
	g, err := p.stale(ctx, thisCommit, 2)
	if err != nil {
		return nil, err
	}
	p.waiting = g
	if p.card, err = p.stack.card(ctx, "service/nightly", stalePath, "Expects", "Review…"); err != nil {
		return nil, errors.Join(err, errors.New(oneLine(g.said.String(), 300)))
	}
	said, err := g.tells(ctx, "waits for")
	return append([]string{said, "#" + approvalsChannel + ": " + oneLine(p.card.Text, 100)},
		cardLines(p.card, "repository", "sha", "Started by", stalePath+"`:", "Expects")...), err
}

// writeStale writes the script into the job's checkout.
func (p *script) writeStale(text string) error {
	path := filepath.Join(p.checkout(), stalePath)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}

// stale starts the script's job, as a run of that commit.
func (p *script) stale(ctx context.Context, commit string, run int, more ...string) (*program, error) {
	args := slices.Concat(strings.Fields(staleAsk), []string{"--commit", "https://github.com/acme/shop/commit/" + commit}, more, []string{"--"}, p.psql, []string{"-XAtq", "-f", stalePath})
	return p.runs(ctx, p.runner.Job(runOf(commit, run)).Env(), args...)
}

// cardLines are the lines of a card that have one of the words.
func cardLines(card devslack.Message, words ...string) (lines []string) {
	for line := range strings.Lines(devslack.PlainText(card)) {
		if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(line, w) }) {
			for _, part := range wrapped(asRead(line)) {
				lines = append(lines, "  "+part)
			}
		}
	}
	return lines
}

// approveCommit has Bob choose for which runs his approval is.
func (p *script) approveCommit(ctx context.Context) ([]string, error) {
	if err := p.slack.As("bob").Click(ctx, p.card, "Review…"); err != nil {
		return nil, err
	}
	v, err := p.view(ctx, "bob", strings.TrimSpace(staleSQL))
	if err != nil {
		return nil, err
	}
	if _, err := p.submit(ctx, "bob", v, map[string]any{"Approve": string(approvals.Commit)}); err != nil {
		return nil, err
	}
	if err := p.slack.As("bob").Close(ctx, v.ID); err != nil {
		return nil, err
	}
	if _, err := p.waiting.ends(0); err != nil {
		return nil, err
	}
	if left, err := p.asOwner(ctx, stillOpen); err != nil || left != "0" {
		return nil, fmt.Errorf("%s stale orders are left (%v)", left, err)
	}
	over, err := p.overWith(ctx, "")
	return []string{"the waiting job went on and cancelled the stale orders", over}, err
}

// secondRun runs the same commit, which asks nobody.
func (p *script) secondRun(ctx context.Context) ([]string, error) {
	g, err := p.stale(ctx, thisCommit, 3)
	if err != nil {
		return nil, err
	}
	if _, err := g.ends(0); err != nil {
		return nil, err
	}
	r, err := p.newestOf(ctx, "service/nightly")
	if err != nil {
		return nil, err
	}
	if r.State != approvals.Approved || r.Under == "" || len(r.Reviews) != 0 {
		return nil, fmt.Errorf("the run is %s under %q after %d reviews", r.State, r.Under, len(r.Reviews))
	}
	m, err := p.stack.card(ctx, "was approved at once")
	if err != nil {
		return nil, err
	}
	return wrapped("nobody was asked; under the card: " + asRead(m.Text)), nil
}

// changedRun brings another script under the same name.
func (p *script) changedRun(ctx context.Context) ([]string, error) {
	if err := p.writeStale(stalerSQL); err != nil {
		return nil, err
	}
	g, err := p.stale(ctx, nextCommit, 4, "--no-wait")
	if err != nil {
		return nil, err
	}
	id, err := g.ends(execPending)
	if err != nil {
		return nil, err
	}
	card, err := p.stack.card(ctx, stalePath, "Why you are asked again", "Review…")
	if err != nil {
		return nil, err
	}
	lines := append([]string{fmt.Sprintf("it did not run (exit code %d: nobody has decided yet); the card says:", execPending)}, cardLines(card, "asked again")...)
	end, err := p.runs(ctx, p.runner.Job(runOf(nextCommit, 4)).Env(), "end", strings.TrimSpace(id))
	if err != nil {
		return nil, err
	}
	_, err = end.ends(0)
	return lines, err
}

// newestOf is the newest request of a principal.
func (p *script) newestOf(ctx context.Context, who string) (approvals.Request, error) {
	list, err := p.core.requests.Requests(ctx, approvals.Filter{Requester: who, Limit: 1})
	if err != nil || len(list) != 1 {
		return approvals.Request{}, fmt.Errorf("want a request of %s, have %d (%v)", who, len(list), err)
	}
	return list[0], nil
}
