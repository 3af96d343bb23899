package v1

import (
	"fmt"
	"log/slog"
	"time"
)

// The kinds of token that POST /v1/token exchanges and gives out (RFC 8693).
const (
	GrantTokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
	TypeJWT            = "urn:ietf:params:oauth:token-type:jwt"
	TypeIDToken        = "urn:ietf:params:oauth:token-type:id_token"
	TypeAccessToken    = "urn:ietf:params:oauth:token-type:access_token"
)

// Exchange asks for an API token in exchange for a token of a trusted issuer, in
// the terms of RFC 8693. It may come as a form, too.
type Exchange struct {
	GrantType        string `json:"grant_type,omitempty" form:"grant_type" enum:"urn:ietf:params:oauth:grant-type:token-exchange" doc:"may be left out"`
	SubjectToken     string `json:"subject_token" form:"subject_token" minLength:"1" maxLength:"16384" doc:"the issuer's JWT"`
	SubjectTokenType string `json:"subject_token_type,omitempty" form:"subject_token_type" enum:"urn:ietf:params:oauth:token-type:jwt,urn:ietf:params:oauth:token-type:id_token" doc:"may be left out"`
}

// IssuedToken is a token as it is given out, once. It prints as "[token]" through
// fmt and slog; JSON has it whole.
type IssuedToken struct {
	AccessToken     string    `json:"access_token"`
	IssuedTokenType string    `json:"issued_token_type"`
	TokenType       string    `json:"token_type" enum:"Bearer"`
	ExpiresIn       int64     `json:"expires_in" doc:"seconds"`
	ID              string    `json:"id" doc:"names the token; not secret"`
	Principal       string    `json:"principal" doc:"whose it is"`
	For             string    `json:"for,omitempty" doc:"the person acted for"`
	Audience        string    `json:"audience" doc:"what it is good for: dbaccess, or dbaccess-mcp of agents"`
	Expires         time.Time `json:"expires"`
}

// Format implements fmt.Formatter for every verb.
func (t IssuedToken) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[token]")) }

// LogValue implements slog.LogValuer.
func (t IssuedToken) LogValue() slog.Value { return slog.StringValue("[token]") }

// NewAgent asks for a token of an agent that acts for the person who asks.
type NewAgent struct {
	Name string `json:"name" minLength:"1" maxLength:"64" pattern:"^[a-z0-9._-]+$" doc:"the agent's name; it is called name@person"`
	TTL  string `json:"ttl,omitempty" maxLength:"30" example:"8h" doc:"how long the token is good; left out: 8h"`
}

// WhoAmI is whom a token is taken for.
type WhoAmI struct {
	ID     string            `json:"id" example:"service:nightly"`
	Kind   string            `json:"kind" enum:"person,service,agent"`
	Name   string            `json:"name"`
	For    string            `json:"for,omitempty" doc:"the person acted for"`
	Email  string            `json:"email,omitempty"`
	Groups []string          `json:"groups" nullable:"false"`
	Claims map[string]string `json:"claims,omitempty" doc:"of a service: what its token said"`
	Token  TokenInfo         `json:"token"`
}

// TokenInfo is what is known of a token, without the token.
type TokenInfo struct {
	ID       string    `json:"id"`
	Audience string    `json:"audience"`
	Issuer   string    `json:"issuer,omitempty" doc:"whose token it was exchanged for"`
	At       time.Time `json:"at"`
	Expires  time.Time `json:"expires"`
}

// LoginIssuer is where people log in.
type LoginIssuer struct {
	Name     string   `json:"name"`
	URL      string   `json:"url"`
	ClientID string   `json:"client_id"`
	Scopes   []string `json:"scopes" nullable:"false"`
}

// Login says how people log in here.
type Login struct {
	Issuers []LoginIssuer `json:"issuers" nullable:"false"`
}
