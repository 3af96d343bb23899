package approvals

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/robfig/cron/v3"

	"dbaccess/guardrails"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// boundByDefault are the claims that bind jobs where the config does not say
// which, as far as a token has them: what code it is, and what runs it.
var boundByDefault = []string{
	"repository", "ref", "sha", "workflow", "workflow_ref", // GitHub Actions
	"project_path", "ref_type", "ci_config_ref_uri", // GitLab
	"namespace", "serviceaccount", // Kubernetes
}

// Bounds on the words of a job.
const (
	maxPath      = 200 // bytes
	maxCommit    = 500
	maxCron      = 100
	maxFindings  = 50
	estimatingIn = 15 * time.Second // how long finding out what a job would touch may take
)

var (
	errNoJob = fault.New(fault.Denied, "Only services can ask for a job.", "Ask without its files, or with the token of a pipeline.")
	errEvery = fault.New(fault.Invalid, "A schedule names times of the day, and @every does not.", "Write it like cron does: \"0 2 * * *\".")
)

// job adds what a service says of its job to a request, and what the server finds
// out about it: hashes, verdicts, and, if it names a band, how many rows.
func (s *Service) job(ctx context.Context, r *Request, who identity.Principal, ask Ask) error {
	if who.Kind != identity.Service {
		return errNoJob
	}
	if r.Kind == Statement && len(ask.Job.Files) > 0 {
		return invalid("Ask for access to run files.", "A statement request runs its statement and no files.")
	}
	claims, err := s.bound(who)
	if err != nil {
		return err
	}
	j, verdicts, verdict, err := ReadJob(*ask.Job, func(sql string) guardrails.Verdict { return s.classifyFile(ctx, r.Terms, sql) })
	if err != nil {
		return err
	}
	j.Claims = claims
	r.Job, r.Verdicts = &j, verdicts
	if r.Kind == Access {
		r.Verdict = verdict
	}
	if j.Rows != nil {
		r.Impact = s.jobRows(ctx, *r, ask.Job.Files)
	}
	return nil
}

// ReadJob is what becomes of a job that is asked for, its token aside: the hashes
// of its files, what classify says of each, and the worst of that.
func ReadJob(ask JobAsk, classify func(sql string) guardrails.Verdict) (j Job, each []guardrails.Verdict, all guardrails.Verdict, err error) {
	if err := checkJob(&ask); err != nil {
		return Job{}, nil, guardrails.Verdict{}, err
	}
	j = Job{Schedule: ask.Schedule, Window: ask.Window, Commit: ask.Commit}
	if ask.Rows != nil {
		j.Rows = &Band{Min: ask.Rows.Min, Max: ask.Rows.Max}
	}
	for _, script := range ask.Files {
		sum := sha256.Sum256([]byte(script.Content))
		j.Files = append(j.Files, File{Path: script.Path, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(script.Content))})
		each = append(each, classify(script.Content))
	}
	return j, each, worst(j.Files, each), nil
}

