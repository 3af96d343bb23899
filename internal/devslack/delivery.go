package devslack

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// DeliveryError says that the app did not answer a person in time.
type DeliveryError struct {
	Code string

	reason string // why an event comes again, in X-Slack-Retry-Reason's words
	final  bool   // the app asked not to be tried again
}

func (e *DeliveryError) Error() string { return e.Code }

// What Slack shows of an app that does not answer.
const (
	DispatchFailed   = "dispatch_failed"   // the app is not there, or broke off, or answered with an error
	OperationTimeout = "operation_timeout" // three seconds without acknowledgement
)

// What is said to the app, in Socket Mode's words.
const (
	kindCommands    = "slash_commands"
	kindInteractive = "interactive"
	kindEvents      = "events_api"
)

// envelope is one thing said to the app.
type envelope struct {
	ID            string `json:"envelope_id"`
	Type          string `json:"type"`
	Payload       object `json:"payload"`
	AcceptsAnswer bool   `json:"accepts_response_payload"`
	RetryAttempt  int    `json:"retry_attempt,omitempty"`
	RetryReason   string `json:"retry_reason,omitempty"`
}

// send starts one try at delivering e, over sockets or HTTP. An error means that
// the app is not there.
func (s *Server) send(e envelope) (*sent, error) {
	if s.overHTTP() {
		return s.requests.send(e)
	}
	return s.hub.send(e)
}

// sent is an envelope on its way: receive waits for the app's acknowledgement.
type sent struct {
	ack    <-chan outcome  // buffered
	gone   <-chan struct{} // closed when no acknowledgement can come any more; nil: never
	timer  *time.Timer
	server context.Context
	forget func()
}

type outcome struct {
	payload json.RawMessage
	err     error // a DeliveryError
}

// receive waits for the acknowledgement and returns its payload, nil if it has
// none.
func (w *sent) receive(ctx context.Context) (json.RawMessage, error) {
	defer w.forget()
	defer w.timer.Stop()
	select {
	case got := <-w.ack:
		return got.payload, got.err
	case <-w.timer.C:
		return nil, &DeliveryError{Code: OperationTimeout, reason: "http_timeout"}
	case <-w.gone: // the app cannot answer any more, unless it just did
		select {
		case got := <-w.ack:
			return got.payload, got.err
		default:
			return nil, &DeliveryError{Code: DispatchFailed, reason: "connection_failed"}
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-w.server.Done():
		return nil, &DeliveryError{Code: DispatchFailed, reason: "connection_failed"}
	}
}

// deliver sends what a person did and waits for the acknowledgement. The delivery
// switches apply here; nothing is sent again by itself: Slack does not repeat
// commands and clicks either.
func (s *Server) deliver(ctx context.Context, kind string, payload object, answer bool) (json.RawMessage, error) {
	e := envelope{Type: kind, Payload: payload, AcceptsAnswer: answer}
	fate := s.faults.delivery()
	defer fate.passed()
	if err := s.hold(ctx, fate); err != nil {
		return nil, err
	}
	first, err := s.send(e)
	if err != nil {
		return nil, err
	}
	if fate.twice {
		s.deliverAgain(e)
	}
	raw, err := first.receive(ctx)
	if err == nil && fate.loseAck {
		return nil, &DeliveryError{Code: OperationTimeout}
	}
	return raw, err
}

// deliverAgain sends the same payload once more and lets its answer be.
func (s *Server) deliverAgain(e envelope) {
	if again, err := s.send(e); err == nil {
		s.background(func(ctx context.Context) { _, _ = again.receive(ctx) }) // nobody is shown a duplicate's answer
	}
}

// sendEvent tells the app of an event, again and again as Slack does until it is
// acknowledged. It returns once the first try is on its way.
func (s *Server) sendEvent(event object) {
	payload := object{
		"token": s.verification, "team_id": s.o.TeamID, "context_team_id": s.o.TeamID, "context_enterprise_id": nil,
		"api_app_id": s.o.AppID, "event": event, "type": "event_callback", "event_id": newID("Ev0"),
		"event_time": s.o.Now().Unix(), "event_context": newID("4-"), "is_ext_shared_channel": s.sharedChannel(event),
		"authorizations": []object{{
			"enterprise_id": nil, "team_id": s.o.TeamID, "user_id": s.o.BotUserID, "is_bot": true, "is_enterprise_install": false,
		}},
	}
	e := envelope{Type: kindEvents, Payload: payload}
	fate := s.faults.delivery()
	if fate.held() {
		s.background(func(ctx context.Context) {
			if s.hold(ctx, fate) == nil {
				first, err := s.sendFirst(e, fate)
				s.followEvent(ctx, e, fate, first, err)
			}
		})
		return
	}
	first, err := s.sendFirst(e, fate)
	s.background(func(ctx context.Context) { s.followEvent(ctx, e, fate, first, err) })
}

// sendFirst is an event's first try, and its duplicate if there is to be one.
func (s *Server) sendFirst(e envelope, fate *fate) (*sent, error) {
	first, err := s.send(e)
	if err == nil && fate.twice {
		s.deliverAgain(e)
	}
	return first, err
}

// followEvent waits for an event's acknowledgement, and repeats it if none comes.
func (s *Server) followEvent(ctx context.Context, e envelope, fate *fate, first *sent, err error) {
	if err == nil {
		_, err = first.receive(ctx)
	}
	fate.passed()
	if err == nil && fate.loseAck {
		err = &DeliveryError{Code: OperationTimeout, reason: "http_timeout"}
	}
	for attempt, wait := range s.o.RetryAfter {
		failed, _ := errors.AsType[*DeliveryError](err)
		if failed == nil || failed.final || pause(ctx, wait) != nil {
			return
		}
		e.RetryAttempt, e.RetryReason = attempt+1, failed.reason
		if !s.overHTTP() && failed.Code == OperationTimeout {
			e.RetryReason = "timeout" // Socket Mode's word for it
		}
		var again *sent
		if again, err = s.send(e); err == nil {
			_, err = again.receive(ctx)
		}
	}
	if err != nil && ctx.Err() == nil {
		s.o.Log.Warn("event given up", "err", err)
	}
}

func (s *Server) sharedChannel(event object) bool {
	item, _ := event["item"].(object)
	channel := str(item, "channel")
	if channel == "" {
		channel = str(event, "channel")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	conv := s.conversation(channel)
	return conv != nil && conv.ExtShared
}

// pause waits, or returns ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
