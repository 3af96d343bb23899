package devslack_test

import (
	"bytes"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"

	"dbaccess/internal/devslack"
)

// frame is what a socket carries, as a bare client reads it.
type frame struct {
	Type        string `json:"type"`
	ID          string `json:"envelope_id"`
	Reason      string `json:"reason"`
	Attempt     int    `json:"retry_attempt"`
	RetryReason string `json:"retry_reason"`
	Connections int    `json:"num_connections"`
	Accepts     bool   `json:"accepts_response_payload"`
	Payload     struct {
		EventID string `json:"event_id"`
		Command string `json:"command"`
		Event   struct {
			Type string `json:"type"`
			Item struct {
				TS string `json:"ts"`
			} `json:"item"`
		} `json:"event"`
	} `json:"payload"`
}

// dial opens a socket without slack-go, to see the frames themselves.
func dial(t *testing.T, s *devslack.Server) *websocket.Conn {
	t.Helper()
	api := client(s)
	_, address, err := api.StartSocketModeContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), address, http.Header{"Origin": {"https://api.slack.com"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if hello := next(t, conn); hello.Type != "hello" || hello.Connections < 1 {
		t.Fatalf("hello %+v", hello)
	}
	return conn
}

func next(t *testing.T, conn *websocket.Conn) frame {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var f frame
	if err := conn.ReadJSON(&f); err != nil {
		t.Fatal(err)
	}
	return f
}

func acknowledge(t *testing.T, conn *websocket.Conn, f frame) {
	t.Helper()
	if err := conn.WriteJSON(map[string]string{"envelope_id": f.ID}); err != nil {
		t.Fatal(err)
	}
}

func TestEnvelopesGoRoundTheSockets(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	one, two := dial(t, s), dial(t, s)
	var counts [2]atomic.Int32
	for i, conn := range []*websocket.Conn{one, two} {
		go func() {
			for {
				var f frame
				if conn.ReadJSON(&f) != nil {
					return
				}
				counts[i].Add(1)
				_ = conn.WriteJSON(map[string]string{"envelope_id": f.ID}) // the test ends by closing
			}
		}()
	}
	for range 6 {
		must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "", "/dbaccess list"))
	}
	if counts[0].Load() != 3 || counts[1].Load() != 3 {
		t.Errorf("sockets got %d and %d", counts[0].Load(), counts[1].Load())
	}
}

func TestUnacknowledgedEventComesAgainWithItsNumber(t *testing.T) {
	t.Parallel()
	o := devslack.DefaultSeed()
	o.AckTimeout = 20 * time.Millisecond
	o.RetryAfter = []time.Duration{0, time.Millisecond, time.Millisecond}
	s := start(t, o)
	conn := dial(t, s)
	msg := must[devslack.Message](t)(s.As("alice").Say("general", "hi"))
	if err := s.As("bob").React(t.Context(), "general", msg.TS, "eyes"); err != nil {
		t.Fatal(err)
	}
	first := next(t, conn)
	if first.Type != "events_api" || first.Attempt != 0 || first.Payload.EventID == "" {
		t.Fatalf("first %+v", first)
	}
	for attempt := 1; attempt <= 3; attempt++ {
		again := next(t, conn)
		if again.Attempt != attempt || again.RetryReason != "timeout" || again.Payload.EventID != first.Payload.EventID || again.ID == first.ID {
			t.Errorf("again %+v", again)
		}
	}
}

func TestEventSurvivesTheLossOfItsSocket(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	conn := dial(t, s)
	msg := must[devslack.Message](t)(s.As("alice").Say("general", "hi"))
	if err := s.As("bob").React(t.Context(), "general", msg.TS, "eyes"); err != nil {
		t.Fatal(err)
	}
	first := next(t, conn)
	other := dial(t, s)
	if !s.DropSocket() {
		t.Fatal("no socket to drop")
	}
	again := next(t, other)
	if again.Attempt != 1 || again.RetryReason != "connection_failed" || again.Payload.EventID != first.Payload.EventID {
		t.Errorf("again %+v", again)
	}
	acknowledge(t, other, again)
	await(t, s, func(now devslack.Snapshot) bool { return now.Sockets() == 1 })
}

