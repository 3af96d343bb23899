package bot

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack/slackevents"

	"dbaccess/internal/devslack"
)

func TestTheManifestThatIsShippedIsTheOneThatIsPrinted(t *testing.T) {
	t.Parallel()
	const path = "../docs/slack-manifest.yaml"
	want, err := Manifest(ManifestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is not what `dbaccess slack manifest` prints: `go test ./bot -run Manifest -update` writes it", path)
	}
}

func TestSlackTakesTheManifest(t *testing.T) {
	t.Parallel()
	o := devslack.DefaultSeed()
	socket, err := Manifest(ManifestOptions{Name: "Prod DB Access!"})
	if err != nil {
		t.Fatal(err)
	}
	if to, err := o.Install(socket); err != nil || to != (devslack.HTTPDelivery{}) {
		t.Errorf("for Socket Mode: %+v, %v", to, err)
	}
	if o.BotName != "prod-db-access" || o.Command != "/dbaccess" || len(o.Shortcuts) != len(Shortcuts()) || !slices.Equal(o.Scopes, Scopes()) {
		t.Errorf("installed: %+v", o)
	}
	overHTTP, err := Manifest(ManifestOptions{URL: "https://dbaccess.example.com/"})
	if err != nil {
		t.Fatal(err)
	}
	want := devslack.HTTPDelivery{
		CommandURL: "https://dbaccess.example.com/slack/commands", InteractivityURL: "https://dbaccess.example.com/slack/interactivity",
		EventsURL: "https://dbaccess.example.com/slack/events", OptionsURL: "https://dbaccess.example.com/slack/options",
	}
	if to, err := o.Install(overHTTP); err != nil || to != want {
		t.Errorf("for HTTP: %+v, %v", to, err)
	}
}

func TestEveryEventThatIsSubscribedToCanBeRead(t *testing.T) {
	t.Parallel()
	for _, kind := range Events() {
		if _, known := slackevents.EventsAPIInnerEventMapping[slackevents.EventsAPIType(kind)]; !known {
			t.Errorf("slack-go does not know %s", kind)
		}
	}
}

func TestTheManualSaysWhatEachScopeIsFor(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../docs/slack-setup.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scopes {
		if !strings.Contains(string(manual), "| `"+s.Name+"` | "+s.Why+" |") {
			t.Errorf("docs/slack-setup.md lacks the line | `%s` | %s |", s.Name, s.Why)
		}
	}
	for _, kind := range Events() {
		if !strings.Contains(string(manual), "`"+kind+"`") {
			t.Errorf("docs/slack-setup.md does not name the event %s", kind)
		}
	}
	if !slices.Equal(Scopes(), devslack.DefaultScopes()) {
		t.Errorf("the local Slack gives %v, and %v are needed", devslack.DefaultScopes(), Scopes())
	}
}

// What the manual quotes in its tables of messages is what people read.
func TestTheManualQuotesWhatIsSaid(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../docs/slack-setup.md")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, pattern := range []string{"*.go", "../cmd/dbaccess/slack*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(f, "_test.go") {
				source.Write(text)
			}
		}
	}
	_, tables, _ := strings.Cut(string(manual), "## When it does not work")
	quoted := regexp.MustCompile("(?m)^\\| (?:… )?`([^`]+)`").FindAllStringSubmatch(tables, -1)
	if len(quoted) < 15 {
		t.Fatalf("%d messages are quoted: this test looks in the wrong place", len(quoted))
	}
	for _, q := range quoted {
		if !strings.Contains(source.String(), q[1]) {
			t.Errorf("nothing says %q", q[1])
		}
	}
}
