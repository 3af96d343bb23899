package v1

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/api"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

var (
	errNotYet    = fault.New(fault.Unavailable, NotYet, "Ask again, with `wait`.")
	errOtherAsk  = fault.New(fault.Conflict, "This Idempotency-Key was used for another request.", "Use a new key for each thing that you ask for.")
	errNoKey     = fault.New(fault.Invalid, "A statement of a service or an agent needs a result_key.", "Only people have a Slack to which its rows could go; the dbaccess client sends a key by itself.")
	errNoRows    = fault.New(fault.Invalid, "This is a request for access, which has no result.", "Claim its grant instead.")
	errInSlack   = fault.New(fault.Conflict, "The rows of this statement went to Slack.", "Whoever wants them here sends a result_key along with the statement.")
	errNotAsker  = fault.New(fault.Denied, "Only whoever asked for a statement gets its rows.", "They are sealed to a key that nobody else has.")
	errHandedOut = fault.New(fault.Conflict, "This result was handed out already.", "Results are handed out once; ask again if you still need it.")
	errResultOld = fault.New(fault.Expired, "This result was not fetched in time and is gone.", "Ask again if you still need it.")
)

// lost is how long after its end a statement without kept rows has lost them: they
// are kept right after the end, or tried for some minutes while the store is away.
const lost = 5 * time.Minute

func (d *Door) describeRequests(h huma.API) {
	add(d, h, withToken(huma.Operation{
		OperationID: "ask", Method: http.MethodPost, Path: "/v1/requests", MaxBodyBytes: sqlBody,
		Summary:     "Ask for access, or that a statement is run",
		Description: "With an Idempotency-Key, the same asked twice is one request. A request that the policy denies comes back as denied: that is on record, too.",
	}), d.ask)
	add(d, h, withToken(huma.Operation{
		OperationID: "list-requests", Method: http.MethodGet, Path: "/v1/requests",
		Summary: "What the caller, or an agent of the caller's, has asked for", Description: "Newest first.",
	}), d.list)
	add(d, h, withToken(huma.Operation{
		OperationID: "get-request", Method: http.MethodGet, Path: "/v1/requests/{id}",
		Summary:     "A request as it stands",
		Description: "With `wait`, the answer comes when the request is settled, or as it stands when the time is over or the server stops.",
	}), d.get)
	add(d, h, withToken(huma.Operation{
		OperationID: "cancel-request", Method: http.MethodPost, Path: "/v1/requests/{id}/cancel",
		Summary: "Cancel a pending request",
	}), d.cancel)
	add(d, h, withToken(huma.Operation{
		OperationID: "get-result", Method: http.MethodGet, Path: "/v1/requests/{id}/result",
		Summary:     "The sealed rows of a statement, once",
		Description: "They are sealed to the result_key that was sent along with the statement, and kept for an hour. Handing them out is on record.",
	}), d.result)
}

type askInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"128" pattern:"^[!-~]*$" doc:"the caller's own name for this request"`
	Body Ask
}

type requestOutput struct{ Body Request }

// ask answers POST /v1/requests.
func (d *Door) ask(ctx context.Context, in *askInput) (*requestOutput, error) {
	who := callerOf(ctx).who
	in.Body.Key = in.Key
	ask, err := askOf(in.Body)
	if err != nil {
		return nil, err
	}
	if in.Body.Preview {
		r, err := d.Requests.Preview(ctx, who, ask)
		return d.shown(r), err
	}
	if ask.Kind == approvals.Statement && who.Kind != identity.Person && len(ask.ResultKey) == 0 {
		return nil, errNoKey
	}
	r, err := d.Requests.Submit(ctx, who, ask)
	if err == nil && !asked(r, ask) {
		err = errOtherAsk
	}
	return d.shown(r), err
}

// asked reports whether r is what ask asks for: it may be what an earlier use of
// its key asked for.
func asked(r approvals.Request, ask approvals.Ask) bool {
	return r.Kind == ask.Kind && r.Database == ask.Database &&
		(ask.Profile == "" || ask.Profile == r.Profile) &&
		(ask.Duration == 0 || ask.Duration.Truncate(time.Second) == r.Duration) &&
		(ask.RowBound == 0 || ask.RowBound == r.RowBound) &&
		r.Statement == ask.Statement && slices.Equal(r.Params, ask.Params) && bytes.Equal(r.ResultKey, ask.ResultKey) &&
		sameJob(r.Job, ask.Job)
}

func (d *Door) shown(r approvals.Request) *requestOutput {
	return &requestOutput{Body: requestOf(r, d.masked(r))}
}

// masked reports whether the request's profile sees masked views only.
func (d *Door) masked(r approvals.Request) bool {
	for _, db := range d.Databases() {
		for _, p := range db.Profiles {
			if db.Name == r.Database && p.Name == r.Profile {
				return p.Masked
			}
		}
	}
	return false
}

// own returns a request that the caller may see; any other is not there.
func (d *Door) own(ctx context.Context, id approvals.RequestID) (approvals.Request, error) {
	r, err := d.Requests.Request(ctx, id)
	if err == nil && !sees(callerOf(ctx).who, r.Requester) {
		return approvals.Request{}, fmt.Errorf("read request %s: %w", id, approvals.ErrNoRequest) // as the store says it
	}
	return r, err
}

// sees reports whether who sees what the principal of that name asks for and holds:
// their own, and a person their agents'.
func sees(who identity.Principal, name string) bool {
	if who.Name == name {
		return true
	}
	owner := identity.Named(name)
	return who.Kind == identity.Person && owner.Kind == identity.Agent && owner.For == who.Name
}

// Page is which part of a list is wanted. It is exported for huma, which reads no
// other embedded structs.
type Page struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"64" pattern:"^[a-z0-9_]*$" doc:"the next of the page before"`
}

