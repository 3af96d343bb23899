package approvals

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"dbaccess/approvals/policy"
	"dbaccess/guardrails"
	"dbaccess/internal/identity"
)

// commitClaims are the claims that name a commit: they are other ones with every
// commit, though the files be the same.
var commitClaims = []string{"sha", "workflow_sha", "job_workflow_sha", "ci_config_sha"}

// isCommit is what a commit's name looks like: only a value that does is taken out
// of the other claims.
var isCommit = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// commit is the commit that claims name; empty if they name none.
func commit(claims []identity.Claim) string {
	for _, c := range claims {
		if c.Name == commitClaims[0] && isCommit.MatchString(c.Value) {
			return c.Value
		}
	}
	return ""
}

// atAnyCommit are claims without what is another one with every commit.
func atAnyCommit(claims []identity.Claim) []identity.Claim {
	var list []identity.Claim
	at := commit(claims)
	for _, c := range claims {
		if slices.Contains(commitClaims, c.Name) {
			continue
		}
		if at != "" {
			c.Value = strings.ReplaceAll(c.Value, at, "(commit)")
		}
		list = append(list, c)
	}
	return list
}

// Offers are the scopes for which reviewers may approve r by that route, from the
// narrowest. A request that is no job's has the first only.
//
// For a commit, its token must name one. For files or a level, there must be
// files, or a statement that dbaccess runs itself. What is graver than the route
// lets stand, and what no claim binds to a place, is for once.
func Offers(route policy.Route, r Request) []Scope {
	list := []Scope{Once}
	if r.Job == nil || route.Outcome != policy.Review || route.Standing == nil || len(r.Job.Claims) == 0 {
		return list
	}
	shown := r.Kind == Statement || len(r.Job.Files) > 0
	if shown && !atMost(r.Verdict.Level, route.Standing.Level) {
		return list
	}
	for scope, possible := range map[Scope]bool{
		Commit:  commit(r.Job.Claims) != "",
		Content: shown && len(atAnyCommit(r.Job.Claims)) > 0,
		Level:   shown && len(atAnyCommit(r.Job.Claims)) > 0,
	} {
		if possible && route.Standing.Offers(string(scope)) {
			list = append(list, scope)
		}
	}
	slices.SortFunc(list, func(a, b Scope) int { return width(a) - width(b) })
	return list
}

// width orders scopes: each covers what the narrower ones do, and more.
func width(s Scope) int { return slices.Index([]Scope{Once, Commit, Content, Level}, s) }

// atMost reports whether a level is known, and no graver than most.
func atMost(level, most guardrails.Level) bool {
	return level != "" && most != "" && level.Rank() <= most.Rank()
}

// standingOf is what the approving reviews of r together let stand: the narrowest
// of their scopes for the shortest of their times.
func standingOf(route policy.Route, r Request, now time.Time) Standing {
	if r.Job == nil || route.Outcome != policy.Review || r.Under != "" {
		return Standing{}
	}
	reviews, _ := count(route, r)
	narrowest, days, level := Level, 0, guardrails.Critical
	for _, review := range reviews {
		if review.Answer != Approve {
			continue
		}
		if width(review.Scope) <= width(Once) || review.Route.Standing == nil {
			return Standing{}
		}
		if width(review.Scope) < width(narrowest) {
			narrowest = review.Scope
		}
		if days == 0 || review.Days < days {
			days = review.Days
		}
		if most := review.Route.Standing.Level; most.Rank() < level.Rank() {
			level = most
		}
	}
	if days <= 0 {
		return Standing{}
	}
	s := Standing{Scope: narrowest, Until: now.Add(time.Duration(days) * 24 * time.Hour)}
	if narrowest == Level {
		s.Level = level
	}
	return s
}

// Stands reports whether the approval of r answers for later runs at that time.
func (r Request) Stands(at time.Time) bool {
	return r.Standing.Scope != "" && r.Standing.EndedAt.IsZero() && at.Before(r.Standing.Until)
}

