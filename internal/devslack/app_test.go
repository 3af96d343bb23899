package devslack_test

import (
	"context"
	"errors"
	"net/http"
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
	if o.Scopes == nil { // these tests call more than dbaccess does
		o.Scopes = append(devslack.DefaultScopes(), "reactions:write", "usergroups:read", "users:read.email")
	}
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
