package v1_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/api"
	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
	"dbaccess/internal/store"
	"dbaccess/internal/tokens"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func migrated(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx) //nolint:errcheck // it was only used to make the role
	if _, err := conn.Exec(ctx, "CREATE ROLE api_runtime LOGIN PASSWORD 'of-no-value'"); err != nil {
		return err
	}
	_, err = store.Migrate(ctx, url, store.MigrateOptions{RuntimeRole: "api_runtime"})
	return err
}

// rules: whoever asks for open access or a harmless read gets it, the rest is for
// the owners, and nobody gets the ledger.
const rules = `version: 1
rules:
  - {name: no-ledger, databases: [ledger], deny: The ledger is not for people.}
  - {name: open, kinds: [access], profiles: [open], allow: true}
  - {name: reads, kinds: [statement], statements: [read], levels: [low, medium], allow: true}
  - {name: people, review: {groups: [owners]}}
`

// world is a server of the JSON API: the real store, the real rules, and a real
// listener. Only the target is not there: bank mints.
type world struct {
	t        *testing.T
	store    *store.Store
	requests *approvals.Service
	grants   *credentials.Service
	tokens   *tokens.Service
	people   *identity.Directory
	bank     *bank
	door     *v1.Door
	url      string
	handler  http.Handler
	log      *lines
	stop     context.CancelFunc
	stopped  chan error
}

