package devslack_test

import (
	"slices"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"dbaccess/internal/devslack"
)

// The payloads of every kind, over each delivery, as slack-go's types take them.

// full is a workspace with everything that an app can have.
func full() devslack.Options {
	o := devslack.DefaultSeed()
	o.Scopes = append(devslack.DefaultScopes(), "reactions:write", "usergroups:read", "files:read", "files:write")
	o.Shortcuts = []devslack.Shortcut{
		{Name: "Request DB access", Type: "global", CallbackID: "ask"},
		{Name: "Run this SQL", Type: "message", CallbackID: "run"},
	}
	return o
}

// interactions makes the app keep what it is sent, and answer with reply's result.
func interactions(a *app, reply func(slack.InteractionCallback) any) <-chan slack.InteractionCallback {
	got := make(chan slack.InteractionCallback, 16)
	a.on(func(a *app) {
		a.interact = func(c slack.InteractionCallback) any {
			got <- c
			if reply == nil {
				return nil
			}
			return reply(c)
		}
	})
	return got
}

// common checks what all interactive payloads share.
func common(t *testing.T, c slack.InteractionCallback, kind slack.InteractionType, user string) {
	t.Helper()
	if c.Type != kind || c.User.ID != user || c.User.TeamID != "T0DEMO" || c.Team.ID != "T0DEMO" || c.Team.Domain != "demo" ||
		c.APIAppID != "A0DBACCESS" || c.Enterprise.ID != "" || c.IsEnterpriseInstall {
		t.Errorf("callback %+v", c)
	}
}

func TestShortcutsReachTheAppAndOpenModals(t *testing.T) {
	t.Parallel()
	overBoth(t, full, func(t *testing.T, s *devslack.Server, a *app) {
		got := interactions(a, nil)
		alice := s.As("alice")
		if err := alice.Shortcut(t.Context(), "ask"); err != nil {
			t.Fatal(err)
		}
		c := receive(t, got)
		common(t, c, slack.InteractionTypeShortcut, "U0ALICE")
		if c.CallbackID != "ask" || c.ActionTs == "" || c.ResponseURL != "" || c.Channel.ID != "" {
			t.Errorf("shortcut %+v", c)
		}
		must[*slack.ViewResponse](t)(a.OpenView(c.TriggerID, modal("Ask")))
		if v := s.Views("alice"); len(v) != 1 || v[0].Title != "Ask" {
			t.Errorf("views %+v", v)
		}
		msg := must[devslack.Message](t)(s.As("bob").Say("random", "select 1 from orders"))
		if err := alice.MessageShortcut(t.Context(), msg, "run"); err != nil {
			t.Fatal(err)
		}
		c = receive(t, got)
		common(t, c, slack.InteractionTypeMessageAction, "U0ALICE")
		if c.CallbackID != "run" || c.Message.Text != msg.Text || c.Message.Timestamp != msg.TS || c.MessageTs != msg.TS ||
			c.Message.User != "U0BOB" || c.Channel.ID != "C0RANDOM" || c.Channel.Name != "random" || c.TriggerID == "" {
			t.Errorf("message action %+v", c)
		}
		if err := slack.PostWebhookContext(t.Context(), c.ResponseURL, &slack.WebhookMessage{Text: "Seen."}); err != nil {
			t.Fatal(err)
		}
		if e := s.Ephemerals("alice"); len(e) != 1 || e[0].Text != "Seen." || e[0].Channel != "C0RANDOM" {
			t.Errorf("alice sees %+v", e)
		}
	})
}

