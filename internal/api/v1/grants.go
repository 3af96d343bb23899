package v1

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/api"
)

func (d *Door) describeGrants(h huma.API) {
	add(d, h, withToken(huma.Operation{
		OperationID: "list-grants", Method: http.MethodGet, Path: "/v1/grants",
		Summary: "What the caller, or an agent of the caller's, holds or held", Description: "Newest first.",
	}), d.listGrants)
	add(d, h, withToken(huma.Operation{
		OperationID: "get-grant", Method: http.MethodGet, Path: "/v1/grants/{id}",
		Summary: "A grant as it stands",
	}), func(ctx context.Context, in *ByID) (*grantOutput, error) {
		g, err := d.ownGrant(ctx, in)
		return &grantOutput{Body: grantOf(g)}, err
	})
	add(d, h, withToken(huma.Operation{
		OperationID: "claim-grant", Method: http.MethodPost, Path: "/v1/grants/{id}/claim",
		Summary:     "Have the grant's credential made",
		Description: "Its holder gets it, once: claiming again ends the first and makes another, in the same window.",
	}), d.claim)
	add(d, h, withToken(huma.Operation{
		OperationID: "grant-alive", Method: http.MethodPost, Path: "/v1/grants/{id}/alive",
		Summary: "A sign of life of the holder of an attended grant", Description: "If the grant is over, the problem says why.",
	}), d.alive)
	add(d, h, withToken(huma.Operation{
		OperationID: "end-grant", Method: http.MethodPost, Path: "/v1/grants/{id}/end",
		Summary: "End a grant now", Description: "It may come back as revoking: the server goes on until its end is proven.",
	}), d.end)
}

type listGrantsInput struct {
	State []string `query:"state" maxItems:"4" enum:"open,active,revoking,ended" doc:"only those in one of these states"`
	Page
}

type listGrantsOutput struct{ Body GrantList }

// listGrants answers GET /v1/grants.
func (d *Door) listGrants(ctx context.Context, in *listGrantsInput) (*listGrantsOutput, error) {
	f := credentials.GrantFilter{Of: callerOf(ctx).who.Name, Before: approvals.GrantID(in.Cursor), Limit: in.Limit + 1}
	for _, s := range in.State {
		f.States = append(f.States, credentials.GrantState(s))
	}
	found, err := d.Grants.Grants(ctx, f)
	if err != nil {
		return nil, err
	}
	found, next := turn(in.Page, found, func(g credentials.Grant) approvals.GrantID { return g.ID })
	out := &listGrantsOutput{Body: GrantList{Grants: []Grant{}, Next: next}}
	for _, g := range found {
		out.Body.Grants = append(out.Body.Grants, grantOf(g))
	}
	return out, nil
}

type grantOutput struct{ Body Grant }

// ownGrant returns a grant that the caller may see; any other is not there.
func (d *Door) ownGrant(ctx context.Context, in *ByID) (credentials.Grant, error) {
	g, err := d.Grants.Grant(ctx, approvals.GrantID(in.ID))
	if err == nil && !sees(callerOf(ctx).who, g.Holder) {
		return credentials.Grant{}, fmt.Errorf("read grant %s: %w", in.ID, credentials.ErrNoGrant) // as the store says it
	}
	return g, err
}

type claimInput struct {
	ByID
	Body *Claim
}

type claimOutput struct{ Body api.Claimed }

// claim answers POST /v1/grants/{id}/claim. What it begins it finishes, though the
// caller may be gone: half a mint is work for the sweep.
func (d *Door) claim(ctx context.Context, in *claimInput) (*claimOutput, error) {
	if _, err := d.ownGrant(ctx, &in.ByID); err != nil {
		return nil, err
	}
	c := callerOf(ctx)
	c.patient(longestWait)
	attended := in.Body != nil && in.Body.Attended
	cred, g, err := d.Grants.ClaimFor(ctx, c.who, approvals.GrantID(in.ID), attended)
	if err != nil {
		return nil, err
	}
	return &claimOutput{Body: api.ClaimedOf(cred, g, d.Now())}, nil
}

type aliveOutput struct{ Body Alive }

// alive answers POST /v1/grants/{id}/alive.
func (d *Door) alive(ctx context.Context, in *ByID) (*aliveOutput, error) {
	if _, err := d.ownGrant(ctx, in); err != nil {
		return nil, err
	}
	until, err := d.Grants.Alive(ctx, callerOf(ctx).who, approvals.GrantID(in.ID))
	return &aliveOutput{Body: Alive{Until: until}}, err
}

// end answers POST /v1/grants/{id}/end.
func (d *Door) end(ctx context.Context, in *ByID) (*grantOutput, error) {
	if _, err := d.ownGrant(ctx, in); err != nil {
		return nil, err
	}
	c := callerOf(ctx)
	c.patient(longestWait)
	g, err := d.Grants.End(ctx, c.who, approvals.GrantID(in.ID), credentials.Revoked)
	return &grantOutput{Body: grantOf(g)}, err
}
