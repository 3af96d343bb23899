package bot

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/devslack"
)

const askMasked = "/dbaccess shop masked-read 2h because INC-42 refund stuck"

func TestAskedByOneLineApprovedByButtonClaimedAndEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	if !hasAll(card.Text, "alice asks for masked-read on shop for 2h", "INC-42") {
		t.Errorf("the notification reads %q", card.Text)
	}
	w.told(t, "alice", "is asked in <#C0APPROVALS>", "owners")
	w.letter(t, "alice", "is in <#C0APPROVALS>", "it expires")

	w.click(t, "bob", card, "Approve")
	w.told(t, "bob", "You *approved* request")
	w.card(t, "db-approvals", "*Approved* by <@U0BOB>", "Nothing exists yet")
	offer := w.letter(t, "alice", "is *approved* by <@U0BOB>", "Get credentials")
	w.await(t, "the first letter to lose its button", func(now devslack.Snapshot) bool {
		m := with(now.DMs("alice"), "was received")
		return len(m) == 1 && len(devslack.Elements(m[0])) == 0
	})

	w.click(t, "alice", offer, "Get credentials")
	code := w.modal(t, "alice", "dbaccess claim 'https://dbaccess.example/claim#sesame-1'", "2 minutes")
	link, ok := devslack.FindButton(code, "Open in browser")
	if !ok || link.URL != "https://dbaccess.example/claim#sesame-1" {
		t.Errorf("the link leads to %q", link.URL)
	}

	r := w.only(t)
	w.grants.activate(r.Grant)
	w.card(t, "db-approvals", "Claimed; *active* until")
	active := w.letter(t, "alice", "is *active* until", "End now")
	w.click(t, "alice", active, "End now")
	w.told(t, "alice", "is over.", "*Ended:* its holder ended it early; gone")
	w.card(t, "db-approvals", "*Ended:* its holder ended it early; gone")
	w.await(t, "no letter with buttons but the last", func(now devslack.Snapshot) bool {
		labels := ""
		for _, m := range now.DMs("alice") {
			for _, e := range devslack.Elements(m) {
				labels += e.Label + "/"
			}
		}
		return len(now.DMs("alice")) == 4 && labels == "Request again/"
	})
	if n := len(w.Messages("db-approvals")); n != 1 {
		t.Errorf("%d messages in the channel, want one card, edited in place", n)
	}
	w.noSecrets(t)
}

// noSecrets looks for what must not be in the log or in any message.
func (w *world) noSecrets(t *testing.T) {
	t.Helper()
	all := w.log.String() + texts(w.Messages("db-approvals"))
	for _, user := range []string{"alice", "bob", "carol"} {
		all += texts(w.DMs(user)) + texts(w.Ephemerals(user))
	}
	for _, secret := range []string{"sesame", "/response/", w.BotToken(), w.AppToken()} {
		if strings.Contains(all, secret) {
			t.Errorf("%q stands in a message or in the log", secret)
		}
	}
}

func TestAskedByForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.command(t, "alice", "/dbaccess")
	form := w.modal(t, "alice", "Database", "Why do you need it?")
	if _, err := devslack.Find(form, "profile"); err == nil {
		t.Error("profiles are offered before a database is chosen")
	}
	if err := w.As("alice").Choose(t.Context(), form, "database", "shop"); err != nil {
		t.Fatal(err)
	}
	form = w.modal(t, "alice", "Profile", "masked-read")

	wrong, err := w.As("alice").Submit(t.Context(), form.ID, devslack.Values{
		"duration": {"duration": "9h"}, "reason": {"reason": "INC-42"},
	})
	if err != nil || !strings.Contains(wrong.Errors["duration"], "Ask for 8h or less") {
		t.Fatalf("nine hours: %+v, %v", wrong.Errors, err)
	}
	wrong, err = w.As("alice").Submit(t.Context(), form.ID, devslack.Values{"duration": {"duration": "soon"}})
	if err != nil || !strings.Contains(wrong.Errors["duration"], "no duration") {
		t.Fatalf("soon: %+v, %v", wrong.Errors, err)
	}
	done, err := w.As("alice").Submit(t.Context(), form.ID, devslack.Values{"duration": {"duration": "90 min"}})
	if err != nil || done.Action != "update" {
		t.Fatalf("%+v, %v", done, err)
	}
	w.modal(t, "alice", "is asked in <#C0APPROVALS>")
	w.card(t, "db-approvals", "`masked-read`", "1h30m", "INC-42")
	if r := w.only(t); r.Profile != "masked-read" || r.Duration != 90*time.Minute || r.Reason != "INC-42" {
		t.Errorf("stored: %+v", r.Terms)
	}
}

func TestDeniedWithAReasonThatTheAskerReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	w.click(t, "bob", card, "Deny…")
	modal := w.modal(t, "bob", "Why not?")
	if res, err := w.As("bob").Submit(t.Context(), modal.ID, devslack.Values{"reason": {"reason": " \u200b "}}); err != nil || res.Errors["reason"] == "" {
		t.Fatalf("an empty reason: %+v, %v", res, err)
	}
	if _, err := w.As("bob").Submit(t.Context(), modal.ID, devslack.Values{"reason": {"reason": "Use <!channel> the replica"}}); err != nil {
		t.Fatal(err)
	}
	w.modal(t, "bob", "You *denied* request")
	w.letter(t, "alice", "is *denied* by <@U0BOB>: Use &lt;!channel&gt; the replica")
	w.card(t, "db-approvals", ":x: *Denied* by <@U0BOB>, ", ": Use &lt;!channel&gt; the replica")
}

func TestEveryClickThatDoesNotCountIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	for user, part := range map[string]string{
		"alice":  "cannot review your own request",
		"alice2": "cannot review your own request", // her second account
		"carol":  "only members of owners",
		"dave":   "Only full members of this workspace", // a guest who is in the group
		"frank":  "You are not known to dbaccess",
	} {
		w.click(t, user, card, "Approve")
		w.told(t, user, part)
	}
	if r := w.only(t); r.State != approvals.Pending || len(r.Reviews) != 0 {
		t.Fatalf("something counted: %+v", r.Reviews)
	}
	w.click(t, "bob", card, "Approve")
	w.card(t, "db-approvals", "*Approved* by")
	w.click(t, "bob", card, "Approve") // on a page that has not redrawn
	w.told(t, "bob", "approved already")
	w.click(t, "bob", card, "Deny…")
	w.told(t, "bob", "already approved, so nothing was counted")
}

func TestTwoPeopleAreNeededAndProgressShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.command(t, "alice", "/dbaccess shop read because INC-7")
	card := w.card(t, "db-approvals-prod", "0 of 2")
	w.click(t, "bob", card, "Approve")
	card = w.card(t, "db-approvals-prod", "1 of 2: one more from")
	w.told(t, "bob", "You *approved*", "1 of 2")
	if err := w.As("carol").React(t.Context(), "db-approvals-prod", card.TS, "white_check_mark"); err != nil {
		t.Fatal(err)
	}
	w.told(t, "carol", "Reactions do not count for this request")
	w.click(t, "carol", card, "Approve")
	w.card(t, "db-approvals-prod", "*Approved* by", "<@U0BOB> approved", "<@U0CAROL> approved")
	w.letter(t, "alice", "is *approved* by <@U0BOB> and <@U0CAROL>")
}

func TestApprovedByReactionInAnySkin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	react := func(user, name string) {
		t.Helper()
		if err := w.As(user).React(t.Context(), "db-approvals", card.TS, name); err != nil {
			t.Fatal(err)
		}
	}
	react("bob", "eyes")
	react("alice", "+1")
	w.told(t, "alice", "cannot review your own request")
	react("carol", "white_check_mark")
	w.told(t, "carol", "only members of owners")
	react("dave", "white_check_mark")
	w.told(t, "dave", "Only full members")
	react("bob", "+1::skin-tone-3")
	w.card(t, "db-approvals", "*Approved* by", "<@U0BOB> approved", "by reaction")
	react("bob", "x")
	w.told(t, "bob", "already decided")
}

func TestDeniedByReaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	if err := w.As("bob").React(t.Context(), "db-approvals", card.TS, "x"); err != nil {
		t.Fatal(err)
	}
	w.card(t, "db-approvals", ":x: *Denied* by <@U0BOB>, ", reasonByReaction)
}

func TestAReactionFromBeforeTheRedrawDoesNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	key := [2]string{purposeCard, string(w.only(t).ID)}
	w.store.mu.Lock()
	d := w.store.messages[key]
	d.at = time.Now().Add(time.Hour)
	w.store.messages[key] = d
	w.store.mu.Unlock()
	if err := w.As("bob").React(t.Context(), "db-approvals", card.TS, "white_check_mark"); err != nil {
		t.Fatal(err)
	}
	w.told(t, "bob", "changed at the moment of your reaction")
	if r := w.only(t); len(r.Reviews) != 0 {
		t.Errorf("counted: %+v", r.Reviews)
	}
	// After a gap nobody knows when it was made, but the card never showed
	// anything else.
	if err := w.bot.ReconcileReactions(t.Context(), w.only(t).ID); err != nil {
		t.Fatal(err)
	}
	w.card(t, "db-approvals", "*Approved* by", "by reaction")
}

func TestStatementIsShownWholeRunAndTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", "/dbaccess query shop because INC-9: DELETE FROM orders WHERE a < 5 AND b > 3")
	if !hasAll(devslack.PlainText(card), "DELETE FROM orders WHERE a < 5 AND b > 3", "Add a WHERE", "An owner reads the statement.", "INC-9") {
		t.Errorf("the card reads\n%s", devslack.PlainText(card))
	}
	if e, err := devslack.Find(card, "Approve"); err != nil || !strings.Contains(e.Confirm, "risk is high") {
		t.Errorf("a grave statement is approved without a second thought: %+v, %v", e, err)
	}
	w.click(t, "bob", card, "Details")
	w.modal(t, "bob", "How the rules were read", "statements", "Who decides", "Digest")

	w.click(t, "bob", card, "Approve")
	w.letter(t, "alice", "is *approved* by <@U0BOB>", "It runs now")
	r, err := w.requests.Start(t.Context(), w.only(t).ID)
	if err != nil {
		t.Fatal(err)
	}
	w.card(t, "db-approvals", "*Running* since")
	if r, err = w.requests.Finish(t.Context(), r.ID, approvals.Result{State: approvals.Executed, Rows: 2, Outcome: "2 rows came back."}); err != nil {
		t.Fatal(err)
	}
	res := ResultMessage{Columns: []string{"id", "email"}, Rows: [][]string{{"1", "a***@x"}, {"2", ""}}, Total: 2, Masked: true}
	for range 2 {
		if err := w.bot.SendResult(t.Context(), r, res); err != nil {
			t.Fatal(err)
		}
	}
	w.letter(t, "alice", "is *done*: 2 rows came back.")
	w.card(t, "db-approvals", "*Done* ", ": 2 rows came back.")
	shown := strings.Count(texts(w.DMs("alice")), "a***@x")
	if shown != 1 || strings.Contains(texts(w.Messages("db-approvals")), "a***@x") {
		t.Errorf("the rows are shown %d times; they must be in one direct message and nowhere else", shown)
	}
}

func TestLongStatementIsReviewedPageByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	statement := "DELETE FROM orders WHERE id IN (" + strings.Repeat("12345, ", 2000) + "0)"
	card := w.asked(t, "alice", "/dbaccess query shop "+statement)
	if _, err := devslack.Find(card, "Approve"); err == nil {
		t.Fatal("a statement that is not whole on the card can be approved on it")
	}
	if err := w.As("bob").React(t.Context(), "db-approvals", card.TS, "white_check_mark"); err != nil {
		t.Fatal(err)
	}
	w.told(t, "bob", "Reactions do not count")
	w.click(t, "bob", card, "Review…")
	page := w.modal(t, "bob", "page 1 of 2")
	if _, err := w.As("bob").Submit(t.Context(), page.ID, nil); err == nil {
		t.Fatal("the first page can be sent")
	}
	read := devslack.PlainText(page)
	w.click(t, "bob", page, "Next page")
	page = w.modal(t, "bob", "page 2 of 2")
	read += devslack.PlainText(page)
	if strings.Count(read, "12345, ") < 1990 { // some are cut in two between pieces
		t.Errorf("the pages together are not the statement: %d of 2000", strings.Count(read, "12345, "))
	}
	if _, err := w.As("bob").Submit(t.Context(), page.ID, nil); err != nil {
		t.Fatal(err)
	}
	w.modal(t, "bob", "You *approved* request")
	w.card(t, "db-approvals", "*Approved* by")
}

func TestDeniedByRuleAndAllowedByRule(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.command(t, "alice", "/dbaccess shop frozen because x")
	w.told(t, "alice", "is *denied* by rule `frozen`: There is a freeze until Monday.")
	w.command(t, "alice", "/dbaccess shop open because x")
	w.told(t, "alice", "is *approved* by rule `free`", "Get credentials")
	w.letter(t, "alice", "is *approved* by rule `free`", "Get credentials")
	if n := len(w.Messages("db-approvals")); n != 0 {
		t.Errorf("%d cards for requests that nobody is asked about", n)
	}
}

func TestCancelEndAndListByShortIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.command(t, "alice", "/dbaccess list")
	w.told(t, "alice", "You have no access and no open requests")
	w.command(t, "alice", "/dbaccess cancel")
	w.told(t, "alice", "You have no open request to cancel")

	w.asked(t, "alice", askMasked)
	id := short(w.only(t).ID)
	second := w.asked(t, "alice", "/dbaccess shop masked-read 1h because INC-43")
	w.command(t, "alice", "/dbaccess list")
	w.told(t, "alice", "`"+id+"`", "Cancel request")
	w.command(t, "alice", "/dbaccess cancel")
	w.told(t, "alice", "That could be any of 2")
	w.command(t, "bob", "/dbaccess cancel "+id)
	w.told(t, "bob", "You have no open request")
	w.command(t, "alice", "/dbaccess cancel "+id[:4])
	w.told(t, "alice", "Request `"+id+"`", "is cancelled")
	w.card(t, "db-approvals", "*Cancelled* by <@U0ALICE>")
	w.letter(t, "alice", "`"+id+"`", "is cancelled. Nothing was approved.")

	w.click(t, "bob", second, "Approve")
	w.letter(t, "alice", "is *approved*")
	w.command(t, "alice", "/dbaccess end")
	w.told(t, "alice", "is over", "*Ended* before it was claimed")
}

func TestSomebodyElsesButtonsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	w.click(t, "bob", card, "Approve")
	offer := w.letter(t, "alice", "is *approved*")
	grant := w.only(t).Grant
	// Bob forges Alice's button: devslack does not let him press hers.
	if err := w.bot.TellHolder(t.Context(), grant); err != nil {
		t.Fatal(err)
	}
	if _, err := w.bot.claimModal(t.Context(), "U0BOB", ticket{Grant: grant}); !errors.Is(err, errNotHolder) {
		t.Errorf("bob got a code: %v", err)
	}
	w.click(t, "alice", offer, "Get credentials")
	w.modal(t, "alice", "dbaccess claim 'https://dbaccess.example/claim#sesame-1'")
}

func TestDoubleDeliveryActsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.DuplicateDelivery(1)
	card := w.asked(t, "alice", askMasked)
	w.only(t)
	w.DuplicateDelivery(1)
	w.click(t, "bob", card, "Approve")
	w.told(t, "bob", "You *approved*")
	offer := w.letter(t, "alice", "is *approved*")
	w.DuplicateDelivery(1)
	w.click(t, "alice", offer, "Get credentials")
	w.modal(t, "alice", "sesame-1")
	w.command(t, "bob", "/dbaccess list") // what was delivered before it is handled
	w.told(t, "bob", "You have no access")
	if got := with(w.Ephemerals("bob"), "already"); len(got) > 0 {
		t.Errorf("the second delivery was answered: %s", texts(got))
	}
}

func TestCardsConvergeWhenSlackIsInTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fault("chat.postMessage", devslack.Fault{Status: 429, RetryAfter: time.Second})
	card := w.asked(t, "alice", askMasked)
	w.Fault("chat.update", devslack.Fault{Status: 503, Times: 3})
	w.click(t, "bob", card, "Approve")
	w.card(t, "db-approvals", "*Approved* by")
	if n := len(w.Messages("db-approvals")); n != 1 {
		t.Errorf("%d cards", n)
	}
}

// twice brings a request whose first card the store forgot, as if the answer to
// its posting had been lost: a second one is posted, and the store knows that one.
func (w *world) twice(t *testing.T, line string) (forgotten, known devslack.Message) {
	t.Helper()
	forgotten = w.asked(t, "alice", line)
	id := w.only(t).ID
	w.store.mu.Lock()
	delete(w.store.messages, [2]string{purposeCard, string(id)})
	w.store.mu.Unlock()
	w.store.todos <- approvals.Todo{Kind: approvals.DrawCard, ID: string(id)}
	w.await(t, "a second card", func(now devslack.Snapshot) bool { return len(now.Messages("db-approvals")) == 2 })
	known = w.Messages("db-approvals")[1]
	w.until(t, "the card to be known", func() bool { return w.known(known) })
	return forgotten, known
}

func TestOfTwoCardsAfterALostAnswerThePressedOneStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fault("conversations.info", devslack.Fault{Delay: 0, Error: "internal_error"}) // the first try fails whole
	first, _ := w.twice(t, askMasked)
	w.click(t, "bob", first, "Approve")
	w.await(t, "one card to be left, and redrawn", func(now devslack.Snapshot) bool {
		m := now.Messages("db-approvals")
		return len(m) == 1 && m[0].TS == first.TS && hasAll(devslack.PlainText(m[0]), "*Approved* by") && len(devslack.Elements(m[0])) == 0
	})
}

func TestOfTwoCardsAfterALostAnswerTheOneWithReactionsStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	forgotten, known := w.twice(t, "/dbaccess shop pair 2h because INC-42")
	if err := w.As("bob").React(t.Context(), "db-approvals", known.TS, "white_check_mark"); err != nil {
		t.Fatal(err)
	}
	w.card(t, "db-approvals", "1 of 2")
	w.click(t, "carol", forgotten, "Approve")
	w.await(t, "one card to be left, and redrawn", func(now devslack.Snapshot) bool {
		m := now.Messages("db-approvals")
		return len(m) == 1 && m[0].TS == known.TS && hasAll(devslack.PlainText(m[0]), "*Approved* by")
	})
	if r := w.only(t); r.State != approvals.Approved {
		t.Errorf("it is %s", r.State)
	}
}

func TestAReactionThatSlackDoesNotExplainCountsWhenItComesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	w.Fault("reactions.get", devslack.Fault{Status: http.StatusServiceUnavailable})
	w.Fault("users.info", devslack.Fault{Status: http.StatusServiceUnavailable})
	if err := w.As("bob").React(t.Context(), "db-approvals", card.TS, "white_check_mark"); err != nil {
		t.Fatal(err)
	}
	w.card(t, "db-approvals", "*Approved* by", "by reaction")
	if told := texts(w.Ephemerals("bob")); told != "" {
		t.Errorf("bob was told: %s", told)
	}
}

func TestStoreAwayIsSaidAndNothingIsHalfDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	w.store.setAway(errors.New("connect: connection refused at 10.0.0.1"))
	w.click(t, "bob", card, "Approve")
	w.told(t, "bob", "please try again")
	w.command(t, "alice", "/dbaccess shop masked-read 1h because INC-44")
	w.told(t, "alice", "please try again", "quote `")
	if err := w.As("bob").React(t.Context(), "db-approvals", card.TS, "white_check_mark"); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(texts(w.Ephemerals("alice"))+texts(w.Ephemerals("bob")), "10.0.0.1") {
		t.Error("a cause was shown to people")
	}
	w.until(t, "the event to be refused", func() bool { return strings.Contains(w.log.String(), "event not handled") })
	w.store.setAway(nil)
	// Slack delivers the event again, as it was not acknowledged.
	w.card(t, "db-approvals", "*Approved* by", "by reaction")
}

