package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/bot"
	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/api"
	"dbaccess/internal/config"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
	"dbaccess/internal/store"
	"dbaccess/internal/target"
)

// runner is who runs approved statements, on record.
var runner = identity.SystemPrincipal("runner")

// resultLife is how long a result that may not go to Slack waits for its asker.
const resultLife = time.Hour

// runStatement runs an approved statement: the intent is stored, a credential of
// the least profile is minted for this one run, the stored bytes run in one
// transaction, and the outcome is stored and told while the credential is ended.
//
// Nothing here is tried twice: once the intent is stored, a run that dies leaves
// a request that the request sweep settles. It has changed nothing unless it had
// stored which transaction it was about to commit, and then the target knows.
func (s *server) runStatement(ctx context.Context, id approvals.RequestID) error {
	r, err := s.requests.Start(ctx, id)
	if err != nil {
		if k := fault.KindOf(err); k == fault.Internal || k == fault.Unavailable {
			return err // the store is away: the job comes back
		}
		s.log.Info("statement not started", "request", id, "err", err)
		return nil
	}
	d, ok := s.config.Database(r.Database)
	if !ok {
		return s.finish(ctx, r, target.Result{}, fault.New(fault.NotFound, "The database is not in the config any more.", "Ask its owner."))
	}
	res, runErr := s.runOnce(ctx, r, d) // ends the credential itself should it panic
	// The outcome is known to this process only: storing it waits for nothing,
	// and the credential, which nobody holds any more, ends beside it.
	var ending sync.WaitGroup
	ending.Go(func() { s.endRun(context.WithoutCancel(ctx), r) })
	defer ending.Wait()
	if errors.Is(runErr, target.ErrUnknownOutcome) {
		if runErr = s.resolve(ctx, id, runErr); errors.Is(runErr, target.ErrUnknownOutcome) {
			return nil // stays executing, for the request sweep to settle
		}
	}
	return s.finish(ctx, r, res, runErr)
}

// endRun ends the credential of a run, however the run went; what cannot be ended
// now stays due.
func (s *server) endRun(ctx context.Context, r approvals.Request) {
	if _, err := s.grants.End(ctx, runner, r.Grant, credentials.Finished); err != nil {
		s.log.Error("end statement's grant; the due loop will", "grant", r.Grant, "err", err)
	}
}

// runOnce mints a credential and runs the statement with it.
func (s *server) runOnce(ctx context.Context, r approvals.Request, d config.Database) (target.Result, error) {
	defer func() {
		if p := recover(); p != nil {
			s.endRun(context.WithoutCancel(ctx), r)
			panic(p)
		}
	}()
	cred, err := s.grants.ClaimRun(ctx, r.Grant)
	if err != nil {
		return target.Result{}, err
	}
	profile := d.Profile(r.Profile)
	return target.Run(ctx, cred, target.RunOptions{
		Statement: r.Statement, Params: r.Params, Settings: r.Settings,
		ReadOnly:         profile.ReadOnly,
		StatementTimeout: d.Statements.Timeout, LockTimeout: d.Statements.LockTimeout,
		MaxRows: d.Statements.MaxRows, RowBound: r.RowBound, MaskedSchemas: profile.MaskedSchemas,
		ToTheEnd:   r.Verdict.Kind != guardrails.Read && r.Verdict.Kind != guardrails.Session,
		Committing: func(ctx context.Context, m approvals.Mark) error { return s.committing(ctx, r.ID, m) },
	})
}

// marking is how long a statement that has run waits for the store to take down
// what it is about to commit. It holds its locks meanwhile.
const marking = 15 * time.Second

func (s *server) committing(ctx context.Context, id approvals.RequestID, m approvals.Mark) error {
	ctx, cancel := context.WithTimeout(ctx, marking)
	defer cancel()
	return s.patiently(ctx, "commit not on record yet", id, func(ctx context.Context) error { return s.requests.Committing(ctx, id, m) })
}

// errRolledBack is what a run meets whose COMMIT was sent and not taken.
var errRolledBack = fault.New(fault.Unavailable, "The connection to the database broke before the change was committed; nothing was changed.", "Ask again.")

