package client

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"dbaccess/internal/api"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

// Client is one server, seen by one principal. It may be used by several
// goroutines at once.
type Client struct {
	URL   string                                    // as in links: https://dbaccess.example.com; http on loopback only
	Token func(ctx context.Context) (string, error) // the API token, asked for at each call; nil: calls that need none
	// Seed is what the keys of results are made from: at least 16 secret bytes that
	// are the same when the result is fetched. Nil = the token, which then must not
	// change between asking and fetching.
	Seed func(ctx context.Context) ([]byte, error)
	HTTP *http.Client // nil = one that follows no redirects
}

// Ask asks for access, or to run a statement. For a statement without a ResultKey
// it sends one of its own, so that Result can open the rows. Sent again after a
// lost answer it is one request.
func (c *Client) Ask(ctx context.Context, ask v1.Ask) (v1.Request, error) {
	if err := survives(ask); err != nil {
		return v1.Request{}, err
	}
	if ask.Kind == "statement" && ask.ResultKey == "" && !ask.Preview {
		key, err := c.resultKey(ctx)
		if err != nil {
			return v1.Request{}, err
		}
		ask.ResultKey = v1.EncodeResultKey(key.PublicKey())
	}
	if ask.Key == "" {
		ask.Key = strings.ToLower(rand.Text())
	}
	return call[v1.Request](ctx, c, request{
		method: http.MethodPost, path: "/v1/requests", body: ask, again: true,
		header: map[string]string{"Idempotency-Key": ask.Key},
	})
}

// survives refuses SQL that JSON would change: all bytes that are no UTF-8 become
// the same letter, so that another file would have the hash of one that is approved.
func survives(ask v1.Ask) error {
	texts := map[string]string{"The statement": ask.Statement}
	for i, p := range ask.Params {
		texts[fmt.Sprintf("Parameter $%d", i+1)] = p
	}
	if ask.Job != nil {
		for _, f := range ask.Job.Files {
			texts[fmt.Sprintf("The file %q", f.Path)] = f.Path + f.Content
		}
	}
	for what, text := range texts {
		if !utf8.ValidString(text) {
			return fault.New(fault.Invalid, what+" is not valid UTF-8.", "Save it as UTF-8.")
		}
	}
	return nil
}

// Request returns a request. With a wait it answers when the request is settled
// (v1.Request.Settled), or as it stands when that time is over.
func (c *Client) Request(ctx context.Context, id string, wait time.Duration) (v1.Request, error) {
	return waiting(ctx, wait, func(wait time.Duration) (v1.Request, bool, error) {
		r, err := call[v1.Request](ctx, c, request{
			method: http.MethodGet, path: "/v1/requests/" + url.PathEscape(id), query: waitQuery(wait), again: true, wait: wait,
		})
		return r, r.Settled, err
	})
}

// List says which part of a list is wanted; the zero value is its first page.
type List struct {
	States []string
	Limit  int    // 0 = 50
	Cursor string // the Next of the page before
}

func (l List) query() url.Values {
	q := url.Values{}
	if len(l.States) > 0 {
		q.Set("state", strings.Join(l.States, ","))
	}
	if l.Limit > 0 {
		q.Set("limit", strconv.Itoa(l.Limit))
	}
	if l.Cursor != "" {
		q.Set("cursor", l.Cursor)
	}
	return q
}

// Requests lists the caller's requests, newest first.
func (c *Client) Requests(ctx context.Context, l List) (v1.RequestList, error) {
	return call[v1.RequestList](ctx, c, request{method: http.MethodGet, path: "/v1/requests", query: l.query(), again: true})
}

// Cancel ends a pending request of the caller's.
func (c *Client) Cancel(ctx context.Context, id string) (v1.Request, error) {
	return call[v1.Request](ctx, c, request{method: http.MethodPost, path: "/v1/requests/" + url.PathEscape(id) + "/cancel"})
}

// Result returns the rows of a statement that was asked for by this client, once.
// With a wait it first waits for the statement to have run. A fault of kind
// Unavailable, ErrNotYet, says that it has not.
func (c *Client) Result(ctx context.Context, id string, wait time.Duration) (v1.Rows, error) {
	if wait > 0 {
		if _, err := c.Request(ctx, id, wait); err != nil {
			return v1.Rows{}, err
		}
	}
	sealed, err := call[v1.Sealed](ctx, c, request{
		method: http.MethodGet, path: "/v1/requests/" + url.PathEscape(id) + "/result", query: waitQuery(min(wait, resultWait)), wait: resultWait,
	})
	if err != nil {
		return v1.Rows{}, err
	}
	key, err := c.resultKey(ctx)
	if err != nil {
		return v1.Rows{}, err
	}
	return v1.OpenRows(key, id, sealed.Sealed)
}

