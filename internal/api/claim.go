package api

import (
	"context"
	"net/http"

	"dbaccess/credentials"
)

// claim answers POST /claim: it redeems the code, and that mints.
func (a *API) claim() http.Handler {
	return a.withCode(credentials.ErrNoCode, credentials.ErrCodeShape, func(ctx context.Context, code credentials.Secret) (any, error) {
		cred, grant, err := a.Grants.Redeem(ctx, code)
		if err != nil {
			return nil, err
		}
		c := ClaimedOf(cred, grant, a.Now())
		return struct {
			Claimed
			Forms Forms `json:"forms"`
		}{c, c.Forms()}, nil
	})
}