// Differences says why the standing approval of was does not cover r, asked at
// that time, each in half a sentence; none if it does. It reads no clock and no
// store. Whether those who gave the approval still count is not looked at.
func Differences(was, r Request, at time.Time) []string {
	if was.Job == nil || r.Job == nil || was.Under != "" || was.Standing.Scope == "" {
		return []string{"it does not stand"}
	}
	d := differences{was: was, r: r}
	d.life(at)
	d.terms()
	d.claims()
	if was.Standing.Scope == Level {
		d.levels()
	} else {
		d.files()
	}
	d.rows()
	d.time(at)
	return d.list
}

// differences collects what is not as it was approved.
type differences struct {
	was, r Request
	list   []string
}

func (d *differences) say(format string, args ...any) {
	d.list = append(d.list, fmt.Sprintf(format, args...))
}

func (d *differences) life(at time.Time) {
	s := d.was.Standing
	switch {
	case d.was.State != Approved && d.was.State != Executing && d.was.State != Executed && d.was.State != Failed:
		d.say("it is %s", d.was.State)
	case !s.EndedAt.IsZero():
		d.say("%s ended it", named(s.EndedBy))
	case !at.Before(s.Until):
		d.say("it ended on %s", s.Until.UTC().Format("2 January 2006"))
	}
}

// named is a principal's ID as people read it.
func named(id string) string {
	if _, name, ok := strings.Cut(id, ":"); ok {
		return name
	}
	return id
}

func (d *differences) terms() {
	was, r := d.was, d.r
	switch {
	case was.Kind != r.Kind, was.Requester != r.Requester, was.Database != r.Database, was.Profile != r.Profile:
		d.say("it is of %s, %s on %s", was.Requester, was.Profile, was.Database)
	case r.Duration > was.Duration:
		d.say("it asks for %s and %s was approved", policy.Span(r.Duration), policy.Span(was.Duration))
	}
	if !slices.Equal(was.Settings, r.Settings) {
		d.say("the settings of its session have changed")
	}
	if r.Kind != Statement {
		return
	}
	if r.RowBound > was.RowBound {
		d.say("it may change %s rows and %s were approved", thousands(r.RowBound), thousands(was.RowBound))
	}
	if was.Standing.Scope != Level && (was.Statement != r.Statement || !slices.Equal(was.Params, r.Params)) {
		d.say("the statement has changed")
	}
}

func (d *differences) claims() {
	was, now := d.was.Job.Claims, d.r.Job.Claims
	if d.was.Standing.Scope != Commit {
		was, now = atAnyCommit(was), atAnyCommit(now)
	}
	d.list = append(d.list, unlike(was, now)...)
	if len(was) == 0 {
		d.say("nothing binds it to a place")
	}
}

// unlike says how claims differ from those that were approved.
func unlike(was, now []identity.Claim) (list []string) {
	for _, c := range was {
		i := slices.IndexFunc(now, func(other identity.Claim) bool { return other.Name == c.Name })
		switch {
		case i < 0:
			list = append(list, "its token does not say "+c.Name)
		case now[i].Value != c.Value:
			list = append(list, fmt.Sprintf("its %s is %s and %s was approved", c.Name, fit(now[i].Value), fit(c.Value)))
		}
	}
	for _, c := range now {
		if !slices.ContainsFunc(was, func(other identity.Claim) bool { return other.Name == c.Name }) {
			list = append(list, fmt.Sprintf("its token says %s, which it did not", c.Name))
		}
	}
	return list
}

