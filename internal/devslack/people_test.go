package devslack_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"dbaccess/internal/devslack"
)

func TestSlashCommandReachesTheAppAndItsAnswerReachesOnlyTheAsker(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	a := connect(t, s, 2)
	got := make(chan slack.SlashCommand, 1)
	a.on(func(a *app) {
		a.slash = func(c slack.SlashCommand) any {
			got <- c
			return map[string]any{"response_type": "ephemeral", "text": "Understood."}
		}
	})
	ack := must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "#general", "/dbaccess shop for @bob because a<b & c.name"))
	if ack.Text != "Understood." || ack.InChannel || ack.Took <= 0 {
		t.Errorf("ack %+v", ack)
	}
	c := <-got
	if want := "shop for <@U0BOB|bob> because a&lt;b &amp; <http://c.name|c.name>"; c.Text != want {
		t.Errorf("text %q, want %q", c.Text, want)
	}
	if c.Command != "/dbaccess" || c.TeamID != "T0DEMO" || c.ChannelID != "C0GENERAL" || c.ChannelName != "general" ||
		c.UserID != "U0ALICE" || c.TriggerID == "" || c.APIAppID != "A0DBACCESS" || bool(c.IsEnterpriseInstall) {
		t.Errorf("command %+v", c)
	}
	if e := s.Ephemerals("alice"); len(e) != 1 || e[0].Text != "Understood." || e[0].Channel != "C0GENERAL" {
		t.Errorf("alice sees %+v", e)
	}
	if len(s.Messages("general")) != 0 || len(s.Ephemerals("bob")) != 0 {
		t.Error("others see the answer")
	}
	if u := s.Unknown(); len(u) != 0 {
		t.Errorf("unknown methods %v", u)
	}
}

func TestAppThatDoesNotAcknowledgeIsReportedToThePerson(t *testing.T) {
	t.Parallel()
	o := devslack.DefaultSeed()
	o.AckTimeout = 2 * time.Second // long enough for a busy machine to answer in
	s := start(t, o)
	var failed *devslack.DeliveryError
	_, err := s.As("alice").Command(t.Context(), "", "/dbaccess list")
	if !errors.As(err, &failed) || failed.Code != devslack.DispatchFailed {
		t.Fatalf("without sockets: %v", err)
	}
	a := connect(t, s, 1)
	a.on(func(a *app) {
		a.slash = func(slack.SlashCommand) any { return silence }
	})
	_, err = s.As("alice").Command(t.Context(), "", "/dbaccess list")
	if !errors.As(err, &failed) || failed.Code != devslack.OperationTimeout {
		t.Fatalf("silent app: %v", err)
	}
	a.on(func(a *app) {
		a.slash = func(slack.SlashCommand) any { return map[string]string{"text": strings.Repeat("x", 19<<10)} }
	})
	must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "", "/dbaccess list"))
	notices := s.Ephemerals("alice")
	if len(notices) != 3 || notices[0].User != "USLACKBOT" || !strings.Contains(notices[1].Text, "operation_timeout") {
		t.Errorf("notices %+v", notices)
	}
}

func TestClickCarriesEverythingSlackSends(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	a := connect(t, s, 1)
	got := make(chan slack.InteractionCallback, 1)
	a.on(func(a *app) { a.interact = func(c slack.InteractionCallback) any { got <- c; return nil } })
	ch, ts, err := a.PostMessage("C0APPROVALS", slack.MsgOptionText("card", false), card("Approve"))
	if err != nil {
		t.Fatal(err)
	}
	msg := s.Messages("#db-approvals")[0]
	if err := s.As("bob").Click(t.Context(), msg, "Approve"); err != nil {
		t.Fatal(err)
	}
	c := <-got
	if c.Type != slack.InteractionTypeBlockActions || c.User.ID != "U0BOB" || c.User.TeamID != "T0DEMO" || c.Team.ID != "T0DEMO" ||
		c.Container.Type != "message" || c.Container.MessageTs != ts || c.Container.ChannelID != ch || c.Channel.ID != ch ||
		c.Message.Timestamp != ts || len(c.Message.Blocks.BlockSet) != 2 || c.ResponseURL == "" || c.TriggerID == "" || c.BlockActionState == nil {
		t.Errorf("callback %+v", c)
	}
	if len(c.ActionCallback.BlockActions) != 1 {
		t.Fatalf("actions %+v", c.ActionCallback)
	}
	act := c.ActionCallback.BlockActions[0]
	if act.ActionID != "approve" || act.Value != "req_1" || act.BlockID == "" || act.ActionTs == "" || act.Text.Text != "Approve" || act.Type != "button" {
		t.Errorf("action %+v", act)
	}
	if err := s.As("eve").Click(t.Context(), msg, "Approve"); err == nil {
		t.Error("somebody outside the channel clicked")
	}
	// A click on what the person still sees, though the card has moved on.
	if _, _, _, err := a.UpdateMessage(ch, ts, slack.MsgOptionText("decided", false)); err != nil {
		t.Fatal(err)
	}
	if now := s.Messages("db-approvals")[0]; now.Blocks != nil || now.Edited != 1 || now.Text != "decided" {
		t.Errorf("text without blocks takes the blocks away: %+v", now)
	}
	if err := s.As("carol").Click(t.Context(), msg, "approve"); err != nil {
		t.Fatal(err)
	}
	if c := <-got; c.User.ID != "U0CAROL" || c.Message.Text != "decided" {
		t.Errorf("late click %+v", c)
	}
}

