package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
	"dbaccess/internal/target"
)

// errNoPreview means that the database has no role that looks.
var errNoPreview = fault.New(fault.Unavailable, "This database has no preview role, so nothing can be counted.", "Its owner can add one: docs/setup.md.")

// preview says how to look at what a pending statement would touch.
func (c *core) preview(r approvals.Request) (target.Preview, error) {
	d, ok := c.config.Database(r.Database)
	if !ok || d.PreviewURL == "" {
		return target.Preview{}, errNoPreview
	}
	url, err := d.PreviewURL.Read()
	if err != nil {
		return target.Preview{}, fmt.Errorf("database %s: preview_url: %w", d.Name, err)
	}
	return target.Preview{
		URL: credentials.NewSecret(url), Statement: r.Statement, Params: r.Params, Settings: r.Settings,
		Changes: r.Verdict.Kind != guardrails.Read && r.Verdict.Kind != guardrails.Session,
		Catalog: c.catalogs.Catalog(r.Database, searchPath(d.Profile(r.Profile))...),
	}, nil
}

// estimate finds out what a pending statement would touch, for its card. Nobody
// waits for it; what cannot be found out is said on the card instead. Where there
// is no role that could look, nothing is said.
func (s *server) estimate(ctx context.Context, id approvals.RequestID) error {
	r, err := s.requests.Request(ctx, id)
	if err != nil || r.State != approvals.Pending || !r.Impact.At.IsZero() {
		return err
	}
	p, err := s.preview(r)
	if errors.Is(err, errNoPreview) {
		return nil
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, estimating)
	defer cancel()
	impact, err := target.Estimate(ctx, p)
	if err != nil {
		return fmt.Errorf("estimate %s: %w", id, err)
	}
	_, err = s.requests.Estimated(context.WithoutCancel(ctx), id, r.Digest, impact)
	return err
}

// estimating is how long one estimate may take, and counting one count.
const (
	estimating = 15 * time.Second
	counting   = 20 * time.Second
)

// rowCounter counts rows for reviewers: one count of a request at a time, whose
// answer everybody gets who has asked meanwhile.
type rowCounter struct {
	*core
	under singleflight.Group
	slots chan struct{} // how many counts run at once, on all databases
}

func newRowCounter(c *core) *rowCounter { return &rowCounter{core: c, slots: make(chan struct{}, 4)} }

// Countable implements bot.Counts: only a preview role counts.
func (c *rowCounter) Countable(database string) bool {
	d, ok := c.config.Database(database)
	return ok && d.PreviewURL != ""
}

// CountRows counts the rows that a pending statement would return or change, for
// one who may review it, and returns a sentence for that person alone. Who has
// counted what is on record.
func (c *rowCounter) CountRows(ctx context.Context, who identity.Principal, id approvals.RequestID) (string, error) {
	r, err := c.requests.MayCount(ctx, who, id)
	if err != nil {
		return "", err
	}
	p, err := c.preview(r)
	if err != nil {
		return "", err
	}
	counted, err, _ := c.under.Do(r.Digest.String(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), counting)
		defer cancel()
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
		case <-ctx.Done():
			return int64(-1), fault.New(fault.Unavailable, "others are counting.", "").With(ctx.Err())
		}
		p.Timeout = counting - 5*time.Second
		n, err := target.Count(ctx, p)
		if err != nil {
			n = -1
		}
		return n, err
	})
	n, _ := counted.(int64)
	if noteErr := c.requests.Counted(ctx, who, id, r.Digest, n); noteErr != nil {
		return "", noteErr // unrecorded, it is not told
	}
	var f *fault.Error
	switch {
	case errors.As(err, &f):
		return "", fault.New(f.Kind, "Not counted: "+f.Msg, f.Hint).With(err)
	case err != nil:
		return "", err
	case p.Changes:
		return fmt.Sprintf("It would change %s, by its own FROM and WHERE, as of now; triggers and cascades not counted. At most %s may change.", count(n, "row"), count(r.RowBound, "row")), nil
	}
	return fmt.Sprintf("It would return %s, as of now.", count(n, "row")), nil
}
