package oidc

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Claims are what a token says. Those that every token needs (iss, iat, nbf, exp,
// jti) are added; one that is given stands as it is.
type Claims map[string]any

// Life is how long tokens are good, unless they say otherwise: GitHub's, five
// minutes.
const Life = 5 * time.Minute

// Options are how an issuer is. The zero value is fine.
type Options struct {
	Addr string           // 127.0.0.1:0; must be loopback
	Alg  string           // ES256 (also if empty) or RS256
	Now  func() time.Time // time.Now
}

// Issuer is a running issuer.
type Issuer struct {
	alg    string
	now    func() time.Time
	url    string
	server *http.Server
	done   chan struct{}

	mu   sync.Mutex // guards what follows
	keys []key      // published; the newest, which signs, first
	jobs []*Job
}

// Start makes a key and listens.
func Start(o Options) (*Issuer, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := onLoopback(o.Addr); err != nil {
		return nil, err
	}
	first, err := newKey(o.Alg)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("start local issuer: %w", err)
	}
	i := &Issuer{alg: o.Alg, now: o.Now, url: "http://" + l.Addr().String(), keys: []key{first}, done: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.describe)
	mux.HandleFunc("GET /keys", i.publish)
	mux.HandleFunc("GET /token", i.give)
	i.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		defer close(i.done)
		_ = i.server.Serve(l) // it ends with Close
	}()
	return i, nil
}

// onLoopback refuses an address that others could reach: whoever reaches the
// issuer's tokens is whoever they name.
func onLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("start local issuer: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("start local issuer: %s is not a loopback address", addr)
	}
	return nil
}

// URL is what its tokens have as "iss".
func (i *Issuer) URL() string { return i.url }

// Close stops it. Its tokens stay what they are.
func (i *Issuer) Close() error {
	err := i.server.Close()
	<-i.done
	return err
}

// Token signs a token for that audience.
func (i *Issuer) Token(audience string, c Claims) (string, error) {
	now := i.now()
	all := Claims{
		"iss": i.url, "aud": audience, "iat": now.Unix(), "nbf": now.Unix(),
		"exp": now.Add(Life).Unix(), "jti": strings.ToLower(rand.Text()),
	}
	maps.Copy(all, c)
	i.mu.Lock()
	with := i.keys[0]
	i.mu.Unlock()
	return with.sign(all)
}

// Rotate signs with a new key from now on. The one before stays published, as
// issuers do it, so that its tokens are good to their end.
func (i *Issuer) Rotate() error {
	next, err := newKey(i.alg)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = []key{next, i.keys[0]}
	return nil
}

// Withdraw is Rotate after a theft: the keys before are not published any more.
func (i *Issuer) Withdraw() error {
	err := i.Rotate()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = i.keys[:1]
	return err
}

// Job is a running job, which can ask for tokens of its own.
type Job struct {
	issuer *Issuer
	secret string
	claims Claims
	ended  bool // issuer.mu guards it
}

// Job begins a job, whose tokens have those claims.
func (i *Issuer) Job(c Claims) *Job {
	j := &Job{issuer: i, secret: rand.Text(), claims: maps.Clone(c)}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.jobs = append(i.jobs, j)
	return j
}

// Env is how a runner tells a job where its tokens are: the variables of GitHub
// Actions. The secret in them is good for this job's tokens and nothing else.
// https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
func (j *Job) Env() []string {
	return []string{
		"ACTIONS_ID_TOKEN_REQUEST_URL=" + j.issuer.url + "/token?api-version=2.0",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + j.secret,
	}
}

// End ends the job: it gets no tokens any more.
func (j *Job) End() {
	j.issuer.mu.Lock()
	defer j.issuer.mu.Unlock()
	j.ended = true
}

func (i *Issuer) describe(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": i.url, "jwks_uri": i.url + "/keys", "response_types_supported": []string{"id_token"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{i.signing().alg},
	})
}

func (i *Issuer) signing() key {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys[0]
}

func (i *Issuer) publish(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	list := make([]map[string]string, len(i.keys))
	for n, k := range i.keys {
		list[n] = k.public()
	}
	i.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"keys": list})
}

// give is the runner's endpoint.
func (i *Issuer) give(w http.ResponseWriter, r *http.Request) {
	secret, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	j := i.job(secret)
	if j == nil {
		answer(w, http.StatusUnauthorized, map[string]string{"message": "no job of this runner has that secret"})
		return
	}
	audience := r.URL.Query().Get("audience")
	if audience == "" {
		answer(w, http.StatusBadRequest, map[string]string{"message": "which audience?"})
		return
	}
	token, err := i.Token(audience, j.claims)
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]string{"message": err.Error()})
		return
	}
	answer(w, http.StatusOK, map[string]any{"count": len(token), "value": token})
}

// job is the one whose secret that is; nil if there is none, or it has ended.
func (i *Issuer) job(secret string) *Job {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, j := range i.jobs {
		if !j.ended && subtle.ConstantTimeCompare([]byte(j.secret), []byte(secret)) == 1 {
			return j
		}
	}
	return nil
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever asked is gone
}
