package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/internal/identity"
)

// draft is what a form is filled with before its reader types anything.
type draft struct {
	database  string
	profile   string
	duration  string // as it would be typed
	reason    string
	statement string
	rowBound  string
	note      string // mrkdwn, said above the fields
}

// draftOf is the request that asks for the same again.
func draftOf(r approvals.Request, databases []approvals.Database) draft {
	d := draft{database: r.Database, profile: r.Profile, reason: r.Reason, statement: r.Statement}
	if r.Kind == approvals.Access {
		d.duration = durationText(r.Duration)
	}
	if db, err := findDatabase(r.Database, databases); err == nil && r.RowBound != db.RowBound && r.RowBound > 0 {
		d.rowBound = strconv.FormatInt(r.RowBound, 10)
	}
	return d
}

// offered are the databases and profiles that who may ask for. Others exist and
// are not shown: every request for them would be denied.
func (b *Bot) offered(who identity.Principal) []approvals.Database {
	var list []approvals.Database
	for _, db := range b.cfg.Databases() {
		db.Profiles = slices.DeleteFunc(slices.Clone(db.Profiles), func(p approvals.Profile) bool {
			return !b.cfg.Requests.MayAsk(who, db.Name, p.Name)
		})
		if len(db.Profiles) > 0 {
			list = append(list, db)
		}
	}
	return list
}

// runnable are the databases on which who may ask for a statement to run.
func (b *Bot) runnable(who identity.Principal) []approvals.Database {
	return slices.DeleteFunc(slices.Clone(b.cfg.Databases()), func(db approvals.Database) bool {
		return !b.cfg.Requests.MayRun(who, db.Name)
	})
}

// recallBudget is how long a form waits for what its reader chose last time. The
// trigger that opens it lives for three seconds, and a form without last choices
// is better than none.
const recallBudget = 700 * time.Millisecond

// lastChoices are what who asked for last among what is offered: people mostly
// ask for the same again. Of the reason nothing is kept; it is another one.
func (b *Bot) lastChoices(ctx context.Context, who identity.Principal, kind approvals.Kind, offered []approvals.Database) draft {
	ctx, cancel := context.WithTimeout(ctx, recallBudget)
	defer cancel()
	list, err := b.cfg.Requests.Requests(ctx, approvals.Filter{Requester: who.Name, Limit: 20})
	if err != nil {
		b.log.WarnContext(ctx, "last choices not read", "err", err)
		return draft{}
	}
	return lastOf(list, kind, offered)
}

// lastOf is pure; list is newest first.
func lastOf(list []approvals.Request, kind approvals.Kind, offered []approvals.Database) draft {
	for _, r := range list {
		db, err := findDatabase(r.Database, offered)
		if r.Kind != kind || err != nil {
			continue
		}
		if kind == approvals.Statement {
			return draft{database: db.Name}
		}
		p, err := findProfile(r.Profile, db)
		if err != nil {
			continue
		}
		d := draft{database: db.Name, profile: p.Name}
		if p.Max == 0 || r.Duration <= p.Max {
			d.duration = durationText(r.Duration)
		}
		return d
	}
	return draft{}
}

// databaseSelect lets choose a database. Slack takes a hundred options; of more
// it asks for those that begin with what is typed (see Suggestion).
func databaseSelect(databases []approvals.Database, action, chosen string) *slack.SelectBlockElement {
	pick := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Choose a database", maxInputError), action)
	if len(databases) > maxOptions {
		least := 0
		pick.Type, pick.MinQueryLength = slack.OptTypeExternal, &least
		pick.Placeholder = plain("Type the beginning of a database's name", maxInputError)
	}
	for _, db := range databases {
		o := databaseOption(db)
		if db.Name == chosen {
			pick.InitialOption = o
		}
		if pick.Type == slack.OptTypeStatic {
			pick.Options = append(pick.Options, o)
		}
	}
	return pick
}

func databaseOption(db approvals.Database) *slack.OptionBlockObject {
	var about *slack.TextBlockObject
	if len(db.Tags) > 0 {
		about = plain(strings.Join(db.Tags, ", "), maxOption)
	}
	return slack.NewOptionBlockObject(fit(db.Name, maxOption), plain(db.Name, maxOption), about)
}

// Suggestion answers a select that asks what could be meant by what was typed so
// far: the databases whose names begin with it, then those that contain it. It
// asks nobody outside, since Slack waits for it.
func (b *Bot) Suggestion(_ context.Context, cb slack.InteractionCallback) any {
	none := map[string]any{"options": []*slack.OptionBlockObject{}}
	who, err := b.known(cb.User.ID)
	if err != nil { // strangers are not told which databases there are
		return none
	}
	var databases []approvals.Database
	switch cb.ActionID {
	case actDatabase:
		databases = b.offered(who)
	case fieldQueryDatabase:
		databases = b.runnable(who)
	}
	return map[string]any{"options": suggestions(databases, cb.Value)}
}

func suggestions(databases []approvals.Database, typed string) []*slack.OptionBlockObject {
	typed = strings.ToLower(strings.TrimSpace(typed))
	first, then := []*slack.OptionBlockObject{}, []*slack.OptionBlockObject{}
	for _, db := range databases {
		switch name := strings.ToLower(db.Name); {
		case strings.HasPrefix(name, typed):
			first = append(first, databaseOption(db))
		case strings.Contains(name, typed):
			then = append(then, databaseOption(db))
		}
	}
	all := append(first, then...)
	return all[:min(len(all), maxOptions)]
}
