package main

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/api"
	"dbaccess/internal/devslack"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/browser"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/devstack/shop"
	"dbaccess/internal/devstack/vaulttest"
)

// Stories run the real server between a local Slack, a real store and a real
// shop: people type and press, and the tests look at what they see and at what
// Postgres does.

// childEnv makes the test binary a dbaccess, for stories that kill one.
const childEnv = "DBACCESS_STORY_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	code := pgtest.Main(m)
	os.Exit(max(code, vaulttest.Stop(), browser.Stop()))
}

// story is one stack with, usually, one server on it.
type story struct {
	*testing.T
	*stack
	core *core    // for looking; nil before a server was started
	srv  *running // nil if the server is a child process
	log  *logTail
}

// scene is what differs from the ordinary stack.
type scene struct {
	edit      func(string) string     // changes the config
	policy    string                  // rules in place of the shipped ones
	own       *devstack.Postgres      // a server for this story alone; nil = the one of all tests
	storeOn   *devstack.Postgres      // another server for the store
	shop      string                  // name of a shop that is there; "" = one of the story's own
	vault     *devstack.Vault         // mints the credentials; nil = Postgres does
	demo      bool                    // with what the demo has beside its databases: a runner, a log-in, its policy
	transport string                  // how Slack reaches the server; "" = socket
	slack     func(*devslack.Options) // changes the workspace
	noServer  bool                    // the story starts its servers itself
}

// newStory prepares a stack and starts the server.
func newStory(t *testing.T, sc scene) *story {
	t.Helper()
	t.Parallel()
	return anotherStory(t, sc)
}

// anotherStory is a second installation in the same test.
func anotherStory(t *testing.T, sc scene) *story {
	t.Helper()
	dir := t.TempDir()
	seed := workspace()
	tail := &logTail{t: t}
	seed.Log = slog.New(slog.DiscardHandler)
	if sc.slack != nil {
		sc.slack(&seed)
	}
	var o stackOptions
	demo := func(yaml string) string { return yaml }
	if sc.demo {
		var err error
		if o, err = demoScene(dir); err != nil {
			t.Fatal(err)
		}
		demo = o.Edit
	}
	o.Dir, o.Slack, o.Vault, o.Transport = dir, seed, sc.vault, sc.transport
	o.Edit = func(yaml string) string {
		yaml = demo(yaml)
		if sc.policy != "" {
			path := filepath.Join(dir, "policy.yaml")
			if err := os.WriteFile(path, []byte(sc.policy), 0o600); err != nil {
				t.Fatal(err)
			}
			yaml += "\npolicy:\n  files: [policy.yaml]\n"
		}
		if sc.edit != nil {
			yaml = sc.edit(yaml)
		}
		return yaml
	}
	o.databases(t, sc)
	st, err := newStack(t.Context(), o)
	if err != nil {
		t.Fatalf("prepare the stack: %v", err)
	}
	t.Cleanup(st.close)
	t.Cleanup(func() {
		if u := st.slack.Unknown(); len(u) > 0 {
			t.Errorf("unknown Slack methods were called: %v", u)
		}
		if u := st.slack.Undrawn(); len(u) > 0 {
			t.Errorf("the local Slack's page could not draw %v", u)
		}
	})
	s := &story{T: t, stack: st, log: tail}
	if !sc.noServer {
		s.start()
	}
	return s
}

// databases chooses, and fills, where the story takes place.
func (o *stackOptions) databases(t *testing.T, sc scene) {
	t.Helper()
	if o.Postgres = sc.own; sc.own != nil {
		o.Store, o.Shop = "dbaccess", "shop"
		for _, name := range []string{o.Store, o.Shop} {
			if err := createDatabase(t.Context(), sc.own, name); err != nil {
				t.Fatal(err)
			}
		}
		if o.StorePostgres = sc.storeOn; sc.storeOn != nil {
			o.Store = "postgres"
		}
		if err := shop.Load(t.Context(), sc.own.URL(o.Shop), shop.Options{Customers: 50, Mask: maskShop}); err != nil {
			t.Fatal(err)
		}
		return
	}
	o.Postgres = pgtest.Server(t)
	if o.Shop = sc.shop; sc.shop == "" {
		o.Shop = databaseName(t, pgtest.Shop(t, 50, maskShop))
	}
	if o.StorePostgres = sc.storeOn; sc.storeOn != nil {
		o.Store = "postgres"
		return
	}
	o.Store = databaseName(t, pgtest.Clone(t, "empty", func(context.Context, string) error { return nil }))
}

