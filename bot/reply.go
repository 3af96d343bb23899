package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/internal/fault"
)

// sorry turns an error into what a person reads of it: the only place where an
// error becomes Slack text. Whatever is not meant for people goes to the log
// under a reference, and the person gets the reference.
func (b *Bot) sorry(ctx context.Context, doing string, err error) string {
	f := fault.Show(readable(err))
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		ref := newRef()
		b.log.ErrorContext(ctx, "slack door", "doing", doing, "ref", ref, "err", err)
		if f.Kind == fault.Internal {
			return esc(f.Msg) + " " + esc(f.Hint) + " If it stays, quote `" + ref + "` to the people who run dbaccess."
		}
	}
	return strings.TrimSpace(esc(f.Msg) + " " + esc(f.Hint))
}

// answer is an ephemeral message: what only the person who acted sees.
type answer struct {
	text   string // mrkdwn
	blocks []slack.Block
}

func say(format string, args ...any) answer { return answer{text: fmt.Sprintf(format, args...)} }

// ack is the answer as the body of an acknowledgement of a slash command.
func (a answer) ack() any {
	body := map[string]any{"response_type": "ephemeral", "text": fit(a.text, maxText)}
	if len(a.blocks) > 0 {
		body["blocks"] = a.blocks
	}
	return body
}

// answerPauses are the pauses before an answer is tried again.
var answerPauses = []time.Duration{200 * time.Millisecond, time.Second}

// respond sends an answer to a response URL. The URL lets anyone who has it post
// here: it is never stored and never logged. An answer that cannot be delivered
// is logged and forgotten, since what it tells of is stored or did not happen.
func (b *Bot) respond(ctx context.Context, responseURL string, a answer) {
	again, err := b.postAnswer(ctx, responseURL, a)
	for _, pause := range answerPauses {
		if !again {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		again, err = b.postAnswer(ctx, responseURL, a)
	}
	if err != nil {
		b.log.WarnContext(ctx, "answer not delivered", "err", err)
	}
}

// postAnswer says whether trying again may help.
func (b *Bot) postAnswer(ctx context.Context, responseURL string, a answer) (again bool, err error) {
	if !b.trusted(responseURL) {
		return false, errors.New("response url is not Slack's")
	}
	body, err := json.Marshal(struct {
		Type    string        `json:"response_type"`
		Text    string        `json:"text"`
		Blocks  []slack.Block `json:"blocks,omitempty"`
		Replace bool          `json:"replace_original"`
	}{"ephemeral", fit(a.text, maxText), a.blocks, false})
	if err != nil {
		return false, fmt.Errorf("encode answer: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, responseURL, bytes.NewReader(body))
	if err != nil {
		return false, errors.New("response url is not a url") // err would hold it
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := b.cfg.HTTP.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) { // its text holds the url
			err = u.Err
		}
		return true, fmt.Errorf("post to response url: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 4096))
	if resp.StatusCode != http.StatusOK {
		return resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500, fmt.Errorf("post to response url: status %d", resp.StatusCode)
	}
	return false, nil
}

// trusted says whether a response URL leads to Slack: to hooks.slack.com, or to
// the host of the API address where that is another.
func (b *Bot) trusted(responseURL string) bool {
	u, err := url.Parse(responseURL)
	if err != nil {
		return false
	}
	if b.cfg.APIURL != "" {
		if api, err := url.Parse(b.cfg.APIURL); err == nil && u.Host == api.Host && u.Scheme == api.Scheme {
			return true
		}
	}
	return u.Scheme == "https" && (u.Hostname() == "hooks.slack.com" || u.Hostname() == "hooks.slack-gov.com")
}
