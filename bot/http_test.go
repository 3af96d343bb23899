package bot

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/approvals"
)

const (
	oldSecret = "0123456789abcdef0123456789abcdef"
	newSecret = "fedcba9876543210fedcba9876543210"
)

// doorway is a door and what was counted at it.
type doorway struct {
	*world
	*HTTPDoor
	mu      sync.Mutex
	counted []Delivery
}

// newDoorway is a world whose Slack sends nothing by itself: the tests do.
func newDoorway(t *testing.T, secrets ...string) *doorway {
	t.Helper()
	d := &doorway{world: newWorld(t)}
	d.world.bot.cfg.OnDelivery = func(one Delivery) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.counted = append(d.counted, one)
		d.pulse.now()
	}
	if len(secrets) == 0 {
		secrets = []string{oldSecret}
	}
	d.HTTPDoor = d.opens(t, secrets...)
	return d
}

// opens is a further replica's door.
func (d *doorway) opens(t *testing.T, secrets ...string) *HTTPDoor {
	t.Helper()
	door, err := d.world.bot.HTTPHandler(HTTPOptions{SigningSecrets: secrets})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(door.Drain)
	return door
}

func (d *doorway) outcomes(kind string) (list []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, one := range d.counted {
		if one.Transport == overHTTP && one.Kind == kind {
			list = append(list, one.Outcome)
		}
	}
	return list
}

// post is one request, signed now with oldSecret unless change says otherwise.
type post struct {
	path, kind, body, secret string
	at                       time.Time
	change                   func(*http.Request)
}

func (p post) request() *http.Request {
	if p.kind == "" {
		p.kind = contentForm
	}
	if p.secret == "" {
		p.secret = oldSecret
	}
	if p.at.IsZero() {
		p.at = time.Now()
	}
	r := httptest.NewRequest(http.MethodPost, p.path, strings.NewReader(p.body))
	r.Header.Set("Content-Type", p.kind)
	sign(r.Header, p.secret, p.at, []byte(p.body))
	if p.change != nil {
		p.change(r)
	}
	return r
}

func (d *HTTPDoor) gets(p post) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, p.request())
	return w
}

// typed is a command as Slack posts it.
func typed(text string) string {
	return url.Values{
		"token": {"gone"}, "team_id": {"T0DEMO"}, "team_domain": {"demo"}, "channel_id": {"C0GENERAL"}, "channel_name": {"general"},
		"user_id": {"U0ALICE"}, "user_name": {"alice"}, "command": {"/dbaccess"}, "text": {text},
		"response_url": {"https://hooks.slack.com/commands/T0DEMO/1/x"}, "trigger_id": {"13345224609.738474920.8088930838d88f008e0"}, "api_app_id": {"A0DBACCESS"},
	}.Encode()
}

func TestSignatureOfSlacksOwnExample(t *testing.T) {
	t.Parallel() // from docs.slack.dev/authentication/verifying-requests-from-slack
	const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	got := hex.EncodeToString(signature([]byte("8f742231b10e8888abcd99yyyzzz85a5"), "1531420618", []byte(body)))
	if got != "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503" {
		t.Errorf("got %s", got)
	}
}

func TestOnlyWhatSlackSignedIsRead(t *testing.T) {
	t.Parallel()
	d := newDoorway(t)
	set := func(key, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(key, value) }
	}
	good := post{path: pathCommands, body: typed("help")}
	for name, change := range map[string]func(*post){
		"no signature":                 func(p *post) { p.change = func(r *http.Request) { r.Header.Del(headerSignature) } },
		"an empty signature":           func(p *post) { p.change = set(headerSignature, "") },
		"no time":                      func(p *post) { p.change = func(r *http.Request) { r.Header.Del(headerTimestamp) } },
		"another secret":               func(p *post) { p.secret = newSecret },
		"another version":              func(p *post) { p.change = set(headerSignature, "v1="+strings.Repeat("a", 64)) },
		"a short signature":            func(p *post) { p.change = set(headerSignature, "v0=abcd") },
		"a long signature":             func(p *post) { p.change = set(headerSignature, "v0="+strings.Repeat("a", 66)) },
		"a signature that is no hex":   func(p *post) { p.change = set(headerSignature, "v0="+strings.Repeat("z", 64)) },
		"two signatures":               func(p *post) { p.change = func(r *http.Request) { r.Header.Add(headerSignature, "v0=00") } },
		"two times":                    func(p *post) { p.change = func(r *http.Request) { r.Header.Add(headerTimestamp, "1") } },
		"another time than was signed": func(p *post) { p.change = set(headerTimestamp, strconv.FormatInt(time.Now().Unix()-1, 10)) },
		"a time that is no number":     func(p *post) { p.change = set(headerTimestamp, "now") },
		"a time with a sign":           func(p *post) { p.change = set(headerTimestamp, "+"+strconv.FormatInt(time.Now().Unix(), 10)) },
		"a time of another age":        func(p *post) { p.change = set(headerTimestamp, "18446744073709551615") },
		"six minutes ago":              func(p *post) { p.at = time.Now().Add(-6 * time.Minute) },
		"in six minutes":               func(p *post) { p.at = time.Now().Add(6 * time.Minute) },
		"a byte changed": func(p *post) {
			p.change = func(r *http.Request) { r.Body = httptest.NewRequest("POST", "/", strings.NewReader(p.body+"&")).Body }
		},
		"a megabyte too much": func(p *post) { p.body += "&x=" + strings.Repeat("y", maxDelivery) },
	} {
		p := good
		change(&p)
		w := d.gets(p)
		if w.Code != http.StatusUnauthorized || w.Body.Len() != 0 {
			t.Errorf("%s: %d %q", name, w.Code, w.Body)
		}
	}
	if w := d.gets(good); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Ask for access") {
		t.Errorf("what Slack signed: %d %q", w.Code, w.Body)
	}
	if got := d.outcomes(KindOther); slices.Contains(got, Acked) || len(got) != 18 {
		t.Errorf("counted %q", got)
	}
}

