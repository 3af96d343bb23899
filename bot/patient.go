package bot

import (
	"context"
	"errors"
	"net/http"
	"path"
	"time"
)

// patient tries calls again that Slack's servers failed at, where nothing can
// happen twice by it, so that a hiccup of Slack's is not a person's to repair. It
// takes less than a second; what fails for longer is for jobs to do again, or for
// people to be told. "Too many calls" is not repeated here either.
type patient struct{ next http.RoundTripper }

// repeatable are the methods that may be called twice, and whether they may be
// also if the first answer was lost: a modal that was opened by it would not open
// again.
var repeatable = map[string]bool{
	"auth.test": true, "users.info": true, "conversations.info": true, "reactions.get": true,
	"chat.update": true, "views.update": true, "views.publish": true, "views.open": false, "views.push": false,
}

// patientPauses are the pauses before a call is tried again.
var patientPauses = []time.Duration{100 * time.Millisecond, 400 * time.Millisecond}

func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	lost, ok := repeatable[path.Base(r.URL.Path)]
	resp, err := p.next.RoundTrip(r)
	for _, pause := range patientPauses {
		failed := err == nil && resp.StatusCode >= 500
		if !ok || !failed && (err == nil || !lost) || r.GetBody == nil || wait(r.Context(), pause) != nil {
			break
		}
		if failed {
			_ = resp.Body.Close()
		}
		again := r.Clone(r.Context())
		var bodyErr error
		if again.Body, bodyErr = r.GetBody(); bodyErr != nil {
			return nil, errors.Join(err, bodyErr)
		}
		resp, err = p.next.RoundTrip(again)
	}
	return resp, err
}

// wait pauses, or returns ctx's error.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