// resultWait is how long Result waits for the rows of a statement that has run.
const resultWait = 10 * time.Second

// Grants lists the caller's grants, newest first.
func (c *Client) Grants(ctx context.Context, l List) (v1.GrantList, error) {
	return call[v1.GrantList](ctx, c, request{method: http.MethodGet, path: "/v1/grants", query: l.query(), again: true})
}

// Grant returns a grant of the caller's.
func (c *Client) Grant(ctx context.Context, id string) (v1.Grant, error) {
	return call[v1.Grant](ctx, c, request{method: http.MethodGet, path: "/v1/grants/" + url.PathEscape(id), again: true})
}

// Claim has the grant's credential made and returns it. Claiming again replaces
// it. An attended grant ends when Alive is not called for 45 seconds.
func (c *Client) Claim(ctx context.Context, grant string, attended bool) (api.Claimed, error) {
	return call[api.Claimed](ctx, c, request{
		method: http.MethodPost, path: "/v1/grants/" + url.PathEscape(grant) + "/claim", body: v1.Claim{Attended: attended}, wait: time.Minute,
	})
}

// Alive gives a sign of life for an attended grant and returns until when the next
// one must come; a fault says that the grant is over, and why.
func (c *Client) Alive(ctx context.Context, grant string) (time.Time, error) {
	a, err := call[v1.Alive](ctx, c, request{method: http.MethodPost, path: "/v1/grants/" + url.PathEscape(grant) + "/alive", again: true})
	return a.Until, err
}

// End ends a grant. It may come back as revoking: the server goes on ending it.
func (c *Client) End(ctx context.Context, grant string) (v1.Grant, error) {
	return call[v1.Grant](ctx, c, request{method: http.MethodPost, path: "/v1/grants/" + url.PathEscape(grant) + "/end", again: true, wait: time.Minute})
}

// Databases lists what the caller may ask something of.
func (c *Client) Databases(ctx context.Context) ([]v1.Database, error) {
	l, err := call[v1.DatabaseList](ctx, c, request{method: http.MethodGet, path: "/v1/databases", again: true})
	return l.Databases, err
}

// Schema returns a database's tables and columns.
func (c *Client) Schema(ctx context.Context, database string) (v1.Schema, error) {
	return call[v1.Schema](ctx, c, request{method: http.MethodGet, path: "/v1/databases/" + url.PathEscape(database) + "/schema", again: true})
}

// Classify says what a text would do to a database; nothing is run.
func (c *Client) Classify(ctx context.Context, database, statement string) (v1.Verdict, error) {
	return call[v1.Verdict](ctx, c, request{
		method: http.MethodPost, path: "/v1/classify", body: v1.Classify{Database: database, Statement: statement}, again: true,
	})
}

// WhoAmI says whom the token is taken for.
func (c *Client) WhoAmI(ctx context.Context) (v1.WhoAmI, error) {
	return call[v1.WhoAmI](ctx, c, request{method: http.MethodGet, path: "/v1/whoami", again: true})
}

// Exchange gives an issuer's JWT for an API token. It needs no token and is not
// tried again once it may have been taken: some issuers' tokens count once.
func (c *Client) Exchange(ctx context.Context, jwt string) (v1.IssuedToken, error) {
	return call[v1.IssuedToken](ctx, c, request{
		method: http.MethodPost, path: "/v1/token", open: true,
		body: v1.Exchange{GrantType: v1.GrantTokenExchange, SubjectToken: jwt, SubjectTokenType: v1.TypeJWT},
	})
}

// IssueAgent makes a token for an agent that acts for the caller, a person.
func (c *Client) IssueAgent(ctx context.Context, name string, ttl time.Duration) (v1.IssuedToken, error) {
	ask := v1.NewAgent{Name: name}
	if ttl > 0 {
		ask.TTL = ttl.String()
	}
	return call[v1.IssuedToken](ctx, c, request{method: http.MethodPost, path: "/v1/agents", body: ask})
}

// Logout ends the token that the client uses.
func (c *Client) Logout(ctx context.Context) error {
	_, err := call[json.RawMessage](ctx, c, request{method: http.MethodDelete, path: "/v1/token"})
	return err
}

// LoginIssuers says where people log in. It needs no token.
func (c *Client) LoginIssuers(ctx context.Context) ([]v1.LoginIssuer, error) {
	l, err := call[v1.Login](ctx, c, request{method: http.MethodGet, path: "/v1/login", again: true, open: true})
	return l.Issuers, err
}

// ErrNotYet says that a result is not there yet.
var ErrNotYet = fault.New(fault.Unavailable, v1.NotYet, "")