func databaseName(t *testing.T, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// start runs a server in this process until the test ends.
func (s *story) start() {
	s.Helper()
	srv, err := startServer(s.Context(), s.stack, slog.New(slog.NewTextHandler(s.log, nil)))
	if err != nil {
		s.Fatalf("start the server: %v", err)
	}
	s.srv, s.core = srv, srv.core
	s.Cleanup(func() {
		if err := srv.stop(); err != nil {
			s.Errorf("stop the server: %v", err)
		}
	})
}

// logTail is the server's log as the test's own: shown if the test fails.
type logTail struct {
	t    *testing.T
	mu   sync.Mutex
	said strings.Builder
}

func (l *logTail) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimRight(string(p), "\n"))
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.Write(p)
}

// says reports whether the server has logged those words.
func (l *logTail) says(words string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.said.String(), words)
}

// types types a command in #general and returns the acknowledgement.
func (s *story) types(user, line string) devslack.Ack {
	s.Helper()
	ack, err := s.slack.As(user).Command(s.Context(), "general", line)
	if err != nil {
		s.Fatalf("%s typed %q: %v", user, line, err)
	}
	return ack
}

// sends types a statement that people have to decide about, and presses Send in
// the modal that shows its verdict.
func (s *story) sends(user, line string) devslack.View {
	s.Helper()
	return must[devslack.View](s)(s.sendStatement(s.Context(), user, line))
}

// must returns v, or ends the story.
func must[T any](s *story) func(v T, err error) T {
	return func(v T, err error) T {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
		return v
	}
}

func (s *story) seesCard(words ...string) devslack.Message {
	s.Helper()
	return must[devslack.Message](s)(s.card(s.Context(), words...))
}

func (s *story) seesDM(user string, words ...string) devslack.Message {
	s.Helper()
	return must[devslack.Message](s)(s.dm(s.Context(), user, words...))
}

func (s *story) isTold(user string, words ...string) devslack.Message {
	s.Helper()
	return must[devslack.Message](s)(s.whisper(s.Context(), user, words...))
}

func (s *story) sees(user string, words ...string) devslack.View {
	s.Helper()
	return must[devslack.View](s)(s.view(s.Context(), user, words...))
}

func (s *story) presses(user string, on devslack.Surface, label string) {
	s.Helper()
	if err := s.slack.As(user).Click(s.Context(), on, label); err != nil {
		s.Fatalf("%s presses %s: %v", user, label, err)
	}
}

func (s *story) submits(user string, v devslack.View, fields map[string]any) devslack.SubmitResult {
	s.Helper()
	return must[devslack.SubmitResult](s)(s.submit(s.Context(), user, v, fields))
}

// request returns the newest request of the person.
func (s *story) request(user string) approvals.Request {
	s.Helper()
	list := must[[]approvals.Request](s)(s.core.requests.Requests(s.Context(), approvals.Filter{Requester: user}))
	if len(list) == 0 {
		s.Fatalf("%s has asked nothing", user)
	}
	return list[0]
}

// grant returns the newest grant of the person.
func (s *story) grant(user string) credentials.Grant {
	s.Helper()
	list := must[[]credentials.Grant](s)(s.core.grants.Grants(s.Context(), credentials.GrantFilter{Holder: user}))
	if len(list) == 0 {
		s.Fatalf("%s has no grant", user)
	}
	return list[0]
}

