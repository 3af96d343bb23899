package devslack

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// HTTPDelivery is where an app that has no sockets takes what Slack sends: the
// request URLs of its manifest. The zero value means Socket Mode.
type HTTPDelivery struct {
	CommandURL       string // slash commands
	InteractivityURL string // clicks, submissions, shortcuts
	EventsURL        string // the Events API
	OptionsURL       string // what an external select may offer; empty: InteractivityURL
}

// DeliverOverHTTP makes everything from now on go to the app's request URLs,
// signed, instead of its sockets. It may be called at any time: an app is told
// the server's address first and has its own afterwards. The zero value turns
// Socket Mode on again. Open sockets are told link_disabled and cut.
func (s *Server) DeliverOverHTTP(h HTTPDelivery) {
	if h.OptionsURL == "" {
		h.OptionsURL = h.InteractivityURL
	}
	s.requests.mu.Lock()
	s.requests.to = h
	s.requests.mu.Unlock()
	if s.overHTTP() {
		s.disableSockets()
	}
	s.wake()
}

func (s *Server) overHTTP() bool {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return s.requests.to != HTTPDelivery{}
}

// SigningSecret is what requests to the app are signed with, made for this run.
func (s *Server) SigningSecret() string {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return s.requests.secret
}

// RotateSigningSecret replaces the signing secret. From here on only the new one
// signs; what was sent before may still be on its way under the old one.
func (s *Server) RotateSigningSecret() (old, fresh string) {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	old, s.requests.secret = s.requests.secret, newSigningSecret()
	return old, s.requests.secret
}

func newSigningSecret() string {
	sum := sha256.Sum256([]byte(newID("") + newID("") + newID("")))
	return hex.EncodeToString(sum[:16]) // 32 hexadecimal digits, as Slack's
}

// VerifyEventsURL does the handshake that Slack does before it takes an events
// URL: the app must send the challenge back, as text, JSON or a form.
func (s *Server) VerifyEventsURL(ctx context.Context) error {
	challenge := newID("") + newID("")
	e := envelope{Type: kindEvents, Payload: object{"token": s.verification, "challenge": challenge, "type": "url_verification"}}
	ctx, cancel := context.WithTimeout(ctx, s.o.AckTimeout)
	defer cancel()
	kind, body, err := s.requests.exchange(ctx, e)
	if err != nil {
		return fmt.Errorf("url_verification: %w", err)
	}
	got := strings.TrimSpace(string(body))
	switch kind {
	case "application/json":
		var answer struct {
			Challenge string `json:"challenge"`
		}
		if json.Unmarshal(body, &answer) == nil {
			got = answer.Challenge
		}
	case "application/x-www-form-urlencoded":
		if form, err := url.ParseQuery(got); err == nil {
			got = form.Get("challenge")
		}
	}
	if got != challenge {
		return errors.New("url_verification: the app did not send the challenge back")
	}
	return nil
}

// requester delivers by signed HTTP requests.
type requester struct {
	o      Options
	begin  func(func(ctx context.Context)) // runs in the background; ctx ends with the server
	ctx    context.Context
	client *http.Client

	mu     sync.Mutex
	to     HTTPDelivery
	secret string
	flying []*flight // requests without an answer yet, oldest first
}

// flight is a request on its way, for DropSocket to cut.
type flight struct{ cut context.CancelCauseFunc }

var errCut = errors.New("the connection was cut")

