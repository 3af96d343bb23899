package bot

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/internal/identity"
)

// How much of a job a card names; the review modal shows everything.
const (
	jobClaims = 10
	jobFiles  = 8
	jobWord   = 120 // characters of one claim or path
)

// jobBlocks say what code a service asks for. What the token says is vouched for by
// its issuer and no more than that: it is somebody else's text, and drawn as such.
func jobBlocks(v view, room room) []slack.Block {
	if v.Job == nil {
		return nil
	}
	blocks := []slack.Block{slack.NewSectionBlock(mrkdwn(originText(v), maxSection), nil, nil)}
	if files := filesText(v); files != "" {
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(files, maxSection), nil, nil))
	}
	if v.Kind == approvals.Access && len(v.Job.Files) > 0 {
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(verdictText(v.Verdict, room), maxSection), nil, nil))
	}
	if expected := expectedText(v); expected != "" {
		blocks = append(blocks, slack.NewContextBlock("", mrkdwn(expected, maxField)))
	}
	if v.Differs != "" && v.State == approvals.Pending {
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(":repeat: *Why you are asked again:* "+esc(fit(v.Differs, 3*room.sentence)), maxSection), nil, nil))
	}
	return blocks
}

// originText says where the code comes from, by its token, and who started it.
func originText(v view) string {
	lines := []string{"*The job*, as its token says"}
	for i, c := range v.Job.Claims {
		if i == jobClaims {
			lines = append(lines, fmt.Sprintf("… and %d more", len(v.Job.Claims)-i))
			break
		}
		line := "• " + esc(fit(c.Name, jobWord)) + " " + code(fit(visible(c.Value), jobWord))
		if link, ok := v.Job.Link(); ok && c.Name == "sha" {
			// The address is the job's word: its host is shown, as another place could
			// show other code under the same commit.
			line += " <" + strings.ReplaceAll(esc(link), "|", "%7C") + "|see the commit on " + esc(fit(host(link), jobWord)) + ">"
		}
		lines = append(lines, line)
	}
	if len(v.Job.Claims) == 0 {
		lines = append(lines, "• :warning: nothing that would bind it to a place")
	}
	if _, ok := v.Job.Link(); !ok && v.Job.Commit != "" {
		lines = append(lines, "• it says that its commit is at "+code(fit(v.Job.Commit, jobWord)))
	}
	if v.For != "" {
		lines = append(lines, "*Started by* "+v.mention(v.For)+", whose own answer does not count")
	}
	if also := otherClaims(v.Request); also != "" {
		lines = append(lines, "*Not bound:* "+also)
	}
	return strings.Join(lines, "\n")
}

// host is the host of a link that [approvals.Job.Link] has let pass.
func host(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Host
}

// otherClaims are those that were kept and bind nothing: the run's number, say.
func otherClaims(r approvals.Request) string {
	var words []string
	for _, c := range r.Claims {
		if !slices.ContainsFunc(r.Job.Claims, func(b identity.Claim) bool { return b.Name == c.Name }) && len(words) < jobClaims {
			words = append(words, esc(fit(c.Name, 40))+" "+code(fit(visible(c.Value), 60)))
		}
	}
	return strings.Join(words, ", ")
}

// filesText lists the files with what was found in each.
func filesText(v view) string {
	files := v.Job.Files
	if len(files) == 0 {
		if v.Kind == approvals.Statement {
			return ""
		}
		return ":warning: *It shows no files:* what it will run is known by its commit only."
	}
	lines := []string{"*" + count(int64(len(files)), "file") + "*"}
	for i, f := range files {
		if i == jobFiles {
			lines = append(lines, fmt.Sprintf("… and %d more in _Review…_", len(files)-i))
			break
		}
		lines = append(lines, "• "+fileText(v, i, f))
	}
	return strings.Join(lines, "\n")
}

// fileText is "`cleanup.sql`: write, risk *medium*, 2 statements, 120 bytes".
func fileText(v view, i int, f approvals.File) string {
	text := code(fit(visible(f.Path), jobWord)) + ": "
	if i < len(v.Verdicts) {
		verdict := v.Verdicts[i]
		text += esc(string(verdict.Kind)) + ", risk *" + esc(string(verdict.Level)) + "*, " + count(int64(verdict.Statements), "statement") + ", "
	}
	return text + count(f.Bytes, "byte")
}

