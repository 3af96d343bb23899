package bot

import (
	"slices"
	"strings"
	"time"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
)

// resolve finds what a command's words mean among the databases there are, and
// makes an ask of it. It decides nothing: approvals checks everything again.
func resolve(c command, databases []approvals.Database) (approvals.Ask, error) {
	if len(databases) == 0 {
		return approvals.Ask{}, fault.New(fault.NotFound, "No databases are set up yet.", "Ask whoever runs dbaccess.")
	}
	if c.verb == verbQuery {
		db, err := findDatabase(c.database, databases)
		if err != nil {
			return approvals.Ask{}, err
		}
		return approvals.Ask{Kind: approvals.Statement, Database: db.Name, Statement: c.statement, Reason: c.reason}, nil
	}
	words := slices.Clone(c.words)
	if len(words) == 2 && !known(words[0], databases) && known(words[1], databases) {
		slices.Reverse(words) // "masked-read shop"
	}
	db, err := findDatabase(words[0], databases)
	if err != nil {
		return approvals.Ask{}, err
	}
	var name string
	if len(words) == 2 {
		name = words[1]
	}
	profile, err := findProfile(name, db)
	if err != nil {
		return approvals.Ask{}, err
	}
	if err := checkWindow(c.duration, profile, db); err != nil {
		return approvals.Ask{}, err
	}
	if c.reason == "" { // last: a word that names nothing is likelier a slip than a reason
		return approvals.Ask{}, fault.New(fault.Invalid, "Please say why you need it: the people who decide will read it.", "Put `because` before your reason, like "+exampleAsk+".")
	}
	return approvals.Ask{Kind: approvals.Access, Database: db.Name, Profile: profile.Name, Duration: c.duration, Reason: c.reason}, nil
}

func known(word string, databases []approvals.Database) bool {
	return slices.ContainsFunc(databases, func(d approvals.Database) bool { return strings.EqualFold(d.Name, word) })
}

func findDatabase(word string, databases []approvals.Database) (approvals.Database, error) {
	var names []string
	for _, d := range databases {
		if strings.EqualFold(d.Name, word) {
			return d, nil
		}
		names = append(names, d.Name)
	}
	if v, ok := nearest(word, verbs); ok {
		if _, closer := nearest(word, names); !closer {
			return approvals.Database{}, fault.New(fault.NotFound, "There is no database "+quoted(word)+".", "Did you mean `/dbaccess "+v+"`?")
		}
	}
	return approvals.Database{}, fault.New(fault.NotFound, "There is no database "+quoted(word)+".", instead(word, names))
}

// findProfile finds the profile of that name. Without a name it is the
// database's only one, or the one that sees least: its first masked one.
func findProfile(word string, db approvals.Database) (approvals.Profile, error) {
	if len(db.Profiles) == 0 {
		return approvals.Profile{}, fault.New(fault.NotFound, "Nothing can be asked for on "+quoted(db.Name)+" yet.", "Ask whoever runs dbaccess.")
	}
	var names []string
	for _, p := range db.Profiles {
		if strings.EqualFold(p.Name, word) || word == "" && (p.Masked || len(db.Profiles) == 1) {
			return p, nil
		}
		names = append(names, p.Name)
	}
	if word == "" {
		return approvals.Profile{}, fault.New(fault.Invalid, "Which profile on "+quoted(db.Name)+"?", "There is "+listed(ticked(names), "and")+".")
	}
	return approvals.Profile{}, fault.New(fault.NotFound, "There is no profile "+quoted(word)+" on "+quoted(db.Name)+".", instead(word, names))
}

func checkWindow(d time.Duration, p approvals.Profile, db approvals.Database) error {
	if p.Max > 0 && d > p.Max {
		return fault.New(fault.Invalid, durationText(d)+" is longer than "+quoted(p.Name)+" on "+quoted(db.Name)+" may last.", "Ask for "+durationText(p.Max)+" or less.")
	}
	return nil
}

// instead proposes what a word was meant to be.
func instead(word string, names []string) string {
	if n, ok := nearest(word, names); ok {
		return "Did you mean `" + n + "`?"
	}
	if len(names) > 12 {
		return "`/dbaccess` alone shows a form with all of them."
	}
	return "There is " + listed(ticked(names), "and") + "."
}

func ticked(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = "`" + n + "`"
	}
	return out
}