func TestTheAddressSaysNothingToOthers(t *testing.T) {
	t.Parallel()
	d := newDoorway(t)
	for path, want := range map[string]int{
		pathCommands: 405, pathInteractivity: 405, pathEvents: 405, pathOptions: 405,
		"/slack/": 404, "/slack/commands/": 404, "/slack/other": 404, "/slack//commands": 404,
	} {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want || w.Body.Len() != 0 {
			t.Errorf("GET %s: %d %q, want %d and nothing", path, w.Code, w.Body, want)
		}
	}
}

func TestTwoSecretsAreGoodDuringARotation(t *testing.T) {
	t.Parallel()
	d := newDoorway(t, newSecret, oldSecret)
	for _, secret := range []string{oldSecret, newSecret} {
		if w := d.gets(post{path: pathCommands, body: typed("help"), secret: secret}); w.Code != http.StatusOK {
			t.Errorf("%s: %d", secret, w.Code)
		}
	}
	if w := d.gets(post{path: pathCommands, body: typed("help"), secret: strings.Repeat("a", 32)}); w.Code != http.StatusUnauthorized {
		t.Errorf("a third one: %d", w.Code)
	}
}

func TestADoorWithoutASecretDoesNotOpen(t *testing.T) {
	t.Parallel()
	b := &Bot{now: time.Now}
	for _, secrets := range [][]string{nil, {""}, {oldSecret, ""}, {"short"}, {oldSecret + "\n"}, {oldSecret, newSecret, oldSecret}} {
		if _, err := b.HTTPHandler(HTTPOptions{SigningSecrets: secrets}); err == nil {
			t.Errorf("%q: it opened", secrets)
		} else if strings.Contains(err.Error(), oldSecret) {
			t.Errorf("the error shows a secret: %v", err)
		}
	}
}

func TestSlackIsToldThatTheAddressIsOurs(t *testing.T) {
	t.Parallel()
	d := newDoorway(t)
	const ask = `{"token":"x","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}`
	w := d.gets(post{path: pathEvents, kind: "application/json; charset=utf-8", body: ask})
	var got struct{ Challenge string }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Challenge != "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if w := d.gets(post{path: pathEvents, kind: contentJSON, body: ask, secret: newSecret}); w.Code != http.StatusUnauthorized || w.Body.Len() != 0 {
		t.Errorf("to somebody else: %d %q", w.Code, w.Body)
	}
	for _, path := range []string{pathCommands, pathInteractivity, pathOptions} {
		if w := d.gets(post{path: path, body: "ssl_check=1&token=x"}); w.Code != http.StatusOK || w.Body.Len() != 0 {
			t.Errorf("%s: looking at the certificate: %d %q", path, w.Code, w.Body)
		}
	}
}