// expectedText says when it runs and how many rows it touches.
func expectedText(v view) string {
	var lines []string
	if v.Job.Schedule != "" {
		lines = append(lines, "*Schedule:* "+code(v.Job.Schedule)+", each time for "+durationText(v.Job.Window))
	}
	if b := v.Job.Rows; b != nil {
		lines = append(lines, "*Expects* "+bandText(*b)+" rows. "+esc(fit(v.Impact.Sentence, 300)))
		if !v.Impact.Known() || !b.Holds(v.Impact.Rows) {
			lines = append(lines, ":warning: The estimate is not within what it expects.")
		}
	}
	return strings.Join(lines, "\n")
}

func bandText(b approvals.Band) string { return thousands(b.Min) + "–" + thousands(b.Max) }

// offersText says what approving would allow, for each scope that there is.
func offersText(v view) string {
	if v.Job == nil {
		return ""
	}
	lines := []string{"*What approving allows*"}
	for _, scope := range approvals.Offers(v.Route, v.Request) {
		lines = append(lines, "• _"+scopeName(v, scope)+":_ "+scopeText(v, scope))
	}
	if len(lines) == 2 {
		lines = append(lines, "It cannot be approved for later runs.")
	} else {
		lines = append(lines, "Later runs are covered"+limitsText(v)+"; until "+count(int64(v.Route.Standing.Days), "day")+" from now at the latest.")
	}
	return strings.Join(lines, "\n")
}

// scopeName is what a scope is called where it is chosen.
func scopeName(v view, s approvals.Scope) string {
	switch s {
	case approvals.Commit:
		return "For this commit"
	case approvals.Content:
		if v.Kind == approvals.Statement {
			return "For this statement"
		}
		return "For this file content"
	case approvals.Level:
		level := v.Standing.Level
		if level == "" && v.Route.Standing != nil {
			level = v.Route.Standing.Level
		}
		return "For anything up to " + string(level)
	default:
		return "Once"
	}
}

// scopeText says which runs a scope covers.
func scopeText(v view, s approvals.Scope) string {
	code := "files"
	if v.Kind == approvals.Statement {
		code = "statement"
	}
	switch s {
	case approvals.Commit:
		return "later runs with the same claims and the same " + code
	case approvals.Content:
		return "later runs with the same " + code + ", byte for byte, at any commit; the other claims must be the same"
	case approvals.Level:
		return "later runs with whatever " + code + " of that level, at any commit; the other claims must be the same"
	default:
		return "this run and no other"
	}
}

// limitsText says what else holds of every later run.
func limitsText(v view) (text string) {
	if v.Kind == approvals.Access {
		text = " for at most " + durationText(v.Duration) + " each"
	}
	if v.Job.Rows != nil {
		text += "; while the estimate is " + bandText(*v.Job.Rows) + " rows"
	}
	if v.Job.Schedule != "" {
		text += "; within the schedule"
	}
	return text
}

// standingText says for which later runs the approval of a decided job stands.
func standingText(v view) string {
	s := v.Standing
	switch {
	case s.Scope == "":
		return ""
	case !s.EndedAt.IsZero():
		_, name, _ := strings.Cut(s.EndedBy, ":")
		return ":no_entry_sign: It stood for later runs until " + v.mention(name) + " ended that, " + at(s.EndedAt) + "."
	}
	return ":repeat: *Stands until " + at(s.Until) + "* (" + strings.ToLower(esc(scopeName(v, s.Scope)[:1])) + esc(scopeName(v, s.Scope)[1:]) + "): " + scopeText(v, s.Scope) + "; covered" + limitsText(v) + "."
}

// endStandingButton ends a standing approval before its time.
func endStandingButton(v view) []slack.Block {
	if v.Standing.Scope == "" || !v.Standing.EndedAt.IsZero() {
		return nil
	}
	b := button(actEndStanding, ticketOf(v.Request).value(), "End standing approval", "End standing approval "+short(v.ID)+" of "+v.Requester+" on "+v.Database).WithConfirm(
		slack.NewConfirmationBlockObject(plain("End this standing approval?", 100),
			plain("The next run of "+v.Requester+" asks people again. What runs now goes on.", maxConfirm), plain("End it", 30), plain("Keep it", 30)))
	return []slack.Block{slack.NewActionBlock("", b)}
}

// runText tells that a job runs, or may not run, without anybody having been asked;
// false if somebody was.
func runText(v view, was *approvals.Request) (string, bool) {
	of := v.mention(v.Requester) + " (" + what(v.Terms) + ", request `" + short(v.ID) + "`)"
	switch {
	case v.Under != "" && was != nil:
		return of + " was approved at once: the approval of request `" + short(v.Under) + "` covers it, and stands until " + at(was.Standing.Until) + ".", true
	case v.State == approvals.Denied && v.Route.Outcome == policy.Deny && v.Differs != "":
		return of + " was *stopped*. " + esc(fit(v.Differs, 900)), true
	}
	return "", false
}