func TestAChannelSharedWithAnotherCompanyIsNeverUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.command(t, "alice", "/dbaccess shop lost because x")
	w.letter(t, "alice", "cannot be shown to those who would decide it", "shared with another company")
	if n := len(w.Messages("partners")); n != 0 {
		t.Errorf("%d messages in the shared channel", n)
	}
	if err := w.bot.CheckChannels(t.Context()); err == nil || !strings.Contains(err.Error(), "partners: The approval channel is shared") {
		t.Errorf("the check says %v", err)
	}
}

func TestBadInputIsAnsweredAndShownToNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for line, part := range map[string]string{
		"/dbaccess shpo because x":                               "Did you mean `shop`?",
		"/dbaccess shop masked-read 2h":                          "why you need it",
		"/dbaccess shop masked-read 99h because x":               "Ask for 8h or less",
		"/dbaccess help":                                         "Ask for access",
		"/dbaccess " + strings.Repeat("gärbage ", 1200):          "too long for a request",
		"/dbaccess query shop " + "SELECT '\u202e'":              "invisible character",
		"/dbaccess query depot SELECT 1":                         "runs no statements",
		"/dbaccess <!channel>":                                   "There is no database",
		"/dbaccess shop \u202emasked\u200b-read because nothing": "There is",
	} {
		ack := w.command(t, "alice", line)
		if ack.Took > time.Second {
			t.Errorf("%.40s took %v", line, ack.Took)
		}
		w.told(t, "alice", part)
	}
	if list, err := w.store.Requests(t.Context(), approvals.Filter{}); err != nil || len(list) != 0 || len(w.Messages("db-approvals")) != 0 {
		t.Errorf("%d requests, %d cards, %v", len(list), len(w.Messages("db-approvals")), err)
	}
}

func TestHostileReasonStaysWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", "/dbaccess shop masked-read because <!channel> & <https://evil.example|click> \u202eback")
	if strings.Contains(string(card.Blocks), "<!channel>") || strings.Contains(card.Text, "<!channel>") || strings.Contains(card.Text, "\u202e") {
		t.Errorf("markup came through: %s %s", card.Text, card.Blocks)
	}
}

func TestManyCommandsAtOnceAreAllAcknowledged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, err := w.As("alice").Command(context.WithoutCancel(t.Context()), "general", "/dbaccess list"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.await(t, "a hundred answers", func(now devslack.Snapshot) bool {
		return len(with(now.Ephemerals("alice"), "You have no access")) == 100
	})
}

func TestADroppedSocketIsOpenedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if !w.DropSocket() {
		t.Fatal("no socket")
	}
	if err := w.bot.Ready(); err != nil {
		t.Errorf("with the other socket up: %v", err)
	}
	w.await(t, "two sockets again", func(now devslack.Snapshot) bool { return now.Sockets() == 2 })
	w.asked(t, "alice", askMasked)
}

func TestExpiredIsSaidAsExpired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	id := w.only(t).ID
	w.store.mu.Lock()
	r := w.store.requests[id]
	r.ExpiresAt = time.Now().Add(-time.Second)
	w.store.requests[id] = r
	w.store.mu.Unlock()
	w.click(t, "bob", card, "Approve")
	w.told(t, "bob", "expired")
	w.card(t, "db-approvals", "*Expired* ", ": nobody decided in time")
	w.letter(t, "alice", "has *expired*", "It was not denied")
	if g, err := w.grants.Grants(t.Context(), credentials.GrantFilter{Holder: "alice", States: []credentials.GrantState{credentials.Open}}); err != nil || len(g) != 0 {
		t.Errorf("a grant was opened: %v, %v", g, err)
	}
}