func newWorld(t *testing.T, change ...func(*v1.Config)) *world {
	t.Helper()
	log := &lines{}
	logger := slog.New(slog.NewTextHandler(log, nil))
	u, err := url.Parse(pgtest.Clone(t, "api", migrated))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("api_runtime", "of-no-value")
	st, err := store.Open(t.Context(), u.String(), store.Options{Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	w := &world{t: t, store: st, bank: &bank{}, log: log}
	w.rules()
	c := v1.Config{
		Requests: w.requests, Grants: w.grants, Tokens: w.tokens, Results: st,
		Databases: func() []approvals.Database { return databases },
		Catalog:   func(name string) *guardrails.Catalog { return catalogs[name] },
		Classify:  w.requests.Classify, Changed: st.WatchRequest,
		Login: func() []v1.LoginIssuer {
			return []v1.LoginIssuer{{Name: "corp", URL: "https://login.example.com", ClientID: "dbaccess-cli"}}
		},
		Masks:    func(context.Context, string) (v1.Masks, error) { return masks, nil },
		Refusals: api.Refusals{Log: logger}, Rate: 1000,
	}
	for _, f := range change {
		f(&c)
	}
	door, err := v1.New(c)
	if err != nil {
		t.Fatal(err)
	}
	w.door = door
	w.serve(door.Handler(), logger)
	return w
}

func newID(prefix string) string { return prefix + "_" + strings.ToLower(rand.Text()) }

func (w *world) rules() {
	var err error
	if w.people, err = identity.NewDirectory([]identity.PersonConfig{
		{Name: "alice", Groups: []string{"staff"}}, {Name: "bob", Groups: []string{"owners"}}, {Name: "carol", Groups: []string{"owners"}},
	}, identity.ServiceConfig{Name: "nightly", Groups: []string{"batch"}}); err != nil {
		w.t.Fatal(err)
	}
	set, err := policy.Parse(policy.File{Name: "rules.yaml", Data: []byte(rules)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.requests = &approvals.Service{
		Store: w.store, Policy: func() *policy.Set { return set }, Principal: w.people.Principal, Members: w.people.Members,
		Database: func(name string) (approvals.Database, error) {
			for _, d := range databases {
				if d.Name == name {
					return d, nil
				}
			}
			return approvals.Database{}, fault.New(fault.NotFound, "There is no such database.", "")
		},
		Classify: func(_ context.Context, _, sql string) guardrails.Verdict { return guardrails.Classify(sql, nil) },
		Now:      time.Now, NewID: newID, DecideBy: time.Hour, ClaimWithin: time.Hour,
	}
	w.grants = &credentials.Service{
		Store: w.store, Issuer: func(string) (credentials.Issuer, error) { return w.bank, nil }, Prover: w.bank, Install: "abcdef",
		Databases: func() []string { return []string{"shop"} }, Allowed: w.requests.StillAllowed, SameRun: w.requests.SameRun, NewID: newID,
		Log: slog.New(slog.DiscardHandler),
	}
	w.tokens = &tokens.Service{Store: w.store, Verify: w.verify, Principal: w.people.Principal, Now: time.Now, NewID: newID, Log: slog.New(slog.DiscardHandler)}
}

// verify takes "is NAME ID" for an issuer's token, and "is NAME ID SHA PERSON" for
// that of a service's run at a commit, which a person has started.
func (w *world) verify(_ context.Context, jwt string) (tokens.Verified, error) {
	is, name, _ := strings.Cut(jwt, " ")
	if is != "is" {
		return tokens.Verified{}, fault.New(fault.Denied, "The token's signature is not right.", "Fetch a new one.")
	}
	name, id, _ := strings.Cut(name, " ")
	id, run, _ := strings.Cut(id, " ")
	p, err := w.people.Principal(name)
	if err != nil {
		return tokens.Verified{}, err
	}
	if p.Kind == identity.Service {
		p.Claims = []identity.Claim{{Name: "repository", Value: "acme/shop"}}
	}
	if sha, person, ok := strings.Cut(run, " "); ok {
		p.Claims, p.For = append(p.Claims, identity.Claim{Name: "sha", Value: sha}), person
	}
	return tokens.Verified{Principal: p, Issuer: "corp", Subject: name, ID: id, SingleUse: true, IssuedAt: time.Now(), Expires: time.Now().Add(time.Minute)}, nil
}

// serve runs the door as a server does: inside the HTTP door, on a listener.
func (w *world) serve(json http.Handler, log *slog.Logger) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.url = "http://" + l.Addr().String()
	door, err := api.New(api.Config{Grants: w.grants, JSON: json, PublicURL: w.url, Log: log})
	if err != nil {
		w.t.Fatal(err)
	}
	w.handler = door.Handler()
	ctx, stop := context.WithCancel(context.Background())
	w.stop, w.stopped = stop, make(chan error, 1)
	go func() { w.stopped <- api.ServeOn(ctx, l, w.handler) }()
	w.t.Cleanup(stop)
}

// as is a client of that principal's.
func (w *world) as(name string) *client.Client {
	w.t.Helper()
	token := w.token(name)
	return &client.Client{URL: w.url, Token: func(context.Context) (string, error) { return token, nil }, HTTP: w.http()}
}

// http is a client with connections of its own, closed when the test ends.
func (w *world) http() *http.Client {
	t := &http.Transport{}
	w.t.Cleanup(t.CloseIdleConnections)
	return &http.Client{Transport: t}
}

// token is a new token of that principal's.
func (w *world) token(name string) string {
	w.t.Helper()
	var secret credentials.Secret
	var err error
	if agent, person, ok := strings.Cut(name, "@"); ok {
		who, _ := w.people.Person(person)
		secret, _, err = w.tokens.IssueAgent(w.t.Context(), who, agent, time.Hour)
	} else {
		secret, _, err = w.tokens.Exchange(w.t.Context(), credentials.NewSecret("is "+name+" "+rand.Text()))
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return secret.Reveal()
}

// runOf is a client of the service's run at that commit, started by that person.
func (w *world) runOf(sha, person string) *client.Client {
	w.t.Helper()
	secret, _, err := w.tokens.Exchange(w.t.Context(), credentials.NewSecret("is service/nightly "+rand.Text()+" "+sha+" "+person))
	if err != nil {
		w.t.Fatal(err)
	}
	return &client.Client{URL: w.url, Token: func(context.Context) (string, error) { return secret.Reveal(), nil }, HTTP: w.http()}
}

// approve is bob's review, as Slack brings it.
func (w *world) approve(id string) {
	w.t.Helper()
	r, err := w.requests.Request(w.t.Context(), approvals.RequestID(id))
	if err != nil {
		w.t.Fatal(err)
	}
	bob, _ := w.people.Person("bob")
	if _, err := w.requests.Review(w.t.Context(), bob, approvals.Opinion{Request: r.ID, Digest: r.Digest, Answer: approvals.Approve, Via: approvals.ByButton}); err != nil {
		w.t.Fatal(err)
	}
}

// run does what the server's runner does with an approved statement.
func (w *world) run(id string, rows v1.Rows) {
	w.t.Helper()
	ctx := w.t.Context()
	r, err := w.requests.Start(ctx, approvals.RequestID(id))
	if err == nil {
		_, err = w.requests.Finish(ctx, r.ID, approvals.Result{State: approvals.Executed, Rows: int64(len(rows.Rows)), Outcome: "Done."})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	rows.Request = id
	sealed, err := v1.SealRows(r.ResultKey, rows)
	if err == nil {
		err = w.store.SaveResult(ctx, v1.ResultSum(r.ID), sealed, r.Requester, id, time.Now().Add(time.Hour))
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

var databases = []approvals.Database{
	{
		Name: "shop", Tags: []string{"production"}, RowBound: 100,
		Profiles: []approvals.Profile{
			{Name: "masked-read", Max: 8 * time.Hour, Default: time.Hour, Masked: true},
			{Name: "open", Max: time.Hour, Default: 30 * time.Minute, Masked: true},
		},
		Runs: []approvals.Run{{Kinds: []guardrails.Kind{guardrails.Read, guardrails.Write}, Profile: "masked-read"}},
	},
	{Name: "ledger", Profiles: []approvals.Profile{{Name: "read", Max: time.Hour, Default: time.Hour}}},
}

var catalogs = map[string]*guardrails.Catalog{"shop": {Tables: []guardrails.Table{
	{Schema: "public", Name: "customers", Rows: 12.5, Columns: []guardrails.Column{{Name: "id", Type: "bigint", NotNull: true}, {Name: "email", Type: "text"}, {Name: "new", Type: "text", Default: "'secret default'"}}},
	{Schema: "masked_public", Name: "customers", Kind: "view", Definition: "secret definition", Columns: []guardrails.Column{{Name: "email", Type: "text"}}},
	{Schema: "dbaccess_secret", Name: "mask_key"},
}}}

var masks = v1.Masks{Schemas: []string{"masked_public"}, Columns: map[v1.ColumnName]v1.MaskedAs{
	{Schema: "public", Table: "customers", Column: "id"}:    {Strategy: "keep"},
	{Schema: "public", Table: "customers", Column: "email"}: {Strategy: "email_pseudonym", Entity: "email"},
}}

// bank mints credentials that no server knows. That real issuers behave is for
// issuertest to show.
type bank struct {
	mu   sync.Mutex
	live map[string]bool // roles
	away error
}

func (b *bank) Prepare(_ context.Context, o credentials.Order) (credentials.Prepared, error) {
	return banknote{b, o}, b.away
}

type banknote struct {
	*bank
	credentials.Order
}

func (banknote) Handle() string { return "" }

func (n banknote) Mint(context.Context) (credentials.Credential, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.live == nil {
		n.live = map[string]bool{}
	}
	n.live[n.Role] = true
	return credentials.Credential{
		Host: "db.example.com", Port: 5432, Database: "shop", SSLMode: "require", Role: n.Role, RoleOID: 17000,
		Password: credentials.NewSecret("pw-" + rand.Text()), Until: n.Until,
	}, nil
}

func (b *bank) Block(context.Context, []credentials.Lease) error { return nil }

func (b *bank) Revoke(_ context.Context, l credentials.Lease) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.live, l.Role)
	return nil
}

func (b *bank) Roles(context.Context, string) ([]string, error) { return nil, nil }

func (b *bank) EndSessions(_ context.Context, _ string, leases []credentials.Lease) ([]int, error) {
	return make([]int, len(leases)), nil
}

func (b *bank) Prove(_ context.Context, _ string, leases []credentials.Lease) ([]*credentials.Proof, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	proofs := make([]*credentials.Proof, len(leases))
	for i, l := range leases {
		if b.live[l.Role] {
			return proofs, errors.New("the role is there")
		}
		proofs[i] = &credentials.Proof{At: time.Now(), Role: l.Role, RoleOID: l.RoleOID}
	}
	return proofs, nil
}

// lines is a log that a test can read.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
