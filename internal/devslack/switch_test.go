package devslack_test

import (
	"errors"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"dbaccess/internal/devslack"
)

func TestSwitchesWorkOverEachDelivery(t *testing.T) {
	t.Parallel()
	overBoth(t, devslack.DefaultSeed, func(t *testing.T, s *devslack.Server, a *app) {
		got := make(chan string, 16)
		a.on(func(a *app) {
			a.slash = func(c slack.SlashCommand) any { got <- c.Text; return nil }
		})
		s.DuplicateDelivery(1)
		must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "", "/dbaccess twice"))
		if one, two := receive(t, got), receive(t, got); one != "twice" || two != "twice" {
			t.Errorf("got %q and %q", one, two)
		}
		s.LoseAcks(1)
		_, err := s.As("alice").Command(t.Context(), "", "/dbaccess lost")
		if e, ok := errors.AsType[*devslack.DeliveryError](err); !ok || e.Code != devslack.OperationTimeout {
			t.Errorf("lost: %v", err)
		}
		if text := receive(t, got); text != "lost" {
			t.Errorf("the app got %q", text)
		}
		s.ReorderDelivery(1)
		first := make(chan error, 1)
		go func() {
			_, err := s.As("alice").Command(t.Context(), "", "/dbaccess first")
			first <- err
		}()
		await(t, s, func(devslack.Snapshot) bool { return s.Held() == 1 })
		must[devslack.Ack](t)(s.As("bob").Command(t.Context(), "", "/dbaccess second"))
		if one, two := receive(t, got), receive(t, got); one != "second" || two != "first" {
			t.Errorf("order: %q, %q", one, two)
		}
		if err := receive(t, first); err != nil {
			t.Error(err)
		}
	})
}

func TestDelayedDeliveryIsOvertakenAndDuplicatedEventComesTwice(t *testing.T) {
	t.Parallel()
	overBoth(t, devslack.DefaultSeed, func(t *testing.T, s *devslack.Server, a *app) {
		got, events := make(chan string, 4), make(chan string, 4)
		a.on(func(a *app) {
			a.slash = func(c slack.SlashCommand) any { got <- c.Text; return nil }
			a.event = func(r socketmode.Request, e slackevents.EventsAPIEvent) {
				events <- e.Data.(*slackevents.EventsAPICallbackEvent).EventID
			}
		})
		msg := must[devslack.Message](t)(s.As("alice").Say("general", "hi"))
		s.DuplicateDelivery(1)
		s.DelayDelivery(1, 300*time.Millisecond)
		if err := s.As("bob").React(t.Context(), "general", msg.TS, "eyes"); err != nil {
			t.Fatal(err)
		}
		must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "", "/dbaccess soon"))
		select {
		case <-events:
			t.Error("the delayed event was not overtaken")
		case text := <-got:
			if text != "soon" {
				t.Errorf("got %q", text)
			}
		}
		if one, two := receive(t, events), receive(t, events); one != two || one == "" {
			t.Errorf("events %q and %q", one, two)
		}
	})
}

func TestHeldDeliveryGoesAloneIfNothingOvertakesIt(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	connect(t, s, 1)
	s.ReorderDelivery(1)
	if ack := must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "", "/dbaccess")); ack.Took < 500*time.Millisecond {
		t.Errorf("took %v: it was not held", ack.Took)
	}
}

func TestEventWhoseAcknowledgementIsLostComesAgain(t *testing.T) {
	t.Parallel()
	type try struct {
		id      string
		attempt int
	}
	overBoth(t, devslack.DefaultSeed, func(t *testing.T, s *devslack.Server, a *app) {
		got := make(chan try, 4)
		a.on(func(a *app) {
			a.event = func(r socketmode.Request, e slackevents.EventsAPIEvent) {
				got <- try{e.Data.(*slackevents.EventsAPICallbackEvent).EventID, r.RetryAttempt}
			}
		})
		msg := must[devslack.Message](t)(s.As("alice").Say("general", "hi"))
		s.LoseAcks(1)
		if err := s.As("bob").React(t.Context(), "general", msg.TS, "eyes"); err != nil {
			t.Fatal(err)
		}
		if one, two := receive(t, got), receive(t, got); one.attempt != 0 || two.attempt != 1 || one.id != two.id {
			t.Errorf("got %+v and %+v", one, two)
		}
	})
}
