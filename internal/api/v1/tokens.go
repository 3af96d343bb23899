package v1

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"dbaccess/credentials"
	"dbaccess/internal/api"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

var problemType = reflect.TypeFor[api.Problem]()

type issuedOutput struct{ Body IssuedToken }

// describeTokens registers what gives tokens out and takes them back.
func (d *Door) describeTokens(h huma.API) {
	add(d, h, d.exchangeOperation(h), d.exchange)
	add(d, h, withToken(huma.Operation{
		OperationID: "end-token", Method: http.MethodDelete, Path: "/v1/token", DefaultStatus: http.StatusNoContent,
		Summary: "End the token that this call comes with",
	}), func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		c := callerOf(ctx)
		return nil, d.Tokens.End(ctx, c.who, c.token.ID)
	})
	add(d, h, huma.Operation{
		OperationID: "login", Method: http.MethodGet, Path: "/v1/login",
		Summary: "Where people log in", Description: "Needs no token.",
	}, func(context.Context, *struct{}) (*loginOutput, error) {
		out := &loginOutput{Body: Login{Issuers: []LoginIssuer{}}}
		if d.Login != nil {
			out.Body.Issuers = append(out.Body.Issuers, d.Login()...)
		}
		for i := range out.Body.Issuers {
			out.Body.Issuers[i].Scopes = append([]string{}, out.Body.Issuers[i].Scopes...)
		}
		return out, nil
	})
	add(d, h, withToken(huma.Operation{
		OperationID: "whoami", Method: http.MethodGet, Path: "/v1/whoami",
		Summary: "Whom the token is taken for",
	}), d.whoAmI)
	add(d, h, withToken(huma.Operation{
		OperationID: "issue-agent-token", Method: http.MethodPost, Path: "/v1/agents",
		Summary: "Give an agent a token of its own", Description: "Of people only. The agent acts for whoever asks, is in their groups, and never reviews.",
	}), d.issueAgent)
}

type loginOutput struct{ Body Login }

// exchangeOperation takes JSON and, as RFC 8693 has it, a form. huma reads neither:
// a token must not come into its errors.
func (d *Door) exchangeOperation(h huma.API) huma.Operation {
	schema := h.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Exchange](), true, "Exchange")
	return huma.Operation{
		OperationID: "exchange-token", Method: http.MethodPost, Path: "/v1/token",
		Summary:     "Exchange the identity token of a job or a person for a token of dbaccess",
		Description: "RFC 8693, as a form or as JSON. Needs no token of dbaccess. Some issuers' tokens can be exchanged once only: a second time ends what the first was given.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json":                  {Schema: schema},
			"application/x-www-form-urlencoded": {Schema: schema},
		}},
		SkipValidateBody: true,
	}
}

type exchangeInput struct {
	Type    string `header:"Content-Type" hidden:"true"`
	RawBody []byte
}

// exchange answers POST /v1/token.
func (d *Door) exchange(ctx context.Context, in *exchangeInput) (*issuedOutput, error) {
	c := callerOf(ctx)
	from := api.Network(d.Proxies.Remote(c.call))
	if ok, _ := d.failed.Take(from, d.Now()); !ok {
		return nil, api.WithStatus(errGuesses, http.StatusTooManyRequests)
	}
	ask, err := readExchange(in)
	if err != nil {
		return nil, err
	}
	secret, t, err := d.Tokens.Exchange(ctx, credentials.NewSecret(ask.SubjectToken))
	if kind := fault.KindOf(err); err == nil || kind == fault.Internal || kind == fault.Unavailable {
		d.failed.GiveBack(from, d.Now())
	}
	if err != nil {
		return nil, err
	}
	return &issuedOutput{Body: issued(secret, t, d.Now())}, nil
}

var errExchange = fault.New(fault.Invalid, "The request for a token is not understood.",
	"Send subject_token, an identity token (JWT), as JSON or as a form.")

// readExchange reads what is to be exchanged. Its errors repeat nothing of it.
func readExchange(in *exchangeInput) (Exchange, error) {
	var ask Exchange
	kind, _, err := mime.ParseMediaType(in.Type)
	switch {
	case err == nil && kind == "application/json":
		if json.Unmarshal(in.RawBody, &ask) != nil {
			return ask, errExchange
		}
	case err == nil && kind == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(in.RawBody))
		if err != nil || len(form["subject_token"]) > 1 {
			return ask, errExchange
		}
		ask = Exchange{GrantType: form.Get("grant_type"), SubjectToken: form.Get("subject_token"), SubjectTokenType: form.Get("subject_token_type")}
	default:
		return ask, api.WithStatus(errExchange, http.StatusUnsupportedMediaType)
	}
	switch {
	case ask.SubjectToken == "", len(ask.SubjectToken) > 16<<10,
		ask.GrantType != "" && ask.GrantType != GrantTokenExchange,
		ask.SubjectTokenType != "" && ask.SubjectTokenType != TypeJWT && ask.SubjectTokenType != TypeIDToken:
		return ask, errExchange
	}
	return ask, nil
}

type whoAmIOutput struct{ Body WhoAmI }

// whoAmI answers GET /v1/whoami.
func (d *Door) whoAmI(ctx context.Context, _ *struct{}) (*whoAmIOutput, error) {
	c := callerOf(ctx)
	out := &whoAmIOutput{Body: WhoAmI{
		ID: c.who.ID(), Kind: string(c.who.Kind), Name: c.who.Name, For: c.who.For, Email: c.who.Email,
		Groups: append([]string{}, c.who.Groups...), Token: infoOf(c.token),
	}}
	for _, claim := range c.who.Claims {
		if out.Body.Claims == nil {
			out.Body.Claims = map[string]string{}
		}
		out.Body.Claims[claim.Name] = claim.Value
	}
	return out, nil
}

type agentInput struct{ Body NewAgent }

// issueAgent answers POST /v1/agents.
func (d *Door) issueAgent(ctx context.Context, in *agentInput) (*issuedOutput, error) {
	c := callerOf(ctx)
	if c.who.Kind != identity.Person { // an agent must not make another that outlives it
		return nil, fault.New(fault.Denied, "Only a person can give an agent its token.", "Log in as yourself with `dbaccess login`.")
	}
	var ttl time.Duration
	var err error
	if ttl, err = readSpan("ttl", in.Body.TTL); err != nil {
		return nil, err
	}
	secret, t, err := d.Tokens.IssueAgent(ctx, c.who, in.Body.Name, ttl)
	if err != nil {
		return nil, err
	}
	return &issuedOutput{Body: issued(secret, t, d.Now())}, nil
}
