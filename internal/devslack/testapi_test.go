package devslack_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/internal/devslack"
)

// post sends JSON to the test API, as another program does.
func post(t *testing.T, s *devslack.Server, path string, body any) (int, string) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.TestURL()+path, strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return ask(t, s, req)
}

func ask(t *testing.T, s *devslack.Server, req *http.Request) (int, string) {
	t.Helper()
	req.Header.Set("Authorization", "Bearer "+s.TestToken())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

func TestTestAPIDrivesPeopleWithItsToken(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	a := connect(t, s, 1)
	if _, _, err := a.PostMessage("C0APPROVALS", card("Approve")); err != nil {
		t.Fatal(err)
	}
	msg := s.Messages("db-approvals")[0]
	at := map[string]any{"as": "bob", "channel": "db-approvals", "ts": msg.TS, "action": "approve", "name": "eyes", "text": "/dbaccess list"}
	for _, path := range []string{"act/click", "act/react", "act/unreact", "act/command", "act/say", "fault/chat.update", "switch/duplicate", "switch/drop"} {
		if code, answer := post(t, s, path, at); code != http.StatusOK {
			t.Errorf("%s: %d %s", path, code, answer)
		}
	}
	for path, want := range map[string]int{"act/fly": 404, "switch/none": 404, "act/submit": 422} {
		if code, answer := post(t, s, path, at); code != want {
			t.Errorf("%s: %d %s", path, code, answer)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.TestURL()+"state?"+url.Values{"as": {"bob"}}.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.TestToken())
	if got := status(t, http.DefaultClient, req); got != http.StatusOK {
		t.Errorf("state: %d", got)
	}
}

func TestTestAPIActsOnEverythingAPersonCan(t *testing.T) {
	t.Parallel()
	s := start(t, full())
	a := connect(t, s, 1)
	got := interactions(a, func(c slack.InteractionCallback) any {
		if c.Type == slack.InteractionTypeBlockSuggestion {
			return slack.OptionsResponse{Options: []*slack.OptionBlockObject{slack.NewOptionBlockObject("t1", plain("orders"), nil)}}
		}
		return nil
	})
	msg := must[devslack.Message](t)(s.As("bob").Say("general", "select 1"))
	act := func(do string, body map[string]any) string {
		t.Helper()
		body["as"] = "alice"
		code, answer := post(t, s, "act/"+do, body)
		if code != http.StatusOK {
			t.Fatalf("%s: %d %s", do, code, answer)
		}
		return answer
	}
	act("shortcut", map[string]any{"name": "ask"})
	if c := receive(t, got); c.Type != slack.InteractionTypeShortcut {
		t.Errorf("shortcut %+v", c)
	}
	act("shortcut", map[string]any{"name": "run", "channel": "general", "ts": msg.TS})
	if c := receive(t, got); c.Type != slack.InteractionTypeMessageAction || c.Message.Text != "select 1" {
		t.Errorf("message shortcut %+v", c)
	}
	act("say", map[string]any{"channel": "general", "thread": msg.TS, "text": "why?"})
	if m := s.Messages("general"); len(m) != 2 || m[0].ReplyCount != 1 {
		t.Errorf("messages %+v", m)
	}
	act("home", map[string]any{})
	tables := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, plain("Table"), "table")
	if _, _, err := a.PostMessage("C0GENERAL", slack.MsgOptionBlocks(slack.NewActionBlock("pick", tables))); err != nil {
		t.Fatal(err)
	}
	at := map[string]any{"channel": "general", "ts": s.Messages("general")[2].TS, "block": "pick", "action": "table", "text": "ord"}
	if offered := act("suggest", at); !strings.Contains(offered, `"value":"t1"`) {
		t.Errorf("offered %s", offered)
	}
	receive(t, got)
	at["value"] = "t1"
	act("click", at)
	if c := receive(t, got); c.ActionCallback.BlockActions[0].SelectedOption.Value != "t1" {
		t.Errorf("chosen %+v", c)
	}
}

func TestTestAPISwitchesFaultsAndDelivery(t *testing.T) {
	t.Parallel()
	s := start(t, full())
	for path, body := range map[string]map[string]any{
		"switch/delay": {"delay_ms": 1}, "switch/reorder": {"times": 1}, "switch/lose-acks": {"times": 1}, "switch/warn": {},
		"switch/clock": {"delay_ms": 60000}, "fault/*": {"status": 500}, "switch/scopes": {"scopes": []string{"chat:write"}},
	} {
		if code, answer := post(t, s, path, body); code != http.StatusOK || path == "switch/warn" && !strings.Contains(answer, `"done":false`) {
			t.Errorf("%s: %d %s", path, code, answer)
		}
	}
	if code, _ := post(t, s, "switch/clear", map[string]any{}); code != http.StatusOK {
		t.Error(code)
	}
	if r := call(t, s, "users.info", form("user", "U0BOB")); r.Error != "missing_scope" {
		t.Errorf("scopes were not set: %+v", r)
	}
	call(t, s, "files.upload", nil)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.TestURL()+"unknown", nil)
	if err != nil {
		t.Fatal(err)
	}
	if code, answer := ask(t, s, req); code != http.StatusOK || answer != `{"unknown":["files.upload"]}` {
		t.Errorf("unknown: %d %s", code, answer)
	}
	a := &app{Client: client(s), server: s}
	web := httptest.NewServer(http.HandlerFunc(a.serveHTTP))
	t.Cleanup(web.Close)
	s.Advance(-time.Minute) // back to the time of day, for signatures
	code, answer := post(t, s, "delivery", map[string]string{"command_url": web.URL + "/command", "events_url": web.URL + "/event"})
	if code != http.StatusOK || !strings.Contains(answer, s.SigningSecret()) {
		t.Errorf("delivery: %d %s", code, answer)
	}
	must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "", "/dbaccess"))
	if code, answer := post(t, s, "delivery", map[string]string{"events_url": web.URL + "/nothing"}); code != http.StatusUnprocessableEntity {
		t.Errorf("an events URL that does not answer: %d %s", code, answer)
	}
	if code, answer := post(t, s, "switch/revoke", map[string]any{}); code != http.StatusOK {
		t.Errorf("revoke: %d %s", code, answer)
	}
	if r := call(t, s, "auth.test", nil); r.Error != "token_revoked" {
		t.Errorf("revoked: %+v", r)
	}
}
