package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/api"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/browser"
	"dbaccess/internal/devstack/pgtest"
)

func TestInTheBrowserAskedApprovedClaimedAndEnded(t *testing.T) {
	s := newBrowserStory(t, scene{})
	alice, bob := s.sits("alice"), s.sits("bob")
	alice.asks("/dbaccess shop masked-read 1h because INC-42 refund stuck")
	alice.goes(approvalsChannel)
	alice.card("INC-42", "masked-read")
	alice.approves("INC-42")
	alice.card("Only visible to you", approvals.ErrSelfReview.Msg)
	alice.goes("dbaccess")

	// Alice sees the approval come without doing anything.
	bob.goes(approvalsChannel)
	bob.approves("INC-42")
	alice.card("approved by @", "Nothing exists yet")
	shown := s.shows(alice.opensClaimPage())
	session := s.logsIn(shown)
	s.seesMasked(session)
	alice.card("is active until")

	// The dialog asks first; Esc takes it back.
	alice.Press("Escape") // the modal with the code
	alice.Misses("dialog", "dbaccess claim")
	alice.Click("button", "End now", "is active until")
	alice.SeesIn("dialog", "End this access?")
	alice.Press("Escape")
	alice.Misses("dialog", "End this access?")
	if _, err := session.Exec(t.Context(), "SELECT 1"); err != nil {
		t.Fatalf("the access ended though its holder thought better of it: %v", err)
	}
	alice.Click("button", "End now", "is active until")
	alice.SeesIn("dialog", "End this access?")
	alice.Click("button", "End now", "End this access?")
	s.dies(session)
	alice.card("is over", "early")
	bob.card("INC-42", "Ended")
	s.opensNothing(shown)
}

func TestInTheBrowserTheWindowEndsByItself(t *testing.T) {
	s := newBrowserStory(t, scene{})
	alice, bob := s.sits("alice"), s.sits("bob")
	alice.approved(bob, "6s", "INC-43")
	page := alice.opensClaimPage()
	session := s.logsIn(s.shows(page))
	s.dies(session)
	page.Sees("This access is over")
	alice.card("is over", "its time was over")
	bob.card("INC-43", "Ended")
	s.grantIs(credentials.Ended)
}

func TestInTheBrowserClaimedTwiceReplaces(t *testing.T) {
	s := newBrowserStory(t, scene{})
	alice, bob := s.sits("alice"), s.sits("bob")
	alice.approved(bob, "1h", "INC-44")
	first := s.logsIn(s.shows(alice.opensClaimPage()))
	alice.Press("Escape")
	alice.card("is active until", "Lost the credentials?")
	page := alice.opensClaimPage()
	second := s.logsIn(s.shows(page))
	s.dies(first)
	s.seesMasked(second)

	// What was shown is gone for good, by leaving and by the button.
	elsewhere := strings.TrimSuffix(page.Address(), "claim")
	page.Go(elsewhere)
	page.Sees("Access is asked for in Slack")
	page.Back()
	page.Misses("", "Password")
	alice.Press("Escape")
	alice.Misses("dialog", "dbaccess claim")
	page = alice.opensClaimPage()
	third := s.logsIn(s.shows(page))
	s.dies(second)
	page.Click("button", "I have it: clear the page")
	page.Sees("Cleared")
	if page.Shows("", "Password") {
		t.Error("the cleared page still has a password")
	}
	page.Reload()
	page.Sees("There is no code in this link")
	if strings.Contains(page.Address(), "#") {
		t.Errorf("the code stands in the address: %s", page.Address())
	}
	s.seesMasked(third)
}

func TestInTheBrowserACodeUsedTwiceEndsTheAccess(t *testing.T) {
	s := newBrowserStory(t, scene{})
	alice, bob := s.sits("alice"), s.sits("bob")
	alice.approved(bob, "1h", "INC-45")
	alice.Click("button", "Get credentials", "approved by")
	modal := alice.SeesIn("dialog", "dbaccess claim")
	link := codeInModal.FindString(modal)
	link = strings.TrimSuffix(strings.TrimPrefix(link, "dbaccess claim '"), "'")

	mallory := browser.Open(t, link) // somebody else has the link, in a browser of their own
	page := alice.ClickOpens("button", "Open in browser")
	session := s.logsIn(s.shows(page))
	mallory.Allow("the server responded with a status of 4")
	mallory.Click("button", "Show the credential")
	mallory.Sees("used before")
	s.dies(session)
	alice.card("is over", "may have leaked")
	bob.card("INC-45", "may have leaked")
	if n := s.recorded()["code.reused"]; n != 1 {
		t.Errorf("%d alarms, want 1", n)
	}
}