// drawn waits until the server has noted that it drew Alice's newest card: a
// reaction from before that does not count, and people are not that fast.
func (s *story) drawn() {
	s.Helper()
	id := string(s.request("alice").ID)
	if err := s.core.store.OneAtATime(s.Context(), "card:"+id, func(context.Context) error { return nil }); err != nil {
		s.Fatal(err)
	}
}

// eventually waits for a condition that no message announces.
func (s *story) eventually(what string, ok func() bool) {
	s.Helper()
	deadline := time.After(patience)
	for tick := time.Tick(20 * time.Millisecond); !ok(); {
		select {
		case <-deadline:
			s.Fatalf("it never came about that %s", what)
		case <-tick:
		}
	}
}

// approved brings Alice an approved access and returns her message with Get
// credentials in it.
func (s *story) approved(window string) devslack.Message {
	s.Helper()
	s.types("alice", "/dbaccess shop masked-read "+window+" because INC-42 refund stuck")
	s.presses("bob", s.seesCard("INC-42", "Approve"), "Approve")
	return s.seesDM("alice", "Get credentials")
}

// claims brings Alice's credential.
func (s *story) claims(in devslack.Message) api.Claimed {
	s.Helper()
	code := must[string](s)(s.claimCode(s.Context(), "alice", in))
	c, err := s.redeem(s.Context(), code)
	if err != nil {
		s.Fatalf("redeem: %v", err)
	}
	return c
}

// connects opens a session that is closed when the test ends.
func (s *story) connects(c api.Claimed) *pgx.Conn {
	s.Helper()
	conn := must[*pgx.Conn](s)(pgx.Connect(s.Context(), c.Forms().URI))
	s.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// shopRow asks the shop's owner for one value.
func (s *story) shopRow(sql string, args ...any) string {
	s.Helper()
	v, err := s.asOwner(s.Context(), sql, args...)
	if err != nil {
		s.Fatalf("%s: %v", sql, err)
	}
	return v
}

// ours counts the roles of this story's installation on the server.
func (s *story) ours() string {
	s.Helper()
	return s.shopRow("SELECT count(*)::text FROM pg_roles WHERE rolname LIKE $1", "dba-"+s.core.grants.Install+"-%")
}

// isOver checks that a credential's role, login and sessions are gone.
func (s *story) isOver(c api.Claimed) {
	s.Helper()
	left := s.shopRow(`SELECT (SELECT count(*) FROM pg_roles WHERE rolname = $1) || ' roles, ' ||
		(SELECT count(*) FROM pg_stat_activity WHERE usename = $1) || ' sessions'`, c.Role)
	if left != "0 roles, 0 sessions" {
		s.Errorf("%s of %s are left", left, c.Role)
	}
	conn, err := pgx.Connect(s.Context(), c.Forms().URI)
	if err == nil {
		_ = conn.Close(context.Background())
		s.Errorf("%s can still log in", c.Role)
	} else if _, err := refused(err, "28P01", "28000"); err != nil {
		s.Errorf("log in as %s: %v", c.Role, err)
	}
}

// dies waits for a session to be ended by the server.
func (s *story) dies(conn *pgx.Conn) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	if _, err := conn.Exec(ctx, "SELECT pg_sleep(60)"); err == nil {
		s.Error("the session lives on")
	} else if _, err := refused(err, "57P01"); err != nil {
		s.Error(err)
	}
}

// recorded returns how often each type of event was recorded.
func (s *story) recorded() map[string]int {
	s.Helper()
	conn := must[*pgx.Conn](s)(pgx.Connect(s.Context(), s.store))
	defer conn.Close(context.Background())
	rows := must[pgx.Rows](s)(conn.Query(s.Context(), "SELECT type, count(*) FROM dbaccess.audit_events GROUP BY type"))
	counts := map[string]int{}
	var name string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&name, &n}, func() error { counts[name] = n; return nil }); err != nil {
		s.Fatal(err)
	}
	return counts
}

// verified checks the whole log.
func (s *story) verified() {
	s.Helper()
	if _, err := s.core.store.VerifyLog(s.Context()); err != nil {
		s.Errorf("the log does not verify: %v", err)
	}
}
