// Package bot is the Slack door: it turns what people type and press into calls
// of the rules, and what the rules say into cards, modals, direct messages and
// App Homes.
//
//	          Slack                                 dbaccess
//	/dbaccess shop 2h ──┐                    ┌─▶ approvals.Service
//	Approve, shortcuts ─┼─ transport ─▶ core ┤
//	✅ on a card ───────┘  (socket, http)    └─▶ credentials.Service
//	                                                  │ change + event + todos,
//	card in a channel ◀──┐                            ▼ one transaction
//	App Homes        ◀───┼── DrawCard, TellAsker,  ◀── jobs
//	DM to the asker  ◀───┘   TellHolder, WarnHolder
//
// The core ([Bot.Slash], [Bot.Interaction], [Bot.Event]) knows no transport: it
// returns what to acknowledge at once, and a function that does the slow part
// afterwards. Nothing that must not be lost happens in it that is not first in
// the store: cards and messages are drawn by jobs, from the stored request, by
// pure functions (card.go, letters.go, home.go), so that drawing again is
// harmless. What a form offers is the policy's word on what could be given
// (offers.go); it decides nothing.
//
// Whoever presses something is looked up anew at that moment, in Slack (a full
// member of this workspace?) and in the directory (somebody we know?). Any
// doubt is a no. Everything pressed gets an answer that its presser can see,
// wherever it was pressed (spot.go).
//
// The package refuses to decide who may what (approvals does), to hold a
// secret (credentials does; a claim code passes through one function of
// claim.go), and to keep state: what it remembers of messages is in [Store].
package bot
