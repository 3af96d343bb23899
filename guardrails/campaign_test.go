package guardrails_test

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	pg "github.com/pganalyze/pg_query_go/v5"

	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/target"
)

// campaign runs scripts on a real server, as psql would, and before each of their
// statements finds out what it does: by running it in a transaction that may not
// write and in one that may, both rolled back.
type campaign struct {
	t    *testing.T
	url  string
	conn *pgx.Conn
	vars map[string]string // psql's
	told func(observation)
	all  bool // observe writes too, although no verdict calls them low

	cat   *guardrails.Catalog
	key   string // what the catalog was read under
	dirty bool   // something may have changed since
	live  bool   // judge with the live catalog as well
}

// observation is what a real server did with one statement, and the verdicts
// without a catalog and with it.
type observation struct {
	File    string              `json:"file"`
	SQL     string              `json:"sql"`
	Effect  string              `json:"effect,omitempty"`  // what reached beyond the session
	Session string              `json:"session,omitempty"` // what changed in it
	Error   string              `json:"error,omitempty"`   // why it did not run
	Reads   bool                `json:"reads,omitempty"`   // it has the form of a query
	Verdict guardrails.Verdict  `json:"verdict"`
	Live    *guardrails.Verdict `json:"live,omitempty"`
}

func (c *campaign) connect(ctx context.Context) {
	if c.conn != nil {
		_ = c.conn.Close(ctx)
	}
	conn, err := pgx.Connect(ctx, c.url)
	if err != nil {
		c.t.Fatal(err)
	}
	c.conn = conn
}

// run runs one script.
func (c *campaign) run(ctx context.Context, file, text string) {
	s := guardrails.NewScript(text, c.vars)
	c.connect(ctx)
	defer func() { _ = c.conn.Close(context.WithoutCancel(ctx)) }()
	for {
		st, ok := s.Next()
		if !ok {
			return
		}
		if c.conn.IsClosed() {
			c.connect(ctx)
		}
		if st.SQL != "" {
			c.observe(ctx, file, st)
			c.really(ctx, st)
		}
		switch st.Meta {
		case "c", "connect":
			c.connect(ctx)
			if len(st.Args) > 1 && st.Args[1] != "-" {
				_, _ = c.conn.Exec(ctx, "SET SESSION AUTHORIZATION "+pgx.Identifier{st.Args[1]}.Sanitize())
			}
		case "q", "quit":
			return
		}
	}
}

// really runs a statement as the script has it. Its failure is the script's
// affair: PostgreSQL's own have many that must fail.
func (c *campaign) really(ctx context.Context, st guardrails.Step) {
	results, err := c.send(ctx, st)
	if err != nil || len(results) == 0 {
		return
	}
	last := results[len(results)-1]
	switch st.Meta {
	case "gset":
		if len(last.Rows) != 1 {
			return
		}
		prefix := strings.Join(st.Args, "")
		for i, f := range last.FieldDescriptions {
			c.vars[prefix+f.Name] = string(last.Rows[0][i])
		}
	case "gexec":
		for _, row := range last.Rows {
			for _, v := range row {
				_, _ = c.send(ctx, guardrails.Step{SQL: string(v)})
			}
		}
	}
}

// send sends a text by the simple protocol, which knows no parameters.
func (c *campaign) send(ctx context.Context, st guardrails.Step) ([]*pgconn.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if st.Copy != "" {
		_, err := c.conn.PgConn().CopyFrom(ctx, strings.NewReader(st.Copy), st.SQL)
		return nil, err
	}
	return c.conn.PgConn().Exec(ctx, st.SQL).ReadAll()
}

// observe finds out what a statement does, and tells it with its verdicts.
func (c *campaign) observe(ctx context.Context, file string, st guardrails.Step) {
	o := observation{File: file, SQL: st.SQL, Verdict: guardrails.Classify(st.SQL, nil)}
	changes := o.Verdict.Kind.Rank() >= guardrails.Write.Rank() && o.Verdict.Kind != guardrails.Unknown && o.Verdict.Level != guardrails.Low
	form := formOf(st.SQL)
	o.Reads = form == query
	c.dirty = c.dirty || o.Verdict.Kind.Rank() >= guardrails.DDL.Rank() || form == transaction
	if changes && !c.all {
		return
	}
	switch status := c.conn.PgConn().TxStatus(); {
	case form == unparsed:
		o.Error = "not parsed"
	case form == transaction:
		o.Error = "transaction control"
	case status == 'E':
		o.Error = "in a failed transaction"
	default:
		c.try(ctx, st, &o, status == 'T')
	}
	// Reading the catalog takes longer than the rest: only for what needs it.
	if needs := o.Verdict.Level != guardrails.Low || o.Effect != ""; c.live && o.Reads && o.Error == "" && (needs || !c.dirty) {
		if cat := c.catalog(ctx); cat != nil {
			v := guardrails.Classify(st.SQL, cat)
			o.Live = &v
		}
	}
	c.told(o)
}

