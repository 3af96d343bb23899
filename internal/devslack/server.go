package devslack

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Server is one running workspace with one app installed in it.
type Server struct {
	o    Options
	host string // "127.0.0.1:PORT"

	botToken, appToken   string
	testToken, pageToken string // for /_test/*, for the page's cookie
	verification         string // the deprecated "token" of every payload

	hub      *hub       // delivery over sockets
	requests *requester // delivery over HTTP
	faults   faults

	mu    sync.Mutex // guards world; never held while waiting for the app
	world world

	buckets map[string]*bucket // what rate limits leave; guarded by mu

	http  *http.Server
	ctx   context.Context // ends with the server; background deliveries stop with it
	stop  context.CancelFunc
	tasks tasks // sockets and background deliveries
	once  sync.Once
	ahead atomic.Int64 // nanoseconds that Advance has moved the clock
}

// Start opens the workspace on a loopback port and serves it until ctx ends or
// [Server.Close] is called.
func Start(ctx context.Context, o Options) (*Server, error) {
	o.setDefaults()
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("devslack: %w", err)
	}
	ln, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("devslack: listen: %w", err)
	}
	s := &Server{
		host:      ln.Addr().String(),
		botToken:  "xoxb-" + rand.Text(),
		appToken:  "xapp-1-" + o.AppID + "-" + rand.Text(),
		testToken: "test-" + rand.Text(), pageToken: rand.Text(), verification: rand.Text(),
		faults: faults{byMethod: map[string][]Fault{}}, buckets: map[string]*bucket{},
	}
	now := o.Now
	o.Now = func() time.Time { return now().Add(time.Duration(s.ahead.Load())) }
	s.o = o
	s.ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.hub, s.requests = newHub(s.ctx, o), newRequester(s.ctx, o, s.background)
	s.world = newWorld(o)
	s.http = &http.Server{Handler: s.guard(s.routes()), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			o.Log.Error("local slack stopped serving", "err", err)
		}
	}()
	context.AfterFunc(ctx, func() { s.Close() })
	return s, nil
}

// Close cuts every connection and returns when nothing of the server runs any
// more. It may be called more than once.
func (s *Server) Close() error {
	var err error
	s.once.Do(func() {
		s.stop()
		s.hub.close()
		err = s.http.Close()
		s.mu.Lock()
		s.touch()
		s.mu.Unlock()
	})
	s.tasks.wait()
	s.requests.client.CloseIdleConnections()
	return err
}

// Advance moves this Slack's clock: trigger ids and response URLs expire, rate
// limits recover, messages and signatures carry later times. Pauses between
// retries are real time and stay as they are.
func (s *Server) Advance(d time.Duration) { s.ahead.Add(int64(d)) }

// APIURL is what the app takes for https://slack.com/api/, with its last slash.
func (s *Server) APIURL() string { return "http://" + s.host + "/api/" }

// BotToken is the bot's token, made for this run.
func (s *Server) BotToken() string { return s.botToken }

// AppToken is the app-level token that opens sockets, made for this run.
func (s *Server) AppToken() string { return s.appToken }

// PageURL opens the page in a browser: it hands over this run's token in exchange
// for a cookie. Whoever has it can act as anybody in the workspace.
func (s *Server) PageURL() string { return "http://" + s.host + "/open?key=" + s.pageToken }

// TestURL and TestToken let another program drive people over HTTP: POST to
// TestURL + "command" and so on, with the token as Bearer (see testapi.go).
func (s *Server) TestURL() string { return "http://" + s.host + "/_test/" }

// TestToken is the bearer token of the test API, made for this run.
func (s *Server) TestToken() string { return s.testToken }

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", s.serveAPI)
	mux.HandleFunc("POST /response/{id}", s.serveResponseURL)
	mux.HandleFunc("POST /upload/{ticket}", s.serveUpload)
	mux.HandleFunc("GET /files/{id}", s.serveFile)
	mux.HandleFunc("GET /socket", s.serveSocket)
	s.routeTestAPI(mux)
	s.routePage(mux)
	return mux
}

// guard lets only requests through which were meant for this server: Host is its
// own (a name rebound to 127.0.0.1 is not), and if a browser says which page sent
// them, it is ours. The one exception is the Origin that slack-go gives when it
// opens a socket; the socket asks for a ticket of its own.
func (s *Server) guard(next http.Handler) http.Handler {
	_, port, _ := net.SplitHostPort(s.host)
	own := func(host string) bool { return host == s.host || host == "localhost:"+port }
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		ours := origin == "" || origin == "http://"+r.Host
		if r.URL.Path == "/socket" && origin == "https://api.slack.com" {
			ours = true
		}
		site := r.Header.Get("Sec-Fetch-Site")
		if r.URL.Path == "/open" && site != "" {
			site = "none" // reached by a click on a link: it only hands over a cookie
		}
		if !own(r.Host) || !ours || site != "" && site != "same-origin" && site != "none" {
			http.Error(w, "this local Slack answers only to itself", http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// newID returns an ID in Slack's manner.
func newID(prefix string) string { return prefix + strings.ToUpper(rand.Text()[:10]) }
