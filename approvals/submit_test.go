package approvals_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

func TestAnAccessRequestWaitsForPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.stored(w.submit(access("masked-read")))
	w.left(r, approvals.Pending, "")
	if r.Version != 1 || r.Revision != 1 || r.Duration != time.Hour || r.Route.Rule != "masked" || r.Digest != approvals.DigestOf(r.Terms) {
		t.Errorf("stored %+v", r)
	}
	if want := r.CreatedAt.Add(4 * time.Hour); !r.ExpiresAt.Equal(want) {
		t.Errorf("expires at %v, want %v, as its rule says", r.ExpiresAt, want)
	}
	if r.CreatedAt.Nanosecond()%1000 != 0 {
		t.Errorf("made at %v, which is finer than a store keeps", r.CreatedAt)
	}
	w.events(r, audit.RequestSubmitted)
	w.todos(r, approvals.DrawCard, approvals.ExpireNow)
	if e := w.last(); e.Actor != "person:alice" || e.Database != "shop" || e.Details["digest"] != r.Digest.String() || e.Details["rule"] != "masked" || e.Details["policy"] != r.Route.Version {
		t.Errorf("the event is %+v", e)
	}
	if r := w.submit(access("read")); !r.ExpiresAt.Equal(r.CreatedAt.Add(8 * time.Hour)) {
		t.Errorf("expires at %v, want DecideBy where its rule says nothing", r.ExpiresAt)
	}
}

func TestWhatIsAllowedIsApprovedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.stored(w.submit(access("open")))
	w.left(r, approvals.Approved, `Allowed by the policy's rule "open".`)
	w.events(r, audit.RequestSubmitted, audit.RequestApproved, audit.GrantOpened)
	w.todos(r, approvals.TellAsker)
	_, _, grants := w.seen(r)
	want := approvals.Grant{
		ID: r.Grant, Request: r.ID, Kind: approvals.Access, Holder: "alice", Database: "shop", Profile: "open",
		Duration: time.Minute, ApprovedAt: r.CreatedAt, ClaimBy: r.CreatedAt.Add(2 * time.Hour),
	}
	if len(grants) != 1 || grants[0] != want || r.Grant == "" {
		t.Errorf("grants %+v\nwant %+v", grants, want)
	}

	r = w.stored(w.submit(statement("SELECT 1")))
	w.left(r, approvals.Approved, `Allowed by the policy's rule "low".`)
	w.todos(r, approvals.RunNow)
	if r.Profile != "masked-read" || r.RowBound != 1000 || len(r.Settings) != 1 || r.Duration != 0 {
		t.Errorf("terms %+v; want the least profile and the database's bounds", r.Terms)
	}
	_, _, grants = w.seen(r)
	if len(grants) != 1 || grants[0].Kind != approvals.Statement {
		t.Errorf("grants %+v, want one to run a statement", grants)
	}
}

func TestWhatIsDeniedIsOnRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := access("masked-read")
	ask.Database = "ledger"
	r := w.stored(w.submit(ask))
	w.left(r, approvals.Denied, "The ledger is not for people.")
	w.events(r, audit.RequestSubmitted, audit.RequestDenied)
	w.todos(r)
	if _, _, grants := w.seen(r); len(grants) != 0 {
		t.Errorf("grants %+v", grants)
	}
	// So is a statement that nothing could run anyway.
	r = w.stored(w.submit(statement("DO $$ BEGIN END $$")))
	w.left(r, approvals.Denied, "No code here.")
	if e := w.store.events[len(w.store.events)-2]; e.Details["statement"] != "DO $$ BEGIN END $$" || e.Details["verdict_kind"] != "admin" {
		t.Errorf("the event is %+v", e)
	}
}

func TestAStatementRunsWithTheLeastProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := statement("DELETE FROM carts WHERE id = $1")
	ask.Params, ask.RowBound, ask.Reason = []string{"7"}, 1, " clean \n up\t"
	r := w.stored(w.submit(ask))
	if r.Profile != "read" || r.RowBound != 1 || r.Reason != "clean up" || r.Statement != ask.Statement || r.Params[0] != "7" {
		t.Errorf("stored %+v", r)
	}
	w.left(r, approvals.Pending, "")
	ask = statement("SELECT 1")
	ask.Profile = "read"
	if r := w.submit(ask); r.Profile != "read" {
		t.Errorf("runs as %s, want as asked", r.Profile)
	}
}