type form int

const (
	unparsed form = iota
	transaction
	query
	other
)

// formOf says what a text looks like.
func formOf(sql string) form {
	tree, err := pg.Parse(sql)
	if err != nil || len(tree.Stmts) == 0 {
		return unparsed
	}
	f := query
	for _, raw := range tree.Stmts {
		switch {
		case raw.Stmt.GetTransactionStmt() != nil:
			return transaction
		case raw.Stmt.GetSelectStmt() == nil && raw.Stmt.GetExplainStmt() == nil && raw.Stmt.GetVariableShowStmt() == nil:
			f = other
		}
	}
	return f
}

// try runs a statement in a transaction that may not write and in one that may.
func (c *campaign) try(ctx context.Context, st guardrails.Step, o *observation, within bool) {
	for _, mode := range []string{"READ ONLY", "READ WRITE"} {
		begin, end := "BEGIN "+mode, "ROLLBACK"
		if within {
			begin, end = "SAVEPOINT campaign", "ROLLBACK TO SAVEPOINT campaign; RELEASE SAVEPOINT campaign"
			if mode == "READ ONLY" {
				begin += "; SET TRANSACTION READ ONLY"
			}
		}
		c.once(ctx, st, o, mode, begin, end)
		if c.conn.IsClosed() {
			o.Effect = "ended the connection"
			c.connect(ctx)
			return
		}
		if o.Effect != "" {
			return
		}
	}
}

func (c *campaign) once(ctx context.Context, st guardrails.Step, o *observation, mode, begin, end string) {
	outside, session, err := c.state(ctx, begin+"; "+campaignState)
	if err != nil {
		o.Error = err.Error()
		_, _ = c.conn.PgConn().Exec(ctx, end).ReadAll()
		return
	}
	_, err = c.send(ctx, st)
	var refused *pgconn.PgError
	if err != nil {
		_, _ = c.conn.PgConn().Exec(ctx, end).ReadAll()
	}
	switch {
	case errors.As(err, &refused) && (refused.Code == "25006" || refused.Code == "25001" && !strings.HasPrefix(refused.Message, "SET TRANSACTION")):
		o.Effect = refused.Message // read-only, or cannot run in a transaction
		return
	case errors.As(err, &refused):
		if mode == "READ WRITE" {
			o.Error = refused.Code + " " + refused.Message
		}
		return
	case err != nil:
		o.Error = err.Error()
		return
	}
	o.Error = ""
	outside2, session2, err := c.state(ctx, campaignState+"; "+end)
	if err != nil {
		o.Session = mode + ": " + err.Error()
		_, _ = c.conn.PgConn().Exec(ctx, end).ReadAll()
		return
	}
	if outside2 != outside {
		o.Effect = fmt.Sprintf("%s: %s became %s", mode, outside, outside2)
	}
	if session2 != session {
		o.Session = fmt.Sprintf("%s: %s became %s", mode, session, session2)
	}
}

// campaignState is what an effect shows in. Beyond the session: transaction ids,
// also those of a savepoint, which hold a lock each; locks that others wait on;
// large objects. In the session: who it is, and what later text goes by.
const campaignState = `
	SELECT pg_catalog.concat_ws(' ', 'xid', pg_catalog.pg_current_xact_id_if_assigned(),
	    'objects', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata),
	    'locks', (SELECT pg_catalog.string_agg(DISTINCT pg_catalog.concat_ws(' ', locktype, relation::oid, mode,
	            CASE WHEN locktype OPERATOR(pg_catalog.=) 'advisory' THEN objid::text END), ',')
	        FROM pg_catalog.pg_lock_status() WHERE pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
	            AND locktype OPERATOR(pg_catalog.=) ANY ('{relation,tuple,transactionid,advisory}')
	            AND mode OPERATOR(pg_catalog.<>) ALL ('{AccessShareLock,RowShareLock,RowExclusiveLock,SIReadLock}'))),
	  (SELECT pg_catalog.concat_ws(' ', current_user, pg_catalog.date_part('epoch', transaction_timestamp()), pg_catalog.string_agg(pg_catalog.current_setting(name), ' '))
	    FROM pg_catalog.unnest('{search_path,session_authorization,session_replication_role,row_security,default_transaction_read_only,
	        statement_timeout,lock_timeout,standard_conforming_strings,client_encoding,work_mem,datestyle,timezone}'::pg_catalog.text[]) name)`

