package devslack

import (
	"crypto/subtle"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"time"
)

// The page is TypeScript in page/, bundled by tools/esbuild into dist/. A test
// keeps the two in step.
//
//go:generate go run -C ../../tools/esbuild . -in ../../internal/devslack/page -out ../../internal/devslack/dist

//go:embed dist
var dist embed.FS

// contentPolicy lets the page run its own script and talk to this server, and
// nothing else; TrustedHTML is never made, so no text can become markup.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

func (s *Server) routePage(mux *http.ServeMux) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	static := http.FileServerFS(files)
	mux.HandleFunc("GET /open", s.serveOpen)
	mux.HandleFunc("GET /{$}", s.withCookie(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", contentPolicy)
		static.ServeHTTP(w, r)
	}))
	mux.HandleFunc("GET /page.js", s.withCookie(static.ServeHTTP))
	mux.HandleFunc("GET /page.css", s.withCookie(static.ServeHTTP))
	mux.HandleFunc("GET /font/{file}", s.withCookie(static.ServeHTTP))
	mux.HandleFunc("GET /page/state", s.withCookie(s.servePageState))
	mux.HandleFunc("GET /page/events", s.withCookie(s.serveEvents))
	mux.HandleFunc("POST /page/act/{do}", s.withCookie(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") == "" { // browsers always say it with a POST; the guard has compared it
			http.Error(w, "no Origin", http.StatusForbidden)
			return
		}
		s.serveAct(w, r)
	}))
}

// cookieName has the port in it: cookies are shared among a host's ports, and two
// runs must not log each other out.
func (s *Server) cookieName() string {
	_, port, _ := net.SplitHostPort(s.host)
	return "devslack_" + port
}

// serveOpen exchanges the run's token for the page's cookie.
func (s *Server) serveOpen(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	if subtle.ConstantTimeCompare([]byte(key), []byte(s.pageToken)) != 1 {
		http.Error(w, "This link does not belong to this run of the local Slack. Use the one it printed when it started.", http.StatusForbidden)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(), Value: s.pageToken, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	// Not a redirect: after a link from elsewhere the browser would not send the new
	// cookie along.
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, `<!doctype html><meta http-equiv="refresh" content="0;url=/"><a href="/">Open the local Slack</a>`)
}

func (s *Server) withCookie(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie(s.cookieName())
		if err != nil || subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(s.pageToken)) != 1 {
			http.Error(w, "Open this page by the link that the local Slack printed when it started.", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

// pageState is what one person sees: all that the page draws.
type pageState struct {
	Rev          uint64               `json:"rev"`
	Workspace    string               `json:"workspace"`
	Command      string               `json:"command"`
	Hint         string               `json:"hint,omitempty"`          // the command's arguments
	CommandAbout string               `json:"command_about,omitempty"` // what the command does
	Allowed      bool                 `json:"allowed"`                 // whether the person may use the app's command and shortcuts
	Shortcuts    []Shortcut           `json:"shortcuts"`
	About        string               `json:"about,omitempty"` // what the app is for
	HasHome      bool                 `json:"has_home"`        // whether the app has a Home tab for the person
	Home         *View                `json:"home,omitempty"`  // what the app published on it
	Me           string               `json:"me"`
	Bot          string               `json:"bot"`
	Connected    bool                 `json:"connected"` // whether the app can be reached
	Users        []pageUser           `json:"users"`
	Groups       []pageGroup          `json:"groups"`
	Channels     []pageChannel        `json:"channels"` // the person's, the app's direct messages last
	Messages     map[string][]Message `json:"messages"` // by channel, the ephemeral ones among them
	Drafts       map[string]State     `json:"drafts"`   // by "channel/ts": what was chosen in messages
	Views        []View               `json:"views"`    // modals, top last
}

type pageUser struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Real string `json:"real"`
	Note string `json:"note,omitempty"` // "guest", "external"
	Bot  bool   `json:"bot,omitempty"`

	Waiting int `json:"waiting,omitempty"` // what is addressed to them and not read
}

type pageGroup struct {
	ID     string `json:"id"`
	Handle string `json:"handle"`
}

type pageChannel struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Topic   string `json:"topic,omitempty"`
	Private bool   `json:"private,omitempty"`
	Shared  bool   `json:"shared,omitempty"`
	DM      bool   `json:"dm,omitempty"`
	With    string `json:"with,omitempty"` // the other one of direct messages

	People   []string `json:"people"`
	Read     string   `json:"read,omitempty"` // the newest message that was seen
	Unread   int      `json:"unread,omitempty"`
	Mentions int      `json:"mentions,omitempty"` // how many of the unread are addressed to the person
}

