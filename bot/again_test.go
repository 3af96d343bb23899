package bot

import (
	"errors"
	"strings"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/devslack"
)

var errStoreGone = errors.New("store away")

func TestADeniedRequestIsAskedAgainFromItsLetter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	w.click(t, "bob", card, "Deny…")
	modal := w.modal(t, "bob", "Why not?")
	if _, err := w.As("bob").Submit(t.Context(), modal.ID, devslack.Values{"reason": {"reason": "which orders?"}}); err != nil {
		t.Fatal(err)
	}
	letter := w.letter(t, "alice", "is *denied* by", "which orders?", "Request again")
	w.click(t, "alice", letter, "Request again")
	form := w.modal(t, "alice", "Profile")
	if got := filled(form); got != "shop/masked-read/2h/INC-42 refund stuck" {
		t.Errorf("the form is filled with %s", got)
	}
	if _, err := w.As("alice").Submit(t.Context(), form.ID, devslack.Values{"duration": {"duration": "30m"}, "reason": {"reason": "orders of INC-42"}}); err != nil {
		t.Fatal(err)
	}
	w.card(t, "db-approvals", "orders of INC-42", "30m", "Approve")
}

func TestAStatementIsAskedAgainAsItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.command(t, "alice", "/dbaccess query shop because INC-9: DELETE FROM orders\n  WHERE id = 7")
	w.sends(t, "alice")
	w.card(t, "db-approvals", "DELETE FROM orders")
	w.command(t, "alice", "/dbaccess cancel")
	w.told(t, "alice", "is cancelled")
	w.command(t, "alice", "/dbaccess list")
	w.told(t, "alice", "You have no access", "Request again")
	list := with(w.Ephemerals("alice"), "Request again")[0]
	w.click(t, "alice", list, "Request again")
	form := w.modal(t, "alice", "One SQL statement")
	if got := form.State[blockStatement][fieldStatement]["value"]; got != "DELETE FROM orders\n  WHERE id = 7" {
		t.Errorf("the editor holds %q", got)
	}
	if got := form.State[blockRowBound][fieldRowBound]["value"]; got != nil && got != "" {
		t.Errorf("the row bound is %q though it was the usual one", got)
	}
}

func TestWhatCannotBeAskedAgainIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, err := w.bot.known("U0ALICE")
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.requests.Submit(t.Context(), alice, approvals.Ask{Kind: approvals.Statement, Database: "shop", Statement: "DELETE FROM t WHERE id = $1", Params: []string{"1"}})
	if err != nil {
		t.Fatal(err)
	}
	at := spot{user: "U0ALICE", trigger: "gone"}
	if err := w.bot.again(t.Context(), at, ticket{Request: r.ID}); err == nil || !strings.Contains(err.Error(), "1 parameter") {
		t.Errorf("with parameters: %v", err)
	}
	if err := w.bot.again(t.Context(), spot{user: "U0BOB"}, ticket{Request: r.ID}); !errors.Is(err, errNotAsker) {
		t.Errorf("of somebody else: %v", err)
	}
	if err := w.bot.again(t.Context(), at, ticket{Request: "req_gone"}); !errors.Is(err, approvals.ErrNoRequest) {
		t.Errorf("of nothing: %v", err)
	}

	w.command(t, "alice", "/dbaccess shop frozen because INC-4") // denied at once
	w.told(t, "alice", "is *denied* by rule")
	w.command(t, "alice", "/dbaccess list")
	w.told(t, "alice", "*Denied*", "There is a freeze")
	again := with(w.Ephemerals("alice"), "*Denied*", "There is a freeze")[0]
	w.click(t, "alice", again, "Request again")
	w.modal(t, "alice", "`frozen` on `shop`, cannot be asked for any more", "Profile")
}

func TestTheEndIsToldBeforehandOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	w.click(t, "bob", card, "Approve")
	w.letter(t, "alice", "Get credentials")
	id := w.only(t).Grant
	warn := func() {
		t.Helper()
		if err := w.bot.WarnHolder(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	warn() // not active yet
	w.grants.activate(id)
	w.letter(t, "alice", "is *active*")
	warn()
	warn() // the job, run again
	letters := with(w.DMs("alice"), "*ends*", "(in 1 h 59 min)", "Request again", "End now")
	if len(letters) != 1 {
		t.Fatalf("%d warnings: %s", len(letters), texts(w.DMs("alice")))
	}
	w.click(t, "alice", letters[0], "Request again")
	if got := filled(w.modal(t, "alice", "Profile")); got != "shop/masked-read/2h/INC-42 refund stuck" {
		t.Errorf("the form is filled with %s", got)
	}
	w.click(t, "alice", letters[0], "End now")
	w.told(t, "alice", "is over.")
	w.await(t, "the warning to lose its buttons", func(now devslack.Snapshot) bool {
		m := with(now.DMs("alice"), "was about to end")
		return len(m) == 1 && len(devslack.Elements(m[0])) == 0
	})
	warn() // late: the grant has ended
	if n := len(with(w.DMs("alice"), "*ends*")); n != 0 {
		t.Errorf("%d warnings of what is over", n)
	}
}

func TestNobodyIsWarnedOfWhatIsOver(t *testing.T) {
	t.Parallel()
	g := *cards()["active"].Grant
	for name, c := range map[string]struct {
		change func(*credentials.Grant)
		now    time.Time
		want   bool
	}{
		"in time":         {func(*credentials.Grant) {}, g.Due.Add(-10 * time.Minute), true},
		"at the end":      {func(*credentials.Grant) {}, g.Due, false},
		"open":            {func(g *credentials.Grant) { g.State = credentials.Open }, noon, false},
		"being ended":     {func(g *credentials.Grant) { g.State = credentials.Revoking }, noon, false},
		"ended":           {func(g *credentials.Grant) { g.State = credentials.Ended }, noon, false},
		"a statement's":   {func(g *credentials.Grant) { g.Kind = approvals.Statement }, noon, false},
		"by a late queue": {func(*credentials.Grant) {}, g.Due.Add(-time.Second), true},
	} {
		other := g
		c.change(&other)
		if _, got := warningLetter(other, c.now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhatTheFuseStoppedIsAskedAgainWithTheRowsItCounted(t *testing.T) {
	t.Parallel()
	r := statementView().Request
	r.Fused, r.Rows, r.RowBound = true, 711, 1000
	d, err := againStatement(r, databases())
	if err != nil || d.rowBound != "711" || !strings.Contains(d.note, "711 rows") {
		t.Errorf("%+v (%v)", d, err)
	}
}
