package bot

import (
	"strings"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/credentials"
	"dbaccess/internal/identity"
)

// stateWord is the state in one word, for notifications and lists.
func stateWord(v view) string {
	if v.State == approvals.Approved && v.Grant != nil {
		switch v.Grant.State {
		case credentials.Active:
			return "Active"
		case credentials.Revoking:
			return "Ending"
		case credentials.Ended:
			return "Ended"
		case credentials.Open:
		}
	}
	switch v.State {
	case approvals.Pending:
		return "Waiting"
	case approvals.Executing:
		return "Running"
	case approvals.Executed:
		return "Done"
	default:
		return strings.ToUpper(string(v.State[:1])) + string(v.State[1:])
	}
}

// stateBy is the state with whose doing it was, as far as one word says it.
func stateBy(v view) string {
	var names []string
	for _, r := range standingReviews(v.Request) {
		if (r.Answer == approvals.Refuse) == (v.State == approvals.Denied) {
			names = append(names, r.Reviewer)
		}
	}
	switch word := stateWord(v); {
	case len(names) > 0 && (word == "Approved" || word == "Denied"):
		return word + " by " + listed(names, "and")
	default:
		return word
	}
}

// outcome is what became of the request, as mrkdwn for a card: how it stands now,
// and who decided it, and when, each in one line.
func outcome(v view, room room) string {
	said := func(s string) string { return esc(fit(s, 2*room.sentence)) }
	switch v.State {
	case approvals.Denied:
		if v.Route.Outcome == policy.Deny {
			return ":no_entry: *Denied* by rule " + code(v.Route.Rule) + ", " + at(v.DecidedAt) + ": " + said(v.Route.Sentence)
		}
		return ":x: *Denied*" + deniedBy(v, ", "+at(v.DecidedAt), 2*room.sentence)
	case approvals.Cancelled:
		return ":heavy_minus_sign: *Cancelled* by " + v.mention(v.Requester) + ", " + at(v.DecidedAt) + "."
	case approvals.Expired:
		return ":hourglass: *Expired* " + at(v.DecidedAt) + ": nobody decided in time. Nothing was approved or denied."
	}
	approved := ":white_check_mark: *Approved*" + approvedBy(v) + ", " + at(v.DecidedAt) + "."
	switch v.State {
	case approvals.Executing:
		return ":arrow_forward: *Running* since " + clock(v.StartedAt) + ".\n" + approved
	case approvals.Executed:
		return ":white_check_mark: *Done* " + clock(v.EndedAt) + ": " + said(v.Outcome) + "\n" + approved
	case approvals.Failed:
		return ":warning: *Failed* " + clock(v.EndedAt) + ": " + said(v.Outcome) + "\n" + approved
	}
	switch {
	case v.Kind == approvals.Statement:
		return approved + "\nIt is about to run."
	case v.Grant == nil || v.Grant.State == credentials.Open:
		return approved + "\n" + grantText(v)
	}
	return grantText(v) + "\n" + approved
}

// grantText says where the access stands that an approval opened.
func grantText(v view) string {
	if v.Grant == nil {
		return "Nothing exists yet; it is made when " + v.mention(v.Requester) + " claims it."
	}
	switch g := *v.Grant; g.State {
	case credentials.Active:
		if g.Attended() {
			return ":key: Held by a job; *active* until that ends, at the latest until " + at(g.Due) + "."
		}
		return ":key: Claimed; *active* until " + at(g.Due) + "."
	case credentials.Revoking:
		return ":hourglass_flowing_sand: *Ending:* it is being taken back."
	case credentials.Ended:
		return ":lock: " + endedText(g)
	default:
		return "Nothing exists yet; it is made when " + v.mention(v.Requester) + " claims it, until " + at(g.ClaimBy) + "."
	}
}

// endedText says why a grant ended, and by which proof.
func endedText(g credentials.Grant) string {
	if len(g.Leases) == 0 {
		if g.Reason == credentials.Lapsed {
			return "*Lapsed:* it was not claimed in time, so nothing ever existed."
		}
		return "*Ended* before it was claimed, so nothing ever existed."
	}
	text := "*Ended:* " + endedWhy(g) + "; gone " + clock(g.EndedAt)
	if g.Reason == credentials.Elapsed && !g.Due.IsZero() {
		text += ", " + lateness(g.EndedAt.Sub(g.Due)) + " after it was due"
	}
	text += "."
	if p := g.Leases[len(g.Leases)-1].Proof; p != nil {
		if p.Disabled {
			text += " Its role cannot log in or do anything any more, and is removed as soon as possible."
		}
		if p.Sessions > 0 {
			text += " " + count(int64(p.Sessions), "open session") + " ended with it."
		}
	}
	return text
}

// endedWhy says why a grant ended: by itself, by whom, or by what.
func endedWhy(g credentials.Grant) string {
	kind, name, _ := strings.Cut(g.EndedBy, ":")
	switch {
	case g.EndedBy == identity.SystemPrincipal("codes").ID():
		return "its one-time code was used a second time, so it may have leaked"
	case g.EndedBy == identity.SystemPrincipal("curfew").ID():
		return "no access of its kind goes on past this time of day"
	case kind == string(identity.Operator) && g.Reason == credentials.Revoked:
		return "operator " + code(name) + " ended it early"
	case name == g.Holder && g.Reason == credentials.Revoked:
		return "its holder ended it early"
	}
	switch g.Reason {
	case credentials.Elapsed:
		return "its time was over"
	case credentials.Revoked:
		return "it was ended early"
	case credentials.Lapsed:
		return "it was not claimed in time"
	case credentials.Finished:
		return "its statement has run"
	case credentials.Abandoned:
		return "its job gave no sign of life any more"
	case credentials.Broken:
		return "the credential could not be made"
	default:
		return string(g.Reason)
	}
}
