package main

import (
	"context"
	"slices"
	"strings"

	"dbaccess/internal/checkup"
	"dbaccess/internal/fault"
)

// identityChecks look at whose tokens are believed.
func (d *doctor) identityChecks() []checkup.Check {
	if len(d.config.Identity.Issuers) == 0 {
		return nil
	}
	return []checkup.Check{
		{Name: "issuers", Look: d.lookAtIssuers},
		found("reviewers", d.unattributed()...),
	}
}

// lookAtIssuers asks each issuer for its keys.
func (d *doctor) lookAtIssuers(ctx context.Context) (list []checkup.Finding) {
	for _, h := range d.tokens.Check(ctx) {
		if h.Err == nil {
			list = append(list, checkup.About(h.Issuer, checkup.Fine("Its keys can be had, at %s.", h.URL))...)
			continue
		}
		cause := h.Err.Error()
		if f := fault.Show(h.Err); f.Cause != nil {
			cause = f.Cause.Error()
		}
		list = append(list, checkup.About(h.Issuer, checkup.Wrong(
			"Compare `url` with the issuer's own discovery document, and look at the way there; `keys`, `ca_cert` and `bearer` are for those that do not show it to everybody.",
			"Its keys cannot be had, so that none of its tokens is believed: %s.", cause))...)
	}
	return list
}

// unattributed finds people who could review what a job asks for that they have
// started themselves: nobody knows that they have.
func (d *doctor) unattributed() (list []checkup.Finding) {
	for _, issuer := range d.tokens.Attributed() {
		var unknown []string
		for _, group := range d.policy.Groups() {
			for _, p := range d.people.Members(group) {
				if !d.lists(p.Name, issuer) && !slices.Contains(unknown, p.Name) {
					unknown = append(unknown, p.Name)
				}
			}
		}
		if len(unknown) == 0 {
			continue
		}
		slices.Sort(unknown)
		list = append(list, checkup.About(issuer, checkup.Warn(
			"Add their accounts there to `logins` in identity.people.",
			"%s may review and list no account at %s: nothing would keep them from reviewing what a job asks for that they started there.", strings.Join(unknown, ", "), issuer))...)
	}
	return checkup.Or(list, "Whoever may review lists the accounts with which they could start a job.")
}

// lists reports whether a person lists an account at an issuer.
func (d *doctor) lists(person, issuer string) bool {
	for _, p := range d.config.Identity.People {
		if p.Name == person {
			return slices.ContainsFunc(p.Logins, func(l string) bool { return strings.HasPrefix(l, issuer+":") })
		}
	}
	return false
}
