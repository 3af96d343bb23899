package v1

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"dbaccess/approvals"
	"dbaccess/guardrails"
)

// JobView is a job as the server has read it: to what its approval binds, and
// whether an earlier one covers it.
type JobView struct {
	Claims   map[string]string `json:"claims" doc:"what of its token binds it"`
	Files    []FileView        `json:"files" nullable:"false"`
	Rows     *Band             `json:"rows,omitempty"`
	Schedule string            `json:"schedule,omitempty"`
	Window   string            `json:"window,omitempty"`
	Commit   string            `json:"commit,omitempty"`

	Under    string    `json:"under,omitempty" doc:"the request whose standing approval covered this one"`
	Differs  string    `json:"differs,omitempty" doc:"why no standing approval covers it, in a sentence"`
	Scope    string    `json:"scope,omitempty" enum:"commit,content,level" doc:"for which later runs its own approval stands"`
	Until    time.Time `json:"until,omitzero" doc:"how long that stands"`
	EndedAt  time.Time `json:"ended_at,omitzero" doc:"when somebody ended that"`
	Possible []string  `json:"possible" nullable:"false" doc:"the scopes for which reviewers can approve it"`
}

// FileView is one file of a job as the server has read it.
type FileView struct {
	Path    string  `json:"path"`
	SHA256  string  `json:"sha256" doc:"of its bytes, in hex"`
	Bytes   int64   `json:"bytes"`
	Verdict Verdict `json:"verdict"`
}

func jobView(r approvals.Request) *JobView {
	out := &JobView{
		Claims: map[string]string{}, Files: []FileView{}, Schedule: r.Job.Schedule, Window: span(r.Job.Window), Commit: r.Job.Commit,
		Under: string(r.Under), Differs: r.Differs, Scope: string(r.Standing.Scope), Until: r.Standing.Until, EndedAt: r.Standing.EndedAt,
		Possible: []string{},
	}
	for _, c := range r.Job.Claims {
		out.Claims[c.Name] = c.Value
	}
	if b := r.Job.Rows; b != nil {
		out.Rows = &Band{Min: b.Min, Max: b.Max}
	}
	for i, f := range r.Job.Files {
		view := FileView{Path: f.Path, SHA256: f.SHA256, Bytes: f.Bytes}
		if i < len(r.Verdicts) {
			view.Verdict = verdictOf(r.Verdicts[i])
		}
		out.Files = append(out.Files, view)
	}
	for _, s := range approvals.Offers(r.Route, r) {
		out.Possible = append(out.Possible, string(s))
	}
	return out
}

// sameJob reports whether a stored job is the one that is asked for, its claims
// aside, which its token says.
func sameJob(j *approvals.Job, ask *approvals.JobAsk) bool {
	if j == nil || ask == nil {
		return j == nil && ask == nil
	}
	sameRows := j.Rows == nil && ask.Rows == nil || j.Rows != nil && ask.Rows != nil && *j.Rows == *ask.Rows
	return sameRows && j.Schedule == ask.Schedule && j.Window == ask.Window && j.Commit == ask.Commit &&
		slices.EqualFunc(j.Files, ask.Files, func(f approvals.File, s approvals.Script) bool {
			sum := sha256.Sum256([]byte(s.Content))
			return f.Path == s.Path && f.SHA256 == hex.EncodeToString(sum[:])
		})
}

// Judged is a verdict in the API's words.
func Judged(v guardrails.Verdict) Verdict { return verdictOf(v) }