func newRequester(ctx context.Context, o Options, begin func(func(context.Context))) *requester {
	return &requester{
		o: o, ctx: ctx, begin: begin, secret: newSigningSecret(),
		client: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// send starts the request; its three seconds count from here.
func (q *requester) send(e envelope) (*sent, error) {
	q.mu.Lock()
	configured := q.to.url(e) != ""
	q.mu.Unlock()
	if !configured {
		return nil, &DeliveryError{Code: DispatchFailed, reason: "connection_failed"}
	}
	ctx, cancel := context.WithTimeout(q.ctx, q.o.AckTimeout)
	ack := make(chan outcome, 1)
	q.begin(func(context.Context) {
		kind, body, err := q.exchange(ctx, e)
		if err != nil {
			ack <- outcome{err: err}
			return
		}
		ack <- outcome{payload: asAck(e, kind, body)}
	})
	return &sent{ack: ack, timer: time.NewTimer(q.o.AckTimeout), server: q.ctx, forget: cancel}, nil
}

// exchange does one request and returns the answer's media type and body. What
// went wrong is a DeliveryError.
func (q *requester) exchange(ctx context.Context, e envelope) (kind string, body []byte, err error) {
	ctx, cut := context.WithCancelCause(ctx)
	f := &flight{cut: cut}
	q.mu.Lock()
	q.flying = append(q.flying, f)
	q.mu.Unlock()
	defer func() {
		q.mu.Lock()
		q.flying = slices.DeleteFunc(q.flying, func(other *flight) bool { return other == f })
		q.mu.Unlock()
		cut(nil)
	}()
	req, err := q.request(ctx, e)
	if err != nil {
		return "", nil, &DeliveryError{Code: DispatchFailed, reason: "unknown_error"}
	}
	res, err := q.client.Do(req)
	if err == nil {
		defer res.Body.Close()
		body, err = io.ReadAll(io.LimitReader(res.Body, maxRequestBytes))
	}
	switch {
	case context.Cause(ctx) == errCut:
		return "", nil, &DeliveryError{Code: DispatchFailed, reason: "connection_failed"}
	case errors.Is(err, context.DeadlineExceeded):
		return "", nil, &DeliveryError{Code: OperationTimeout, reason: "http_timeout"}
	case err != nil:
		q.o.Log.Warn("app not reached", "err", err)
		return "", nil, &DeliveryError{Code: DispatchFailed, reason: "connection_failed"}
	case res.StatusCode/100 != 2:
		q.o.Log.Warn("app refused a delivery", "type", e.Type, "status", res.StatusCode)
		return "", nil, &DeliveryError{Code: DispatchFailed, reason: "http_error", final: res.Header.Get("X-Slack-No-Retry") == "1"}
	}
	kind, _, _ = mime.ParseMediaType(res.Header.Get("Content-Type"))
	return kind, body, nil
}

// request makes the signed request for one try.
func (q *requester) request(ctx context.Context, e envelope) (*http.Request, error) {
	kind, body := e.encode()
	q.mu.Lock()
	to, secret := q.to.url(e), q.secret
	q.mu.Unlock()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	ts := strconv.FormatInt(q.o.Now().Unix(), 10)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Accept", "application/json,*/*")
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	req.Header.Set("X-Slack-Request-Timestamp", ts)
	req.Header.Set("X-Slack-Signature", sign(secret, ts, body))
	if e.RetryAttempt > 0 {
		req.Header.Set("X-Slack-Retry-Num", strconv.Itoa(e.RetryAttempt))
		req.Header.Set("X-Slack-Retry-Reason", e.RetryReason)
	}
	return req, nil
}

// sign makes the v0 signature
// (https://docs.slack.dev/authentication/verifying-requests-from-slack).
func sign(secret, ts string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + ts + ":"))
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

func (h HTTPDelivery) url(e envelope) string {
	switch {
	case e.Type == kindCommands:
		return h.CommandURL
	case e.Type == kindEvents:
		return h.EventsURL
	case e.Payload["type"] == "block_suggestion":
		return h.OptionsURL
	}
	return h.InteractivityURL
}

// encode is the body of a request: a form for commands, a form of one field for
// interactivity, JSON for events.
func (e envelope) encode() (kind string, body []byte) {
	const form = "application/x-www-form-urlencoded"
	switch e.Type {
	case kindEvents:
		return "application/json", mustJSON(e.Payload)
	case kindCommands:
		values := url.Values{}
		for key, value := range e.Payload {
			values.Set(key, fmt.Sprint(value))
		}
		return form, []byte(values.Encode())
	}
	return form, []byte(url.Values{"payload": {string(mustJSON(e.Payload))}}.Encode())
}

// asAck makes an acknowledgement's payload of an HTTP answer, which for a command
// may be bare text.
func asAck(e envelope, kind string, body []byte) json.RawMessage {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return nil
	case e.Type == kindCommands && kind != "application/json":
		return mustJSON(object{"text": string(body)})
	}
	return body
}

// dropOldest cuts the oldest request that has no answer; false if there is none.
func (q *requester) dropOldest() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.flying) == 0 {
		return false
	}
	q.flying[0].cut(errCut)
	return true
}
