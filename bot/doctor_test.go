package bot

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"dbaccess/approvals"
	"dbaccess/internal/checkup"
	"dbaccess/internal/devslack"
)

// clinic is a workspace and what the doctor is told of it.
func clinic(t *testing.T) (*devslack.Server, Doctor) {
	t.Helper()
	s, err := devslack.Start(t.Context(), devslack.DefaultSeed())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, Doctor{
		BotToken: s.BotToken(), AppToken: s.AppToken(), APIURL: s.APIURL(), Channels: map[string]string{"db-approvals": "C0APPROVALS"},
		People: []Patient{{"alice", []string{"U0ALICE"}}, {"bob", []string{"U0BOB"}}},
	}
}

func (d Doctor) found(t *testing.T) []checkup.Finding {
	t.Helper()
	var all []checkup.Finding
	for _, c := range d.Checks() {
		all = append(all, checkup.About(c.Name, c.Look(t.Context())...)...)
	}
	for _, f := range all {
		for _, secret := range append([]string{d.BotToken, d.AppToken}, d.SigningSecrets...) {
			if secret != "" && strings.Contains(f.Sentence+f.Do, secret) {
				t.Errorf("a secret is shown: %s", f.Sentence)
			}
		}
	}
	return all
}

// finds wants a finding of that level under that name, whose sentence and advice
// say all of words.
func finds(t *testing.T, all []checkup.Finding, level checkup.Level, name string, words ...string) {
	t.Helper()
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintf(&b, "\n  %s %s: %s → %s", f.Level, f.Name, f.Sentence, f.Do)
		ok := f.Level == level && f.Name == name
		for _, w := range words {
			ok = ok && strings.Contains(f.Sentence+" "+f.Do, w)
		}
		if ok {
			if level != checkup.OK && f.Do == "" {
				t.Errorf("nothing is said to do about: %s", f.Sentence)
			}
			return
		}
	}
	t.Errorf("no %s of %s says %q; there are:%s", level, name, words, &b)
}

func TestTheDoctorFindsAHealthyWorkspace(t *testing.T) {
	t.Parallel()
	s, d := clinic(t)
	all := d.found(t)
	for _, f := range all {
		if f.Level != checkup.OK {
			t.Errorf("%s %s: %s", f.Level, f.Name, f.Sentence)
		}
	}
	finds(t, all, checkup.OK, "bot token", "@dbaccess", "Demo")
	finds(t, all, checkup.OK, "scopes", "no others")
	finds(t, all, checkup.OK, "app token", "sockets")
	finds(t, all, checkup.OK, "#db-approvals", "is in it")
	finds(t, all, checkup.OK, "people", "All 2 Slack ids")
	if n := len(s.Messages("db-approvals")); n > 0 {
		t.Errorf("it posted %d messages", n)
	}
}

func TestTheDoctorComparesScopes(t *testing.T) {
	t.Parallel()
	s, d := clinic(t)
	s.SetScopes(append(slices.DeleteFunc(Scopes(), func(scope string) bool { return scope == "im:write" || scope == "channels:read" }), "channels:history")...)
	all := d.found(t)
	finds(t, all, checkup.Problem, "scopes", "Missing: channels:read, im:write.")
	finds(t, all, checkup.Warning, "scopes", "channels:history")
	finds(t, all, checkup.Problem, "#db-approvals", "scope is missing")
}

func TestTheDoctorFindsTokensThatSlackDoesNotTake(t *testing.T) {
	t.Parallel()
	_, d := clinic(t)
	d.BotToken, d.AppToken = "xoxb-not-this-one", "xapp-not-this-one"
	all := d.found(t)
	finds(t, all, checkup.Problem, "bot token", "invalid_auth", "xoxb-")
	finds(t, all, checkup.Problem, "app token", "invalid_auth", "xapp-")
}

func TestTheDoctorFindsChannelsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	s, d := clinic(t)
	d.Channels = map[string]string{"out": "C0RANDOM", "shared": "C0PARTNERS", "gone": "C0NOTHING"}
	all := d.found(t)
	finds(t, all, checkup.Problem, "#out", "not in the approval channel", "Invite")
	finds(t, all, checkup.Problem, "#shared", "shared with another company", "C0PARTNERS")
	finds(t, all, checkup.Problem, "#gone", "not there")

	d.Channels = map[string]string{"db-approvals": "C0APPROVALS"}
	finds(t, d.found(t), checkup.OK, "#db-approvals")
	s.SetChannel(devslack.Channel{ID: "C0APPROVALS", Name: "db-approvals", Members: []string{"alice"}})
	finds(t, d.found(t), checkup.Problem, "#db-approvals", "not in the approval channel")
	s.SetChannel(devslack.Channel{ID: "C0APPROVALS", Name: "db-approvals", Members: []string{"U0DBACCESS"}, Archived: true})
	finds(t, d.found(t), checkup.Problem, "#db-approvals", "archived")
}

func TestTheDoctorFindsPeopleWhoCannotAct(t *testing.T) {
	t.Parallel()
	s, d := clinic(t)
	s.SetUser(devslack.User{ID: "U0BOB", Name: "bob", Deleted: true})
	d.People = append(d.People, Patient{"dave", []string{"U0DAVE"}}, Patient{"eve", []string{"U0EVE"}}, Patient{"typo", []string{"U0ALICE", "U0ALCIE"}}, Patient{"bot", []string{"U0DBACCESS"}})
	all := d.found(t)
	finds(t, all, checkup.Warning, "people", "bob (U0BOB) is deactivated")
	finds(t, all, checkup.Warning, "people", "dave (U0DAVE) is a guest")
	finds(t, all, checkup.Warning, "people", "eve (U0EVE) belongs to another workspace")
	finds(t, all, checkup.Warning, "people", "bot (U0DBACCESS) is a bot")
	finds(t, all, checkup.Problem, "people", "typo", "U0ALCIE")
}

func TestTheDoctorLooksAtTheFirstOfManyPeople(t *testing.T) {
	t.Parallel()
	_, d := clinic(t)
	for range 60 {
		d.People = append(d.People, Patient{"alice", []string{"U0ALICE"}})
	}
	finds(t, d.found(t), checkup.OK, "people", "50 of 62 Slack ids looked at")
}

func TestTheDoctorFindsThatSlackIsAway(t *testing.T) {
	t.Parallel()
	s, d := clinic(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	all := d.found(t)
	finds(t, all, checkup.Problem, "bot token", "cannot be reached")
	finds(t, all, checkup.Problem, "app token", "cannot be reached")
	finds(t, all, checkup.Warning, "people", "Not looked at")
}

func TestTheDoctorKnocksAtTheRequestURLs(t *testing.T) {
	t.Parallel()
	d := newDoorway(t, newSecret, oldSecret)
	served := httptest.NewServer(d.HTTPDoor)
	t.Cleanup(served.Close)
	doctor := Doctor{BotToken: d.BotToken(), APIURL: d.APIURL(), RequestURL: served.URL, SigningSecrets: []string{newSecret, oldSecret}}
	all := doctor.found(t)
	finds(t, all, checkup.OK, "signing secret 1", "takes what is signed")
	finds(t, all, checkup.OK, "signing secret 2", "takes what is signed")
	finds(t, all, checkup.OK, "request URLs", "four addresses")
	for _, f := range all {
		if f.Name == "app token" {
			t.Error("a token for sockets was looked at")
		}
	}
	if list, err := d.store.Requests(t.Context(), approvals.Filter{}); err != nil || len(list) > 0 || len(d.Ephemerals("alice")) > 0 {
		t.Errorf("it had an effect: %v, %v", list, err)
	}

	doctor.SigningSecrets = []string{strings.Repeat("a", 32)}
	finds(t, doctor.found(t), checkup.Problem, "signing secret", "does not take", "Restart")

	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	doctor.SigningSecrets, doctor.RequestURL = []string{newSecret}, other.URL
	all = doctor.found(t)
	finds(t, all, checkup.Problem, "signing secret", "is not dbaccess")
	finds(t, all, checkup.Problem, "request URLs", "/slack/commands", "404")
	other.Close()
	finds(t, doctor.found(t), checkup.Warning, "signing secret", "does not answer", "refused")
}