func TestCommandIsLostWithItsSocketAndSlackSaysSo(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	conn := dial(t, s)
	done := make(chan error, 1)
	go func() {
		_, err := s.As("alice").Command(t.Context(), "general", "/dbaccess list")
		done <- err
	}()
	if f := next(t, conn); f.Type != "slash_commands" || !f.Accepts || f.Payload.Command != "/dbaccess" {
		t.Errorf("command %+v", f)
	}
	s.DropSocket()
	if e, ok := errors.AsType[*devslack.DeliveryError](<-done); !ok || e.Code != devslack.DispatchFailed {
		t.Errorf("error %v", e)
	}
	if e := s.Ephemerals("alice"); len(e) != 1 || e[0].Text != `/dbaccess failed with the error "dispatch_failed"` {
		t.Errorf("alice sees %+v", e)
	}
}

func TestDuplicatesAndWarningsComeOnDemand(t *testing.T) {
	t.Parallel()
	o := devslack.DefaultSeed()
	o.CloseAfter = 10 * time.Millisecond
	s := start(t, o)
	conn := dial(t, s)
	s.DuplicateDelivery(1)
	done := make(chan error, 1)
	go func() {
		_, err := s.As("alice").Command(t.Context(), "general", "/dbaccess list")
		done <- err
	}()
	first, second := next(t, conn), next(t, conn)
	if first.ID == second.ID || second.Payload.Command != first.Payload.Command {
		t.Errorf("first %+v, second %+v", first, second)
	}
	acknowledge(t, conn, second)
	acknowledge(t, conn, first)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !s.DisconnectWarning() {
		t.Fatal("no socket to warn")
	}
	if f := next(t, conn); f.Type != "disconnect" || f.Reason != "warning" {
		t.Errorf("warning %+v", f)
	}
	await(t, s, func(now devslack.Snapshot) bool { return now.Sockets() == 0 })
}

func TestSlackGoComesBackAfterItsSocketIsCut(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	connect(t, s, 2)
	s.DropSocket()
	await(t, s, func(now devslack.Snapshot) bool { return now.Sockets() == 2 })
	must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "general", "/dbaccess list"))
}

func TestTicketOpensOneSocketOnly(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	_, address, err := client(s).StartSocketModeContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{http.StatusSwitchingProtocols, http.StatusForbidden} {
		conn, res, _ := websocket.DefaultDialer.DialContext(t.Context(), address, nil)
		if conn != nil {
			defer conn.Close()
		}
		if res == nil || res.StatusCode != want {
			t.Errorf("dial %d: %+v, want %d", i, res, want)
		}
	}
}

func TestResponseURLWorksFiveTimesWithinHalfAnHour(t *testing.T) {
	t.Parallel()
	now := atomic.Pointer[time.Time]{}
	began := time.Now()
	now.Store(&began)
	o := devslack.DefaultSeed()
	o.Now = func() time.Time { return *now.Load() }
	s := start(t, o)
	a := connect(t, s, 1)
	urls := make(chan string, 2)
	a.on(func(a *app) {
		a.slash = func(c slack.SlashCommand) any { urls <- c.ResponseURL; return map[string]string{"text": "Working…"} }
	})
	ask := func() string {
		must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "random", "/dbaccess list"))
		return <-urls
	}
	post := func(url, body string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	url := ask()
	if code := post(url, `{"text":"Done.","replace_original":true,"blocks":null}`); code != 200 {
		t.Fatal(code)
	}
	if e := s.Ephemerals("alice"); len(e) != 1 || e[0].Text != "Done." || e[0].Edited != 1 {
		t.Errorf("replaced: %+v", e)
	}
	if err := slack.PostWebhookContext(t.Context(), url, &slack.WebhookMessage{Text: "More."}); err != nil {
		t.Fatal(err)
	}
	post(url, `{"text":"For all.","response_type":"in_channel"}`)
	if len(s.Ephemerals("alice")) != 2 || len(s.Messages("random")) != 1 {
		t.Error("a new ephemeral, and one for the channel the app is not in")
	}
	if code := post(url, `{"blocks":[{"type":"alert"}]}`); code != http.StatusBadRequest {
		t.Errorf("bad blocks: %d", code)
	}
	post(url, `{"delete_original":true}`)
	if len(s.Messages("random")) != 0 {
		t.Error("delete_original takes the last answer away")
	}
	post(url, `{"text":"Fifth."}`)
	if code := post(url, `{"text":"Sixth."}`); code != http.StatusNotFound {
		t.Errorf("sixth use: %d", code)
	}
	late := ask()
	after := began.Add(31 * time.Minute)
	now.Store(&after)
	if code := post(late, `{"text":"Late."}`); code != http.StatusNotFound {
		t.Errorf("after half an hour: %d", code)
	}
}

