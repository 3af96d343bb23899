package mcp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

// This file has the tools that ask for something.

func (s *server) addAsking() {
	add(s, "query", "Run a statement", "Asks dbaccess to run one SQL statement and returns its rows. Low-risk reads through masked views run at once. Everything else is shown to people in Slack, who see exactly this text and your reason; then the status is `pending`, with an id for query_result. A pending statement runs by itself once it is approved: do not send it again. What changes data is rolled back if it would change more rows than its bound.",
		hints{destroys: true}, s.query)
	add(s, "query_result", "Fetch a statement's rows", "Goes on with a statement that was asked for before, also in an earlier session: waits for it and returns its rows, or says how it stands. Rows are handed out once and kept for an hour after the statement has run.",
		hints{}, s.queryResult)
	add(s, "request_access", "Ask for access", "Asks for access to a database for a while, for programs that need a connection (psql, an ORM, a migration). People decide. You never see the password: once it is approved, a command that runs under your token is given it, with `dbaccess exec --resume ID -- COMMAND`. For single statements use query.",
		hints{}, s.requestAccess)
}

// How long tools wait. Agents' own patience with a tool is often a minute.
const (
	usualWait = 20
	mostWait  = 50
)

// waitIn is how long a tool may wait.
type waitIn struct {
	Wait *int `json:"wait,omitempty" jsonschema:"seconds to wait for it, 0 to 50; 20 if left out"`
}

func (w waitIn) span() time.Duration {
	seconds := usualWait
	if w.Wait != nil {
		seconds = min(max(0, *w.Wait), mostWait)
	}
	return time.Duration(seconds) * time.Second
}

// rowsIn is how many rows a tool may return.
type rowsIn struct {
	MaxRows int `json:"max_rows,omitempty" jsonschema:"most rows to return, 100 if left out, 1000 at most; what is left out cannot be fetched later, so rather write a LIMIT"`
}

func (r rowsIn) most() int {
	if r.MaxRows <= 0 {
		return manyRows
	}
	return min(r.MaxRows, mostRows)
}

type queryIn struct {
	Database  string   `json:"database" jsonschema:"the database's name, as list_databases has it"`
	Statement string   `json:"statement" jsonschema:"one SQL statement for Postgres; tables may be written without their schema"`
	Reason    string   `json:"reason" jsonschema:"why, in a sentence, for the people who may decide and for the record; name the ticket if there is one"`
	Params    []string `json:"params,omitempty" jsonschema:"the values of $1, $2, … as text"`
	Profile   string   `json:"profile,omitempty" jsonschema:"leave it out: the least that can run the statement. A profile that is not masked shows data as it is, and people decide"`
	RowBound  int64    `json:"row_bound,omitempty" jsonschema:"most rows that the statement may change; leave it out for the database's own bound"`
	rowsIn
	waitIn
}

func (s *server) query(ctx context.Context, in queryIn) (said, answer, error) {
	if strings.TrimSpace(in.Reason) == "" {
		return said{}, answer{}, fault.New(fault.Invalid, "A query needs a reason.", "Say in a sentence what you need it for.")
	}
	c := s.api(ctx)
	r, err := c.Ask(ctx, v1.Ask{
		Kind: "statement", Database: in.Database, Profile: in.Profile, Reason: in.Reason,
		Statement: in.Statement, Params: in.Params, RowBound: in.RowBound,
	})
	if err != nil {
		return said{}, answer{}, err
	}
	return s.awaited(ctx, c, r, in.span(), in.most())
}

type resultIn struct {
	ID string `json:"id" jsonschema:"the request's id, req_…"`
	rowsIn
	waitIn
}

func (s *server) queryResult(ctx context.Context, in resultIn) (said, answer, error) {
	c := s.api(ctx)
	r, err := c.Request(ctx, in.ID, 0)
	if err != nil {
		return said{}, answer{}, err
	}
	if r.Kind != "statement" {
		return said{}, answer{}, fault.New(fault.Invalid, in.ID+" asks for access, which has no rows.", "See how it stands with request_status.")
	}
	return s.awaited(ctx, c, r, in.span(), in.most())
}

// awaited waits for a statement and fetches its rows. That the wait was too short is
// no error: the request goes on by itself.
func (s *server) awaited(ctx context.Context, c *client.Client, r v1.Request, wait time.Duration, most int) (said, answer, error) {
	if !r.Settled && wait > 0 {
		now, err := c.Request(ctx, r.ID, wait)
		switch {
		case err == nil:
			r = now
		case fault.KindOf(err) != fault.Unavailable: // whose id must not be lost with a server that is away
			return said{}, answer{}, err
		}
	}
	out := answerOf(r)
	if r.State != "executed" {
		return out.words(true), out, nil
	}
	rows, err := c.Result(ctx, r.ID, time.Second)
	switch fault.KindOf(err) {
	case fault.Denied, fault.Conflict, fault.Expired: // it ran all the same, which matters more of a change
		f := fault.Show(err)
		out.Next = fmt.Sprintf("It ran (%d rows). Its rows cannot be shown: %s %s", r.Rows, f.Msg, f.Hint)
		words := out.words(true)
		words.bad = true
		return words, out, nil
	}
	if err != nil {
		return said{}, out, err
	}
	out.Result = resultOf(rows, most)
	if len(rows.Columns) == 0 {
		out.Changed = rows.Count
	}
	if r.Masked || rows.Masked {
		if out.Result.Masked, err = masksOf(ctx, c, r); err != nil { // the rows are handed out once, so they come without
			s.log.Warn("masks not read", "request", r.ID, "err", err)
		}
	}
	return out.words(true), out, nil
}

type accessIn struct {
	Database string `json:"database" jsonschema:"the database's name, as list_databases has it"`
	Profile  string `json:"profile,omitempty" jsonschema:"what the access allows, as list_databases has it; left out: the one that sees masked views"`
	Duration string `json:"duration,omitempty" jsonschema:"how long, like 30m or 2h; left out: the profile's default"`
	Reason   string `json:"reason" jsonschema:"why, in a sentence, for the people who decide"`
	waitIn
}

func (s *server) requestAccess(ctx context.Context, in accessIn) (said, answer, error) {
	c := s.api(ctx)
	if in.Profile == "" {
		var err error
		if in.Profile, err = maskedProfile(ctx, c, in.Database); err != nil {
			return said{}, answer{}, err
		}
	}
	r, err := c.Ask(ctx, v1.Ask{Kind: "access", Database: in.Database, Profile: in.Profile, Duration: in.Duration, Reason: in.Reason})
	if err != nil {
		return said{}, answer{}, err
	}
	return followed(ctx, c, r, in.span())
}

// maskedProfile is the profile that sees masked views, if there is one.
func maskedProfile(ctx context.Context, c *client.Client, database string) (string, error) {
	list, err := c.Databases(ctx)
	if err != nil {
		return "", err
	}
	for _, d := range list {
		for _, p := range d.Profiles {
			if d.Name == database && p.Masked {
				return p.Name, nil
			}
		}
	}
	return "", fault.New(fault.Invalid, "No profile of "+database+" that you may ask for sees masked views.", "Name a profile, as list_databases has it.")
}
