package main

import (
	"context"
	"errors"
	"fmt"

	"dbaccess/approvals"
	"dbaccess/guardrails"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
	"dbaccess/internal/target"
)

// maxEstimates is how many statements of a job are estimated; of one with more
// that change something it is not known how many rows it touches.
const maxEstimates = 100

// What stands behind "Not estimated:" where a job's rows cannot be told.
var (
	errUnread      = fault.New(fault.Invalid, "one of its files cannot be read as SQL.", "")
	errTooMany     = fault.New(fault.Invalid, fmt.Sprintf("more than %d of its statements change something.", maxEstimates), "")
	errNoEstimates = fault.New(fault.Unavailable, "this database has no preview role.", "")
)

// jobRows estimates how many rows a job would touch: the sum over those of its
// statements that change rows, each as of now, whatever those before it do. What
// changes something else than rows cannot be told.
func (c *core) jobRows(ctx context.Context, r approvals.Request, files []approvals.Script) (approvals.Impact, error) {
	if r.Kind == approvals.Statement {
		p, err := c.preview(r)
		if err != nil {
			return approvals.Impact{}, notEstimated(err)
		}
		return target.Estimate(ctx, p)
	}
	sum := approvals.Impact{}
	estimated := 0
	for _, f := range files {
		statements, ok := guardrails.Statements(f.Content)
		if !ok {
			return approvals.Impact{}, errUnread
		}
		for _, sql := range statements {
			v := c.classifyFile(ctx, r.Database, r.Profile, sql)
			if v.Kind == guardrails.Read || v.Kind == guardrails.Session {
				continue
			}
			if estimated++; estimated > maxEstimates {
				return approvals.Impact{}, errTooMany
			}
			one, err := c.statementRows(ctx, r, sql, v)
			if err != nil {
				return approvals.Impact{}, err
			}
			if one.Rows < 0 {
				return one, nil // its sentence says why
			}
			sum.Rows += one.Rows
			sum.Cost += one.Cost
		}
	}
	sum.Sentence = fmt.Sprintf("Its files would change about %s, by %s.", count(int64(sum.Rows+0.5), "row"), count(int64(estimated), "statement"))
	return sum, nil
}

// statementRows estimates one statement of a job's files.
func (c *core) statementRows(ctx context.Context, r approvals.Request, sql string, v guardrails.Verdict) (approvals.Impact, error) {
	d, _ := c.config.Database(r.Database)
	r.Statement, r.Params, r.Verdict, r.Settings = sql, nil, v, pinned(d.Profile(r.Profile))
	p, err := c.preview(r)
	if err != nil {
		return approvals.Impact{}, notEstimated(err)
	}
	return target.Estimate(ctx, p)
}

// notEstimated is why nothing can be estimated, as a part of a sentence.
func notEstimated(err error) error {
	if errors.Is(err, errNoPreview) {
		return errNoEstimates
	}
	return err
}

// classifyFile judges a job's SQL by what its names mean to the job's profile.
func (c *core) classifyFile(ctx context.Context, database, profile, sql string) guardrails.Verdict {
	d, _ := c.config.Database(database)
	v := c.verdicts.Classify(sql, c.catalogs.Catalog(database, searchPath(d.Profile(profile))...))
	if v.Kind == guardrails.Unknown {
		c.catalogs.Nudge(ctx, database) // what it does not know may be new
	}
	return v
}

// bind names the claims that a service's jobs are bound to by the config.
func (c *core) bind(service string) []string {
	for _, s := range c.config.Identity.Services {
		if identity.ServiceName(s.Name) == service {
			return s.Bind
		}
	}
	return nil
}
