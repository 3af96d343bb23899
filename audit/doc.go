// Package audit says what is recorded and how the record is checked.
//
// An [Event] tells of one change of state. It is written as canonical JSON (one
// byte sequence for one meaning: keys sorted, no floats, UTC times in
// microseconds) in the same transaction as the change itself, and linked to the
// event before it:
//
//	event 1            event 2            event 3
//	body ──┐           body ──┐           body ──┐
//	       ├─ hash 1 ─────────┴─ hash 2 ─────────┴─ hash 3   (the head)
//	zero ──┘
//
// Whoever knows the head can tell whether any event before it was changed,
// removed, inserted or moved; [Verify] does so. What the chain alone cannot tell
// is that the newest events were cut off: for that the head must be known from
// elsewhere (published checkpoints come with a later release).
//
// The package writes nothing anywhere: internal/store keeps the events. It
// imports nothing of ours.
package audit
