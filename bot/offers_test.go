package bot

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/internal/devslack"
)

func TestOnlyWhatMayBeAskedForIsOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who, err := w.bot.known("U0ALICE")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, db := range w.bot.offered(who) {
		for _, p := range db.Profiles {
			names = append(names, db.Name+"/"+p.Name)
		}
	}
	// frozen is denied by a rule, and no rule covers write.
	if got := strings.Join(names, " "); got != "shop/masked-read shop/read shop/open shop/lost shop/pair depot/masked-read" {
		t.Errorf("offered: %s", got)
	}
	if list := w.bot.runnable(who); len(list) != 1 || list[0].Name != "shop" {
		t.Errorf("statements run on %v", list)
	}
	w.command(t, "alice", "/dbaccess")
	form := w.modal(t, "alice", "Database")
	if err := w.As("alice").Choose(t.Context(), form, "database", "shop"); err != nil {
		t.Fatal(err)
	}
	form = w.modal(t, "alice", "Profile", "pair")
	if text := devslack.PlainText(form); strings.Contains(text, "frozen") || strings.Contains(text, "write") {
		t.Errorf("offered in the form:\n%s", text)
	}
}

func TestWhoMayAskForNothingIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := w.bot.cfg.Databases()
	w.bot.cfg.Databases = func() []approvals.Database { // before anything is pressed
		return []approvals.Database{{Name: "vault", Profiles: all[0].Profiles[4:5]}} // frozen
	}
	w.command(t, "alice", "/dbaccess")
	w.told(t, "alice", "nothing that the policy lets you ask for")
	w.command(t, "alice", "/dbaccess query")
	w.told(t, "alice", "no database on which you may ask")
	if text := devslack.PlainText(w.opens(t, "alice")); !strings.Contains(text, "The policy lets you ask for nothing") || strings.Contains(text, "vault") {
		t.Errorf("alice's home:\n%s", text)
	}
}

func TestTheFormIsFilledWithTheLastChoices(t *testing.T) {
	t.Parallel()
	access := func(database, profile string, d time.Duration) approvals.Request {
		return approvals.Request{Terms: approvals.Terms{Kind: approvals.Access, Database: database, Profile: profile, Duration: d}, Reason: "INC-1"}
	}
	sql := approvals.Request{Terms: approvals.Terms{Kind: approvals.Statement, Database: "shop", Profile: "masked-read", Statement: "SELECT 1"}}
	for _, c := range []struct {
		name string
		list []approvals.Request
		kind approvals.Kind
		want draft
	}{
		{"nothing asked yet", nil, approvals.Access, draft{}},
		{"the last", []approvals.Request{access("shop", "masked-read", 2*time.Hour), access("depot", "read", time.Hour)}, approvals.Access, draft{database: "shop", profile: "masked-read", duration: "2h"}},
		{"the last of its kind", []approvals.Request{sql, access("depot", "read", time.Hour)}, approvals.Access, draft{database: "depot", profile: "read", duration: "1h"}},
		{"what is longer than it may be now", []approvals.Request{access("depot", "read", 3*time.Hour)}, approvals.Access, draft{database: "depot", profile: "read"}},
		{"what is not offered any more", []approvals.Request{access("vault", "read", time.Hour), access("depot", "write", time.Hour)}, approvals.Access, draft{}},
		{"a statement's database, not its text", []approvals.Request{access("depot", "read", time.Hour), sql}, approvals.Statement, draft{database: "shop"}},
	} {
		if got := lastOf(c.list, c.kind, databases()); got != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}

	w := newWorld(t)
	w.asked(t, "alice", "/dbaccess shop pair 90m because INC-3")
	w.command(t, "alice", "/dbaccess")
	form := w.modal(t, "alice", "Profile")
	if got := filled(form); got != "shop/pair/1h30m/" {
		t.Errorf("the form is filled with %s", got)
	}
	// Another database takes the profile with it, and leaves what was typed.
	if err := w.As("alice").Fill(form, devslack.Values{"reason": {"reason": "half a sent"}}); err != nil {
		t.Fatal(err)
	}
	if err := w.As("alice").Choose(t.Context(), form, "database", "depot"); err != nil {
		t.Fatal(err)
	}
	w.await(t, "the other database's profiles", func(now devslack.Snapshot) bool {
		views := now.Views("alice")
		return len(views) == 1 && filled(views[0]) == "depot/masked-read/1h30m/half a sent"
	})
}

func TestTheFormOpensThoughTheStoreIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.setAway(errStoreGone)
	w.command(t, "alice", "/dbaccess")
	w.modal(t, "alice", "Why do you need it?")
	w.store.setAway(nil)
}

func TestManyDatabasesAreSuggestedAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop := w.bot.cfg.Databases()[0]
	var many []approvals.Database
	for _, db := range manyDatabases() {
		db.Profiles, db.Runs = shop.Profiles, shop.Runs
		many = append(many, db)
	}
	w.bot.cfg.Databases = func() []approvals.Database { return append([]approvals.Database{shop}, many...) }
	ask := func(user, action, typed string) []string {
		t.Helper()
		ack, after := w.bot.Interaction(t.Context(), slack.InteractionCallback{Type: slack.InteractionTypeBlockSuggestion, User: slack.User{ID: user}, ActionID: action, Value: typed})
		if after != nil {
			t.Error("a suggestion does something afterwards")
		}
		raw, err := json.Marshal(ack)
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Options []struct {
				Value string `json:"value"`
			} `json:"options"`
		}
		if err := json.Unmarshal(raw, &got); err != nil || got.Options == nil {
			t.Fatalf("%s: %v", raw, err)
		}
		var names []string
		for _, o := range got.Options {
			names = append(names, o.Value)
		}
		return names
	}
	if got := ask("U0ALICE", actDatabase, " SHOP-12"); len(got) != 0 { // depot and shop are known to approvals; the others are not
		t.Errorf("what is not served is suggested: %v", got)
	}
	if got := ask("U0ALICE", actDatabase, "sh"); len(got) != 1 || got[0] != "shop" {
		t.Errorf("got %v", got)
	}
	if got := ask("U0FRANK", actDatabase, ""); len(got) != 0 {
		t.Errorf("a stranger is told %v", got)
	}
	if got := ask("U0ALICE", "nonsense", ""); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	if got := ask("U0ALICE", fieldQueryDatabase, ""); len(got) != 1 {
		t.Errorf("statements: %v", got)
	}
	all := suggestions(manyDatabases(), "-1")
	if len(all) != 50 || all[0].Value != "shop-100" {
		t.Errorf("%d suggestions", len(all))
	}
	if n := len(suggestions(manyDatabases(), "shop")); n != maxOptions {
		t.Errorf("%d suggestions, and Slack takes %d", n, maxOptions)
	}
}
