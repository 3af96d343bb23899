package policy

import "slices"

// Member is a person with the groups that matter for seats.
type Member struct {
	Name   string
	Groups []string
}

// Fill seats as many of these people as can sit, one person on one seat at
// most: a maximum bipartite matching. Whoever comes first stays seated when
// later ones come, though perhaps on another line's seat. By has one list of
// names a line of seats.
func Fill(seats []Seats, people []Member) (by [][]string, seated int) {
	var chairs []int // each chair's line of seats
	for line, s := range seats {
		for range s.Count {
			chairs = append(chairs, line)
		}
	}
	sits := make([]int, len(chairs)) // who sits there; -1 = nobody
	for i := range sits {
		sits[i] = -1
	}
	for person := range people {
		if seat(seats, people, chairs, sits, person, make([]bool, len(chairs))) {
			seated++
		}
	}
	by = make([][]string, len(seats))
	for chair, person := range sits {
		if person >= 0 {
			by[chairs[chair]] = append(by[chairs[chair]], people[person].Name)
		}
	}
	return by, seated
}

// seat finds a chair for a person, asking those who sit to move where that
// helps. Tried chairs are not tried again on the same search.
func seat(seats []Seats, people []Member, chairs, sits []int, person int, tried []bool) bool {
	for chair, line := range chairs {
		if tried[chair] || !Eligible(seats[line], people[person].Groups) {
			continue
		}
		tried[chair] = true
		if sits[chair] < 0 || seat(seats, people, chairs, sits, sits[chair], tried) {
			sits[chair] = person
			return true
		}
	}
	return false
}

// Eligible reports whether somebody in these groups may take one of the seats.
func Eligible(s Seats, groups []string) bool {
	return slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(s.Groups, g) })
}
