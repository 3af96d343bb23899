package bot

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"dbaccess/internal/devslack"
)

// taker is a Slack, the local one or a real one, to which everything that we draw
// is given: what it does not take, nobody would ever see.
type taker struct {
	api, token string // address of the Web API with its last slash; the bot's token
	channel    string // where messages are posted and taken away again
}

// takesEverything gives it each golden file.
func (s taker) takesEverything(t *testing.T) {
	t.Helper()
	found, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(found) < 50 {
		t.Fatalf("%d golden files, %v", len(found), err)
	}
	for _, path := range found {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		switch folder := filepath.Base(filepath.Dir(path)); folder {
		case "cards", "letters", "answers":
			s.takesMessage(t, path, raw)
		case "modals", "home":
			s.calls(t, path, "blocks.validate", url.Values{"view": {string(raw)}})
		default:
			t.Errorf("%s: it is not known what is in the folder %s", path, folder)
		}
	}
}

// takesMessage has a message judged, posted, updated and taken away.
func (s taker) takesMessage(t *testing.T, name string, raw []byte) {
	t.Helper()
	var m struct {
		Text   string          `json:"text"`
		Blocks json.RawMessage `json:"blocks"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	s.calls(t, name, "blocks.validate", url.Values{"message": {string(mustMarshal(t, map[string]any{"text": m.Text, "blocks": m.Blocks}))}})
	args := url.Values{"channel": {s.channel}, "text": {m.Text}, "blocks": {string(m.Blocks)}, "unfurl_links": {"false"}, "unfurl_media": {"false"}}
	posted := s.calls(t, name, "chat.postMessage", args)
	if posted.TS == "" {
		return
	}
	args.Del("unfurl_links")
	args.Del("unfurl_media")
	args.Set("ts", posted.TS)
	s.calls(t, name, "chat.update", args)
	s.calls(t, name, "chat.delete", url.Values{"channel": {posted.Channel}, "ts": {posted.TS}})
}

type takerAnswer struct {
	OK       bool            `json:"ok"`
	Error    string          `json:"error"`
	Errors   json.RawMessage `json:"errors"` // of blocks.validate
	Channel  string          `json:"channel"`
	TS       string          `json:"ts"`
	Metadata struct {
		Messages []string `json:"messages"`
	} `json:"response_metadata"`
}

// calls calls a method, and waits where Slack asks for it.
func (s taker) calls(t *testing.T, name, method string, args url.Values) (answer takerAnswer) {
	t.Helper()
	for {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.api+method, strings.NewReader(args.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer "+s.token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		err = json.NewDecoder(resp.Body).Decode(&answer)
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusTooManyRequests {
			seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
			if err := wait(t.Context(), time.Duration(max(seconds, 1))*time.Second); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err != nil || !answer.OK {
			t.Errorf("%s: %s: %s %s %s (%v)", name, method, answer.Error, answer.Errors, answer.Metadata.Messages, err)
		}
		return answer
	}
}

func mustMarshal(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestTheLocalSlackTakesEveryGoldenFile(t *testing.T) {
	t.Parallel()
	o := devslack.DefaultSeed()
	o.Unlimited = true
	s, err := devslack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	taker{api: s.APIURL(), token: s.BotToken(), channel: "C0APPROVALS"}.takesEverything(t)
	if left := s.Messages("db-approvals"); len(left) > 0 {
		t.Errorf("%d messages are left", len(left))
	}
	if unknown := s.Unknown(); len(unknown) > 0 {
		t.Errorf("unknown to the local Slack: %v", unknown)
	}
	for what, bad := range map[string]string{
		"message": `{"blocks":[{"type":"section","text":{"type":"mrkdwn","text":""}}]}`,
		"view":    `{"type":"modal","title":{"type":"plain_text","text":"` + strings.Repeat("x", 25) + `"},"blocks":[]}`,
		"blocks":  `[{"type":"alert"}]`,
	} {
		probe := taker{api: s.APIURL(), token: s.BotToken()}
		if said := probe.judges(t, what, bad); said != "invalid_"+what {
			t.Errorf("a bad %s: %s", what, said)
		}
	}
}

// judges returns what blocks.validate says of something bad.
func (s taker) judges(t *testing.T, what, raw string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.api+"blocks.validate", strings.NewReader(url.Values{what: {raw}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+s.token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Error  string
		Errors []struct{ Pointer, Code, Message string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Errors) == 0 || answer.Errors[0].Message == "" || answer.Errors[0].Code == "" {
		return fmt.Sprintf("%+v", answer)
	}
	return answer.Error
}