func TestModalGoesThroughErrorsUpdatePushAndClose(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	a := connect(t, s, 1)
	var answer any
	got := make(chan slack.InteractionCallback, 8)
	a.on(func(a *app) {
		a.slash = func(c slack.SlashCommand) any {
			if _, err := a.OpenView(c.TriggerID, modal("Ask")); err != nil {
				t.Error(err)
			}
			return nil
		}
		a.interact = func(c slack.InteractionCallback) any {
			got <- c
			a.mu.Lock()
			defer a.mu.Unlock()
			return answer
		}
	})
	answerWith := func(v any) { a.on(func(*app) { answer = v }) }
	alice := s.As("alice")
	must[devslack.Ack](t)(alice.Command(t.Context(), "general", "/dbaccess"))
	view := s.Views("alice")[0]
	if view.Title != "Ask" || view.SubmitLabel != "Send" || view.CallbackID != "ask" {
		t.Fatalf("view %+v", view)
	}

	submit := must[devslack.SubmitResult](t)
	r := submit(alice.Submit(t.Context(), view.ID, nil))
	if r.Delivered || len(r.Errors) != 2 {
		t.Errorf("empty required inputs: %+v", r)
	}
	answerWith(slack.NewErrorsViewSubmissionResponse(map[string]string{"why": "Say more."}))
	filled := devslack.Values{"why": {"reason": "INC-42"}, "db": {"database": "shop"}}
	r = submit(alice.Submit(t.Context(), view.ID, filled))
	if !r.Delivered || r.Action != "errors" || r.Errors["why"] != "Say more." {
		t.Errorf("errors: %+v", r)
	}
	c := <-got
	values := c.View.State.Values
	if c.Type != slack.InteractionTypeViewSubmission || values["why"]["reason"].Value != "INC-42" ||
		values["db"]["database"].SelectedOption.Value != "shop" || c.View.PrivateMetadata != "meta" || c.View.Hash == "" {
		t.Errorf("submission %+v", c.View)
	}

	answerWith(slack.NewErrorsViewSubmissionResponse(map[string]string{"elsewhere": "?"}))
	if _, err := alice.Submit(t.Context(), view.ID, nil); err == nil || s.Views("alice")[0].Problem == "" {
		t.Error("an error for no input block must be trouble")
	}
	next := modal("Next")
	answerWith(slack.NewPushViewSubmissionResponse(&next))
	r = submit(alice.Submit(t.Context(), view.ID, nil))
	if r.Action != "push" || len(s.Views("alice")) != 2 || r.Top.Title != "Next" {
		t.Errorf("push: %+v", r)
	}
	top := r.Top
	answerWith(slack.NewUpdateViewSubmissionResponse(&next))
	r = submit(alice.Submit(t.Context(), top.ID, filled))
	if r.Action != "update" || r.Top.ID != top.ID || r.Top.Hash == top.Hash || r.Top.State["why"]["reason"]["value"] != "INC-42" {
		t.Errorf("update keeps what was typed: %+v", r.Top)
	}
	answerWith(nil)
	if r = submit(alice.Submit(t.Context(), top.ID, nil)); r.Action != "close" || len(s.Views("alice")) != 1 {
		t.Errorf("close: %+v", r)
	}
	for len(got) > 0 {
		<-got
	}
	if err := alice.Close(t.Context(), view.ID); err != nil {
		t.Fatal(err)
	}
	if c := <-got; c.Type != slack.InteractionTypeViewClosed || c.View.ID != view.ID || len(s.Views("alice")) != 0 {
		t.Errorf("closed %+v", c)
	}
}