func TestHomeIsPublishedWhenItIsOpenedAndItsButtonsWork(t *testing.T) {
	t.Parallel()
	overBoth(t, full, func(t *testing.T, s *devslack.Server, a *app) {
		got := interactions(a, nil)
		opened, published := make(chan slackevents.AppHomeOpenedEvent, 4), make(chan error, 4)
		a.on(func(a *app) {
			a.event = func(_ socketmode.Request, e slackevents.EventsAPIEvent) {
				home := *e.InnerEvent.Data.(*slackevents.AppHomeOpenedEvent)
				opened <- home
				view := slack.HomeTabViewRequest{Type: slack.VTHomeTab, CallbackID: "home", Blocks: slack.Blocks{BlockSet: []slack.Block{
					slack.NewActionBlock("act", slack.NewButtonBlockElement("end", "grt_1", plain("End now"))),
				}}}
				_, err := a.PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: home.User, View: view})
				published <- err
			}
		})
		home := must[devslack.View](t)(s.As("alice").OpenHome(t.Context()))
		if e := receive(t, opened); e.User != "U0ALICE" || e.Channel != "D0ALICE" || e.Tab != "home" || e.View != nil || e.EventTimeStamp == "" {
			t.Errorf("opened %+v", e)
		}
		if err := s.As("alice").Click(t.Context(), home, "End now"); err != nil {
			t.Fatal(err)
		}
		c := receive(t, got)
		common(t, c, slack.InteractionTypeBlockActions, "U0ALICE")
		if c.Container.Type != "view" || c.Container.ViewID != home.ID || c.View.Type != slack.VTHomeTab || c.View.Hash != home.Hash ||
			len(c.ActionCallback.BlockActions) != 1 || c.ActionCallback.BlockActions[0].Value != "grt_1" || c.ResponseURL != "" {
			t.Errorf("click %+v", c)
		}
		_, err := a.PushView(c.TriggerID, modal("Sure?"))
		slackError(t, err, "invalid_trigger_id") // there is no modal to push on, and the trigger is spent
		if err := s.As("alice").Click(t.Context(), home, "End now"); err != nil {
			t.Fatal(err)
		}
		must[*slack.ViewResponse](t)(a.OpenView(receive(t, got).TriggerID, modal("Sure?"))) // a trigger of Home's opens a modal
		again := must[devslack.View](t)(s.As("alice").OpenHome(t.Context()))
		for range 2 {
			if err := receive(t, published); err != nil {
				t.Error(err)
			}
		}
		if e := receive(t, opened); e.View == nil || e.View.ID != home.ID || again.ID != home.ID {
			t.Errorf("opened again %+v, %+v", e, again)
		}
	})
}

func TestViewsPayloadsRoundTrip(t *testing.T) {
	t.Parallel()
	overBoth(t, full, func(t *testing.T, s *devslack.Server, a *app) {
		got := interactions(a, func(c slack.InteractionCallback) any {
			if c.Type == slack.InteractionTypeViewSubmission {
				return slack.NewErrorsViewSubmissionResponse(map[string]string{"why": "Say more."})
			}
			return nil
		})
		if err := s.As("alice").Shortcut(t.Context(), "ask"); err != nil {
			t.Fatal(err)
		}
		must[*slack.ViewResponse](t)(a.OpenView(receive(t, got).TriggerID, modal("Ask")))
		view := s.Views("alice")[0]
		result := must[devslack.SubmitResult](t)(s.As("alice").Submit(t.Context(), view.ID,
			devslack.Values{"why": {"reason": "look"}, "db": {"database": "Shop"}}))
		if result.Action != "errors" || result.Errors["why"] != "Say more." {
			t.Errorf("result %+v", result)
		}
		c := receive(t, got)
		common(t, c, slack.InteractionTypeViewSubmission, "U0ALICE")
		values := c.View.State.Values
		if c.View.ID != view.ID || c.View.Hash != view.Hash || c.View.CallbackID != "ask" || c.View.PrivateMetadata != "meta" ||
			values["why"]["reason"].Value != "look" || values["db"]["database"].SelectedOption.Value != "shop" ||
			c.View.RootViewID != view.ID || c.View.AppID != "A0DBACCESS" || c.View.BotID == "" {
			t.Errorf("submission %+v", c.View)
		}
		if err := s.As("alice").Close(t.Context(), view.ID); err != nil {
			t.Fatal(err)
		}
		c = receive(t, got)
		common(t, c, slack.InteractionTypeViewClosed, "U0ALICE")
		if c.View.ID != view.ID || c.IsCleared {
			t.Errorf("closed %+v", c)
		}
	})
}

func TestCrossClosesAllModalsAndTellsOfThoseThatAsked(t *testing.T) {
	t.Parallel()
	overBoth(t, full, func(t *testing.T, s *devslack.Server, a *app) {
		got := interactions(a, func(c slack.InteractionCallback) any {
			if c.Type != slack.InteractionTypeViewSubmission {
				return nil
			}
			pushed := modal("Second")
			return slack.NewPushViewSubmissionResponse(&pushed)
		})
		if err := s.As("alice").Shortcut(t.Context(), "ask"); err != nil {
			t.Fatal(err)
		}
		must[*slack.ViewResponse](t)(a.OpenView(receive(t, got).TriggerID, modal("First")))
		result := must[devslack.SubmitResult](t)(s.As("alice").Submit(t.Context(), s.Views("alice")[0].ID,
			devslack.Values{"why": {"reason": "look"}, "db": {"database": "Shop"}}))
		receive(t, got)
		if err := s.As("alice").CloseAll(t.Context(), result.Top.ID); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if c := receive(t, got); c.Type != slack.InteractionTypeViewClosed || !c.IsCleared {
				t.Errorf("closed %+v", c)
			}
		}
		if len(s.Views("alice")) != 0 {
			t.Error("a modal is still open")
		}
	})
}

