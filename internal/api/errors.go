package api

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strings"

	"dbaccess/internal/fault"
)

// Problem is what an error looks like from outside (RFC 9457,
// application/problem+json).
type Problem struct {
	Title  string `json:"title"`          // the kind, in words
	Status int    `json:"status"`         // the HTTP status again
	Detail string `json:"detail"`         // what happened: one sentence
	Hint   string `json:"hint,omitempty"` // what to do next: one sentence
	Kind   string `json:"kind"`           // fault.Kind's stable name
	Ref    string `json:"ref,omitempty"`  // finds the cause in the server's log
}

// refusal is a fault with a status of HTTP's own.
type refusal struct {
	fault  *fault.Error
	status int
}

func (r refusal) Error() string { return r.fault.Error() }
func (r refusal) Unwrap() error { return r.fault }

// What the door itself refuses.
var (
	errNoPage = fault.New(fault.NotFound, "There is no such page here.", "Open the link that Slack gave you.")

	errMethod = refusal{
		fault.New(fault.Invalid, "This address does not answer that method.", "Open the link in a browser, or use `dbaccess claim`."),
		http.StatusMethodNotAllowed,
	}
	errNotJSON = refusal{
		fault.New(fault.Invalid, "The request is not JSON.", "Send Content-Type: application/json."),
		http.StatusUnsupportedMediaType,
	}
	errTooLong = refusal{
		fault.New(fault.Invalid, "The request is too long.", "Send the code and nothing else."),
		http.StatusRequestEntityTooLarge,
	}
	errForeign = fault.New(fault.Denied, "Another website sent this request.", "Open the link from Slack itself, and press the button there.")
	errShape   = fault.New(fault.Invalid, "The request is not understood.", `Send {"code": "…"}.`)
	errTooMany = refusal{
		fault.New(fault.Unavailable, "Too many codes from this address were not good.", "Wait a minute, then get a new code in Slack."),
		http.StatusTooManyRequests,
	}
)

// kinds maps a fault's kind to a status and a title.
var kinds = map[fault.Kind]struct {
	status int
	title  string
}{
	fault.Internal:    {http.StatusInternalServerError, "Internal error"},
	fault.Invalid:     {http.StatusBadRequest, "Not understood"},
	fault.Denied:      {http.StatusForbidden, "Not allowed"},
	fault.NotFound:    {http.StatusNotFound, "Not found"},
	fault.Conflict:    {http.StatusConflict, "Already done"},
	fault.Expired:     {http.StatusGone, "Too late"},
	fault.Unavailable: {http.StatusServiceUnavailable, "Not available now"},
}

// WithStatus returns f, to be answered with a status of HTTP's own instead of its
// kind's.
func WithStatus(f *fault.Error, status int) error { return refusal{f, status} }

// Refusals shows errors: the only place where one becomes an answer, for the pages
// and for the JSON API. People get the sentence; a cause stays in the log, and the
// reference leads there.
type Refusals struct {
	Log    *slog.Logger  // nil: slog.Default
	NewRef func() string // nil: ten characters of chance
}

// Problem returns what err looks like from outside, having logged what stands
// behind it.
func (s Refusals) Problem(r *http.Request, err error) Problem {
	log, newRef := s.Log, s.NewRef
	if log == nil {
		log = slog.Default()
	}
	if newRef == nil {
		newRef = func() string { return strings.ToLower(rand.Text()[:10]) }
	}
	f := fault.Show(err)
	k := kinds[f.Kind]
	p := Problem{Title: k.title, Status: k.status, Detail: plain(f.Msg), Hint: plain(f.Hint), Kind: f.Kind.String()}
	var own refusal
	if errors.As(err, &own) {
		p.Status = own.status
	}
	switch {
	case own.fault != nil && own.fault.Cause == nil: // the door's own refusals have no cause
	case f.Kind == fault.Internal:
		p.Ref = newRef()
		log.ErrorContext(r.Context(), "request failed", "ref", p.Ref, "route", r.Pattern, "err", err)
	case f.Cause != nil || err != error(f): // something stands behind or beside the sentence
		p.Ref = newRef()
		log.WarnContext(r.Context(), "request refused", "ref", p.Ref, "route", r.Pattern, "kind", p.Kind, "err", err)
	}
	return p
}

// Refuse answers with the problem that err is.
func (s Refusals) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := s.Problem(r, err)
	body, err := json.MarshalIndent(p, "", "  ")
	if err != nil { // strings and a number: cannot happen, and must not be silent
		slog.ErrorContext(r.Context(), "problem not written", "err", err)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n'))
}

func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	Refusals{Log: a.Log, NewRef: a.newRef}.Refuse(w, r, err)
}

// refuseMethod answers what the route's own methods leave over.
func (a *API) refuseMethod(allow []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", strings.Join(allow, ", "))
		a.refuse(w, r, errMethod)
	})
}

// bold is what stands between Slack's marks for bold. A star with a space behind it
// is one of a cron schedule.
var bold = regexp.MustCompile(`\*([^*\s](?:[^*]*[^*\s])?)\*`)

// plain takes Slack's marks for bold and code out of a sentence that was written
// for both doors.
func plain(s string) string { return bold.ReplaceAllString(strings.ReplaceAll(s, "`", ""), "$1") }
