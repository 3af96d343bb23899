package bot

import "time"

// Delivery is one thing that Slack sent, and what became of it.
type Delivery struct {
	Transport string        // "socket" or "http"
	Kind      string        // see the constants
	Outcome   string        // see the constants
	Took      time.Duration // from its arrival to its acknowledgement
}

// The kinds of a Delivery.
const (
	KindCommand     = "command"
	KindInteraction = "interaction"
	KindEvent       = "event"
	KindOther       = "other" // Slack's own questions, and what could not be read
)

// The outcomes of a Delivery.
const (
	Acked    = "acked"    // acknowledged; what it leads to comes after
	Busy     = "busy"     // too much is waiting
	Repeated = "repeated" // the same bytes a second time: no effect
	Refused  = "refused"  // not signed by Slack, not readable, or of another workspace
	Failed   = "failed"   // not handled; Slack delivers events again
)

// delivered tells who counts.
func (b *Bot) delivered(transport, kind, outcome string, arrived time.Time) {
	if b.cfg.OnDelivery != nil {
		b.cfg.OnDelivery(Delivery{Transport: transport, Kind: kind, Outcome: outcome, Took: b.now().Sub(arrived)})
	}
}
