package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/internal/fault"
)

// Trouble is an error of a Slack call. Jobs that meet one should be run again,
// after the time that it asks for.
type Trouble struct {
	Method string
	Err    error
	wait   time.Duration
	final  bool
}

func (t *Trouble) Error() string { return t.Method + ": " + t.Err.Error() }

// Unwrap returns what slack-go said.
func (t *Trouble) Unwrap() error { return t.Err }

// RetryAfter is how long to wait before trying again: as long as Slack wants us
// to, or a minute where somebody has to mend something first; 0 = as the caller
// likes.
func (t *Trouble) RetryAfter() time.Duration { return t.wait }

// finalCodes are Slack's answers that time does not heal: somebody has to change
// something in Slack or in the config.
var finalCodes = []string{
	"channel_not_found", "not_in_channel", "is_archived", "restricted_action", "missing_scope", "invalid_auth",
	"account_inactive", "token_revoked", "not_authed", "invalid_blocks", "msg_too_long", "msg_blocks_too_long",
	"user_not_found", "users_not_found", "cannot_dm_bot", "messages_tab_disabled",
}

// trouble wraps an error of a Slack call; nil stays nil.
func trouble(method string, err error) error {
	if err == nil {
		return nil
	}
	t := &Trouble{Method: method, Err: err}
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		t.wait = max(limited.RetryAfter, time.Second)
	}
	if t.final = slices.Contains(finalCodes, slackCode(err)); t.final {
		t.wait = time.Minute
	}
	var answer slack.SlackErrorResponse
	if errors.As(err, &answer) && len(answer.ResponseMetadata.Messages) > 0 {
		t.Err = fmt.Errorf("%w: %s", err, strings.Join(answer.ResponseMetadata.Messages, "; "))
	}
	return t
}

// slackCode is Slack's own word for an error: "message_not_found".
func slackCode(err error) string {
	var answer slack.SlackErrorResponse
	if errors.As(err, &answer) {
		return answer.Err
	}
	return ""
}

// triggerGone says whether a modal could not be opened because the three
// seconds were over, or somebody else used the trigger.
func triggerGone(err error) bool {
	switch slackCode(err) {
	case "expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired", "trigger_exchanged":
		return true
	case "invalid_arguments":
		return strings.Contains(err.Error(), "trigger")
	}
	return false
}

// triggerUsed says whether a modal could not be opened because one was opened
// already by the same trigger.
func triggerUsed(err error) bool {
	code := slackCode(err)
	return code == "exchanged_trigger_id" || code == "trigger_exchanged"
}

// errOpened means that what was to be opened stands open: a delivery came twice.
// Nobody is told of it.
var errOpened = fault.New(fault.Conflict, "It is open already.", "")

var errNoChannel = fault.New(fault.Unavailable, "I cannot post in the approval channel.", "Ask the people who run dbaccess to invite me there.")

// stuck says whether a card cannot reach its channel until somebody mends
// something, and gives the sentence for it.
func stuck(err error) (error, bool) {
	var t *Trouble
	if !errors.As(err, &t) {
		return err, fault.KindOf(err) != fault.Internal
	}
	return errNoChannel.With(err), t.final
}

var errSlackAway = fault.New(fault.Unavailable, "Slack does not answer us just now.", "Please try again in a minute.")

// readable turns trouble with Slack, and running out of time, into what a person
// may read, unless somebody has done so already; other errors are left alone.
func readable(err error) error {
	var t *Trouble
	switch {
	case fault.KindOf(err) != fault.Internal:
		return err
	case errors.As(err, &t):
		return errSlackAway.With(err)
	case errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Unavailable, "That took too long.", "Please try again.").With(err)
	}
	return err
}
