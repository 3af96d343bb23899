package devslack_test

import (
	"bufio"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"dbaccess/internal/devslack"
)

// base is "http://127.0.0.1:PORT".
func base(s *devslack.Server) string { return strings.TrimSuffix(s.APIURL(), "/api/") }

// browser is a client that has opened the page by its link.
func browser(t *testing.T, s *devslack.Server) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar}
	res, err := c.Get(s.PageURL())
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("open: %d", res.StatusCode)
	}
	set := res.Cookies()
	if len(set) != 1 || !set[0].HttpOnly || set[0].SameSite != http.SameSiteStrictMode {
		t.Fatalf("cookie %+v", set)
	}
	return c
}

// sayAsBob is what an attacker's page would want to do.
func sayAsBob(t *testing.T, s *devslack.Server, header http.Header) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base(s)+"/page/act/say",
		strings.NewReader(`{"as":"bob","channel":"general","text":"approved"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", base(s))
	for key, values := range header {
		req.Header[key] = values
	}
	if host := header.Get("Host"); host != "" {
		req.Host = host
		req.Header.Del("Host")
	}
	return req
}

func status(t *testing.T, c *http.Client, req *http.Request) int {
	t.Helper()
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

func TestNobodyElseCanActAsBob(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	withCookie := browser(t, s)
	port := base(s)[strings.LastIndexByte(base(s), ':'):]
	for name, c := range map[string]struct {
		client *http.Client
		header http.Header
		want   int
	}{
		"no cookie":                          {http.DefaultClient, nil, 403},
		"a made-up cookie":                   {http.DefaultClient, http.Header{"Cookie": {"devslack_" + port[1:] + "=AAAA"}}, 403},
		"a foreign page":                     {withCookie, http.Header{"Origin": {"https://evil.example"}}, 403},
		"a page on another port":             {withCookie, http.Header{"Origin": {"http://127.0.0.1:1"}}, 403},
		"a sandboxed page":                   {withCookie, http.Header{"Origin": {"null"}}, 403},
		"slack's own origin":                 {withCookie, http.Header{"Origin": {"https://api.slack.com"}}, 403},
		"no origin at all":                   {withCookie, http.Header{"Origin": nil}, 403},
		"a name rebound to us":               {withCookie, http.Header{"Host": {"evil.example" + port}, "Origin": {"http://evil.example" + port}}, 403},
		"the browser says it is cross-site":  {withCookie, http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		"the browser says another port sent": {withCookie, http.Header{"Sec-Fetch-Site": {"same-site"}}, 403},
		"a form, which needs no preflight":   {withCookie, http.Header{"Content-Type": {"text/plain"}}, 415},
	} {
		if got := status(t, c.client, sayAsBob(t, s, c.header)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if n := len(s.Messages("general")); n != 0 {
		t.Fatalf("%d messages got through", n)
	}
	if got := status(t, withCookie, sayAsBob(t, s, http.Header{"Sec-Fetch-Site": {"same-origin"}})); got != 200 || len(s.Messages("general")) != 1 {
		t.Errorf("our own page: %d", got)
	}
}

func TestNothingOfThePageIsGivenWithoutItsCookie(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	for path, want := range map[string]int{
		"/": 403, "/page.js": 403, "/page/state?as=bob": 403, "/page/events?as=bob": 403, "/open?key=guess": 403, "/open": 403,
		"/_test/state?as=bob": 401, "/socket?ticket=guess": 403,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base(s)+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := status(t, http.DefaultClient, req); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

func TestForeignHostReachesNeitherAPINorSocket(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.APIURL()+"auth.test", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	req.Header.Set("Authorization", "Bearer "+s.BotToken())
	if got := status(t, http.DefaultClient, req); got != http.StatusForbidden {
		t.Errorf("foreign host: %d", got)
	}
	_, address, err := client(s).StartSocketModeContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, res, _ := websocket.DefaultDialer.DialContext(t.Context(), address, http.Header{"Origin": {"https://evil.example"}})
	if res == nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("foreign origin with a valid ticket: %+v", res)
	}
}

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.com:0"} {
		o := devslack.DefaultSeed()
		o.Addr = addr
		if s, err := devslack.Start(t.Context(), o); err == nil {
			s.Close()
			t.Errorf("%s was listened on", addr)
		}
	}
}

func TestPageComesWithAPolicyThatLetsItRunItsOwnScriptOnly(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	res, err := browser(t, s).Get(base(s) + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	policy := res.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("policy %q lacks %q", policy, part)
		}
	}
	if body, _ := io.ReadAll(res.Body); !strings.Contains(string(body), "/page.js") {
		t.Errorf("page %s", body)
	}
	sources, err := filepath.Glob("page/*.ts")
	if err != nil || len(sources) < 5 {
		t.Fatal(sources, err)
	}
	for _, name := range sources {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, forbidden := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"} {
			if strings.Contains(string(source), forbidden) {
				t.Errorf("%s uses %s", name, forbidden)
			}
		}
	}
}

func TestEventStreamShowsWhatThatPersonSeesAndNothingElse(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	c := browser(t, s)
	res, err := c.Get(base(s) + "/page/events?as=eve")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	type state struct {
		Me       string
		Channels []struct{ Name string }
		Messages map[string][]devslack.Message
	}
	read := func() state {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var s state
				if err := json.Unmarshal([]byte(data), &s); err != nil {
					t.Fatal(err)
				}
				return s
			}
		}
		t.Fatal("the stream ended")
		return state{}
	}
	if first := read(); first.Me != "U0EVE" || len(first.Channels) != 1 || first.Channels[0].Name != "partners" {
		t.Errorf("eve sees %+v", first)
	}
	must[devslack.Message](t)(s.As("alice").Say("general", "secret plan"))
	must[devslack.Message](t)(s.As("alice").Say("partners", "hello Eve"))
	for now := read(); len(now.Messages["C0PARTNERS"]) == 0; now = read() {
		if len(now.Messages["C0GENERAL"]) != 0 {
			t.Fatal("eve sees #general")
		}
	}
}

func TestCommittedBundleIsMadeFromThePagesSource(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "run", "-C", filepath.Join("..", "..", "tools", "esbuild"), ".",
		"-in", filepath.Join(here, "page"), "-out", out)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("bundle: %v\n%s", err, said)
	}
	made, committed := contents(t, out), contents(t, "dist")
	if len(made) < 4 || len(made) != len(committed) {
		t.Fatalf("the source makes %d files, dist has %d", len(made), len(committed))
	}
	for name, content := range made {
		if committed[name] != content {
			t.Errorf("dist/%s is not what the source makes: run go generate ./internal/devslack", name)
		}
	}
	if size := len(made["page.js"]); size >= 60_000 {
		t.Errorf("the page's script has %d bytes; it is to stay below 60,000", size)
	}
}

// contents returns the files under dir by their paths.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		found[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