func TestEphemeralCardIsClickedAndReplacedByItsResponseURLOnly(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	a := connect(t, s, 1)
	got := make(chan slack.InteractionCallback, 1)
	a.on(func(a *app) { a.interact = func(c slack.InteractionCallback) any { got <- c; return nil } })
	ts, err := a.PostEphemeral("C0GENERAL", "U0ALICE", slack.MsgOptionText("card", false), card("Open"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.As("alice").Click(t.Context(), s.Ephemerals("alice")[0], "Open"); err != nil {
		t.Fatal(err)
	}
	c := <-got
	if !c.Container.IsEphemeral || c.Container.MessageTs != ts || c.Message.Timestamp != "" {
		t.Errorf("callback %+v", c.Container)
	}
	_, _, _, err = a.UpdateMessage("C0GENERAL", ts, slack.MsgOptionText("new", false))
	slackError(t, err, "message_not_found")
	if err := slack.PostWebhookContext(t.Context(), c.ResponseURL, &slack.WebhookMessage{Text: "Opened.", ReplaceOriginal: true}); err != nil {
		t.Fatal(err)
	}
	if e := s.Ephemerals("alice"); len(e) != 1 || e[0].Text != "Opened." || e[0].Blocks != nil {
		t.Errorf("alice sees %+v", e)
	}
}

func TestMessageInputsTravelInStateValues(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	a := connect(t, s, 1)
	got := make(chan slack.InteractionCallback, 2)
	a.on(func(a *app) { a.interact = func(c slack.InteractionCallback) any { got <- c; return nil } })
	hours := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Shorten"), "hours",
		slack.NewOptionBlockObject("1h", plain("1 hour"), nil), slack.NewOptionBlockObject("2h", plain("2 hours"), nil))
	if _, _, err := a.PostMessage("C0APPROVALS", slack.MsgOptionBlocks(
		slack.NewInputBlock("why", plain("Why"), nil, slack.NewPlainTextInputBlockElement(nil, "note")),
		slack.NewActionBlock("act", hours, slack.NewButtonBlockElement("go", "1", plain("Go"))))); err != nil {
		t.Fatal(err)
	}
	msg, bob := s.Messages("db-approvals")[0], s.As("bob")
	if err := bob.Choose(t.Context(), msg, "hours", "2 hours"); err != nil {
		t.Fatal(err)
	}
	if c := <-got; c.ActionCallback.BlockActions[0].SelectedOption.Value != "2h" {
		t.Errorf("choice %+v", c.ActionCallback.BlockActions[0])
	}
	if err := bob.Fill(msg, devslack.Values{"why": {"note": "fine"}}); err != nil {
		t.Fatal(err)
	}
	if err := bob.Click(t.Context(), msg, "Go"); err != nil {
		t.Fatal(err)
	}
	c := <-got
	if v := c.BlockActionState.Values; v["why"]["note"].Value != "fine" || v["act"]["hours"].SelectedOption.Value != "2h" {
		t.Errorf("state %+v", v)
	}
	if err := bob.Fill(msg, devslack.Values{"why": {"nothing": "x"}}); err == nil {
		t.Error("an element that is not there was filled")
	}
}
