package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/api"
	"dbaccess/internal/devslack"
)

// This file is what people do on the stack: see a card, press a button, claim.
// Each waits for what it needs to see, up to the context's end.

// approvals is the channel that requests of the stack's policy go to.
const approvalsChannel = "db-approvals"

// card waits for the newest card in the approval channel that says all of words.
func (s *stack) card(ctx context.Context, words ...string) (devslack.Message, error) {
	return s.await(ctx, "a card", func(n devslack.Snapshot) []devslack.Message { return n.Messages(approvalsChannel) }, words)
}

// dm waits for the newest direct message to somebody that says all of words.
func (s *stack) dm(ctx context.Context, user string, words ...string) (devslack.Message, error) {
	return s.await(ctx, "a message to "+user, func(n devslack.Snapshot) []devslack.Message { return n.DMs(user) }, words)
}

// whisper waits for something that only this person is shown.
func (s *stack) whisper(ctx context.Context, user string, words ...string) (devslack.Message, error) {
	return s.await(ctx, "an answer to "+user, func(n devslack.Snapshot) []devslack.Message { return n.Ephemerals(user) }, words)
}

func (s *stack) await(ctx context.Context, what string, list func(devslack.Snapshot) []devslack.Message, words []string) (found devslack.Message, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var last string
	err = s.slack.WaitFor(ctx, func(n devslack.Snapshot) bool {
		messages := list(n)
		for i := len(messages) - 1; i >= 0; i-- {
			text := messages[i].Text + "\n" + devslack.PlainText(messages[i])
			if i == len(messages)-1 {
				last = text
			}
			if containsAll(text, words) {
				found = messages[i]
				return true
			}
		}
		return false
	})
	if err != nil {
		return found, fmt.Errorf("no %s that says %q came; the newest is %q", what, words, last)
	}
	return found, nil
}

// patience is how long the stage waits for one thing to be seen.
const patience = 20 * time.Second

func containsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// view waits for the person's top modal to say all of words.
func (s *stack) view(ctx context.Context, user string, words ...string) (v devslack.View, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = s.slack.WaitFor(ctx, func(n devslack.Snapshot) bool {
		views := n.Views(user)
		if len(views) == 0 {
			return false
		}
		v = views[len(views)-1]
		return containsAll(v.Title+"\n"+devslack.PlainText(v), words)
	})
	if err != nil {
		return v, fmt.Errorf("no modal of %s says %q; the top one says %q", user, words, devslack.PlainText(v))
	}
	return v, nil
}

// submit fills a modal's inputs by their labels and submits it.
func (s *stack) submit(ctx context.Context, user string, v devslack.View, fields map[string]any) (devslack.SubmitResult, error) {
	values := devslack.Values{}
	for label, value := range fields {
		e, err := devslack.Find(v, label)
		if err != nil {
			return devslack.SubmitResult{}, err
		}
		values[e.BlockID] = map[string]any{e.ActionID: value}
	}
	return s.slack.As(user).Submit(ctx, v.ID, values)
}

// sendStatement types a statement that people have to decide about, reads what was
// found in it, and presses Send.
func (s *stack) sendStatement(ctx context.Context, user, line string) (shown devslack.View, err error) {
	if _, err = s.slack.As(user).Command(ctx, "general", line); err != nil {
		return shown, err
	}
	if shown, err = s.view(ctx, user, "Before it is sent", "Verdict"); err != nil {
		return shown, err
	}
	if _, err = s.slack.As(user).Submit(ctx, shown.ID, nil); err != nil {
		return shown, err
	}
	if _, err = s.view(ctx, user, "is asked"); err != nil {
		return shown, err
	}
	return shown, s.slack.As(user).Close(ctx, shown.ID)
}

var codeInModal = regexp.MustCompile(`dbaccess claim '\S+#(\S+)'`)

// claimCode presses Get credentials in a message to the holder and reads the
// code from the modal.
func (s *stack) claimCode(ctx context.Context, user string, in devslack.Message) (string, error) {
	if err := s.slack.As(user).Click(ctx, in, "Get credentials"); err != nil {
		return "", err
	}
	v, err := s.view(ctx, user, "dbaccess claim ")
	if err != nil {
		return "", err
	}
	m := codeInModal.FindStringSubmatch(devslack.PlainText(v))
	if m == nil {
		return "", errors.New("the modal shows no code")
	}
	return m[1], s.slack.As(user).Close(ctx, v.ID)
}

// refusal is the HTTP door's answer when it gives nothing.
type refusal struct {
	Status int
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Kind   string `json:"kind"`
}

func (r refusal) Error() string { return fmt.Sprintf("%d %s", r.Status, r.Detail) }

// redeem does what the claim page's Show button does.
func (s *stack) redeem(ctx context.Context, code string) (api.Claimed, error) {
	var c api.Claimed
	err := s.post(ctx, "/claim", code, &c)
	return c, err
}

// openResult does what the result page's Show button does.
func (s *stack) openResult(ctx context.Context, code string) (api.ResultPage, error) {
	var p api.ResultPage
	err := s.post(ctx, "/result", code, &p)
	return p, err
}

// asOwner asks the shop's owner for one text.
func (s *stack) asOwner(ctx context.Context, query string, args ...any) (text string, err error) {
	owner, err := pgx.Connect(ctx, s.shop)
	if err != nil {
		return "", err
	}
	defer owner.Close(context.WithoutCancel(ctx))
	err = owner.QueryRow(ctx, query, args...).Scan(&text)
	return text, err
}

func (s *stack) post(ctx context.Context, path, code string, into any) error {
	body, _ := json.Marshal(map[string]string{"code": code})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.config.PublicURL+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		r := refusal{Status: resp.StatusCode}
		_ = json.NewDecoder(resp.Body).Decode(&r)
		return r
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
