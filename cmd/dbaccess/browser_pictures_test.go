package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"dbaccess/internal/devslack"
	"dbaccess/internal/devstack/browser"
)

var update = flag.Bool("update", false, "take the pictures in docs/slack anew: make pictures")

const (
	goldenFolder  = "../../bot/testdata"
	pictureFolder = "../../docs/slack"
)

// drawn is one golden file of the bot: everything it sends to Slack looks like one.
type drawn struct {
	kind, name string // its folder and file
	raw        []byte
	Text       string          `json:"text"`
	Blocks     json.RawMessage `json:"blocks"`
	Title      struct{ Text string }
}

// chapters are the folders of golden files, and what the index calls them.
var chapters = []struct{ kind, title string }{
	{"cards", "Cards, in the approval channel"},
	{"letters", "Direct messages to whoever asks or holds"},
	{"modals", "Modals"},
	{"home", "App Home"},
	{"answers", "Answers that one person sees, and results"},
}

func allDrawn(t *testing.T) (all []drawn) {
	t.Helper()
	for _, c := range chapters {
		files, err := filepath.Glob(filepath.Join(goldenFolder, c.kind, "*.json"))
		if err != nil || len(files) < 5 {
			t.Fatalf("%d golden files of %s in %s, %v", len(files), c.kind, goldenFolder, err)
		}
		for _, file := range files {
			d := drawn{kind: c.kind, name: strings.TrimSuffix(filepath.Base(file), ".json")}
			if d.raw, err = os.ReadFile(file); err == nil {
				err = json.Unmarshal(d.raw, &d)
			}
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			all = append(all, d)
		}
	}
	return all
}

// also are the ones that are shown on a telephone or in the dark, too.
var also = map[string][]string{
	"phone": {"cards-pending", "cards-pending-statement", "letters-approved", "modals-form-chosen", "modals-check", "home-busy"},
	"dark":  {"cards-pending-statement", "cards-active", "letters-active", "modals-details", "home-busy"},
}

// pictures are the names of a golden file's pictures, without .png.
func (d drawn) pictures() []string {
	base := d.kind + "-" + d.name
	names := []string{base}
	for _, how := range slices.Sorted(maps.Keys(also)) {
		if slices.Contains(also[how], base) {
			names = append(names, base+"."+how)
		}
	}
	return names
}

// TestPicturesOfEverythingDrawn makes sure that nobody forgets one; how it looks is
// looked at by people, when the pictures are taken: make pictures.
func TestPicturesOfEverythingDrawn(t *testing.T) {
	if *update {
		takePictures(t)
	}
	index, err := os.ReadFile(pictureFolder + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	wanted, total := map[string]bool{}, int64(0)
	for _, d := range allDrawn(t) {
		for _, name := range d.pictures() {
			file := name + ".png"
			wanted[file] = true
			info, err := os.Stat(filepath.Join(pictureFolder, file))
			switch {
			case err != nil:
				t.Errorf("%s/%s.json has no picture: run make pictures, and look at it (%v)", d.kind, d.name, err)
				continue
			case info.Size() > 60<<10:
				t.Errorf("%s has %d bytes", file, info.Size())
			case !bytes.Contains(index, []byte("("+file+")")):
				t.Errorf("docs/slack/README.md does not show %s", file)
			}
			total += info.Size()
		}
	}
	if total > 3<<20 {
		t.Errorf("the pictures have %d bytes", total)
	}
	files, err := filepath.Glob(pictureFolder + "/*.png")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !wanted[filepath.Base(file)] {
			t.Errorf("%s is a picture of nothing", file)
		}
	}
}