// turn takes the one row too many off a list that was read with it, and returns what
// the page has and the cursor of the next one; empty if this is the last.
func turn[T any, ID ~string](p Page, found []T, id func(T) ID) ([]T, string) {
	if len(found) <= p.Limit {
		return found, ""
	}
	return found[:p.Limit], string(id(found[p.Limit-1]))
}

type listInput struct {
	State []string `query:"state" maxItems:"8" enum:"pending,approved,denied,cancelled,expired,executing,executed,failed" doc:"only those in one of these states"`
	Page
}

type listOutput struct{ Body RequestList }

// list answers GET /v1/requests.
func (d *Door) list(ctx context.Context, in *listInput) (*listOutput, error) {
	f := approvals.Filter{Of: callerOf(ctx).who.Name, Before: approvals.RequestID(in.Cursor), Limit: in.Limit + 1}
	for _, s := range in.State {
		f.States = append(f.States, approvals.State(s))
	}
	found, err := d.Requests.Requests(ctx, f)
	if err != nil {
		return nil, err
	}
	found, next := turn(in.Page, found, func(r approvals.Request) approvals.RequestID { return r.ID })
	out := &listOutput{Body: RequestList{Requests: []Request{}, Next: next}}
	for _, r := range found {
		out.Body.Requests = append(out.Body.Requests, requestOf(r, d.masked(r)))
	}
	return out, nil
}

// ByID is the request or grant that is meant.
type ByID struct {
	ID string `path:"id" maxLength:"64" pattern:"^[a-z0-9_]+$"`
}

type waitInput struct {
	ByID
	Wait string `query:"wait" pattern:"^[0-9]{1,3}s?$" example:"60s" doc:"for how long to wait, in seconds, 60 at most"`
}

// get answers GET /v1/requests/{id}.
func (d *Door) get(ctx context.Context, in *waitInput) (*requestOutput, error) {
	long, err := readWait(in.Wait)
	if err != nil {
		return nil, err
	}
	r, err := d.wait(ctx, approvals.RequestID(in.ID), long, func(r approvals.Request) (bool, error) { return settled(r), nil })
	return d.shown(r), err
}

// cancel answers POST /v1/requests/{id}/cancel.
func (d *Door) cancel(ctx context.Context, in *ByID) (*requestOutput, error) {
	if _, err := d.own(ctx, approvals.RequestID(in.ID)); err != nil {
		return nil, err
	}
	r, err := d.Requests.Cancel(ctx, callerOf(ctx).who, approvals.RequestID(in.ID))
	return d.shown(r), err
}

type resultOutput struct{ Body Sealed }

// result answers GET /v1/requests/{id}/result.
func (d *Door) result(ctx context.Context, in *waitInput) (*resultOutput, error) {
	long, err := readWait(in.Wait)
	if err != nil {
		return nil, err
	}
	out := &resultOutput{}
	_, err = d.wait(ctx, approvals.RequestID(in.ID), long, func(r approvals.Request) (bool, error) {
		err := d.take(ctx, r, out)
		if errors.Is(err, errNotYet) {
			return false, nil
		}
		return err == nil, err
	})
	if err == nil && out.Body.Sealed == nil {
		err = api.WithStatus(errNotYet, http.StatusConflict)
	}
	return out, err
}

// take hands the rows of r out, or says why it does not.
func (d *Door) take(ctx context.Context, r approvals.Request, out *resultOutput) error {
	who, now := callerOf(ctx).who, d.Now()
	switch {
	case r.Requester != who.Name:
		return errNotAsker
	case r.Kind != approvals.Statement:
		return errNoRows
	case !settled(r):
		return errNotYet
	case r.State != approvals.Executed:
		return notRun(r)
	case len(r.ResultKey) == 0:
		return errInSlack
	}
	sealed, _, _, err := d.Results.TakeResult(ctx, ResultSum(r.ID), now, func(_, request string) audit.Event {
		return audit.Event{At: now, Type: audit.ResultShown, Actor: who.ID(), Request: request}
	})
	switch fault.KindOf(err) {
	case fault.NotFound:
		if now.Sub(r.EndedAt) < lost {
			return errNotYet
		}
		return errResultOld.With(err)
	case fault.Conflict:
		return errHandedOut.With(err)
	case fault.Expired:
		return errResultOld.With(err)
	}
	if err != nil {
		return err
	}
	out.Body = Sealed{Request: string(r.ID), Sealed: sealed}
	return nil
}

// notRun says what became of a statement that has no result.
func notRun(r approvals.Request) error {
	kind := fault.Conflict
	switch r.State {
	case approvals.Denied:
		kind = fault.Denied
	case approvals.Expired:
		kind = fault.Expired
	}
	return fault.New(kind, "The statement has no result: it is "+string(r.State)+".", strings.TrimSpace(r.Outcome))
}
