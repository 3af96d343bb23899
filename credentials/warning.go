package credentials

import (
	"time"

	"dbaccess/approvals"
)

// WarnHolder is the follow-up that tells a grant's holder that the end is near. It
// is stored when the grant becomes active; by the time it is done the grant may
// have ended, and then there is nothing to tell.
const WarnHolder approvals.TodoKind = "warn_holder"

// briefest is the shortest window of whose end anybody is warned: whoever asked
// for less has just begun.
const briefest = 2 * time.Minute

// warnAt is when the holder is to be warned: [Service.WarnBefore] before the end,
// but never while more than the last fifth of the window is left. So an hour is
// told of ten minutes before, and a quarter of an hour three. False if nobody is
// warned: it is off, the window is brief, a job holds the grant, or dbaccess itself.
func (s *Service) warnAt(g Grant) (time.Time, bool) {
	if s.WarnBefore <= 0 || g.Duration < briefest || g.Kind != approvals.Access || g.Attended() {
		return time.Time{}, false
	}
	return g.Due.Add(-min(s.WarnBefore, g.Duration/5)), true
}

// whenActive are the follow-ups of a grant's first claim, beside telling its
// holder: the request's card says so, and the holder is warned in time.
func (s *Service) whenActive(g Grant) []approvals.Todo {
	if g.Kind != approvals.Access {
		return nil
	}
	todos := []approvals.Todo{{Kind: approvals.DrawCard, ID: string(g.Request)}}
	if at, ok := s.warnAt(g); ok {
		todos = append(todos, approvals.Todo{Kind: WarnHolder, ID: string(g.ID), At: at})
	}
	return todos
}