// TestTheLocalSlackKnowsTheEmojiThatAreDrawn: unknown ones are drawn as :words:.
func TestTheLocalSlackKnowsTheEmojiThatAreDrawn(t *testing.T) {
	t.Parallel()
	known, err := os.ReadFile("../../internal/devslack/page/emoji.ts")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, d := range allDrawn(t) {
		for _, m := range regexp.MustCompile(`:([a-z_]+):[ "]`).FindAllSubmatch(d.raw, -1) {
			seen[string(m[1])] = true
		}
	}
	for name := range seen {
		if !regexp.MustCompile(`[" ]` + name + ` \p{S}`).Match(known) {
			t.Errorf(":%s: is not known", name)
		}
	}
	if len(seen) < 5 {
		t.Errorf("only %v are drawn: this test looks in the wrong place", seen)
	}
}

// photographer is an app that shows golden files to a local Slack, and somebody who
// takes pictures of them.
type photographer struct {
	*testing.T
	slack   *devslack.Server
	page    *browser.Page
	trigger chan string
}

func takePictures(t *testing.T) {
	began := time.Now()
	noon := time.Date(2026, 3, 2, 12, 5, 0, 0, time.UTC) // golden files are of that day
	o := workspace()
	o.Unlimited, o.Now = true, func() time.Time { return noon.Add(time.Since(began)) }
	slack, err := devslack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slack.Close() })
	p := &photographer{T: t, slack: slack, trigger: make(chan string, 1)}
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if id := r.FormValue("trigger_id"); id != "" {
			p.trigger <- id
		}
	}))
	t.Cleanup(app.Close)
	slack.DeliverOverHTTP(devslack.HTTPDelivery{CommandURL: app.URL, InteractivityURL: app.URL, EventsURL: app.URL})
	p.page = browser.Open(t, slack.PageURL())
	p.page.Clock(noon)
	p.page.Has("button", "Acting as")
	p.page.Reload()
	p.page.Has("button", "Acting as")

	if err := os.MkdirAll(pictureFolder, 0o755); err != nil {
		t.Fatal(err)
	}
	old, err := filepath.Glob(pictureFolder + "/*.png")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range allDrawn(t) {
		for _, name := range d.pictures() {
			p.page.Dark(strings.HasSuffix(name, ".dark"))
			if p.page.Resize(980, 1500); strings.HasSuffix(name, ".phone") {
				p.page.Resize(phoneWidth, 1500)
			}
			if err := os.WriteFile(filepath.Join(pictureFolder, name+".png"), p.take(d), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.writeIndex()
}

// take shows one golden file as Slack would, and returns its picture.
func (p *photographer) take(d drawn) []byte {
	p.Helper()
	switch d.kind {
	case "modals":
		p.opens("alice", "C0GENERAL")
		go func() { _, _ = p.slack.As("alice").Command(p.Context(), "general", "/dbaccess") }()
		p.call("views.open", map[string]any{"trigger_id": <-p.trigger, "view": json.RawMessage(d.raw)})
		p.page.SeesIn("dialog", d.Title.Text)
		shot := p.page.Picture(0, "dialog", d.Title.Text)
		p.page.Press("Escape")
		p.page.Misses("dialog", d.Title.Text)
		return shot
	case "home":
		p.call("views.publish", map[string]any{"user_id": "U0ALICE", "view": json.RawMessage(d.raw)})
		p.opens("alice", "dbaccess/home")
		p.page.SeesIn("tabpanel", "Database access")
		return p.page.Picture(0, "tabpanel", "Home")
	}
	who, channel, method, more := "bob", "C0APPROVALS", "chat.postMessage", map[string]any{}
	if d.kind != "cards" {
		who, channel = "alice", p.direct()
	}
	if d.kind == "answers" && strings.HasPrefix(d.name, "list") {
		channel, method, more = "C0GENERAL", "chat.postEphemeral", map[string]any{"user": "U0ALICE"}
	}
	p.opens(who, channel)
	more["channel"], more["text"], more["blocks"] = channel, d.Text, d.Blocks
	said := p.call(method, more)
	p.page.SeesIn("article", "dbaccess")
	shot := p.page.Picture(0, "article", "")
	if method == "chat.postEphemeral" {
		p.page.Click("button", "Dismiss message")
	} else {
		p.call("chat.delete", map[string]any{"channel": channel, "ts": said.TS})
	}
	p.page.Misses("article")
	return shot
}

func (p *photographer) opens(who, where string) {
	p.Helper()
	address, _, _ := strings.Cut(p.page.Address(), "#")
	p.page.Go(address + "#" + who + "/" + where)
	p.page.Has("button", "Acting as "+realNames[who])
}

// direct is the channel of the app's messages to Alice.
func (p *photographer) direct() string {
	p.Helper()
	return p.call("conversations.open", map[string]any{"users": "U0ALICE"}).Channel.ID
}

type answered struct {
	OK      bool
	Error   string
	TS      string
	Channel channelID
	Detail  struct{ Messages []string } `json:"response_metadata"`
}

// channelID is a channel as Slack names it: by its id, or as an object.
type channelID struct{ ID string }

func (c *channelID) UnmarshalJSON(raw []byte) error {
	if bytes.HasPrefix(raw, []byte(`"`)) {
		return json.Unmarshal(raw, &c.ID)
	}
	var o struct{ ID string }
	err := json.Unmarshal(raw, &o)
	c.ID = o.ID
	return err
}

// call calls a method of Slack's.
func (p *photographer) call(method string, args map[string]any) (a answered) {
	p.Helper()
	body, err := json.Marshal(args)
	if err != nil {
		p.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.slack.APIURL()+method, bytes.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+p.slack.BotToken())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil || !a.OK {
		p.Fatalf("%s: %v %s %v", method, err, a.Error, a.Detail.Messages)
	}
	return a
}

// captions are the lines of the index, by picture: who edits one keeps it.
var captions = regexp.MustCompile(`(?m)^(.+)\n\n!\[[^\]]*\]\(([^)]+)\.png\)$`)

// writeIndex writes the page that shows all pictures. What it says of a picture
// stays as somebody wrote it, or else is what the message says of itself.
func (p *photographer) writeIndex() {
	said := map[string]string{}
	if old, err := os.ReadFile(pictureFolder + "/README.md"); err == nil {
		for _, m := range captions.FindAllStringSubmatch(string(old), -1) {
			said[m[2]] = m[1]
		}
	}
	var out strings.Builder
	out.WriteString("# What people see in Slack\n\nEverything that dbaccess shows, drawn by the local Slack from the golden files in `bot/testdata`.\n" +
		"`make pictures` takes these pictures anew; a line that is edited here stays.\n")
	chapter := -1
	for _, d := range allDrawn(p.T) {
		for chapter < 0 || chapters[chapter].kind != d.kind {
			chapter++
			fmt.Fprintf(&out, "\n## %s\n", chapters[chapter].title)
		}
		fmt.Fprintf(&out, "\n### %s\n", d.name)
		for _, name := range d.pictures() {
			words, ok := said[name]
			if !ok {
				words = d.caption(strings.TrimPrefix(name, d.kind+"-"+d.name))
			}
			fmt.Fprintf(&out, "\n%s\n\n![%s](%s.png)\n", words, strings.NewReplacer("-", " ", ".", ", ").Replace(name), name)
		}
	}
	if err := os.WriteFile(pictureFolder+"/README.md", []byte(out.String()), 0o644); err != nil {
		p.Fatal(err)
	}
}

var markup = regexp.MustCompile("<!date\\^[^|>]*\\|([^>]*)>|<[^>]*>|:[a-z_]+: ?|[*_`]")

// caption is what a golden file says of itself, in one line.
func (d drawn) caption(how string) string {
	switch how {
	case ".phone":
		return "On a telephone."
	case ".dark":
		return "In the dark."
	}
	words := d.Text
	if words == "" {
		words = d.Title.Text
	}
	words, _, _ = strings.Cut(markup.ReplaceAllString(words, "$1"), "\n")
	if words == "" {
		words = d.name
	}
	if len(words) > 160 {
		words = words[:strings.LastIndex(words[:160], " ")] + " …"
	}
	return words
}
