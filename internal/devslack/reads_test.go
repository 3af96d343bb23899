package devslack_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"dbaccess/internal/devslack"
)

// seenBy is the part of what the page gets that tells of unread messages.
type seenBy struct {
	Users []struct {
		Name    string
		Waiting int
	}
	Channels []struct {
		ID, Name, With, Read string
		DM                   bool
		Unread, Mentions     int
	}
}

func stateOf(t *testing.T, s *devslack.Server, who string) (state seenBy) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.TestURL()+"state?"+url.Values{"as": {who}}.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.TestToken())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&state); err != nil {
		t.Fatal(err)
	}
	return state
}

// unread is what who has not seen in a channel of that name.
func unread(t *testing.T, s *devslack.Server, who, channel string) (all, mentions int) {
	t.Helper()
	for _, c := range stateOf(t, s, who).Channels {
		if c.Name == channel {
			return c.Unread, c.Mentions
		}
	}
	t.Fatalf("%s has no channel %q", who, channel)
	return 0, 0
}

func TestUnreadAndMentionsCountUntilTheyAreSeen(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	a := connect(t, s, 1)
	say := func(text string) devslack.Message {
		return must[devslack.Message](t)(s.As("alice").Say("general", text))
	}
	say("good morning")
	say("a word with @bob, please")
	say("and with @dba")
	if _, _, err := a.PostMessage("C0GENERAL", slack.MsgOptionText("in blocks", false), slack.MsgOptionBlocks(
		slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "*Asked:* <@U0BOB>", false, false), nil, nil))); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string][2]int{"alice": {1, 0}, "bob": {4, 3}, "carol": {4, 1}, "frank": {4, 0}} {
		if all, mentions := unread(t, s, who, "general"); all != want[0] || mentions != want[1] {
			t.Errorf("%s has %d unread with %d mentions, want %v", who, all, mentions, want)
		}
	}
	list := s.Messages("general")
	if err := s.As("bob").Read("general", list[len(list)-1].TS); err != nil {
		t.Fatal(err)
	}
	if all, mentions := unread(t, s, "bob", "general"); all != 0 || mentions != 0 {
		t.Errorf("all is read, but %d are unread with %d mentions", all, mentions)
	}
	if err := s.As("bob").Read("general", list[1].TS); err != nil { // "mark unread"
		t.Fatal(err)
	}
	if all, mentions := unread(t, s, "bob", "general"); all != 2 || mentions != 2 {
		t.Errorf("two are marked unread, but %d are, with %d mentions", all, mentions)
	}
	if err := s.As("eve").Read("general", list[1].TS); err == nil {
		t.Error("Eve has read a channel she is not in")
	}
}

func TestEverybodySeesWhomSomethingWaitsFor(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	a := connect(t, s, 1)
	if _, _, err := a.PostMessage("U0ALICE", slack.MsgOptionText("your access is ready", false)); err != nil {
		t.Fatal(err)
	}
	for _, u := range stateOf(t, s, "bob").Users {
		if want := map[string]int{"alice": 1}[u.Name]; u.Waiting != want {
			t.Errorf("%d wait for %s, want %d", u.Waiting, u.Name, want)
		}
	}
}

func TestColleaguesWriteToEachOtherWithoutTheApp(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	a := connect(t, s, 1)
	id := ""
	for _, c := range stateOf(t, s, "alice").Channels {
		if c.With == "U0BOB" {
			id = c.ID
		}
	}
	must[devslack.Message](t)(s.As("alice").Say(id, "do you have a minute?"))
	if all, mentions := unread(t, s, "bob", "Alice Moreau"); all != 1 || mentions != 1 {
		t.Errorf("Bob has %d unread, %d for him", all, mentions)
	}
	if _, err := s.As("carol").Say(id, "let me in"); err == nil {
		t.Error("Carol wrote into the direct messages of two others")
	}
	if _, _, err := a.PostMessage(id, slack.MsgOptionText("hello", false)); err == nil || err.Error() != "channel_not_found" {
		t.Errorf("the app wrote into the direct messages of two people: %v", err)
	}
	for _, c := range stateOf(t, s, "eve").Channels {
		if c.DM {
			t.Errorf("Eve of another company has direct messages: %+v", c)
		}
	}
}

func TestWhatThePageCannotDrawIsKnown(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base(s)+"/page/act/undrawn", strings.NewReader(`{"as":"bob","text":"block carousel"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", base(s))
	if got := status(t, browser(t, s), req); got != http.StatusOK {
		t.Fatal(got)
	}
	if got := s.Undrawn(); len(got) != 1 || got[0] != "block carousel" {
		t.Errorf("undrawn: %q", got)
	}
}
