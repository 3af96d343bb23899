package guardrails

// Rank returns the kind's place in the order of gravity, 0 for Read. A kind
// nobody knows ranks with Unknown, the gravest.
func (k Kind) Rank() int {
	switch k {
	case Read:
		return 0
	case Session:
		return 1
	case Write:
		return 2
	case DDL:
		return 3
	case Privilege:
		return 4
	case Admin:
		return 5
	default:
		return 6
	}
}

// Rank returns the level's place in the order of gravity, 0 for Low. A level
// nobody knows ranks with Critical.
func (l Level) Rank() int {
	switch l {
	case Low:
		return 0
	case Medium:
		return 1
	case High:
		return 2
	default:
		return 3
	}
}

// AtLeast reports whether l is as grave as m or graver.
func (l Level) AtLeast(m Level) bool { return l.Rank() >= m.Rank() }
