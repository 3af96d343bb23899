package bot

import (
	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/credentials"
)

// agentLetter tells an agent's person how its request stands. There is nothing to
// press: the agent asked, and the agent holds what it gets.
func agentLetter(v view, of, channel string) (letter, bool) {
	switch v.State {
	case approvals.Pending:
		return letter{text: of + " is in <#" + channel + ">.\n" + esc(v.Decision.Why) + " You cannot answer it yourself."}, true
	case approvals.Approved:
		return letter{text: of + " is *approved*" + approvedBy(v) + ". The agent goes on by itself."}, true
	case approvals.Denied:
		if v.Route.Outcome == policy.Deny {
			return letter{text: of + " is *denied* by rule " + code(v.Route.Rule) + ": " + esc(v.Route.Sentence)}, true
		}
		return letter{text: of + " is *denied*" + deniedBy(v, "", maxReason)}, true
	case approvals.Cancelled:
		return letter{text: of + " is cancelled. Nothing was approved."}, true
	case approvals.Expired:
		return letter{text: of + " has *expired*: nobody decided in time."}, true
	case approvals.Executed:
		return letter{text: of + " is *done*: " + esc(v.Outcome)}, true
	case approvals.Failed:
		return letter{text: of + " has *failed*: " + esc(v.Outcome)}, true
	default:
		return letter{}, false
	}
}

// agentGrantLetter tells an agent's person of its access.
func agentGrantLetter(g credentials.Grant) (letter, bool) {
	of := "The access " + code(g.Profile) + " on " + code(g.Database) + " of your agent " + code(g.Holder)
	switch g.State {
	case credentials.Active:
		return letter{text: of + " is *active* until " + at(g.Due) + "."}, true
	case credentials.Ended:
		return letter{text: of + " is over. " + endedText(g)}, true
	default:
		return letter{}, false
	}
}