func TestWhatIsNoDeliveryIsRefusedThoughSigned(t *testing.T) {
	t.Parallel()
	d := newDoorway(t)
	payload := func(s string) string { return url.Values{"payload": {s}}.Encode() }
	const press = `{"type":"block_actions","team":{"id":"T0DEMO"},"user":{"id":"U0ALICE"},"actions":[]}`
	for name, p := range map[string]post{
		"a command as JSON":              {path: pathCommands, kind: contentJSON, body: `{"team_id":"T0DEMO"}`},
		"an event as a form":             {path: pathEvents, body: typed("help")},
		"no content type":                {path: pathCommands, kind: " ", body: typed("help")},
		"a multipart form":               {path: pathCommands, kind: "multipart/form-data; boundary=x", body: typed("help")},
		"a command without a team":       {path: pathCommands, body: strings.Replace(typed("help"), "team_id=", "team_if=", 1)},
		"a command of two people":        {path: pathCommands, body: typed("help") + "&user_id=U0BOB"},
		"a broken form":                  {path: pathCommands, body: typed("help") + "&%zz"},
		"nothing":                        {path: pathInteractivity},
		"two payloads":                   {path: pathInteractivity, body: payload(press) + "&" + payload(press)},
		"a payload that is no JSON":      {path: pathInteractivity, body: payload("{")},
		"a payload of nobody":            {path: pathInteractivity, body: payload(`{"type":"block_actions","team":{"id":"T0DEMO"}}`)},
		"a payload of no team":           {path: pathInteractivity, body: payload(`{"type":"block_actions","user":{"id":"U0ALICE"}}`)},
		"a payload in the address alone": {path: pathInteractivity + "?" + payload(press), body: "x=y"},
		"an event without an id":         {path: pathEvents, kind: contentJSON, body: `{"type":"event_callback","team_id":"T0DEMO","event":{"type":"reaction_added"}}`},
		"an event of no team":            {path: pathEvents, kind: contentJSON, body: `{"type":"event_callback","event_id":"Ev1","event":{"type":"reaction_added"}}`},
		"an empty challenge":             {path: pathEvents, kind: contentJSON, body: `{"type":"url_verification"}`},
	} {
		if w := d.gets(p); w.Code != http.StatusBadRequest || w.Body.Len() != 0 {
			t.Errorf("%s: %d %q", name, w.Code, w.Body)
		}
	}
	if w := d.gets(post{path: pathEvents, kind: contentJSON, body: `{"type":"event_callback","team_id":"T0DEMO","event_id":"Ev1","event":{"type":"of_next_year"}}`}); w.Code != http.StatusOK {
		t.Errorf("an event that nobody knows: %d, and Slack would send it again", w.Code)
	}
}

func TestAnotherWorkspaceIsRefused(t *testing.T) {
	t.Parallel()
	d := newDoorway(t)
	other := strings.ReplaceAll(typed("shop masked-read 1h because x"), "T0DEMO", "T0OTHER")
	if w := d.gets(post{path: pathCommands, body: other}); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "full members of this workspace") {
		t.Errorf("a command: %d %q", w.Code, w.Body)
	}
	event := `{"type":"event_callback","team_id":"T0OTHER","event_id":"Ev1","event":{"type":"reaction_added","user":"U0BOB","reaction":"+1","item":{"type":"message","channel":"C0APPROVALS","ts":"1.2"}}}`
	if w := d.gets(post{path: pathEvents, kind: contentJSON, body: event}); w.Code != http.StatusServiceUnavailable {
		t.Errorf("an event: %d", w.Code)
	}
	if list, err := d.store.Requests(t.Context(), approvals.Filter{}); err != nil || len(list) != 0 {
		t.Errorf("%d requests were stored (%v)", len(list), err)
	}
}

func TestTheSameSignedRequestHasOneEffectAtAllReplicas(t *testing.T) {
	t.Parallel()
	d := newDoorway(t)
	other := d.opens(t, newSecret, oldSecret)
	again := post{path: pathCommands, body: typed("shop masked-read 1h because INC-1"), at: time.Now()}
	upper := again // the same signature in other letters
	upper.change = func(r *http.Request) {
		r.Header.Set(headerSignature, "v0="+strings.ToUpper(strings.TrimPrefix(r.Header.Get(headerSignature), "v0=")))
	}
	for _, at := range []*HTTPDoor{d.HTTPDoor, d.HTTPDoor, other} {
		for _, p := range []post{again, upper} {
			if w := at.gets(p); w.Code != http.StatusOK {
				t.Fatalf("%d %q", w.Code, w.Body)
			}
		}
	}
	d.until(t, "six deliveries were judged", func() bool { return len(d.outcomes(KindCommand)) == 6+5 })
	if n := strings.Count(fmt.Sprint(d.outcomes(KindCommand)), Repeated); n != 5 {
		t.Errorf("counted %q", d.outcomes(KindCommand))
	}
	d.card(t, "db-approvals", "INC-1")
	if r := d.only(t); r.Reason != "INC-1" {
		t.Errorf("%+v", r)
	}
}