func TestViewMethodsRefuseWhatSlackRefuses(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var mu sync.Mutex
	o := devslack.DefaultSeed()
	o.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	s := start(t, o)
	a := connect(t, s, 1)
	triggers := make(chan string, 9)
	a.on(func(a *app) {
		a.slash = func(c slack.SlashCommand) any { triggers <- c.TriggerID; return nil }
		a.interact = func(c slack.InteractionCallback) any { triggers <- c.TriggerID; return nil }
	})
	trigger := func() string {
		must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "", "/dbaccess"))
		return <-triggers
	}
	id := trigger()
	v := must[*slack.ViewResponse](t)(a.OpenView(id, modal("Ask")))
	_, err := a.OpenView(id, modal("Ask"))
	slackError(t, err, "exchanged_trigger_id")
	_, err = a.OpenView("made-up", modal("Ask"))
	slackError(t, err, "invalid_trigger_id")
	_, err = a.PushView(trigger(), modal("Ask"))
	slackError(t, err, "invalid_trigger_id")
	late := trigger()
	mu.Lock()
	now = now.Add(3*time.Second + time.Millisecond)
	mu.Unlock()
	_, err = a.OpenView(late, modal("Ask"))
	slackError(t, err, "expired_trigger_id")

	upd := must[*slack.ViewResponse](t)(a.UpdateView(modal("New"), "", v.Hash, v.View.ID))
	_, err = a.UpdateView(modal("Old"), "", v.Hash, v.View.ID)
	slackError(t, err, "hash_conflict")
	if upd.View.Hash == v.View.Hash {
		t.Error("an update gives a new hash")
	}
	_, err = a.UpdateView(modal("Old"), "", "", "V0NOBODY")
	slackError(t, err, "not_found")
	long := modal("A title of more than twenty-four")
	_, err = a.OpenView(trigger(), long)
	if e := slackError(t, err, "invalid_arguments"); len(e.ResponseMetadata.Messages) != 1 ||
		e.ResponseMetadata.Messages[0] != "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]" {
		t.Errorf("messages %q", e.ResponseMetadata.Messages)
	}

	// A modal's own click may push: three views, not four.
	withButton := modal("Deep")
	withButton.Blocks.BlockSet = append(withButton.Blocks.BlockSet,
		slack.NewActionBlock("more", slack.NewButtonBlockElement("deeper", "", plain("Deeper"))))
	must[*slack.ViewResponse](t)(a.OpenView(trigger(), withButton))
	for depth := 1; depth <= 3; depth++ {
		stack := s.Views("alice")
		if err := s.As("alice").Click(t.Context(), stack[len(stack)-1], "deeper"); err != nil {
			t.Fatal(err)
		}
		_, err = a.PushView(<-triggers, withButton)
		if depth < 3 && err != nil {
			t.Fatal(err)
		}
	}
	slackError(t, err, "push_limit_reached")
}

func TestReactionIsAnEventAndIsCountedOnce(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	a := connect(t, s, 1)
	got := make(chan slackevents.EventsAPIEvent, 9)
	a.on(func(a *app) { a.event = func(_ socketmode.Request, e slackevents.EventsAPIEvent) { got <- e } })
	_, ts, err := a.PostMessage("C0APPROVALS", slack.MsgOptionText("card", false), card("Approve"))
	if err != nil {
		t.Fatal(err)
	}
	bob := s.As("bob")
	if err := bob.React(t.Context(), "db-approvals", ts, "white_check_mark"); err != nil {
		t.Fatal(err)
	}
	e := <-got
	added, ok := e.InnerEvent.Data.(*slackevents.ReactionAddedEvent)
	if !ok || added.User != "U0BOB" || added.Reaction != "white_check_mark" || added.Item.Timestamp != ts ||
		added.Item.Channel != "C0APPROVALS" || added.ItemUser != "U0DBACCESS" || added.EventTimestamp == "" {
		t.Errorf("event %+v", e.InnerEvent.Data)
	}
	if outer, ok := e.Data.(*slackevents.EventsAPICallbackEvent); !ok || outer.EventID == "" || outer.IsExtSharedChannel {
		t.Errorf("outer event %+v", e.Data)
	}
	if err := bob.React(t.Context(), "db-approvals", ts, "white_check_mark"); err == nil || err.Error() != "already_reacted" {
		t.Errorf("twice: %v", err)
	}
	if err := s.As("eve").React(t.Context(), "db-approvals", ts, "x"); err == nil {
		t.Error("somebody outside the channel reacted")
	}
	r := must[slack.ReactedItem](t)(a.GetReactions(slack.NewRefToMessage("C0APPROVALS", ts), slack.NewGetReactionsParameters()))
	if len(r.Reactions) != 1 || len(r.Reactions[0].Users) != 1 || r.Reactions[0].Users[0] != "U0BOB" {
		t.Errorf("reactions %+v", r.Reactions)
	}
	if err := bob.Unreact(t.Context(), "db-approvals", ts, "white_check_mark"); err != nil {
		t.Fatal(err)
	}
	if e := <-got; e.InnerEvent.Type != "reaction_removed" {
		t.Errorf("event %+v", e.InnerEvent)
	}
	if m := s.Messages("db-approvals"); len(m[0].Reactions) != 0 {
		t.Errorf("reactions left %+v", m[0].Reactions)
	}
}