// files compares the files byte for byte, by their hashes, and what guardrails
// say of them by now.
func (d *differences) files() {
	was, now := d.was.Job.Files, d.r.Job.Files
	at := func(list []File, path string) int {
		return slices.IndexFunc(list, func(f File) bool { return f.Path == path })
	}
	said := len(d.list)
	for _, f := range now {
		switch i := at(was, f.Path); {
		case i < 0:
			d.say("%s is new", fit(f.Path))
		case was[i] != f:
			d.say("%s has changed", fit(f.Path))
		}
	}
	for _, f := range was {
		if at(now, f.Path) < 0 {
			d.say("%s is missing", fit(f.Path))
		}
	}
	if len(d.list) > said {
		return
	}
	if !slices.Equal(was, now) {
		d.say("its files come in another order")
		return
	}
	if !d.judged() {
		return
	}
	for i, f := range now {
		if old := d.was.Verdicts[i].Level; !atMost(d.r.Verdicts[i].Level, old) {
			d.say("the risk of %s is %s by now and was %s", fit(f.Path), d.r.Verdicts[i].Level, old)
		}
	}
	if d.r.Kind == Statement && !atMost(d.r.Verdict.Level, d.was.Verdict.Level) {
		d.say("its risk is %s by now and was %s", d.r.Verdict.Level, d.was.Verdict.Level)
	}
}

// judged reports whether every file has its verdict; it says so if not.
func (d *differences) judged() bool {
	if len(d.r.Verdicts) == len(d.r.Job.Files) && len(d.was.Verdicts) == len(d.was.Job.Files) {
		return true
	}
	d.say("not every file was looked at")
	return false
}

func (d *differences) levels() {
	most := d.was.Standing.Level
	if d.r.Kind == Statement {
		if !atMost(d.r.Verdict.Level, most) {
			d.say("its risk is %s and at most %s was approved", d.r.Verdict.Level, most)
		}
		return
	}
	if len(d.r.Job.Files) == 0 {
		d.say("it shows no files")
	}
	if !d.judged() {
		return
	}
	for i, f := range d.r.Job.Files {
		if v := d.r.Verdicts[i]; !atMost(v.Level, most) {
			d.say("the risk of %s is %s and at most %s was approved", fit(f.Path), v.Level, most)
		}
	}
}

// rows compares the bands, and the estimate with them. An estimate that there is
// none of is in no band.
func (d *differences) rows() {
	was, now := d.was.Job.Rows, d.r.Job.Rows
	switch {
	case was != nil && now == nil:
		d.say("it does not say how many rows it touches and %s were approved", was.words())
		return
	case was != nil && (now.Min < was.Min || now.Max > was.Max):
		d.say("it expects %s rows and %s were approved", now.words(), was.words())
	}
	band := now
	if was != nil {
		band = was
	}
	switch {
	case band == nil:
	case !d.r.Impact.Known():
		d.say("its rows could not be estimated and %s were approved", band.words())
	case !band.Holds(d.r.Impact.Rows) || !now.Holds(d.r.Impact.Rows):
		d.say("the estimate is %s rows and %s were approved", thousands(int64(math.Round(d.r.Impact.Rows))), band.words())
	}
}

// Holds reports whether so many rows are within the band. Estimates come as
// fractions, and are taken as the nearest number of rows.
func (b Band) Holds(rows float64) bool {
	rows = math.Round(rows)
	return rows >= float64(b.Min) && rows <= float64(b.Max)
}

// words is "0–1,000".
func (b Band) words() string { return thousands(b.Min) + "–" + thousands(b.Max) }

func (d *differences) time(at time.Time) {
	was, now := d.was.Job, d.r.Job
	switch {
	case was.Schedule != "" && (now.Schedule != was.Schedule || now.Window > was.Window):
		d.say("its schedule is %s and %s was approved", now.when(), was.when())
	case !was.Within(at) || !now.Within(at):
		when := was
		if was.Schedule == "" {
			when = now
		}
		d.say("%s UTC is not within its schedule, %s", at.UTC().Format("15:04"), when.when())
	}
}

// when is the schedule as people read it: "0 2 * * * for 1h".
func (j Job) when() string {
	if j.Schedule == "" {
		return "none"
	}
	return j.Schedule + " for " + policy.Span(j.Window)
}

// fit is somebody's word on one line, cut where it is long. A commit is as long as
// people know it.
func fit(s string) string {
	if isCommit.MatchString(s) {
		return s[:12]
	}
	s = strings.Join(strings.Fields(s), " ")
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// thousands is "1,000,000".
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
