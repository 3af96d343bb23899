package bot

import (
	"context"

	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

var (
	errOutsider = fault.New(fault.Denied, "Only full members of this workspace can use dbaccess.", "Guests and people of other workspaces cannot; ask a member to ask for you.")
	errNoFacts  = fault.New(fault.Unavailable, "Slack could not tell who you are, so nothing was done.", "Please try again in a minute.")
)

// person finds out who acts: a full member of this workspace whom the directory
// knows. Everything is looked up at this moment, and any doubt is a no.
func (b *Bot) person(ctx context.Context, slackID string) (identity.Principal, error) {
	me, err := b.whoami(ctx)
	if err != nil {
		return identity.Principal{}, errNoFacts.With(err)
	}
	user, err := b.cfg.API.GetUserInfoContext(ctx, slackID)
	if err != nil {
		switch slackCode(err) {
		case "user_not_found", "user_not_visible":
			return identity.Principal{}, errOutsider.With(trouble("users.info", err))
		}
		return identity.Principal{}, errNoFacts.With(trouble("users.info", err))
	}
	if user.ID != slackID || user.TeamID != me.team || user.Deleted || user.IsBot ||
		user.IsRestricted || user.IsUltraRestricted || user.IsStranger || user.IsInvitedUser || user.IsConnectorBot || user.IsWorkflowBot {
		return identity.Principal{}, errOutsider
	}
	return b.known(slackID)
}

// known finds the person in the directory only: enough to show somebody what
// there is, never enough to act for them.
func (b *Bot) known(slackID string) (identity.Principal, error) {
	who, err := b.cfg.People.BySlack(slackID)
	if err == nil || fault.KindOf(err) == fault.Internal {
		return who, err
	}
	return identity.Principal{}, fault.New(fault.Denied, "You are not known to dbaccess.",
		"Ask the people who run it to add your Slack id `"+slackID+"` to identity.people.").With(err)
}

// reader is the person who gets the letters about what name asks for: themselves,
// or an agent's person. Nobody reads those of a service.
func reader(name string) string {
	if p := identity.Named(name); p.Kind != identity.Person {
		return p.For
	}
	return name
}

// your begins a letter about what name asked for.
func your(name string) string {
	if identity.Named(name).Kind == identity.Agent {
		return "Your agent's"
	}
	return "Your"
}

// slackOf is the Slack user whom messages for a person go to; empty if the
// directory knows none.
func (b *Bot) slackOf(name string) string {
	if identity.Named(name).Kind != identity.Person {
		return ""
	}
	p, err := b.cfg.People.Person(name)
	if err != nil || len(p.Slack) == 0 {
		return ""
	}
	return p.Slack[0]
}
