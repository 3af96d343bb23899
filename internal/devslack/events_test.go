package devslack_test

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"dbaccess/internal/devslack"
)

// collected keeps the events that an app is sent.
type collected struct {
	mu  sync.Mutex
	all []slackevents.EventsAPIEvent
	s   *devslack.Server
}

func collect(s *devslack.Server, a *app) *collected {
	c := &collected{s: s}
	a.on(func(a *app) {
		a.event = func(_ socketmode.Request, e slackevents.EventsAPIEvent) {
			c.mu.Lock()
			c.all = append(c.all, e)
			c.mu.Unlock()
			s.SetScopes(full().Scopes...) // a change, so that who waits looks again
		}
	})
	return c
}

// event waits for the one event of type T.
func event[T any](t *testing.T, c *collected) T {
	t.Helper()
	var found []T
	await(t, c.s, func(devslack.Snapshot) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		found = nil
		for _, e := range c.all {
			if data, ok := e.InnerEvent.Data.(*T); ok {
				found = append(found, *data)
			}
		}
		return len(found) > 0
	})
	if len(found) != 1 {
		t.Errorf("%d events %T", len(found), found)
	}
	return found[0]
}

func TestChangesOfTheWorkspaceReachTheAppAsEvents(t *testing.T) {
	t.Parallel()
	overBoth(t, full, func(t *testing.T, s *devslack.Server, a *app) {
		got := collect(s, a)
		s.SetUser(devslack.User{ID: "U0GRACE", Name: "grace", RealName: "Grace New"})
		if e := event[slackevents.TeamJoinEvent](t, got); e.User.ID != "U0GRACE" || e.User.IsRestricted {
			t.Errorf("joined %+v", e)
		}
		s.SetUser(devslack.User{ID: "U0FRANK", Name: "frank", RealName: "Frank Tanaka", Email: "f@example.com", Deleted: true})
		if e := event[slackevents.UserChangeEvent](t, got); e.User.ID != "U0FRANK" || !e.User.Deleted || e.CacheTS == 0 {
			t.Errorf("changed %+v", e)
		}
		s.SetUsergroup(devslack.Usergroup{ID: "S_DBA", Handle: "dba", Name: "Database owners", Members: []string{"bob", "alice"}})
		if e := event[slackevents.SubteamMembersChangedEvent](t, got); e.SubteamID != "S_DBA" || e.TeamID != "T0DEMO" ||
			!slices.Equal(e.AddedUsers, []string{"U0ALICE"}) || !slices.Equal(e.RemovedUsers, []string{"U0CAROL"}) || e.RemovedUsersCount != 1 {
			t.Errorf("members %+v", e)
		}
		if e := event[slackevents.SubteamUpdatedEvent](t, got); e.Subteam.ID != "S_DBA" || e.Subteam.Handle != "dba" {
			t.Errorf("group %+v", e)
		}
		s.SetUsergroup(devslack.Usergroup{ID: "S_NEW", Handle: "new", Name: "New"})
		if e := event[slackevents.SubteamCreatedEvent](t, got); e.Subteam.ID != "S_NEW" {
			t.Errorf("group %+v", e)
		}
		channel, _ := s.Channel("general")
		channel.Members = append(slices.Clone(channel.Members), "U0DAVE")
		channel.ExtShared = true
		s.SetChannel(channel)
		if e := event[slackevents.MemberJoinedChannelEvent](t, got); e.User != "U0DAVE" || e.Channel != "C0GENERAL" || e.ChannelType != "C" || e.Team != "T0DEMO" {
			t.Errorf("joined %+v", e)
		}
		if e := event[slackevents.ChannelSharedEvent](t, got); e.Channel != "C0GENERAL" || e.ConnectedTeamID != "T0PARTNER" {
			t.Errorf("shared %+v", e)
		}
		channel.Members = slices.DeleteFunc(slices.Clone(channel.Members), func(id string) bool { return id == "U0BOB" })
		channel.ExtShared, channel.Archived = false, true
		s.SetChannel(channel)
		if e := event[slackevents.MemberLeftChannelEvent](t, got); e.User != "U0BOB" {
			t.Errorf("left %+v", e)
		}
		if e := event[slackevents.ChannelUnsharedEvent](t, got); e.PreviouslyConnectedTeamID != "T0PARTNER" || e.IsExtShared {
			t.Errorf("unshared %+v", e)
		}
		if e := event[slackevents.ChannelArchiveEvent](t, got); e.Channel != "C0GENERAL" {
			t.Errorf("archived %+v", e)
		}
		s.RevokeTokens()
		if e := event[slackevents.TokensRevokedEvent](t, got); !slices.Equal(e.Tokens.Bot, []string{"U0DBACCESS"}) {
			t.Errorf("revoked %+v", e)
		}
		_, err := a.AuthTest()
		slackError(t, err, "token_revoked")
	})
}