// bound are the claims of a service's token that its jobs are bound to.
func (s *Service) bound(who identity.Principal) ([]identity.Claim, error) {
	var names []string
	if s.Bind != nil {
		names = s.Bind(who.Name)
	}
	asked := len(names) > 0
	if !asked {
		names = boundByDefault
	}
	var list []identity.Claim
	for _, name := range names {
		i := slices.IndexFunc(who.Claims, func(c identity.Claim) bool { return c.Name == name && c.Value != "" })
		switch {
		case i >= 0:
			list = append(list, who.Claims[i])
		case asked:
			return nil, fault.New(fault.Denied, fmt.Sprintf("The token of %s does not say %q, to which its jobs are bound.", who.Name, name),
				"Its issuer has to put it into the token, and the config to keep it: identity.services[].bind.")
		}
	}
	slices.SortFunc(list, func(a, b identity.Claim) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// checkJob refuses what cannot be a job, whatever is in its files.
func checkJob(ask *JobAsk) error {
	if len(ask.Files) > MaxJobFiles {
		return invalid("Show those that matter most, or join some.", "The job has %d files, and may have %d.", len(ask.Files), MaxJobFiles)
	}
	all, seen := 0, map[string]bool{}
	for _, f := range ask.Files {
		if err := checkScript(f); err != nil {
			return err
		}
		if seen[f.Path] {
			return invalid("", "The job has two files %q.", f.Path)
		}
		seen[f.Path] = true
		all += len(f.Content)
	}
	if all > MaxJobBytes {
		return invalid("Split the job.", "Its files have %d bytes in all, and may have %d.", all, MaxJobBytes)
	}
	if b := ask.Rows; b != nil && (b.Min < 0 || b.Max < b.Min) {
		return invalid("Say it like 0..1000.", "%d to %d is no band of rows.", b.Min, b.Max)
	}
	if len(ask.Commit) > maxCommit || unreadable(ask.Commit) {
		return invalid("Give an address such as https://github.com/acme/shop/commit/1a2b3c.", "The link to the commit is no address that people could be shown.")
	}
	return checkSchedule(ask.Schedule, ask.Window)
}

// checkScript refuses a file that reviewers could not be shown as it is.
func checkScript(f Script) error {
	switch {
	case f.Path == "" || len(f.Path) > maxPath || unreadable(f.Path):
		return invalid("Use a short path of visible characters.", "A file of the job has a path that people could not be shown.")
	case len(f.Content) > MaxJobFileBytes:
		return invalid("Split it.", "%s has %d bytes, and may have %d.", f.Path, len(f.Content), MaxJobFileBytes)
	}
	return checkSQL("file "+f.Path, f.Content)
}

// unreadable reports whether text on one line would not look like what it is.
func unreadable(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, hidden)
}

// checkSchedule checks a cron schedule and its window: both or none.
func checkSchedule(schedule string, window time.Duration) error {
	if schedule == "" {
		if window != 0 {
			return invalid("Name the schedule too.", "A window without a schedule says nothing.")
		}
		return nil
	}
	if strings.Contains(schedule, "@every") {
		return errEvery
	}
	times, err := parseSchedule(schedule)
	switch {
	case err != nil:
		return invalid("Write it like cron does: \"0 2 * * *\" is every day at two, by UTC unless it begins with CRON_TZ=.", "%q is not a cron schedule.", fit(schedule))
	case window < time.Minute || window > MaxJobWindow:
		return invalid("Say how long after each time it may begin, such as 1h.", "The window of a schedule is a minute to a day.")
	case times.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero():
		return invalid("", "%q never comes.", fit(schedule))
	}
	return nil
}

func parseSchedule(schedule string) (cron.Schedule, error) {
	if len(schedule) > maxCron || unreadable(schedule) {
		return nil, fmt.Errorf("a schedule has at most %d visible characters", maxCron)
	}
	if strings.Contains(schedule, "TZ=") && !strings.Contains(schedule, " ") { // the library would panic
		return nil, errors.New("a schedule has times beside its zone")
	}
	return cron.ParseStandard(schedule)
}

// Within reports whether at is within the window that follows some time of the
// job's schedule. A job without one may run at any time; one whose schedule
// cannot be read, never.
func (j Job) Within(at time.Time) bool {
	if j.Schedule == "" {
		return true
	}
	times, err := parseSchedule(j.Schedule)
	if err != nil || j.Window <= 0 {
		return false
	}
	next := times.Next(at.UTC().Add(-j.Window))
	return !next.IsZero() && !next.After(at)
}

// isHost is what the host of a link may be: nothing that could look like another.
var isHost = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$`)

// Link returns the address of the commit if people may be given it as a link:
// https, and it names the commit that the token names.
func (j Job) Link() (string, bool) {
	u, err := url.Parse(j.Commit)
	if err != nil || u.Scheme != "https" || !isHost.MatchString(u.Host) || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", false
	}
	if at := commit(j.Claims); at == "" || !strings.Contains(u.Path, at) {
		return "", false
	}
	return u.String(), true
}

// classifyFile judges a file as what its job's profile would run.
func (s *Service) classifyFile(ctx context.Context, t Terms, sql string) guardrails.Verdict {
	if s.ClassifyFile != nil {
		return s.ClassifyFile(ctx, t.Database, t.Profile, sql)
	}
	return s.Classify(ctx, t.Database, sql)
}

// worst is what the files of a job are together. Its findings name their file;
// where in it they are stands with the file's own verdict.
func worst(files []File, verdicts []guardrails.Verdict) guardrails.Verdict {
	if len(files) == 0 {
		return guardrails.Verdict{}
	}
	all := guardrails.Verdict{Kind: guardrails.Read, Level: guardrails.Low, Findings: []guardrails.Finding{}, Relations: []string{}, Functions: []string{}}
	for i, v := range verdicts {
		if v.Kind.Rank() > all.Kind.Rank() {
			all.Kind = v.Kind
		}
		if v.Level.Rank() > all.Level.Rank() {
			all.Level = v.Level
		}
		all.Statements += v.Statements
		for _, f := range v.Findings {
			f.Message, f.Start, f.End = files[i].Path+": "+f.Message, 0, 0
			all.Findings = append(all.Findings, f)
		}
		all.Relations = append(all.Relations, v.Relations...)
		all.Functions = append(all.Functions, v.Functions...)
	}
	slices.SortStableFunc(all.Findings, func(a, b guardrails.Finding) int { return cmp.Compare(b.Level.Rank(), a.Level.Rank()) })
	all.Findings = all.Findings[:min(len(all.Findings), maxFindings)]
	for _, names := range []*[]string{&all.Relations, &all.Functions} {
		slices.Sort(*names)
		*names = slices.Compact(*names)
	}
	return all
}

// jobRows finds out how many rows the job would touch. What goes wrong is not
// told to the job, and is no number: then no band holds.
func (s *Service) jobRows(ctx context.Context, r Request, scripts []Script) Impact {
	unknown := Impact{Rows: -1, Sentence: "Not estimated: nobody can look at what it would touch there.", At: r.CreatedAt}
	if s.JobRows == nil {
		return unknown
	}
	ctx, cancel := context.WithTimeout(ctx, estimatingIn)
	defer cancel()
	impact, err := s.JobRows(ctx, r, scripts)
	if err != nil {
		unknown.Sentence = "Not estimated: " + outcome(err)
		return unknown
	}
	impact.At = r.CreatedAt
	return impact
}

// Scripts returns the files of a request's job with their text, in the job's order.
func (s *Service) Scripts(ctx context.Context, id RequestID) ([]Script, error) {
	r, err := s.Store.Request(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read request %s: %w", id, err)
	}
	if r.Job == nil || len(r.Job.Files) == 0 {
		return nil, nil
	}
	sums := make([]string, len(r.Job.Files))
	for i, f := range r.Job.Files {
		sums[i] = f.SHA256
	}
	texts, err := s.Store.Scripts(ctx, sums)
	if err != nil {
		return nil, fmt.Errorf("read the files of %s: %w", id, err)
	}
	list := make([]Script, len(r.Job.Files))
	for i, f := range r.Job.Files {
		sum := sha256.Sum256([]byte(texts[f.SHA256]))
		if hex.EncodeToString(sum[:]) != f.SHA256 {
			return nil, fmt.Errorf("file %d of %s: %w", i+1, id, ErrTampered)
		}
		list[i] = Script{Path: f.Path, Content: texts[f.SHA256]}
	}
	return list, nil
}