func TestInTheBrowserAnUnclaimedGrantLapses(t *testing.T) {
	s := newBrowserStory(t, scene{edit: func(yaml string) string {
		return strings.Replace(yaml, "claim_within: 8h", "claim_within: 2s", 1)
	}})
	alice, bob := s.sits("alice"), s.sits("bob")
	alice.asks("/dbaccess shop masked-read 1h because INC-46")
	alice.goes("dbaccess")
	bob.goes(approvalsChannel)
	bob.approves("INC-46")
	alice.card("is over", "not claimed in time")
	bob.card("INC-46", "Lapsed")
	if n := s.ours(); n != "0" {
		t.Errorf("%s roles were made", n)
	}
}

func TestInTheBrowserTheServerIsKilledAllAlong(t *testing.T) {
	s := newBrowserStory(t, scene{noServer: true, own: pgtest.Own(t, devstack.PostgresOptions{})})
	server := s.spawn()
	s.looks()
	alice, bob := s.sits("alice"), s.sits("bob")

	// Between approval and claim.
	alice.approved(bob, "1h", "INC-47")
	server.kill()
	alice.Sees("The app is not connected")
	server = s.spawn()
	alice.Misses("", "The app is not connected")
	page := alice.opensClaimPage()

	// During the claim: nobody knows whether the code was used, and the page says so.
	s.frozen(func(waiting func() bool) {
		page.Click("button", "Show the credential")
		s.eventually("the claim waits for Postgres", waiting)
		page.Allow("net::ERR")
		server.kill()
		page.Sees("The answer did not arrive", "get a new one in Slack")
	})
	s.ages("30 seconds")
	server = s.spawn()
	alice.Press("Escape")
	alice.Misses("dialog", "dbaccess claim")
	session := s.logsIn(s.shows(alice.opensClaimPage()))
	s.seesMasked(session)
	alice.Press("Escape")

	// During the end.
	s.frozen(func(waiting func() bool) {
		alice.Click("button", "End now", "is active until")
		alice.SeesIn("dialog", "End this access?")
		alice.Click("button", "End now", "End this access?")
		s.dies(session)
		s.eventually("the end waits for Postgres", waiting)
		server.kill()
	})
	s.ages("30 seconds")
	s.spawn()
	alice.card("is over")
	bob.card("INC-47", "Ended")
	s.grantIs(credentials.Ended)
	if n := s.ours(); n != "0" {
		t.Errorf("%s roles are left", n)
	}
	s.verified()
}

func TestInTheBrowserTwoServersShareTheWork(t *testing.T) {
	s := newBrowserStory(t, scene{})
	other := s.joins()
	alice, bob := s.sits("alice"), s.sits("bob")
	alice.approved(bob, "1h", "INC-48")
	alice.Click("button", "Get credentials", "approved by")
	modal := alice.SeesIn("dialog", "dbaccess claim")
	code := codeInModal.FindStringSubmatch(modal)[1]
	page := browser.Open(t, "http://"+other.address()+"/claim#"+code) // not the one that made the code, maybe
	session := s.logsIn(s.shows(page))
	s.seesMasked(session)
	alice.Press("Escape")
	if err := s.srv.stop(); err != nil {
		t.Fatal(err)
	}
	alice.Click("button", "End now", "is active until")
	alice.SeesIn("dialog", "End this access?")
	alice.Click("button", "End now", "End this access?")
	s.dies(session)
	alice.card("is over")
}

// A browser sends a POST again by itself if the connection that it used before
// breaks; the code would be used twice then, and the access end with an alarm.
func TestInTheBrowserAClaimWhoseAnswerIsLostIsSentOnce(t *testing.T) {
	s := newBrowserStory(t, scene{})
	var posts atomic.Int32
	var door http.Handler
	lossy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			door.ServeHTTP(w, r)
			return
		}
		posts.Add(1)
		door.ServeHTTP(httptest.NewRecorder(), r) // the code is used, and its answer lost
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			err = conn.Close()
		}
		if err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(lossy.Close)
	claims, err := api.New(api.Config{Grants: s.core.grants, PublicURL: lossy.URL, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	door = claims.Handler()

	alice, bob := s.sits("alice"), s.sits("bob")
	alice.approved(bob, "1h", "INC-49")
	alice.Click("button", "Get credentials", "approved by")
	code := codeInModal.FindStringSubmatch(alice.SeesIn("dialog", "dbaccess claim"))[1]
	page := browser.Open(t, lossy.URL+"/claim#"+code)
	page.Allow("net::ERR")
	page.Click("button", "Show the credential")
	page.Sees("The answer did not arrive")
	if n := posts.Load(); n != 1 {
		t.Errorf("the code was sent %d times", n)
	}
	if g := s.grant("alice"); g.State != credentials.Active || s.recorded()["code.reused"] != 0 {
		t.Errorf("the grant is %s; recorded: %v", g.State, s.recorded())
	}
	alice.Press("Escape")
	session := s.logsIn(s.shows(alice.opensClaimPage())) // as the page says: a new one
	s.seesMasked(session)
}