func TestEventCarriesWhatTheEnvelopeOfTheEventsAPIHas(t *testing.T) {
	t.Parallel()
	overBoth(t, full, func(t *testing.T, s *devslack.Server, a *app) {
		got := collect(s, a)
		msg := must[devslack.Message](t)(s.As("eve").Say("partners", "hi"))
		if err := s.As("eve").React(t.Context(), "partners", msg.TS, "+1::skin-tone-3"); err != nil {
			t.Fatal(err)
		}
		e := event[slackevents.ReactionAddedEvent](t, got)
		if e.User != "U0EVE" || e.ItemUser != "U0EVE" || e.Reaction != "+1::skin-tone-3" || e.Item.Channel != "C0PARTNERS" || e.Item.Timestamp != msg.TS || e.Item.Type != "message" {
			t.Errorf("reaction %+v", e)
		}
		outer := got.all[0].Data.(*slackevents.EventsAPICallbackEvent)
		if outer.EventID == "" || outer.TeamID != "T0DEMO" || outer.APIAppID != "A0DBACCESS" || !outer.IsExtSharedChannel || outer.EventTime == 0 ||
			len(outer.Authorizations) != 1 || outer.Authorizations[0].UserID != "U0DBACCESS" || !outer.Authorizations[0].IsBot {
			t.Errorf("outer %+v", outer)
		}
	})
}

func TestAppIsToldOnlyWhatItSubscribedToAndHasScopesFor(t *testing.T) {
	t.Parallel()
	o := full()
	o.Events = []string{"reaction_added", "reaction_removed", "subteam_members_changed", "app_home_opened"}
	o.Scopes = []string{"reactions:read"}
	s := start(t, o)
	conn := dial(t, s)
	s.SetUser(devslack.User{ID: "U0GRACE", Name: "grace"})                                     // not subscribed to
	s.SetUsergroup(devslack.Usergroup{ID: "S_DBA", Handle: "dba", Members: []string{"alice"}}) // no scope
	msg := must[devslack.Message](t)(s.As("alice").Say("general", "hi"))
	random := must[devslack.Message](t)(s.As("alice").Say("random", "hi"))
	for _, m := range []devslack.Message{random, msg} { // the app is not in #random
		if err := s.As("alice").React(t.Context(), m.Channel, m.TS, "eyes"); err != nil {
			t.Fatal(err)
		}
	}
	f := next(t, conn)
	if f.Payload.Event.Type != "reaction_added" || f.Payload.Event.Item.TS != msg.TS {
		t.Errorf("first told of %+v", f)
	}
}

func TestThreadsCountTheirReplies(t *testing.T) {
	t.Parallel()
	s := start(t, full())
	a := client(s)
	first := must[devslack.Message](t)(s.As("alice").Say("general", "question"))
	answer := must[devslack.Message](t)(s.As("bob").Reply(first, "answer"))
	nested := must[devslack.Message](t)(s.As("carol").Reply(answer, "a reply to a reply stays in the thread"))
	_, botTS, err := a.PostMessage("C0GENERAL", slack.MsgOptionTS(answer.TS), slack.MsgOptionText("mine", false), slack.MsgOptionBroadcast())
	if err != nil {
		t.Fatal(err)
	}
	all := s.Messages("general")
	if top := all[0]; top.ReplyCount != 3 || top.LatestReply != botTS || top.ThreadTS != top.TS || top.InThread() ||
		!slices.Equal(top.ReplyUsers, []string{"U0BOB", "U0CAROL", "U0DBACCESS"}) {
		t.Errorf("first message %+v", top)
	}
	if !all[1].InThread() || nested.ThreadTS != first.TS || !all[3].Broadcast || all[3].ThreadTS != first.TS {
		t.Errorf("replies %+v", all[1:])
	}
	if _, _, err := a.DeleteMessage("C0GENERAL", botTS); err != nil {
		t.Fatal(err)
	}
	if top := s.Messages("general")[0]; top.ReplyCount != 2 || top.LatestReply != nested.TS {
		t.Errorf("after a deletion %+v", top)
	}
	_, _, err = a.PostMessage("C0GENERAL", slack.MsgOptionTS("1.000001"), slack.MsgOptionText("x", false))
	slackError(t, err, "thread_not_found")
	if _, err := s.As("alice").Reply(devslack.Message{Channel: "general", TS: "1.000001"}, "x"); err == nil {
		t.Error("replied to nothing")
	}
}

