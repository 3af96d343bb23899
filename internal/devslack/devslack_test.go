package devslack_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"dbaccess/internal/devslack"
)

// app is an app under test: the real slack-go client with its socket clients. What
// a test does not handle is acknowledged with nothing.
type app struct {
	*slack.Client
	server *devslack.Server

	mu       sync.Mutex
	slash    func(slack.SlashCommand) any
	interact func(slack.InteractionCallback) any
	event    func(socketmode.Request, slackevents.EventsAPIEvent)
}

// on locks the app's handlers for f to set.
func (a *app) on(f func(*app)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f(a)
}

func start(t *testing.T, o devslack.Options) *devslack.Server {
	t.Helper()
	s, err := devslack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// client returns the Web API client of the app installed in s.
func client(s *devslack.Server) *slack.Client {
	return slack.New(s.BotToken(), slack.OptionAppLevelToken(s.AppToken()), slack.OptionAPIURL(s.APIURL()),
		slack.OptionHTTPClient(&http.Client{Timeout: 10 * time.Second}))
}

// connect starts an app with n sockets and waits until they are open.
func connect(t *testing.T, s *devslack.Server, n int) *app {
	t.Helper()
	a := &app{Client: client(s), server: s}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	t.Cleanup(func() { cancel(); running.Wait() })
	for range n {
		sm := socketmode.New(a.Client)
		running.Go(func() { _ = sm.RunContext(ctx) }) // ends with ctx's error
		running.Go(func() { a.handle(ctx, sm) })
	}
	await(t, s, func(now devslack.Snapshot) bool { return now.Sockets() == n })
	return a
}

func (a *app) handle(ctx context.Context, sm *socketmode.Client) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-sm.Events:
			if e.Request != nil && e.Request.EnvelopeID != "" {
				a.answer(sm, e)
			}
		}
	}
}

// silence, returned by a handler, keeps the app from acknowledging.
var silence = &struct{ name string }{"silence"}

func (a *app) answer(sm *socketmode.Client, e socketmode.Event) {
	a.mu.Lock()
	slash, interact, event := a.slash, a.interact, a.event
	a.mu.Unlock()
	var payload any
	switch data := e.Data.(type) {
	case slack.SlashCommand:
		if slash != nil {
			payload = slash(data)
		}
	case slack.InteractionCallback:
		if interact != nil {
			payload = interact(data)
		}
	case slackevents.EventsAPIEvent:
		if event != nil {
			event(*e.Request, data)
		}
	}
	switch payload {
	case silence:
	case nil:
		_ = sm.Ack(*e.Request) // a dropped socket is part of some tests
	default:
		_ = sm.Ack(*e.Request, payload)
	}
}

func await(t *testing.T, s *devslack.Server, ok func(devslack.Snapshot) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.WaitFor(ctx, ok); err != nil {
		t.Fatal(err)
	}
}

func slackError(t *testing.T, err error, code string) slack.SlackErrorResponse {
	t.Helper()
	e, ok := errors.AsType[slack.SlackErrorResponse](err)
	if !ok || e.Err != code {
		t.Fatalf("got error %v, want %s", err, code)
	}
	return e
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func plain(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, text, false, false)
}

func mrkdwn(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, text, false, false)
}

func card(label string) slack.MsgOption {
	return slack.MsgOptionBlocks(
		slack.NewSectionBlock(mrkdwn("*Alice* asks for `shop`"), nil, nil),
		slack.NewActionBlock("", slack.NewButtonBlockElement("approve", "req_1", plain(label))),
	)
}

func modal(title string) slack.ModalViewRequest {
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "ask", Title: plain(title), Submit: plain("Send"), PrivateMetadata: "meta",
		NotifyOnClose: true,
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("why", plain("Why"), nil, slack.NewPlainTextInputBlockElement(nil, "reason")),
			slack.NewInputBlock("db", plain("Database"), nil, slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, "database",
				slack.NewOptionBlockObject("shop", plain("Shop"), nil), slack.NewOptionBlockObject("crm", plain("CRM"), nil))),
		}},
	}
}

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
	if u := s.UnknownMethods(); len(u) != 0 {
		t.Errorf("unknown methods %v", u)
	}
}

func TestAppThatDoesNotAcknowledgeIsReportedToThePerson(t *testing.T) {
	t.Parallel()
	o := devslack.DefaultSeed()
	o.AckTimeout = 30 * time.Millisecond
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

func TestReactionIsAnEventRepeatedUntilAcknowledged(t *testing.T) {
	t.Parallel()
	o := devslack.DefaultSeed()
	o.RetryAfter = []time.Duration{0, 10 * time.Millisecond, 10 * time.Millisecond}
	s := start(t, o)
	a := connect(t, s, 1)
	type seen struct {
		attempt int
		id      string
		event   *slackevents.ReactionAddedEvent
	}
	got := make(chan seen, 9)
	a.on(func(a *app) {
		a.event = func(r socketmode.Request, e slackevents.EventsAPIEvent) {
			if r.RetryAttempt == 0 && r.Reason == "" && e.InnerEvent.Type == "reaction_added" {
				s.DropSocket() // before the acknowledgement can be written
			}
			if added, ok := e.InnerEvent.Data.(*slackevents.ReactionAddedEvent); ok {
				got <- seen{r.RetryAttempt, e.Data.(*slackevents.EventsAPICallbackEvent).EventID, added}
			}
		}
	})
	_, ts, err := a.PostMessage("C0APPROVALS", slack.MsgOptionText("card", false), card("Approve"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.As("bob").React(t.Context(), "db-approvals", ts, "white_check_mark"); err != nil {
		t.Fatal(err)
	}
	first := <-got
	if first.event.User != "U0BOB" || first.event.Reaction != "white_check_mark" || first.event.Item.Timestamp != ts ||
		first.event.Item.Channel != "C0APPROVALS" || first.event.ItemUser != "U0DBACCESS" {
		t.Errorf("event %+v", first.event)
	}
	if err := s.As("bob").React(t.Context(), "db-approvals", ts, "white_check_mark"); err == nil || err.Error() != "already_reacted" {
		t.Errorf("twice: %v", err)
	}
	r := must[slack.ReactedItem](t)(a.GetReactions(slack.NewRefToMessage("C0APPROVALS", ts), slack.NewGetReactionsParameters()))
	if len(r.Reactions) != 1 || r.Reactions[0].Users[0] != "U0BOB" {
		t.Errorf("reactions %+v", r.Reactions)
	}
	if err := s.As("bob").Unreact(t.Context(), "db-approvals", ts, "white_check_mark"); err != nil {
		t.Fatal(err)
	}
	if m := s.Messages("db-approvals"); len(m[0].Reactions) != 0 {
		t.Errorf("reactions left %+v", m[0].Reactions)
	}
}