func TestAClosedDoorSaysSo(t *testing.T) {
	t.Parallel()
	d := newDoorway(t)
	if err := d.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	d.Drain()
	if err := d.Ready(t.Context()); err == nil {
		t.Error("a closed door is ready")
	}
	w := d.gets(post{path: pathCommands, body: typed("shop masked-read 1h because x")})
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "too busy") {
		t.Errorf("a command: %d %q", w.Code, w.Body)
	}
	const press = `payload={"type":"block_actions","team":{"id":"T0DEMO"},"user":{"id":"U0ALICE"},"actions":[]}`
	if w := d.gets(post{path: pathInteractivity, body: press}); w.Code != http.StatusServiceUnavailable {
		t.Errorf("a press: %d", w.Code)
	}
	if got := d.outcomes(KindInteraction); !slices.Equal(got, []string{Busy}) {
		t.Errorf("counted %q", got)
	}
}

func TestAnEventThatIsNotHandledComesAgain(t *testing.T) {
	t.Parallel()
	d := newDoorway(t)
	card := d.asked(t, "alice", "/dbaccess shop masked-read 1h because INC-2")
	event := func(id string) post {
		return post{path: pathEvents, kind: contentJSON, body: fmt.Sprintf(`{"type":"event_callback","team_id":"T0DEMO","event_id":%q,"event":{"type":"reaction_added",
			"user":"U0BOB","reaction":"eyes","item":{"type":"message","channel":%q,"ts":%q},"event_ts":"1"}}`, id, card.Channel, card.TS)}
	}
	if w := d.gets(event("Ev1")); w.Code != http.StatusOK {
		t.Errorf("one that means nothing: %d", w.Code)
	}
	reaction := event("Ev2")
	reaction.body = strings.Replace(reaction.body, "eyes", "x", 1)
	d.store.setAway(fmt.Errorf("away"))
	if w := d.gets(reaction); w.Code != http.StatusServiceUnavailable {
		t.Errorf("while the store is away: %d", w.Code)
	}
	d.store.setAway(nil)
	reaction.at = time.Now().Add(time.Second) // Slack signs each try anew
	reaction.change = func(r *http.Request) { r.Header.Set("X-Slack-Retry-Num", "1") }
	if w := d.gets(reaction); w.Code != http.StatusOK {
		t.Errorf("the second try: %d", w.Code)
	}
	if got := d.outcomes(KindEvent); !slices.Equal(got, []string{Acked, Failed, Acked}) {
		t.Errorf("counted %q", got)
	}
}

func TestSelectsAreFilledOverHTTP(t *testing.T) {
	t.Parallel()
	d := newDoorway(t)
	ask := `{"type":"block_suggestion","team":{"id":"T0DEMO"},"user":{"id":"U0ALICE"},"action_id":"` + actDatabase + `","block_id":"` + blockDatabase + `","value":"dep"}`
	for _, path := range []string{pathOptions, pathInteractivity} {
		w := d.gets(post{path: path, body: url.Values{"payload": {ask}}.Encode()})
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"options"`) || !strings.Contains(w.Body.String(), "depot") || strings.Contains(w.Body.String(), "shop") {
			t.Errorf("%s: %d %q", path, w.Code, w.Body)
		}
	}
}

func FuzzReadDelivery(f *testing.F) {
	paths := []string{pathCommands, pathInteractivity, pathEvents, pathOptions}
	f.Add(0, contentForm, []byte(typed("shop 2h because x")))
	f.Add(1, contentForm, []byte(`payload={"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"view":{"id":"V1","state":{"values":[]}}}`))
	f.Add(1, contentForm, []byte(`payload={"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"actions":[{"action_id":"a","block_id":"b","action_ts":"1"}]}`))
	f.Add(2, contentJSON, []byte(`{"type":"event_callback","team_id":"T1","event_id":"E1","event":{"type":"reaction_added","item":{"type":"message"}}}`))
	f.Add(2, contentJSON, []byte(`{"type":"url_verification","challenge":"c"}`))
	f.Add(3, contentForm, []byte("ssl_check=1"))
	f.Fuzz(func(t *testing.T, at int, kind string, body []byte) {
		path := paths[uint(at)%uint(len(paths))]
		in, err := readDelivery(path, kind, body)
		set := 0
		for _, there := range []bool{in.command != nil, in.interaction != nil, in.event != nil, in.challenge != ""} {
			if there {
				set++
			}
		}
		switch {
		case set > 1:
			t.Error("one request says several things")
		case err != nil && set > 0:
			t.Errorf("refused (%v), and yet it says something", err)
		case (in.command != nil || in.interaction != nil || in.event != nil) && in.team == "":
			t.Error("it is of no workspace")
		case in.event != nil && in.eventID == "":
			t.Error("an event without an id could count twice")
		case (in.event != nil || in.challenge != "") != (set > 0 && path == pathEvents):
			t.Error("an event at another address, or something else at its own")
		}
	})
}