// look returns what a person sees now, and a channel closed at the next change.
func (s *Server) look(as string) (pageState, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &s.world
	u, err := s.As(as).user()
	if err != nil {
		return pageState{}, nil, err
	}
	p := pageState{
		Rev: w.rev, Workspace: s.o.TeamName, Command: s.o.Command, Me: u.ID, Bot: s.o.BotUserID, Connected: s.overHTTP() || s.hub.count() > 0,
		Messages: map[string][]Message{}, Drafts: map[string]State{}, Views: []View{},
	}
	p.Hint, p.CommandAbout, p.About = s.o.CommandHint, s.o.CommandAbout, s.o.About
	p.Allowed, p.Shortcuts = s.mayUse(u) == nil, append([]Shortcut{}, s.o.Shortcuts...)
	p.HasHome = !s.o.NoHome && !u.Stranger
	if home := w.homes[u.ID]; home != nil && p.HasHome {
		seen := home.copyOut()
		p.Home = &seen
	}
	for _, id := range w.userOrder {
		p.Users = append(p.Users, s.pageUserOf(w.users[id]))
	}
	for _, g := range w.groups {
		p.Groups = append(p.Groups, pageGroup{ID: g.ID, Handle: g.Handle})
	}
	for _, conv := range s.conversationsOf(u) {
		p.Channels = append(p.Channels, s.pageChannelOf(conv, u))
		p.Messages[conv.ID] = copyOut(w.messages[conv.ID])
	}
	for _, m := range w.ephemerals[u.ID] {
		p.Messages[m.Channel] = append(p.Messages[m.Channel], m.copyOut())
	}
	for _, list := range p.Messages {
		slices.SortStableFunc(list, func(a, b Message) int { return compareTS(a.TS, b.TS) })
	}
	for key, state := range w.drafts {
		if key.user == u.ID {
			p.Drafts[key.channel+"/"+key.ts] = state.clone()
		}
	}
	for _, v := range w.stacks[u.ID] {
		p.Views = append(p.Views, v.copyOut())
	}
	return p, w.changed, nil
}

func (s *Server) pageUserOf(u *User) pageUser {
	p := pageUser{ID: u.ID, Name: u.Name, Real: u.RealName, Bot: u.Bot, Waiting: s.waiting(u)}
	switch {
	case u.Deleted:
		p.Note = "deactivated"
	case u.Stranger:
		p.Note = "external"
	case u.Restricted || u.UltraRestricted:
		p.Note = "guest"
	}
	return p
}

func (s *Server) pageChannelOf(conv *conversation, u *User) pageChannel {
	ch := pageChannel{
		ID: conv.ID, Name: conv.Name, Topic: conv.Topic, Private: conv.Private, Shared: conv.ExtShared,
		People: conv.Members, Read: s.world.reads[readKey{u.ID, conv.ID}],
	}
	if conv.direct() {
		ch.DM, ch.With = true, conv.partner(u.ID)
		ch.Name = s.world.users[ch.With].RealName
	}
	ch.Unread, ch.Mentions = s.unread(u, conv)
	return ch
}

func compareTS(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (s *Server) servePageState(w http.ResponseWriter, r *http.Request) {
	state, _, err := s.look(r.URL.Query().Get("as"))
	if err != nil {
		writeJSON(w, http.StatusNotFound, object{"error": err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, state)
}

const eventPause = 40 * time.Millisecond // bursts of changes become one

// serveEvents sends what the person sees, at once and after every change.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	flush := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	alive := time.NewTicker(20 * time.Second)
	defer alive.Stop()
	for {
		state, changed, err := s.look(r.URL.Query().Get("as"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", mustJSON(state)); err != nil || flush.Flush() != nil {
			return
		}
		for waiting := true; waiting; {
			select {
			case <-changed:
				waiting = false
			case <-alive.C:
				if _, err := fmt.Fprint(w, ": alive\n\n"); err != nil || flush.Flush() != nil {
					return
				}
			case <-r.Context().Done():
				return
			case <-s.ctx.Done():
				return
			}
		}
		if pause(r.Context(), eventPause) != nil {
			return
		}
	}
}