// state runs a text that asks for the state, and returns it.
func (c *campaign) state(ctx context.Context, sql string) (outside, session string, err error) {
	results, err := c.conn.PgConn().Exec(ctx, sql).ReadAll()
	if err != nil {
		return "", "", err
	}
	for _, r := range results {
		if len(r.Rows) == 1 && len(r.Rows[0]) == 2 {
			return string(r.Rows[0][0]), string(r.Rows[0][1]), nil
		}
	}
	return "", "", errors.New("the state has no row")
}

// catalog reads the live catalog, if it may have changed. What a transaction has
// not committed yet is not in it; nil if it cannot be read just now.
func (c *campaign) catalog(ctx context.Context) *guardrails.Catalog {
	results, err := c.conn.PgConn().Exec(ctx, "SELECT pg_catalog.to_json(pg_catalog.current_schemas(false))").ReadAll()
	if err != nil {
		return nil
	}
	key := string(results[0].Rows[0][0])
	if !c.dirty && key == c.key {
		return c.cat
	}
	cat, err := target.ReadCatalog(ctx, credentials.NewSecret(c.url))
	if err != nil {
		return nil // the script holds a lock on a view
	}
	c.cat = cat
	c.cat.SearchPath = nil
	if err := json.Unmarshal([]byte(key), &c.cat.SearchPath); err != nil {
		c.t.Fatal(err)
	}
	c.key, c.dirty = key, false
	return c.cat
}

// score counts what a campaign found out. Queries without effect should be low:
// plain ones, which name nothing of the database's own but tables, without a
// catalog; with the live one all that it can tell of.
type score struct {
	mu sync.Mutex

	ran, effects                      int
	reads, alarms, plain, plainAlarms int
	liveAlarms                        int
	misses, missesLive                []string
	alarmed                           []string
}

// ownThings are the rules about what a catalog would tell. meant are those that
// are no false alarms although nothing changes: calls that are named for what
// they may do, secrets, queries without end.
var (
	ownThings = []string{"GR070", "GR073", "GR074"}
	meant     = []string{"GR071", "GR072", "GR081", "GR082"}
)

func fires(v guardrails.Verdict, rules []string) bool {
	return slices.ContainsFunc(v.Findings, func(f guardrails.Finding) bool { return slices.Contains(rules, f.Rule) })
}

func (s *score) count(o observation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.Error != "" && o.Effect == "" {
		return
	}
	s.ran++
	text := fmt.Sprintf("%s: %s", o.File, strings.Join(strings.Fields(o.SQL), " "))
	if o.Effect != "" {
		s.effects++
		if o.Verdict.Level == guardrails.Low {
			s.misses = append(s.misses, text+"\n\t"+o.Effect)
		}
		if o.Live != nil && o.Live.Level == guardrails.Low {
			s.missesLive = append(s.missesLive, text+"\n\t"+o.Effect)
		}
		return
	}
	if !o.Reads || o.Session != "" || fires(o.Verdict, meant) {
		return
	}
	s.reads++
	own := fires(o.Verdict, ownThings)
	if !own {
		s.plain++
	}
	if o.Verdict.Level != guardrails.Low {
		s.alarms++
		if !own {
			s.plainAlarms++
			s.alarmed = append(s.alarmed, text+"\n\t"+o.Verdict.Findings[0].Message)
		}
	}
	if o.Live != nil && o.Live.Level != guardrails.Low && fires(*o.Live, ownThings) {
		s.liveAlarms++
		s.alarmed = append(s.alarmed, text+"\n\tby the live catalog: "+o.Live.Findings[0].Message)
	}
}