func TestTypedTextIsEscapedAsSlackDoes(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	a := connect(t, s, 1)
	got := make(chan string, 1)
	a.on(func(a *app) { a.slash = func(c slack.SlashCommand) any { got <- c.Text; return nil } })
	for typed, want := range map[string]string{
		"WHERE a < 5 AND b > 3 && c":  "WHERE a &lt; 5 AND b &gt; 3 &amp;&amp; c",
		"<!channel> <@U0BOB>":         "&lt;!channel&gt; &lt;@U0BOB&gt;", // typed by hand, an ID is no mention
		"for @bob and @dba, @nobody":  "for <@U0BOB|bob> and <!subteam^S_DBA|@dba>, @nobody",
		"@here in #general and #none": "<!here> in <#C0GENERAL|general> and #none",
		"see https://x.io/a?b=1&c=2":  "see <https://x.io/a?b=1&amp;c=2>",
		"mail bob@example.com":        "mail <mailto:bob@example.com|bob@example.com>",
		"select customers.name":       "select <http://customers.name|customers.name>",
		"select customers.email, 1.5": "select customers.email, 1.5",
	} {
		must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "", "/dbaccess "+typed))
		if text := <-got; text != want {
			t.Errorf("%q became %q, want %q", typed, text, want)
		}
	}
}

func TestSlacksOwnClientHoldsBackWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	a := connect(t, s, 1)
	form := modal("Ask")
	reason := slack.NewPlainTextInputBlockElement(nil, "reason")
	reason.MinLength, reason.MaxLength = 3, 5
	rows := slack.NewInputBlock("rows", plain("Rows"), nil, slack.NewNumberInputBlockElement(nil, "rows", false))
	rows.Optional = true
	form.Blocks.BlockSet = []slack.Block{slack.NewInputBlock("why", plain("Why"), nil, reason), rows}
	sent := make(chan slack.InteractionCallback, 9)
	a.on(func(a *app) {
		a.slash = func(c slack.SlashCommand) any {
			if _, err := a.OpenView(c.TriggerID, form); err != nil {
				t.Error(err)
			}
			return nil
		}
		a.interact = func(c slack.InteractionCallback) any { sent <- c; return nil }
	})
	must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "", "/dbaccess"))
	id := s.Views("alice")[0].ID
	for _, c := range []struct {
		why, rows any
		wrong     string
	}{
		{nil, nil, "why"}, {"ab", nil, "why"}, {"abcdef", nil, "why"}, {"abc", "1.5", "rows"}, {"abc", "many", "rows"}, {"abc", 12, ""},
	} {
		r := must[devslack.SubmitResult](t)(s.As("alice").Submit(t.Context(), id, devslack.Values{"why": {"reason": c.why}, "rows": {"rows": c.rows}}))
		if r.Delivered != (c.wrong == "") || (c.wrong != "") != (r.Errors[c.wrong] != "") || len(r.Errors) > 1 {
			t.Errorf("%v, %v: %+v", c.why, c.rows, r)
		}
	}
	if c := <-sent; c.View.State.Values["rows"]["rows"].Value != "12" || len(sent) != 0 {
		t.Errorf("sent %+v", c.View.State)
	}
}
