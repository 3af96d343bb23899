package devslack_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/internal/devslack"
)

// reply is what every Web API method answers.
type reply struct {
	OK       bool   `json:"ok"`
	Error    string `json:"error"`
	Needed   string `json:"needed"`
	Provided string `json:"provided"`
	TS       string `json:"ts"`
	Metadata struct {
		Messages []string `json:"messages"`
	} `json:"response_metadata"`
}

// call posts a form to a method, with the token as Bearer unless the form has one.
func call(t *testing.T, s *devslack.Server, method string, form url.Values) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.APIURL()+method, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if !form.Has("token") {
		req.Header.Set("Authorization", "Bearer "+s.BotToken())
	}
	return send(t, req)
}

func send(t *testing.T, req *http.Request) reply {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var r reply
	if res.StatusCode != http.StatusOK || json.Unmarshal(body, &r) != nil {
		t.Fatalf("%s: status %d: %s", req.URL.Path, res.StatusCode, body)
	}
	return r
}

func form(pairs ...string) url.Values {
	f := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

func TestTokensAreTakenWhereSlackTakesThem(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	for _, c := range []struct {
		method, token, want string
	}{
		{"auth.test", s.BotToken(), ""},
		{"auth.test", "", "not_authed"},
		{"auth.test", "xoxb-stolen", "invalid_auth"},
		{"auth.test", s.AppToken(), "not_allowed_token_type"},
		{"apps.connections.open", s.BotToken(), "not_allowed_token_type"},
		{"apps.connections.open", s.AppToken(), "not_authed"}, // only as Bearer
	} {
		if r := call(t, s, c.method, form("token", c.token)); r.Error != c.want || r.OK != (c.want == "") {
			t.Errorf("%s with %q: %+v, want %q", c.method, c.token, r, c.want)
		}
	}
	if r := call(t, s, "auth.test", nil); !r.OK {
		t.Errorf("bearer: %+v", r)
	}
}

func TestUnknownMethodsAndArgumentsAreRefusedAndRemembered(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	if r := call(t, s, "files.upload", nil); r.Error != "unknown_method" {
		t.Errorf("%+v", r)
	}
	r := call(t, s, "chat.postMessage", form("channel", "C0GENERAL", "text", "x", "colour", "red"))
	if r.Error != "invalid_arguments" || len(r.Metadata.Messages) != 1 || len(s.Messages("general")) != 0 {
		t.Errorf("%+v", r)
	}
	if u := s.Unknown(); !slices.Equal(u, []string{"files.upload", "chat.postMessage: argument colour"}) {
		t.Errorf("unknown %v", u)
	}
}

func TestMethodsRefuseWithSlacksErrors(t *testing.T) {
	t.Parallel()
	o := devslack.DefaultSeed()
	o.Channels = append(o.Channels,
		devslack.Channel{ID: "C0SECRET", Name: "secret", Members: []string{"bob"}, Private: true},
		devslack.Channel{ID: "C0OLD", Name: "old", Members: []string{"bob", "U0DBACCESS"}, Archived: true})
	o.Users = append(o.Users, devslack.User{ID: "U0GONE", Name: "gone", Deleted: true})
	s := start(t, o)
	msg := must[devslack.Message](t)(s.As("bob").Say("db-approvals", "hello"))
	for _, c := range []struct {
		name, method string
		args         url.Values
		want         string
	}{
		{"not invited", "chat.postMessage", form("channel", "C0RANDOM", "text", "x"), "not_in_channel"},
		{"private", "chat.postMessage", form("channel", "C0SECRET", "text", "x"), "channel_not_found"},
		{"by name", "chat.postMessage", form("channel", "#general", "text", "x"), "channel_not_found"},
		{"archived", "chat.postMessage", form("channel", "C0OLD", "text", "x"), "is_archived"},
		{"nothing", "chat.postMessage", form("channel", "C0GENERAL"), "no_text"},
		{"left the company", "chat.postMessage", form("channel", "U0GONE", "text", "x"), "user_disabled"},
		{"another company", "chat.postMessage", form("channel", "U0EVE", "text", "x"), "channel_not_found"},
		{"broken blocks", "chat.postMessage", form("channel", "C0GENERAL", "blocks", "[{]"), "invalid_blocks_format"},
		{"attachments", "chat.postMessage", form("channel", "C0GENERAL", "text", "x", "attachments", `[{"text":"y"}]`), "invalid_attachments"},
		{"no such thread", "chat.postMessage", form("channel", "C0GENERAL", "text", "x", "thread_ts", "1.2"), "thread_not_found"},
		{"ephemeral to an outsider", "chat.postEphemeral", form("channel", "C0GENERAL", "user", "U0DAVE", "text", "x"), "user_not_in_channel"},
		{"another's message", "chat.update", form("channel", "C0APPROVALS", "ts", msg.TS, "text", "x"), "cant_update_message"},
		{"no message", "chat.update", form("channel", "C0APPROVALS", "ts", "1.2", "text", "x"), "message_not_found"},
		{"too long", "chat.update", form("channel", "C0APPROVALS", "ts", msg.TS, "text", strings.Repeat("x", 4001)), "cant_update_message"},
		{"another's message", "chat.delete", form("channel", "C0APPROVALS", "ts", msg.TS), "cant_delete_message"},
		{"no user", "users.info", form("user", "U0NOBODY"), "user_not_found"},
		{"no address", "users.lookupByEmail", form("email", "x@example.com"), "users_not_found"},
		{"another company's address", "users.lookupByEmail", form("email", "eve@partner.example"), "users_not_found"},
		{"no group", "usergroups.users.list", form("usergroup", "S0NONE"), "no_such_subteam"},
		{"private", "conversations.info", form("channel", "C0SECRET"), "channel_not_found"},
		{"no user", "conversations.open", form("users", "U0NOBODY"), "user_not_found"},
		{"two users", "conversations.open", form("users", "U0BOB,U0ALICE"), "not_enough_users"},
		{"bad emoji", "reactions.add", form("channel", "C0APPROVALS", "timestamp", msg.TS, "name", "no such"), "invalid_name"},
		{"nothing to take away", "reactions.remove", form("channel", "C0APPROVALS", "timestamp", msg.TS, "name", "x"), "no_reaction"},
		{"no view", "views.update", form("view_id", "V0", "view", `{}`), "not_found"},
		{"home for nobody", "views.publish", form("user_id", "U0NOBODY", "view", `{"type":"home","blocks":[]}`), "user_not_found"},
	} {
		t.Run(c.method+" "+c.name, func(t *testing.T) {
			t.Parallel()
			if r := call(t, s, c.method, c.args); r.OK || r.Error != c.want {
				t.Errorf("got %+v, want %s", r, c.want)
			}
		})
	}
}

func TestMissingScopeNamesWhatIsNeeded(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	s.SetScopes("chat:write", "users:read")
	channel := form("channel", "C0GENERAL")
	for _, c := range []struct {
		needed string
		args   url.Values
		method []string
	}{
		{"channels:read", channel, []string{"conversations.info", "conversations.members"}},
		{"groups:read", form("types", "private_channel"), []string{"conversations.list"}},
		{"im:read", form("channel", "D0BOB"), []string{"conversations.info"}},
		{"im:write", nil, []string{"conversations.open"}},
		{"channels:join", nil, []string{"conversations.join"}},
		{"reactions:read", nil, []string{"reactions.get"}},
		{"reactions:write", nil, []string{"reactions.add", "reactions.remove"}},
		{"users:read.email", nil, []string{"users.lookupByEmail"}},
		{"usergroups:read", nil, []string{"usergroups.list", "usergroups.users.list"}},
		{"team:read", nil, []string{"team.info"}},
		{"files:write", nil, []string{"files.getUploadURLExternal", "files.completeUploadExternal", "files.delete"}},
		{"files:read", nil, []string{"files.info"}},
		{"chat:write.customize", form("channel", "C0GENERAL", "text", "x", "username", "boss"), []string{"chat.postMessage"}},
	} {
		for _, method := range c.method {
			r := call(t, s, method, c.args)
			if r.Error != "missing_scope" || r.Needed != c.needed || r.Provided != "chat:write,users:read" {
				t.Errorf("%s: %+v", method, r)
			}
		}
	}
	s.SetScopes("users:read")
	for _, method := range []string{"chat.postMessage", "chat.postEphemeral", "chat.update", "chat.delete"} {
		if r := call(t, s, method, nil); r.Error != "missing_scope" || r.Needed != "chat:write" {
			t.Errorf("%s: %+v", method, r)
		}
	}
	u := must[*slack.User](t)(client(s).GetUserInfo("U0BOB"))
	if u.Profile.Email != "" {
		t.Error("an address was given without its scope")
	}
}

func TestPeopleChannelsAndGroupsAreAsSlackDescribesThem(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	api := client(s)
	auth := must[*slack.AuthTestResponse](t)(api.AuthTest())
	if auth.TeamID != "T0DEMO" || auth.UserID != "U0DBACCESS" || auth.BotID != "B0DBACCESS" {
		t.Errorf("auth %+v", auth)
	}
	if scopes := auth.Header.Get("X-OAuth-Scopes"); !strings.Contains(scopes, "chat:write,reactions:read") {
		t.Errorf("the answer's header says the scopes are %q", scopes)
	}
	dave, eve := must[*slack.User](t)(api.GetUserInfo("U0DAVE")), must[*slack.User](t)(api.GetUserInfo("U0EVE"))
	if !dave.IsRestricted || dave.IsUltraRestricted || !eve.IsStranger || eve.TeamID != "T0PARTNER" || eve.Profile.Email != "" {
		t.Errorf("dave %+v, eve %+v", dave, eve)
	}
	bob := must[*slack.User](t)(api.GetUserByEmail("BOB@example.com"))
	if bob.ID != "U0BOB" || bob.RealName != "Bob Okafor" {
		t.Errorf("bob %+v", bob)
	}
	if all := must[[]slack.User](t)(api.GetUsers()); len(all) != 7 {
		t.Errorf("%d users", len(all))
	}
	if m := must[[]string](t)(api.GetUserGroupMembers("S_DBA")); len(m) != 2 || m[0] != "U0BOB" {
		t.Errorf("members %v", m)
	}
	s.SetUsergroup(devslack.Usergroup{ID: "S_DBA", Handle: "dba", Members: []string{"carol"}})
	if m := must[[]string](t)(api.GetUserGroupMembers("S_DBA")); len(m) != 1 || m[0] != "U0CAROL" {
		t.Errorf("members %v", m)
	}
	shared := must[*slack.Channel](t)(api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: "C0PARTNERS"}))
	if !shared.IsExtShared || !shared.IsMember || shared.Name != "partners" {
		t.Errorf("shared %+v", shared)
	}
	random := must[*slack.Channel](t)(api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: "C0RANDOM"}))
	if random.IsMember {
		t.Error("the app was never invited to #random")
	}
	first, cursor, err := api.GetConversations(&slack.GetConversationsParameters{Limit: 2})
	if err != nil || len(first) != 2 || cursor == "" {
		t.Fatalf("page of channels: %d, %q, %v", len(first), cursor, err)
	}
	rest, cursor, err := api.GetConversations(&slack.GetConversationsParameters{Cursor: cursor})
	if err != nil || len(rest) != 3 || cursor != "" {
		t.Errorf("rest of channels: %d, %q, %v", len(rest), cursor, err)
	}
	dm, _, _, err := api.OpenConversation(&slack.OpenConversationParameters{Users: []string{"U0ALICE"}})
	if err != nil || dm.ID != "D0ALICE" {
		t.Errorf("dm %+v, %v", dm, err)
	}
}