// resolve finds out what became of a run whose COMMIT was sent and not answered:
// nil if it has taken effect. What cannot be found out now stays an
// ErrUnknownOutcome, and the request sweep asks again.
func (s *server) resolve(ctx context.Context, id approvals.RequestID, broke error) error {
	s.log.Warn("the connection broke during a commit", "request", id, "err", broke)
	fate := approvals.Underway
	err := s.patiently(context.WithoutCancel(ctx), "it is not known yet what became of a commit", id, func(ctx context.Context) error {
		r, err := s.requests.Request(ctx, id)
		if err == nil {
			fate, _, err = s.fate(ctx, r)
		}
		if err == nil && fate == approvals.Underway {
			err = errors.New("its transaction is under way")
		}
		return err
	})
	switch {
	case err == nil && fate == approvals.Committed:
		return nil
	case err == nil && fate == approvals.RolledBack:
		return errRolledBack // the cause is logged, and would say that nobody knows
	}
	return broke
}

// fate asks a target what became of a run: approvals.Service.Fate.
func (c *core) fate(ctx context.Context, r approvals.Request) (approvals.Fate, string, error) {
	d, ok := c.config.Database(r.Database)
	if !ok {
		return approvals.Unknown, "the database is not in the config any more", nil
	}
	url, err := d.MonitorURL.Read()
	if err != nil {
		return "", "", fmt.Errorf("database %s: monitor_url: %w", d.Name, err)
	}
	return target.Fate(ctx, credentials.NewSecret(url), r.Mark)
}

// settled ends the credential of a run whose runner is gone, and tells operators if
// nobody can say whether it took effect.
func (c *core) settled(ctx context.Context, r approvals.Request) {
	if _, err := c.grants.End(ctx, runner, r.Grant, credentials.Finished); err != nil {
		c.log.Error("end a lost statement's grant; the due loop will", "grant", r.Grant, "err", err)
	}
	if r.Fate != approvals.Unknown {
		return
	}
	c.meters.unknown.Inc()
	c.log.Error("nobody can say whether a statement took effect: look at the data", "request", r.ID, "database", r.Database, "xid", r.Mark.XID, "system", r.Mark.System)
}

// reporting is how long an outcome waits for a store that is away, and then its
// rows for Slack. After that they are lost, and the request sweep asks the target
// what became of the statement.
const reporting = 2 * time.Minute

// finish stores the outcome and sends the rows. It must not lose them to a caller
// that went away, nor to a store or a Slack that is away for a moment: nobody else
// knows them.
func (s *server) finish(ctx context.Context, r approvals.Request, res target.Result, runErr error) error {
	out := outcome(r, res, runErr)
	id := r.ID
	err := s.patiently(context.WithoutCancel(ctx), "outcome not stored yet", id, func(ctx context.Context) (err error) {
		r, err = s.requests.Finish(ctx, id, out)
		return err
	})
	if err != nil {
		return fmt.Errorf("finish %s: %w", id, err)
	}
	if out.State != approvals.Executed {
		return nil // the follow-up tells why
	}
	send := s.sendResult
	if len(r.ResultKey) > 0 {
		send = s.keepResult
	}
	if err := send(ctx, r, res); err != nil {
		s.log.Error("send result", "request", id, "err", err)
	}
	return nil
}