func TestWhatIsNoRequestIsNotStored(t *testing.T) {
	t.Parallel()
	with := func(ask approvals.Ask, change func(*approvals.Ask)) approvals.Ask {
		change(&ask)
		return ask
	}
	for name, test := range map[string]struct {
		ask   approvals.Ask
		kind  fault.Kind
		words string
	}{
		"an unknown database": {with(access("read"), func(a *approvals.Ask) { a.Database = "shp" }), fault.NotFound, "There are ledger and shop."},
		"an unknown profile":  {access("raw"), fault.NotFound, "Its profiles are masked-read, read and open."},
		"no profile":          {access(""), fault.NotFound, `shop has no profile "".`},
		"an unknown kind":     {with(access("read"), func(a *approvals.Ask) { a.Kind = "root" }), fault.Invalid, `"root" is nothing that can be asked for.`},
		"too long":            {with(access("read"), func(a *approvals.Ask) { a.Duration = 5 * time.Hour }), fault.Invalid, "read on shop is given for at most 4h."},
		"a negative time":     {with(access("read"), func(a *approvals.Ask) { a.Duration = -time.Hour }), fault.Invalid, "no length of time"},
		"less than a second":  {with(access("read"), func(a *approvals.Ask) { a.Duration = time.Millisecond }), fault.Invalid, "no length of time"},
		"no reason":           {with(access("read"), func(a *approvals.Ask) { a.Reason = "" }), fault.Invalid, "Please say why you need it."},
		"an invisible reason": {with(access("read"), func(a *approvals.Ask) { a.Reason = " \n\u200b\u202e\x00\ufeff " }), fault.Invalid, "Please say why you need it."},
		"a long reason":       {with(access("read"), func(a *approvals.Ask) { a.Reason = strings.Repeat("ü", 1001) }), fault.Invalid, "The reason has 1001 characters, and may have 1000."},
		"10 kB of garbage":    {with(access("read"), func(a *approvals.Ask) { a.Reason = strings.Repeat("\xff\xfe<!channel> ", 1000) }), fault.Invalid, "may have 1000"},
		"access with SQL":     {with(access("read"), func(a *approvals.Ask) { a.Statement = "SELECT 1" }), fault.Invalid, "without a statement"},
		"SQL with a duration": {with(statement("SELECT 1"), func(a *approvals.Ask) { a.Duration = time.Hour }), fault.Invalid, "it has no duration"},
		"no SQL":              {statement(" \n\t"), fault.Invalid, "There is no statement."},
		"a comment":           {statement("-- nothing"), fault.Invalid, "There is no statement."},
		"too much SQL":        {statement("SELECT '" + strings.Repeat("x", 64<<10) + "'"), fault.Invalid, "may have 65536"},
		"too much in params":  {with(statement("SELECT $1"), func(a *approvals.Ask) { a.Params = []string{strings.Repeat("x", 64<<10)} }), fault.Invalid, "may have 65536"},
		"too many params":     {with(statement("SELECT $1"), func(a *approvals.Ask) { a.Params = make([]string, 101) }), fault.Invalid, "may have 100"},
		"a negative bound":    {with(statement("SELECT 1"), func(a *approvals.Ask) { a.RowBound = -1 }), fault.Invalid, "cannot be negative"},
		"two statements":      {statement("SELECT 1; SELECT 2"), fault.Invalid, "This is 2 statements, and a request runs one."},
		"NUL":                 {statement("SELECT '\x00'"), fault.Invalid, "invisible character U+0000 at byte 8"},
		"a bidi override":     {statement("SELECT '\u202e' --"), fault.Invalid, "invisible character U+202E"},
		"a bidi isolate":      {statement("SELECT 1 -- \u2066"), fault.Invalid, "invisible character U+2066"},
		"a direction mark":    {statement("SELECT 1 -- \u200f"), fault.Invalid, "invisible character U+200F"},
		"a zero-width space":  {statement("SELECT \u200b1"), fault.Invalid, "invisible character U+200B"},
		"a line separator":    {statement("SELECT 1 -- x\u2028, 2"), fault.Invalid, "invisible character U+2028"},
		"a tag character":     {statement("SELECT 1 -- \U000e0041"), fault.Invalid, "invisible character U+E0041"},
		"a lone return":       {statement("SELECT 1 -- harmless\rFROM secrets"), fault.Invalid, "carriage return alone"},
		"broken UTF-8":        {statement("SELECT '\xff'"), fault.Invalid, "not valid UTF-8"},
		"bidi in a parameter": {with(statement("SELECT $1"), func(a *approvals.Ask) { a.Params = []string{"\u202e"} }), fault.Invalid, "The parameter $1 has the invisible"},
		"a transaction":       {statement(" /* a /* b */ c */ -- d\n ; cOmMiT"), fault.Invalid, "cannot begin or end transactions"},
		"a beginning":         {statement("START/**/TRANSACTION"), fault.Invalid, "cannot begin or end transactions"},
		"a vacuum":            {statement("VACUUM t"), fault.Invalid, "VACUUM cannot run inside a transaction"},
		"an index beside":     {statement("CREATE INDEX CONCURRENTLY i ON t (a)"), fault.Invalid, "Leave CONCURRENTLY out"},
		"a prepared one":      {statement("PREPARE TRANSACTION 'x'"), fault.Invalid, "cannot begin or end transactions"},
		"nothing runs it":     {with(statement("SELECT 1"), func(a *approvals.Ask) { a.Database = "ledger" }), fault.Denied, "ledger runs no statements by request."},
		"another's profile":   {with(statement("DELETE FROM x"), func(a *approvals.Ask) { a.Profile = "masked-read" }), fault.Denied, "shop does not run write statements as masked-read."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, err := w.Submit(t.Context(), w.who("alice"), test.ask)
			w.refused(err, test.kind, test.words)
			_, err = w.Preview(t.Context(), w.who("alice"), test.ask)
			w.refused(err, test.kind, test.words)
			if len(w.store.requests) != 0 || len(w.store.events) != 0 {
				t.Errorf("stored %d requests and %d events", len(w.store.requests), len(w.store.events))
			}
		})
	}
}

