package devslack

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// DeliveryError says that the app did not answer a person in time.
type DeliveryError struct{ Code string }

func (e *DeliveryError) Error() string { return e.Code }

// What Slack shows of an app that does not answer.
const (
	DispatchFailed   = "dispatch_failed"   // no socket, or it broke
	OperationTimeout = "operation_timeout" // three seconds without acknowledgement
)

// deliver sends what a person did and waits for the acknowledgement. The duplicate
// and delay switches apply here; nothing is sent again by itself: Slack does not
// repeat commands and clicks either.
func (s *Server) deliver(ctx context.Context, kind string, payload object, answer bool) (json.RawMessage, error) {
	e := envelope{Type: kind, Payload: payload, AcceptsAnswer: answer}
	twice, delay := s.faults.delivery()
	if err := pause(ctx, delay); err != nil {
		return nil, err
	}
	first, err := s.hub.send(e)
	if err != nil {
		return nil, err
	}
	if twice {
		s.deliverAgain(e)
	}
	return first.receive(ctx)
}

// deliverAgain sends the same payload once more and lets its answer be.
func (s *Server) deliverAgain(e envelope) {
	if again, err := s.hub.send(e); err == nil {
		s.background(func(ctx context.Context) { _, _ = again.receive(ctx) }) // nobody is shown a duplicate's answer
	}
}

// sendEvent tells the app of an event, again and again as Slack does until it is
// acknowledged. It returns once the first try is written.
func (s *Server) sendEvent(event object) {
	payload := object{
		"token": s.verification, "team_id": s.o.TeamID, "context_team_id": s.o.TeamID, "context_enterprise_id": nil,
		"api_app_id": s.o.AppID, "event": event, "type": "event_callback", "event_id": newID("Ev0"),
		"event_time": s.o.Now().Unix(), "event_context": newID("4-"), "is_ext_shared_channel": s.sharedChannel(event),
		"authorizations": []object{{
			"enterprise_id": nil, "team_id": s.o.TeamID, "user_id": s.o.BotUserID, "is_bot": true, "is_enterprise_install": false,
		}},
	}
	e := envelope{Type: "events_api", Payload: payload}
	twice, delay := s.faults.delivery()
	if delay > 0 {
		s.background(func(ctx context.Context) {
			if pause(ctx, delay) == nil {
				s.tryEvent(ctx, e, twice)
			}
		})
		return
	}
	first, err := s.hub.send(e)
	if err == nil && twice {
		s.deliverAgain(e)
	}
	s.background(func(ctx context.Context) {
		if err == nil {
			_, err = first.receive(ctx)
		}
		s.retryEvent(ctx, e, err)
	})
}

func (s *Server) tryEvent(ctx context.Context, e envelope, twice bool) {
	first, err := s.hub.send(e)
	if err == nil {
		if twice {
			s.deliverAgain(e)
		}
		_, err = first.receive(ctx)
	}
	s.retryEvent(ctx, e, err)
}

// retryEvent repeats an event that was not acknowledged.
func (s *Server) retryEvent(ctx context.Context, e envelope, err error) {
	for attempt, wait := range s.o.RetryAfter {
		if err == nil || pause(ctx, wait) != nil {
			return
		}
		e.RetryAttempt, e.RetryReason = attempt+1, "timeout"
		if d, ok := errors.AsType[*DeliveryError](err); ok && d.Code == DispatchFailed {
			e.RetryReason = "connection_failed"
		}
		var again *sent
		if again, err = s.hub.send(e); err == nil {
			_, err = again.receive(ctx)
		}
	}
	if err != nil {
		s.o.Log.Warn("event given up", "err", err)
	}
}

func (s *Server) sharedChannel(event object) bool {
	item, _ := event["item"].(object)
	s.mu.Lock()
	defer s.mu.Unlock()
	conv := s.conversation(str(item, "channel"))
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
