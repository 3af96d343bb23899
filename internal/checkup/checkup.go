package checkup

import (
	"context"
	"fmt"
)

// Level sorts findings by how much they matter.
type Level int

// The levels. The zero value is Problem, so that what nobody judged is looked at.
const (
	Problem Level = iota // something does not work, or does not hold
	Warning              // it works, and is less safe or less sure than it could be
	OK
)

// String returns the level's name, as used in JSON.
func (l Level) String() string {
	switch l {
	case OK:
		return "ok"
	case Warning:
		return "warning"
	}
	return "problem"
}

// Finding is one thing that was seen.
type Finding struct {
	Name     string // what it is about; empty = the check's name
	Level    Level
	Sentence string // what is so, with its full stop
	Do       string // what to do about it; empty if all is well
}

// Fine finds all well.
func Fine(format string, args ...any) Finding {
	return Finding{Level: OK, Sentence: fmt.Sprintf(format, args...)}
}

// Warn finds something that works and could be better. do is what to do.
func Warn(do, format string, args ...any) Finding {
	return Finding{Level: Warning, Sentence: fmt.Sprintf(format, args...), Do: do}
}

// Wrong finds something that does not work or does not hold. do is what to do.
func Wrong(do, format string, args ...any) Finding {
	return Finding{Level: Problem, Sentence: fmt.Sprintf(format, args...), Do: do}
}

// Or returns the findings, or that all is well if there are none.
func Or(list []Finding, format string, args ...any) []Finding {
	if len(list) == 0 {
		return []Finding{Fine(format, args...)}
	}
	return list
}

// About names the findings that have no name yet.
func About(name string, list ...Finding) []Finding {
	for i := range list {
		if list[i].Name == "" {
			list[i].Name = name
		}
	}
	return list
}

// Check is one thing to look at.
type Check struct {
	Name string
	// Look returns what it finds within ctx; nothing at all if the check does
	// not apply. It changes nothing.
	Look func(ctx context.Context) []Finding
}
