package devslack_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/internal/devslack"
)

func TestSlacksClockCanBeMoved(t *testing.T) {
	t.Parallel()
	overBoth(t, full, func(t *testing.T, s *devslack.Server, a *app) {
		got := interactions(a, nil)
		commands := make(chan slack.SlashCommand, 1)
		a.on(func(a *app) { a.slash = func(c slack.SlashCommand) any { commands <- c; return nil } })
		if err := s.As("alice").Shortcut(t.Context(), "ask"); err != nil {
			t.Fatal(err)
		}
		c := receive(t, got)
		must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "", "/dbaccess"))
		s.Advance(4 * time.Second)
		_, err := a.OpenView(c.TriggerID, modal("Late"))
		slackError(t, err, "expired_trigger_id")
		s.Advance(31 * time.Minute)
		err = slack.PostWebhookContext(t.Context(), receive(t, commands).ResponseURL, &slack.WebhookMessage{Text: "late"})
		if err == nil || !strings.Contains(err.Error(), "404") {
			t.Errorf("a response URL of half an hour ago: %v", err)
		}
		m := must[devslack.Message](t)(s.As("alice").Say("general", "later"))
		if at, err := strconv.ParseFloat(m.TS, 64); err != nil || int64(at) < time.Now().Add(31*time.Minute).Unix() {
			t.Errorf("ts %s", m.TS)
		}
	})
}

func TestFaultsCanBeForgotten(t *testing.T) {
	t.Parallel()
	s := start(t, full())
	a := client(s)
	s.Fault("*", devslack.Fault{Times: 2, Status: http.StatusServiceUnavailable})
	s.Fault("auth.test", devslack.Fault{Error: "internal_error"})
	_, err := a.AuthTest()
	slackError(t, err, "internal_error") // its own fault goes first
	if _, err := a.AuthTest(); err == nil {
		t.Error("the fault of whatever is called next did not strike")
	}
	s.DuplicateDelivery(1)
	s.ClearFaults()
	if _, err := a.AuthTest(); err != nil {
		t.Error(err)
	}
	conn := dial(t, s)
	go func() {
		f := struct {
			ID string `json:"envelope_id"`
		}{}
		if conn.ReadJSON(&f) == nil {
			_ = conn.WriteJSON(map[string]string{"envelope_id": f.ID}) // the command's error tells
		}
	}()
	must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "", "/dbaccess"))
}