// patiently tries again while something is away: for as long as reporting, and
// no more once ctx is done. What it has begun, it does not break off.
func (s *server) patiently(ctx context.Context, notYet string, id approvals.RequestID, do func(context.Context) error) error {
	trying, cancel := context.WithTimeout(context.WithoutCancel(ctx), reporting)
	defer cancel()
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := do(trying)
		if kind := fault.KindOf(err); err == nil || kind != fault.Internal && kind != fault.Unavailable {
			return err
		}
		var later interface{ RetryAfter() time.Duration }
		if errors.As(err, &later) {
			pause = max(pause, later.RetryAfter())
		}
		s.log.Warn(notYet, "request", id, "err", err)
		select {
		case <-ctx.Done():
			return err
		case <-trying.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// outcome puts how the run ended into words.
func outcome(r approvals.Request, res target.Result, err error) approvals.Result {
	switch {
	case err != nil:
		f := fault.Show(err)
		sentence := f.Msg
		if f.Hint != "" {
			sentence += " " + f.Hint
		}
		return approvals.Result{State: approvals.Failed, Outcome: sentence, At: target.Position(err)}
	case res.Fused:
		return approvals.Result{
			State: approvals.Failed, Fused: true, Rows: res.Changed,
			Outcome: res.Why + " Ask again with a higher row bound if that many are right.",
		}
	case len(res.Columns) > 0 && res.Changed == 0:
		return approvals.Result{State: approvals.Executed, Rows: int64(len(res.Rows)), Outcome: rowsSentence(res)}
	default:
		return approvals.Result{
			State: approvals.Executed, Rows: res.Changed,
			Outcome: changedSentence(res),
		}
	}
}

func changedSentence(res target.Result) string {
	if res.Changed == 0 && res.Tag != "" && !strings.ContainsAny(res.Tag, "0123456789") { // "CREATE INDEX"
		return "It ran: " + res.Tag + "."
	}
	return count(res.Changed, "row") + " changed."
}

func rowsSentence(res target.Result) string {
	if res.Truncated {
		return "There are many rows; the first " + count(int64(len(res.Rows)), "row") + " are kept."
	}
	return count(int64(len(res.Rows)), "row") + " came back."
}

func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// sendResult brings rows to the asker: into the DM when all of them came through
// masked views, else onto the one-time page, sealed under the code in its link.
func (s *server) sendResult(ctx context.Context, r approvals.Request, res target.Result) error {
	msg := bot.ResultMessage{Masked: res.AllMasked, Cut: res.Truncated, Total: len(res.Rows)}
	if len(res.Columns) == 0 {
		return s.deliver(ctx, r, msg)
	}
	if res.AllMasked {
		msg.Columns, msg.Rows = texts(res)
	}
	until := s.requests.Now().Add(resultLife)
	err := s.patiently(ctx, "result not kept yet", r.ID, func(ctx context.Context) error {
		code := api.NewCode()
		sealed, err := api.SealPage(code, page(r, res))
		if err != nil {
			return err
		}
		msg.Link, msg.Until = api.ResultLink(s.config.PublicURL, code), until
		return s.store.SaveResult(ctx, api.CodeSum(code), sealed, r.Requester, string(r.ID), until)
	})
	if err != nil {
		return fmt.Errorf("save result: %w", err)
	}
	return s.deliver(ctx, r, msg)
}

func (s *server) deliver(ctx context.Context, r approvals.Request, msg bot.ResultMessage) error {
	return s.patiently(ctx, "result not sent yet", r.ID, func(ctx context.Context) error { return s.bot.SendResult(ctx, r, msg) })
}

// texts are a masked result's columns and rows as a message shows them.
func texts(res target.Result) (columns []string, rows [][]string) {
	for _, c := range res.Columns {
		columns = append(columns, c.Name)
	}
	for _, row := range res.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = v.Text
			if v.Null {
				cells[i] = "NULL"
			}
		}
		rows = append(rows, cells)
	}
	return columns, rows
}

func page(r approvals.Request, res target.Result) api.ResultPage {
	p := api.ResultPage{Request: string(r.ID), Database: r.Database, Statement: r.Statement, Truncated: res.Truncated}
	for _, c := range res.Columns {
		p.Columns, p.Types = append(p.Columns, c.Name), append(p.Types, c.Type)
	}
	for _, row := range res.Rows {
		cells := make([]api.Cell, len(row))
		for i, v := range row {
			cells[i] = api.Cell{Null: v.Null, Text: v.Text}
		}
		p.Rows = append(p.Rows, cells)
	}
	return p
}

// results opens one-time results for the HTTP door.
type results struct{ store *store.Store }

// Open implements api.Results.
func (r results) Open(ctx context.Context, code credentials.Secret) (api.ResultPage, error) {
	now := time.Now()
	sealed, _, _, err := r.store.TakeResult(ctx, api.CodeSum(code), now, func(holder, request string) audit.Event {
		return audit.Event{At: now, Type: audit.ResultShown, Actor: identity.Named(holder).ID(), Request: request}
	})
	if err != nil {
		return api.ResultPage{}, err
	}
	p, err := api.UnsealPage(code, sealed)
	if err != nil {
		return api.ResultPage{}, store.ErrNoResult.With(err) // as good as unknown, and the log has why
	}
	return p, nil
}