func TestSubmissionGivesResponseURLsForTheChannelsChosen(t *testing.T) {
	t.Parallel()
	overBoth(t, full, func(t *testing.T, s *devslack.Server, a *app) {
		got := interactions(a, nil)
		if err := s.As("alice").Shortcut(t.Context(), "ask"); err != nil {
			t.Fatal(err)
		}
		where := slack.NewOptionsSelectBlockElement(slack.OptTypeConversations, nil, "where")
		where.ResponseURLEnabled = true
		view := modal("Where")
		view.Blocks.BlockSet = []slack.Block{slack.NewInputBlock("to", plain("To"), nil, where)}
		must[*slack.ViewResponse](t)(a.OpenView(receive(t, got).TriggerID, view))
		must[devslack.SubmitResult](t)(s.As("alice").Submit(t.Context(), s.Views("alice")[0].ID, devslack.Values{"to": {"where": "general"}}))
		urls := receive(t, got).ResponseURLs
		if len(urls) != 1 || urls[0].BlockID != "to" || urls[0].ActionID != "where" || urls[0].ChannelID != "C0GENERAL" {
			t.Fatalf("response urls %+v", urls)
		}
		if err := slack.PostWebhookContext(t.Context(), urls[0].ResponseURL, &slack.WebhookMessage{Text: "here", ResponseType: "in_channel"}); err != nil {
			t.Fatal(err)
		}
		if m := s.Messages("general"); len(m) != 1 || m[0].Text != "here" {
			t.Errorf("messages %+v", m)
		}
	})
}

func TestExternalSelectAsksTheAppWhatToOffer(t *testing.T) {
	t.Parallel()
	overBoth(t, full, func(t *testing.T, s *devslack.Server, a *app) {
		got := interactions(a, func(c slack.InteractionCallback) any {
			if c.Type != slack.InteractionTypeBlockSuggestion {
				return nil
			}
			return slack.OptionsResponse{Options: []*slack.OptionBlockObject{slack.NewOptionBlockObject("t1", plain("orders"), nil)}}
		})
		tables := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, plain("Table"), "table")
		least := 2
		tables.MinQueryLength = &least
		if _, _, err := a.PostMessage("C0GENERAL", slack.MsgOptionBlocks(slack.NewActionBlock("pick", tables))); err != nil {
			t.Fatal(err)
		}
		msg, alice := s.Messages("general")[0], s.As("alice")
		if err := alice.Choose(t.Context(), msg, "table", "orders"); err == nil {
			t.Error("chosen before it was offered")
		}
		if labels := must[[]string](t)(alice.Suggest(t.Context(), msg, "table", "o")); len(labels) != 0 {
			t.Errorf("one letter is too short: %v", labels)
		}
		if labels := must[[]string](t)(alice.Suggest(t.Context(), msg, "table", "or")); !slices.Equal(labels, []string{"orders"}) {
			t.Errorf("offered %v", labels)
		}
		c := receive(t, got)
		common(t, c, slack.InteractionTypeBlockSuggestion, "U0ALICE")
		if c.ActionID != "table" || c.BlockID != "pick" || c.Value != "or" || c.Container.MessageTs != msg.TS || c.Channel.ID != "C0GENERAL" || c.TriggerID != "" {
			t.Errorf("suggestion %+v", c)
		}
		if err := alice.Choose(t.Context(), msg, "table", "orders"); err != nil {
			t.Fatal(err)
		}
		if c := receive(t, got); c.ActionCallback.BlockActions[0].SelectedOption.Value != "t1" {
			t.Errorf("chosen %+v", c.ActionCallback.BlockActions[0])
		}
	})
}

func TestClickInAThreadSaysWhichThread(t *testing.T) {
	t.Parallel()
	overBoth(t, full, func(t *testing.T, s *devslack.Server, a *app) {
		got := interactions(a, nil)
		first := must[devslack.Message](t)(s.As("bob").Say("general", "about that…"))
		if _, _, err := a.PostMessage("C0GENERAL", slack.MsgOptionTS(first.TS), slack.MsgOptionText("card", false), card("Approve"),
			slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "request", EventPayload: map[string]any{"id": "req_1"}})); err != nil {
			t.Fatal(err)
		}
		reply := s.Messages("general")[1]
		if err := s.As("alice").Click(t.Context(), reply, "Approve"); err != nil {
			t.Fatal(err)
		}
		c := receive(t, got)
		common(t, c, slack.InteractionTypeBlockActions, "U0ALICE")
		if c.Container.ThreadTs != first.TS || c.Message.ThreadTimestamp != first.TS || c.Message.ParentUserId != "U0BOB" ||
			c.Message.Metadata.EventType != "request" || c.Message.Metadata.EventPayload["id"] != "req_1" || c.Message.BotID == "" {
			t.Errorf("click %+v", c.Message)
		}
	})
}
