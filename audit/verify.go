package audit

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Report says what [Verify] has read.
type Report struct {
	Count int64 // records that are as they were written
	Head  Head  // the last of them; zero if there are none
}

// Broken is the first thing wrong with a log. Everything before Seq is as it
// was written.
type Broken struct {
	Seq  int64  // the place at which the log stops being what was written
	What string // a clause for people: "its content was changed after it was written"
}

// Error returns a sentence without its full stop.
func (b *Broken) Error() string {
	return fmt.Sprintf("the log is broken at event %d: %s", b.Seq, b.What)
}

// Verify reads a log from its first record and finds the first place at which
// a record was changed, removed, inserted or moved; the error is then a
// [*Broken]. Other errors are those of reading. The report holds what was
// verified before.
//
// Cutting off the newest records leaves a log that is right as far as it goes.
// Heads known from elsewhere, of whatever age, show that: each must be met.
//
// Verify keeps one record at a time and reads a million in about a second.
func Verify(records iter.Seq2[Record, error], known ...Head) (Report, error) {
	known = slices.Clone(known)
	slices.SortFunc(known, func(a, b Head) int { return cmp.Compare(a.Seq, b.Seq) })

	var (
		rep Report
		l   linker
	)
	for rec, err := range records {
		if errors.Is(err, ErrLine) {
			return rep, &Broken{Seq: rep.Head.Seq + 1, What: "it is not written as records are (" + err.Error() + ")"}
		}
		if err != nil {
			return rep, fmt.Errorf("read event %d: %w", rep.Head.Seq+1, err)
		}
		if what := wrong(&l, rep.Head, rec); what != "" {
			return rep, &Broken{Seq: min(rep.Head.Seq+1, max(rec.Seq, 1)), What: what}
		}
		for len(known) > 0 && known[0].Seq <= rec.Seq {
			if h := known[0]; h.Seq == rec.Seq && h.Hash != rec.Hash {
				return rep, &Broken{Seq: rec.Seq, What: "it is not the event that the known head names; this event, or one before it, was replaced"}
			}
			known = known[1:]
		}
		rep.Count++
		rep.Head = Head{Seq: rec.Seq, Hash: rec.Hash}
	}
	if len(known) > 0 && known[len(known)-1].Seq > rep.Head.Seq {
		return rep, &Broken{Seq: rep.Head.Seq + 1, What: fmt.Sprintf("the log ends here, but the known head is event %d; the newest events were cut off", known[len(known)-1].Seq)}
	}
	return rep, nil
}

// wrong says what is wrong with rec as the successor of head, or "".
func wrong(l *linker, head Head, rec Record) string {
	next := head.Seq + 1
	switch {
	case rec.Seq == next+1:
		return fmt.Sprintf("it is missing; event %d follows event %d", rec.Seq, head.Seq)
	case rec.Seq > next:
		return fmt.Sprintf("events %d to %d are missing", next, rec.Seq-1)
	case rec.Seq < next:
		return fmt.Sprintf("it stands after event %d; it was moved or inserted", head.Seq)
	case l.link(rec.Prev, rec.Seq, rec.Body) != rec.Hash && rec.Prev == head.Hash:
		return "its content or its hash was changed after it was written"
	case l.link(rec.Prev, rec.Seq, rec.Body) != rec.Hash:
		return "it was changed after it was written, or it stood elsewhere"
	case rec.Prev != head.Hash && head.Seq == 0:
		return "it is not the first event of a log; events before it were removed"
	case rec.Prev != head.Hash:
		return fmt.Sprintf("it does not follow event %d as that now stands; one of the two was replaced", head.Seq)
	}
	return ""
}
