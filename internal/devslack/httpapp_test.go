package devslack_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"dbaccess/internal/devslack"
)

// listen starts an app with request URLs, and sends it what s delivers from now on.
// It trusts slack-go to verify signatures and to parse.
func listen(t *testing.T, s *devslack.Server) *app {
	t.Helper()
	a := &app{Client: client(s), server: s}
	web := httptest.NewServer(http.HandlerFunc(a.serveHTTP))
	t.Cleanup(web.Close)
	s.DeliverOverHTTP(devslack.HTTPDelivery{CommandURL: web.URL + "/command", InteractivityURL: web.URL + "/interact", EventsURL: web.URL + "/event"})
	if err := s.VerifyEventsURL(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *app) serveHTTP(w http.ResponseWriter, r *http.Request) {
	verifier, err := slack.NewSecretsVerifier(r.Header, a.server.SigningSecret())
	body, _ := io.ReadAll(r.Body)
	if err == nil {
		_, _ = verifier.Write(body) // a hash never fails
		err = verifier.Ensure()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	a.mu.Lock()
	slash, interact, event := a.slash, a.interact, a.event
	a.mu.Unlock()
	var payload any
	switch r.URL.Path {
	case "/command":
		c, err := slack.SlashCommandParse(r)
		if err == nil && slash != nil {
			payload = slash(c)
		}
	case "/interact":
		c, err := slack.InteractionCallbackParse(r)
		if err == nil && interact != nil {
			payload = interact(c)
		}
	case "/event":
		e, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if e.Type == slackevents.URLVerification {
			payload = map[string]string{"challenge": e.Data.(*slackevents.EventsAPIURLVerificationEvent).Challenge}
		} else if event != nil {
			attempt, _ := strconv.Atoi(r.Header.Get("X-Slack-Retry-Num"))
			event(socketmode.Request{RetryAttempt: attempt, RetryReason: r.Header.Get("X-Slack-Retry-Reason")}, e)
		}
	}
	switch payload {
	case silence:
		<-r.Context().Done() // the other end has waited long enough
	case nil:
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(payload) // the other end may have gone
	}
}

// overBoth runs a test over each delivery.
func overBoth(t *testing.T, o func() devslack.Options, test func(*testing.T, *devslack.Server, *app)) {
	t.Helper()
	t.Run("sockets", func(t *testing.T) {
		t.Parallel()
		s := start(t, o())
		test(t, s, connect(t, s, 2))
	})
	t.Run("http", func(t *testing.T) {
		t.Parallel()
		s := start(t, o())
		test(t, s, listen(t, s))
	})
}