func TestSlackKeepsGuestsAndStrangersFromWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	o := full()
	o.NoGuests = true
	s := start(t, o)
	connect(t, s, 1)
	for _, who := range []string{"dave", "eve"} {
		if _, err := s.As(who).Command(t.Context(), map[string]string{"dave": "db-approvals", "eve": "partners"}[who], "/dbaccess"); err == nil {
			t.Errorf("%s ran a command", who)
		}
		if err := s.As(who).Shortcut(t.Context(), "ask"); err == nil {
			t.Errorf("%s ran a shortcut", who)
		}
	}
	if _, err := s.As("eve").VisitHome(); err == nil {
		t.Error("eve sees the app's Home")
	}
	if _, err := s.As("eve").Say("", "hello app"); err == nil {
		t.Error("eve writes to the app")
	}
	if err := s.As("alice").Shortcut(t.Context(), "run"); err == nil {
		t.Error("a message shortcut in the lightning menu")
	}
	if err := s.As("alice").MessageShortcut(t.Context(), devslack.Message{Channel: "general", TS: "1.0"}, "run"); err == nil {
		t.Error("a shortcut on a message that is not there")
	}
}

func TestHomeCanBeOff(t *testing.T) {
	t.Parallel()
	o := full()
	o.NoHome = true
	s := start(t, o)
	_, err := client(s).PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: "U0ALICE", View: slack.HomeTabViewRequest{Type: slack.VTHomeTab}})
	slackError(t, err, "not_enabled")
	if _, err := s.As("alice").VisitHome(); err == nil {
		t.Error("a Home tab that is off was visited")
	}
}

func TestFilesAreUploadedSharedReadAndDeleted(t *testing.T) {
	t.Parallel()
	s := start(t, full())
	a := client(s)
	first := must[devslack.Message](t)(s.As("alice").Say("general", "result?"))
	f := must[*slack.FileSummary](t)(a.UploadFile(slack.UploadFileParameters{
		Filename: "result.csv", Title: "Result", Content: "id\n1\n", FileSize: 5, Channel: "C0GENERAL", ThreadTimestamp: first.TS, InitialComment: "Here.",
	}))
	m := s.Messages("general")[1]
	if m.Text != "Here." || m.ThreadTS != first.TS || len(m.Files) != 1 || m.Files[0].ID != f.ID || m.Files[0].Size != 5 || m.Files[0].Title != "Result" {
		t.Errorf("shared as %+v", m)
	}
	if content, ok := s.Content(f.ID); !ok || string(content) != "id\n1\n" {
		t.Errorf("content %q %v", content, ok)
	}
	info, _, _, err := a.GetFileInfo(f.ID, 0, 0)
	if err != nil || info.Name != "result.csv" || info.Size != 5 || !slices.Equal(info.Channels, []string{"C0GENERAL"}) {
		t.Errorf("info %+v, %v", info, err)
	}
	var content bytes.Buffer
	if err := a.GetFile(info.URLPrivateDownload, &content); err != nil || content.String() != "id\n1\n" {
		t.Errorf("downloaded %q, %v", content.String(), err)
	}
	thief := slack.New("xoxb-stolen", slack.OptionAPIURL(s.APIURL()))
	if err := thief.GetFile(info.URLPrivateDownload, &content); err == nil {
		t.Error("the file was given to a stranger")
	}
	if err := a.DeleteFile(f.ID); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Content(f.ID); ok || len(s.Messages("general")[1].Files) != 0 {
		t.Error("the file is still there")
	}
	slackError(t, a.DeleteFile(f.ID), "file_not_found")
	_, err = a.UploadFile(slack.UploadFileParameters{Filename: "x.txt", Content: "abc", FileSize: 3, Channel: "C0RANDOM"})
	slackError(t, err, "not_in_channel")
	if _, err := a.UploadFile(slack.UploadFileParameters{Filename: "x.txt", Content: "abc", FileSize: 4, Channel: "C0GENERAL"}); err == nil {
		t.Error("fewer bytes than announced were taken")
	}
	if u := s.Unknown(); len(u) != 0 {
		t.Error(fmt.Sprint(u))
	}
}