func TestNoProfileForAKindRefusesWhatThePolicyWouldReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.dbs["shop"]
	db.Runs = db.Runs[:1]
	w.dbs["shop"] = db
	_, err := w.Submit(t.Context(), w.who("alice"), statement("DELETE FROM carts"))
	w.refused(err, fault.Denied, "shop runs no write statements by request. It runs read statements.")
	if len(w.store.requests) != 0 {
		t.Errorf("stored %d requests", len(w.store.requests))
	}
}

func TestOrdinaryTextIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, sql := range []string{
		"SELECT 'a\tb'\r\n\tFROM t -- end", "SELECT '👨\u200d👩\u200d👧', 'نمی\u200cخواهم', 'שלום', '日本'", "SELECT commit_id FROM t", "PREPARE x AS SELECT 1",
		"SELECT 1;", "/* open", "SELECT beginning FROM commits",
	} {
		r, err := w.Preview(t.Context(), w.who("alice"), statement(sql))
		if err != nil || r.Statement != sql {
			t.Errorf("%q: got %q, %v", sql, r.Statement, err)
		}
	}
	ask := access("read")
	ask.Reason = "  Bob’s\u202e refund\r\n\r\n<!channel> 👨\u200d👩\u200d👧 \x1b[31m"
	if r := w.submit(ask); r.Reason != "Bob’s refund <!channel> 👨\u200d👩\u200d👧 [31m" {
		t.Errorf("the reason is %q", r.Reason)
	}
}

func TestOnlyKnownPeopleServicesAndAgentsAsk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, who := range []identity.Principal{identity.OperatorPrincipal("root"), identity.SystemPrincipal("sweep"), {Name: "alice"}, {Kind: identity.Service, Name: "alice"}} {
		_, err := w.Submit(t.Context(), who, access("read"))
		w.refused(err, fault.Denied, "Only people, services and agents can ask for access.")
	}
	_, err := w.Submit(t.Context(), identity.Principal{Kind: identity.Person, Name: "mallory"}, access("read"))
	w.refused(err, fault.NotFound, "no person named mallory")
	w.people["ci"] = identity.Principal{Kind: identity.Service, Name: "ci"}
	if _, err := w.Submit(t.Context(), w.who("ci"), access("read")); err != nil {
		t.Errorf("a service: %v", err)
	}
}

func TestGroupsAreThoseOfTheDirectoryAndNotOfTheDoor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setPolicy("version: 1\nrules:\n  - {name: admins, groups: [admins], allow: true}\n")
	eve := w.who("eve")
	eve.Groups = []string{"admins"}
	r, err := w.Submit(t.Context(), eve, access("read"))
	if err != nil || r.State != approvals.Denied {
		t.Errorf("got %s, %v; want denied", r.State, err)
	}
}

func TestWhatTooFewOthersCouldDecideIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Members = func(group string) (list []identity.Principal) {
		for _, p := range w.people {
			if slices.Contains(p.Groups, group) {
				list = append(list, p)
			}
		}
		return list
	}
	pending := w.submit(access("read")) // bob and carol can
	w.mu.Lock()
	delete(w.people, "carol")
	w.mu.Unlock()
	_, err := w.Submit(t.Context(), w.who("alice"), access("read"))
	w.refused(err, fault.Denied, "Nobody could decide this: rule reads wants 2 of owners, and there are not so many beside you.")
	longer := access("read")
	longer.Duration = 2 * time.Hour
	_, err = w.Revise(t.Context(), w.who("alice"), pending.ID, longer)
	w.refused(err, fault.Denied, "not so many beside you")
	if n := len(w.store.requests); n != 1 {
		t.Errorf("%d requests are stored, want the first", n)
	}
	if r := w.submit(access("masked-read")); r.State != approvals.Pending { // bob alone
		t.Errorf("it is %s", r.State)
	}
	w.mu.Lock()
	delete(w.people, "bob")
	w.mu.Unlock()
	_, err = w.Submit(t.Context(), w.who("alice"), access("masked-read"))
	w.refused(err, fault.Denied, "rule masked wants 1 of owners")
	if r := w.submit(access("open")); r.State != approvals.Approved { // nobody needs to
		t.Errorf("it is %s", r.State)
	}
}

func TestPreviewStoresNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for profile, state := range map[string]approvals.State{"read": approvals.Pending, "open": approvals.Approved} {
		r, err := w.Preview(t.Context(), w.who("alice"), access(profile))
		if err != nil || r.State != state || r.ID != "" || r.Route.Outcome == "" {
			t.Errorf("%s: got %+v, %v; want %s", profile, r, err, state)
		}
	}
	if r, err := w.Preview(t.Context(), w.who("alice"), statement("DO x")); err != nil || r.State != approvals.Denied || r.Outcome != "No code here." {
		t.Errorf("got %s, %q, %v", r.State, r.Outcome, err)
	}
	if len(w.store.requests)+len(w.store.events)+len(w.store.todos) != 0 {
		t.Error("a preview stored something")
	}
}

func TestTheSameDeliveryAsksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := access("masked-read")
	ask.Once = "envelope-7"
	first := w.submit(ask)
	if again := w.submit(ask); again.ID != first.ID {
		t.Errorf("asked again as %s, want %s", again.ID, first.ID)
	}
	// Nobody gets at another's request by the same key.
	bobs, err := w.Submit(t.Context(), w.who("bob"), ask)
	if err != nil || bobs.ID == first.ID || bobs.Requester != "bob" {
		t.Errorf("bob got %+v, %v", bobs, err)
	}
	w.events(first, audit.RequestSubmitted)
}

func TestARedeliveryAtTheSameTimeAsksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := access("masked-read")
	ask.Once = "envelope-7"
	ids := make(chan approvals.RequestID, 20)
	atOnce(20, func(int) {
		r, err := w.Submit(t.Context(), w.who("alice"), ask)
		if err != nil {
			t.Errorf("submit: %v", err)
		}
		ids <- r.ID
	})
	first := <-ids
	for range 19 {
		if id := <-ids; id != first {
			t.Errorf("two requests: %s and %s", id, first)
		}
	}
	if len(w.store.requests) != 1 || len(w.store.events) != 1 {
		t.Errorf("stored %d requests and %d events", len(w.store.requests), len(w.store.events))
	}
}

func TestWhatCannotBeStoredHasNotHappened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.failAt = 1
	if _, err := w.Submit(t.Context(), w.who("alice"), access("open")); !errors.Is(err, errDisk) || fault.KindOf(err) != fault.Internal {
		t.Errorf("got %v, want the store's error", err)
	}
	if len(w.store.requests)+len(w.store.events)+len(w.store.todos)+len(w.store.grants) != 0 {
		t.Error("half of it is stored")
	}
}

func TestWithoutAPolicyEverythingIsDenied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy = nil
	w.left(w.submit(access("open")), approvals.Denied, "There is no policy in force.")
}

func TestAnUnreachableDirectoryAsksNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.away = fault.New(fault.Unavailable, "The directory is away.", "Try again.")
	_, err := w.Submit(t.Context(), identity.Principal{Kind: identity.Person, Name: "alice"}, access("open"))
	w.refused(err, fault.Unavailable, "The directory is away.")
	if len(w.store.requests) != 0 {
		t.Error("a request was stored")
	}
}

func TestNobodyFloodsTheReviewers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.MaxPending = 2
	first := w.submit(access("masked-read"))
	w.submit(access("masked-read"))
	_, err := w.Submit(t.Context(), w.who("alice"), access("masked-read"))
	w.refused(err, fault.Denied, "You have 2 requests that wait for an answer, and may have no more.")
	w.must(w.Cancel(t.Context(), w.who("alice"), first.ID))
	w.submit(access("masked-read"))
}
