package approvals

import (
	"fmt"

	"dbaccess/approvals/policy"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// route asks the policy of now about r, with its requester and its database as
// they are now. Whoever or whatever is gone by now is denied; an error means
// that it could not be found out, and then nothing is decided.
func (s *Service) route(r Request) (policy.Route, error) {
	set := s.Policy()
	denied := func(format string, args ...any) (policy.Route, error) {
		route := policy.Route{Outcome: policy.Deny, Sentence: fmt.Sprintf(format, args...)}
		if set != nil {
			route.Version = set.Version
		}
		return route, nil
	}
	who, err := s.Principal(r.Requester)
	if gone(err) {
		return denied("%s is not known to dbaccess any more.", r.Requester)
	} else if err != nil {
		return policy.Route{}, fmt.Errorf("look up requester %s: %w", r.Requester, err)
	}
	db, err := s.Database(r.Database)
	if gone(err) {
		return denied("The database %s is not served any more.", r.Database)
	} else if err != nil {
		return policy.Route{}, fmt.Errorf("look up database %s: %w", r.Database, err)
	}
	profile, err := db.profile(r.Profile)
	if r.Profile != "" && err != nil {
		return denied("%s has no profile %s any more.", r.Database, r.Profile)
	}
	if r.Kind == Access && r.Duration > profile.Max {
		return denied("%s on %s is given for at most %s by now.", r.Profile, r.Database, policy.Span(profile.Max))
	}
	who.For, who.Claims = r.For, r.Claims // as they were when it was asked
	route := set.Route(input(r, who, db, profile))
	if r.Job == nil {
		route.Standing = nil // nothing of anybody else's stands
	}
	return route, nil
}

// gone reports whether a look-up found that there is no such thing.
func gone(err error) bool {
	kind := fault.KindOf(err)
	return err != nil && (kind == fault.NotFound || kind == fault.Denied)
}

// input is what the policy may look at.
func input(r Request, who identity.Principal, db Database, p Profile) policy.Input {
	var files []string
	if r.Job != nil {
		for _, f := range r.Job.Files {
			files = append(files, f.Path)
		}
	}
	return policy.Input{
		Request: policy.RequestFacts{
			Kind: string(r.Kind), Profile: r.Profile, Masked: p.Masked, Duration: r.Duration,
			Reason: r.Reason, Statement: r.Statement, RowBound: r.RowBound, Job: r.Job != nil, Files: files,
		},
		Principal: policy.PrincipalFacts{Kind: string(who.Kind), Name: who.Name, Email: who.Email, Groups: who.Groups, For: who.For, Claims: claims(who.Claims)},
		Database:  policy.DatabaseFacts{Name: db.Name, Tags: db.Tags},
		Verdict:   r.Verdict,
	}
}

// claims are a token's claims by their names.
func claims(list []identity.Claim) map[string]string {
	m := make(map[string]string, len(list))
	for _, c := range list {
		m[c.Name] = c.Value
	}
	return m
}

// profile finds a profile by its name.
func (d Database) profile(name string) (Profile, error) {
	known := make([]string, 0, len(d.Profiles))
	for _, p := range d.Profiles {
		if p.Name == name {
			return p, nil
		}
		known = append(known, p.Name)
	}
	return Profile{}, fault.New(fault.NotFound, fmt.Sprintf("%s has no profile %q.", d.Name, name), either("profiles", known))
}
