package approvals

import "dbaccess/internal/identity"

// MayAsk reports whether who could be given access to the database with that
// profile: false if the policy of now denies every such request, whatever its
// duration and its reason. It asks nobody outside and stores nothing, so that a
// door can offer people what they may ask for, and no more; what cannot be found
// out is not offered. It decides nothing: a request is judged when it is made.
func (s *Service) MayAsk(who identity.Principal, database, profile string) bool {
	return s.possible(who, database, func(Database) []Terms { return []Terms{{Kind: Access, Profile: profile}} })
}

// MayRun reports whether who could have some statement run on the database: false
// if it runs none, or if the policy of now denies them all.
func (s *Service) MayRun(who identity.Principal, database string) bool {
	return s.possible(who, database, func(db Database) (list []Terms) {
		for _, run := range db.Runs {
			list = append(list, Terms{Kind: Statement, Profile: run.Profile})
		}
		return list
	})
}

// possible reports whether the policy leaves one of these a way.
func (s *Service) possible(who identity.Principal, database string, wishes func(Database) []Terms) bool {
	known, err := s.Principal(who.Name)
	if err != nil || known.Kind != who.Kind {
		return false
	}
	db, err := s.Database(database)
	if err != nil {
		return false
	}
	set := s.Policy()
	for _, terms := range wishes(db) {
		profile, err := db.profile(terms.Profile)
		if err == nil && set.Possible(input(Request{Terms: terms}, known, db, profile)) {
			return true
		}
	}
	return false
}