func TestPostingToAPersonOpensTheirDirectMessages(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	api := client(s)
	ch, ts, err := api.PostMessage("U0ALICE", slack.MsgOptionText("Ready.", false),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "request", EventPayload: map[string]any{"id": "req_1"}}))
	if err != nil || ch != "D0ALICE" {
		t.Fatal(ch, err)
	}
	dms := s.DMs("alice")
	if len(dms) != 1 || dms[0].TS != ts || !strings.Contains(string(dms[0].Metadata), "req_1") || len(s.DMs("bob")) != 0 {
		t.Errorf("dms %+v", dms)
	}
	if _, _, _, err := api.UpdateMessage(ch, ts, slack.MsgOptionText("Over.", false)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := api.DeleteMessage(ch, ts); err != nil || len(s.DMs("alice")) != 0 {
		t.Errorf("delete: %v", err)
	}
}

func TestFaultsHitTheNextCallsAndNoMore(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	api := client(s)
	post := func() error {
		_, _, err := api.PostMessage("C0GENERAL", slack.MsgOptionText("x", false))
		return err
	}
	s.Fault("chat.postMessage", devslack.Fault{Times: 2, Status: http.StatusTooManyRequests, RetryAfter: 7 * time.Second})
	s.Fault("chat.postMessage", devslack.Fault{Status: http.StatusBadGateway})
	s.Fault("chat.postMessage", devslack.Fault{Error: "internal_error"})
	s.Fault("chat.postMessage", devslack.Fault{LoseAnswer: true, Delay: time.Millisecond})
	for range 2 {
		limited, ok := post().(*slack.RateLimitedError)
		if !ok || limited.RetryAfter != 7*time.Second {
			t.Fatalf("limited %+v", limited)
		}
	}
	if e, ok := post().(slack.StatusCodeError); !ok || e.Code != http.StatusBadGateway {
		t.Errorf("status %v", e)
	}
	slackError(t, post(), "internal_error")
	if n := len(s.Messages("general")); n != 0 {
		t.Fatalf("%d messages were posted by calls that failed", n)
	}
	if post() == nil || len(s.Messages("general")) != 1 {
		t.Error("a lost answer posts, and fails")
	}
	if err := post(); err != nil || len(s.Messages("general")) != 2 {
		t.Errorf("afterwards: %v", err)
	}
}
