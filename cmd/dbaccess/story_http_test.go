package main

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"dbaccess/internal/devslack"
)

// twoSecrets makes a config name a second signing secret, which the test may
// change. It begins as one that signs nothing.
func twoSecrets(t *testing.T) func(string) string {
	named := regexp.MustCompile(`file:(\S+)/signing_secret\]`)
	return func(yaml string) string {
		dir := named.FindStringSubmatch(yaml)[1]
		if err := os.WriteFile(dir+"/other_secret", []byte(strings.Repeat("0", 32)), 0o600); err != nil {
			t.Fatal(err)
		}
		return named.ReplaceAllString(yaml, "file:$1/signing_secret, file:$1/other_secret]")
	}
}

// gets asks the server for a page.
func (s *story) gets(path string) (int, string) {
	s.Helper()
	resp, err := http.Get(s.config.PublicURL + path)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestSlackIsServedOverHTTPBesideTheClaimPage(t *testing.T) {
	s := newStory(t, scene{transport: "http", edit: twoSecrets(t)})
	if err := s.slack.VerifyEventsURL(t.Context()); err != nil {
		t.Error(err)
	}
	if c := s.claims(s.approved("1h")); c.Role == "" {
		t.Error("no credential")
	}
	if n := s.slack.Sockets(); n != 0 {
		t.Errorf("%d sockets are open", n)
	}
	if code, body := s.gets("/readyz"); code != http.StatusOK || !strings.Contains(body, "slack") {
		t.Errorf("ready answers %d: %s", code, body)
	}
	for path, want := range map[string]int{"/claim": 200, "/slack/events": 405, "/slack/nothing": 404} {
		if code, _ := s.gets(path); code != want {
			t.Errorf("GET %s: %d, want %d", path, code, want)
		}
	}
	resp, err := http.Post(s.config.PublicURL+"/slack/commands", "application/x-www-form-urlencoded", strings.NewReader("text=help"))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("an unsigned command: %d", resp.StatusCode)
	}
	_, metrics := s.gets("/metrics")
	for _, want := range []string{`kind="command",outcome="acked",transport="http"`, `kind="interaction",outcome="acked",transport="http"`, `kind="other",outcome="refused",transport="http"`} {
		if !strings.Contains(metrics, "dbaccess_slack_delivery_seconds_count{"+want) {
			t.Errorf("the figures have no %s", want)
		}
	}
	if !strings.Contains(metrics, "\ndbaccess_api_waiting 0\n") {
		t.Error("the figures do not say that no call waits")
	}
	code, lines := s.diagnosed()
	s.finds(lines, "ok", "slack", "signing secret 1", "takes what is signed")
	s.finds(lines, "ok", "slack", "signing secret 2", "takes what is signed")
	s.finds(lines, "ok", "slack", "request URLs", "four addresses")
	if code != 0 {
		t.Errorf("exit code %d: %v", code, lines)
	}
}

func TestSigningSecretsAreRotatedWithoutAGap(t *testing.T) {
	s := newStory(t, scene{transport: "http", edit: twoSecrets(t)})
	old, fresh := s.slack.RotateSigningSecret()
	var late *devslack.DeliveryError
	if _, err := s.slack.As("alice").Command(t.Context(), "general", "/dbaccess help"); !errors.As(err, &late) {
		t.Fatalf("what the new secret signs, which the server does not know: %v", err)
	}
	s.eventually("the log says why", func() bool { return s.log.says("the signature is by none of the signing secrets") })
	code, lines := s.diagnosed()
	s.finds(lines, "ok", "slack", "signing secret 1", "takes")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}

	for name, secret := range map[string]string{"signing_secret": fresh, "other_secret": old} {
		if err := os.WriteFile(s.dir+"/"+name, []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, lines = s.diagnosed()
	s.finds(lines, "problem", "slack", "signing secret 1", "does not take", "Restart the server")
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	if err := s.srv.stop(); err != nil {
		t.Fatal(err)
	}
	again, err := startServer(t.Context(), s.stack, slog.New(slog.NewTextHandler(s.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.stop() })
	if ack := s.types("alice", "/dbaccess help"); !strings.Contains(ack.Text, "Ask for access") {
		t.Errorf("told %q", ack.Text)
	}
	code, lines = s.diagnosed()
	s.finds(lines, "ok", "slack", "signing secret 1", "takes")
	s.finds(lines, "ok", "slack", "signing secret 2", "takes")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
}