// TestACampaignOfPostgresOwnTestsFindsNoEffectCalledLow runs a part of PostgreSQL's
// own tests, which is in the repository, and holds every verdict against what the
// server does: without a catalog, and with the live one.
func TestACampaignOfPostgresOwnTestsFindsNoEffectCalledLow(t *testing.T) {
	t.Parallel()
	archive, err := zip.OpenReader("testdata/campaign/postgresql.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	setup, err := os.ReadFile("testdata/campaign/setup.sql")
	if err != nil {
		t.Fatal(err)
	}
	databases := campaignDatabases{t: t, server: pgtest.Own(t, devstack.PostgresOptions{Settings: map[string]string{"max_prepared_transactions": "20"}})}
	var s score
	const lanes = 2
	var done sync.WaitGroup
	for lane := range lanes {
		c := &campaign{t: t, live: true, vars: map[string]string{}, url: databases.of(t.Context(), fmt.Sprint(lane)), dirty: true, told: s.count}
		done.Go(func() {
			if err := c.prepare(t.Context(), string(setup)); err != nil {
				t.Error(err)
				return
			}
			for i, f := range archive.File {
				if i%lanes != lane || !strings.HasSuffix(f.Name, ".sql") {
					continue
				}
				text, err := fs.ReadFile(archive, f.Name)
				if err != nil {
					t.Error(err)
					return
				}
				c.run(t.Context(), f.Name, string(text))
			}
		})
	}
	done.Wait()
	s.report(t)
	s.judge(t)
}

// prepare fills the lane's database.
func (c *campaign) prepare(ctx context.Context, setup string) error {
	conn, err := pgx.Connect(ctx, c.url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, setup)
	return err
}

// judge fails the test if an effect was called low, or too many plain queries
// were not.
func (s *score) judge(t *testing.T) {
	t.Helper()
	if s.ran < 1500 || s.effects < 30 || s.reads < 1000 {
		t.Errorf("the campaign is blind: %d statements ran, %d effects, %d queries", s.ran, s.effects, s.reads)
	}
	for _, m := range append(s.misses, s.missesLive...) {
		t.Error("called low: " + m)
	}
	if s.plainAlarms*100 >= s.plain {
		t.Errorf("%d of %d queries that name nothing of the database's own are not low", s.plainAlarms, s.plain)
	}
	if s.liveAlarms*100 >= 3*s.reads { // some of what the scripts call is temporary, or not committed yet
		t.Errorf("%d of %d queries hold what the live catalog does not tell", s.liveAlarms, s.reads)
	}
}

// TestCampaignAbroad runs scripts that are not in the repository: GUARDRAILS_CAMPAIGN
// lists files, in order; those of one folder share a database. With
// GUARDRAILS_CAMPAIGN_LIVE they are judged by the live catalog too. Every
// observation is written to GUARDRAILS_CAMPAIGN_OUT as a line of JSON.
func TestCampaignAbroad(t *testing.T) {
	files := strings.Fields(os.Getenv("GUARDRAILS_CAMPAIGN"))
	if len(files) == 0 {
		return
	}
	out, err := os.Create(os.Getenv("GUARDRAILS_CAMPAIGN_OUT"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	databases := campaignDatabases{t: t, server: pgtest.Own(t, devstack.PostgresOptions{Settings: map[string]string{"max_prepared_transactions": "20"}})}
	var s score
	c := &campaign{t: t, all: true, live: os.Getenv("GUARDRAILS_CAMPAIGN_LIVE") != "", told: func(o observation) {
		s.count(o)
		_ = lines.Encode(o)
	}}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c.vars, c.url, c.dirty = map[string]string{}, databases.of(t.Context(), path.Dir(file)), true
		began := time.Now()
		c.run(t.Context(), file, string(text))
		t.Logf("%s in %s", file, time.Since(began))
	}
	s.report(t)
}

// campaignDatabases makes a database for each folder of scripts.
type campaignDatabases struct {
	t      *testing.T
	server *devstack.Postgres
	made   map[string]string
}

func (d *campaignDatabases) of(ctx context.Context, folder string) string {
	if d.made[folder] != "" {
		return d.server.URL(d.made[folder])
	}
	name := fmt.Sprintf("campaign_%d", len(d.made))
	conn, err := pgx.Connect(ctx, d.server.URL("postgres"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	statements := []string{"CREATE DATABASE " + name + " TEMPLATE template0"}
	for _, setting := range []string{"lc_messages TO 'C'", "datestyle TO 'Postgres, MDY'", "timezone TO 'PST8PDT'", "statement_timeout TO '20s'"} {
		statements = append(statements, "ALTER DATABASE "+name+" SET "+setting)
	}
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			d.t.Fatal(err)
		}
	}
	if d.made == nil {
		d.made = map[string]string{}
	}
	d.made[folder] = name
	return d.server.URL(name)
}

// report logs the figures of a campaign.
func (s *score) report(t *testing.T) {
	t.Helper()
	t.Logf("%d statements were observed, %d with an effect", s.ran, s.effects)
	t.Logf("without a catalog: %d effects called low; %d of %d queries without effect alarmed, of plain ones %d of %d",
		len(s.misses), s.alarms, s.reads, s.plainAlarms, s.plain)
	t.Logf("with the live one: %d effects called low; %d queries without effect hold what it does not tell", len(s.missesLive), s.liveAlarms)
	for _, a := range s.alarmed {
		t.Log("alarmed: " + a)
	}
}
