package devslack_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/internal/devslack"
)

// request is what an app's URL was sent.
type request struct {
	header http.Header
	path   string
	body   string
}

// urls is an app of bare handlers: reply answers each request.
func urls(t *testing.T, s *devslack.Server, reply http.HandlerFunc) <-chan request {
	t.Helper()
	got := make(chan request, 16)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- request{r.Header, r.URL.Path, string(body)}
		if reply != nil {
			reply(w, r)
		}
	}))
	t.Cleanup(web.Close)
	s.DeliverOverHTTP(devslack.HTTPDelivery{CommandURL: web.URL + "/c", InteractivityURL: web.URL + "/i", EventsURL: web.URL + "/e"})
	return got
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func signed(r request, secret string) error {
	v, err := slack.NewSecretsVerifier(r.header, secret)
	if err != nil {
		return err
	}
	_, _ = v.Write([]byte(r.body)) // a hash never fails
	return v.Ensure()
}

func TestRequestsAreFormsSignedWithTheSecretOfTheDay(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	got := urls(t, s, nil)
	must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "general", "/dbaccess shop & more"))
	r := receive(t, got)
	form, err := url.ParseQuery(r.body)
	if err != nil || r.path != "/c" || form.Get("text") != "shop &amp; more" || form.Get("is_enterprise_install") != "false" ||
		r.header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("command %+v", r)
	}
	if err := signed(r, s.SigningSecret()); err != nil {
		t.Error(err)
	}
	old, fresh := s.RotateSigningSecret()
	if old == fresh || len(fresh) != 32 || fresh != s.SigningSecret() {
		t.Errorf("rotated %q to %q", old, fresh)
	}
	must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "general", "/dbaccess"))
	r = receive(t, got)
	if err := signed(r, fresh); err != nil {
		t.Error(err)
	}
	if err := signed(r, old); !errors.Is(err, slack.ErrInvalidSignature) {
		t.Errorf("the old secret: %v", err)
	}
}

func TestEventComesAgainOverHTTPUnlessTheAppSaysNo(t *testing.T) {
	t.Parallel()
	o := devslack.DefaultSeed()
	o.RetryAfter = []time.Duration{0, time.Millisecond, time.Millisecond}
	s := start(t, o)
	var no atomic.Bool
	got := urls(t, s, func(w http.ResponseWriter, _ *http.Request) {
		if no.Load() {
			w.Header().Set("X-Slack-No-Retry", "1")
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	msg := must[devslack.Message](t)(s.As("alice").Say("general", "hi"))
	react := func(name string) {
		if err := s.As("bob").React(t.Context(), "general", msg.TS, name); err != nil {
			t.Fatal(err)
		}
	}
	react("eyes")
	first := receive(t, got)
	if first.path != "/e" || first.header.Get("X-Slack-Retry-Num") != "" || !strings.Contains(first.body, `"reaction":"eyes"`) {
		t.Errorf("first %+v", first)
	}
	for _, num := range []string{"1", "2", "3"} {
		again := receive(t, got)
		if again.header.Get("X-Slack-Retry-Num") != num || again.header.Get("X-Slack-Retry-Reason") != "http_error" || again.body != first.body {
			t.Errorf("again %+v", again)
		}
	}
	no.Store(true)
	react("one")
	receive(t, got)
	react("two")
	if r := receive(t, got); !strings.Contains(r.body, `"reaction":"two"`) {
		t.Errorf("an event came again though the app said no: %s", r.body)
	}
}

func TestAppThatFailsOverHTTPIsReportedToThePerson(t *testing.T) {
	t.Parallel()
	o := devslack.DefaultSeed()
	o.AckTimeout = 2 * time.Second // long enough for a busy machine to answer in
	s := start(t, o)
	var status atomic.Int32
	status.Store(500)
	urls(t, s, func(w http.ResponseWriter, r *http.Request) {
		if status.Load() == 0 {
			<-r.Context().Done()
			return
		}
		w.WriteHeader(int(status.Load()))
	})
	command := func(want string) {
		t.Helper()
		_, err := s.As("alice").Command(t.Context(), "", "/dbaccess")
		if e, ok := errors.AsType[*devslack.DeliveryError](err); !ok || e.Code != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	command(devslack.DispatchFailed)
	status.Store(302) // a redirect is no acknowledgement
	command(devslack.DispatchFailed)
	status.Store(0)
	command(devslack.OperationTimeout)
	s.DeliverOverHTTP(devslack.HTTPDelivery{CommandURL: "http://127.0.0.1:1/"}) // nobody listens there
	command(devslack.DispatchFailed)
	s.DeliverOverHTTP(devslack.HTTPDelivery{EventsURL: "http://127.0.0.1:1/"}) // no address for commands
	command(devslack.DispatchFailed)
	if n := len(s.Ephemerals("alice")); n != 5 {
		t.Errorf("alice sees %d notices", n)
	}
}

func TestRequestInFlightCanBeCut(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	if s.DisconnectWarning() {
		t.Error("a warning without sockets")
	}
	got := urls(t, s, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	if s.DropSocket() {
		t.Error("there was nothing to cut")
	}
	done := make(chan error, 1)
	go func() {
		_, err := s.As("alice").Command(t.Context(), "", "/dbaccess")
		done <- err
	}()
	receive(t, got)
	if !s.DropSocket() {
		t.Error("nothing was cut")
	}
	if e, ok := errors.AsType[*devslack.DeliveryError](receive(t, done)); !ok || e.Code != devslack.DispatchFailed {
		t.Errorf("error %v", e)
	}
}

func TestBareTextIsAnAnswerToACommand(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	urls(t, s, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "Understood.\n") })
	if ack := must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "", "/dbaccess")); ack.Text != "Understood." {
		t.Errorf("ack %+v", ack)
	}
}

func TestEventsURLMustSendTheChallengeBack(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	urls(t, s, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	if err := s.VerifyEventsURL(t.Context()); err == nil || !strings.Contains(err.Error(), "challenge") {
		t.Errorf("error %v", err)
	}
	listen(t, s) // verifies, with slack-go's shape of the answer
}

func TestSocketsAreCutWhenTheAppMovesToHTTP(t *testing.T) {
	t.Parallel()
	o := devslack.DefaultSeed()
	o.CloseAfter = 10 * time.Millisecond
	s := start(t, o)
	conn := dial(t, s)
	listen(t, s)
	if f := next(t, conn); f.Type != "disconnect" || f.Reason != "link_disabled" {
		t.Errorf("frame %+v", f)
	}
	await(t, s, func(now devslack.Snapshot) bool { return now.Sockets() == 0 })
	s.DeliverOverHTTP(devslack.HTTPDelivery{})
	connect(t, s, 1)
	must[devslack.Ack](t)(s.As("alice").Command(t.Context(), "", "/dbaccess"))
}
