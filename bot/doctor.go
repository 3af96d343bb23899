package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"dbaccess/internal/checkup"
	"dbaccess/internal/fault"
)

// Doctor says what `dbaccess doctor` should look at in Slack.
type Doctor struct {
	BotToken, AppToken string            // empty: its check is left out
	APIURL             string            // empty = Slack's own
	SigningSecrets     []string          // where Slack sends requests; none: it uses sockets
	RequestURL         string            // where it sends them, without a slash at its end
	Channels           map[string]string // policy's name -> Slack id
	People             []Patient         // those whom policy asks first: of many, only the first are looked at
}

// Patient is somebody of the directory.
type Patient struct {
	Name  string
	Slack []string
}

// mostPeople is how many Slack ids are looked up: the running bot has to share
// Slack's limit for it (about a hundred a minute) with us.
const mostPeople = 50

// Checks are what there is to look at. They post nothing and join nothing.
func (d Doctor) Checks() (list []checkup.Check) {
	if d.AppToken != "" {
		list = append(list, checkup.Check{Name: "app token", Look: d.lookAtAppToken})
	}
	list = append(list, d.requestChecks()...)
	if d.BotToken == "" {
		return list
	}
	x := &examination{Doctor: d, bot: slackBot(d)}
	list = append([]checkup.Check{{Name: "bot token", Look: x.lookAtToken}}, list...)
	for _, name := range slices.Sorted(maps.Keys(d.Channels)) {
		list = append(list, checkup.Check{Name: "#" + name, Look: func(ctx context.Context) []checkup.Finding { return x.lookAtChannel(ctx, name) }})
	}
	return append(list, checkup.Check{Name: "people", Look: x.lookAtPeople}, checkup.Check{Name: "app settings", Look: lookAtSettings})
}

// slackBot is a Bot that can ask Slack and nothing else.
func slackBot(d Doctor) *Bot {
	return &Bot{cfg: Config{API: NewClient(d.BotToken, d.APIURL)}, now: time.Now}
}

// examination is one run of the checks.
type examination struct {
	Doctor
	bot *Bot
}

const newToken = "Copy the xoxb- token from the app's page \"OAuth & Permissions\" anew, and restart the server."

func (x *examination) lookAtToken(ctx context.Context) []checkup.Finding {
	me, err := x.bot.cfg.API.AuthTestContext(ctx)
	if err != nil {
		return []checkup.Finding{unanswered(err, newToken, "Slack does not take the bot token")}
	}
	found := []checkup.Finding{checkup.Fine("Slack knows it as @%s in the workspace %s.", me.User, me.Team)}
	if me.BotID == "" {
		found[0] = checkup.Wrong(newToken, "It is the token of a person, @%s, and not of a bot.", me.User)
	}
	return append(found, checkup.About("scopes", judgeScopes(me.Header.Get("X-OAuth-Scopes"))...)...)
}

// judgeScopes compares what the token may do with what it needs.
func judgeScopes(header string) (found []checkup.Finding) {
	if header == "" {
		return []checkup.Finding{checkup.Warn("Compare them with docs/slack-setup.md by hand.", "Slack does not say which scopes the token has.")}
	}
	var have []string
	for scope := range strings.SplitSeq(header, ",") {
		have = append(have, strings.TrimSpace(scope))
	}
	var missing, surplus []string
	for _, want := range Scopes() {
		if !slices.Contains(have, want) {
			missing = append(missing, want)
		}
	}
	for _, scope := range have {
		if !slices.Contains(Scopes(), scope) {
			surplus = append(surplus, scope)
		}
	}
	if len(missing) > 0 {
		found = append(found, checkup.Wrong("Add them on the app's page \"OAuth & Permissions\", and install it anew.", "Missing: %s.", strings.Join(missing, ", ")))
	}
	if len(surplus) > 0 {
		found = append(found, checkup.Warn("Take them off the app, and install it anew.", "More than dbaccess needs, and whoever takes the token has them: %s.", strings.Join(surplus, ", ")))
	}
	return checkup.Or(found, "The %d that are needed, and no others.", len(Scopes()))
}

func (d Doctor) lookAtAppToken(ctx context.Context) []checkup.Finding {
	options := append(clientOptions(d.APIURL), slack.OptionAppLevelToken(d.AppToken))
	if _, _, err := slack.New("", options...).StartSocketModeContext(ctx); err != nil { // asks for an address; no socket is opened
		return []checkup.Finding{unanswered(err, "Switch Socket Mode on, and make an app-level token (xapp-) with connections:write.", "Slack gives no socket for the app token")}
	}
	return []checkup.Finding{checkup.Fine("Slack gives sockets for it.")}
}

func (x *examination) lookAtChannel(ctx context.Context, name string) []checkup.Finding {
	id := x.Channels[name]
	err := x.bot.usable(ctx, id)
	if err == nil {
		return []checkup.Finding{checkup.Fine("The bot is in it, and nobody from outside.")}
	}
	if slackCode(err) == "missing_scope" {
		return []checkup.Finding{checkup.Wrong("Add channels:read, and groups:read for private ones.", "Its scope is missing, so the bot cannot see whether it may be used.")}
	}
	var said *fault.Error
	if errors.As(err, &said) {
		return []checkup.Finding{checkup.Wrong(fmt.Sprintf("Invite the bot there, or name another channel in slack.channels: this is %s.", id), "%s", said.Msg)}
	}
	return []checkup.Finding{unanswered(err, "", "Slack does not say whether it can be used")}
}

// lookAtPeople looks whether the people of the directory are full members, as
// they must be to act.
func (x *examination) lookAtPeople(ctx context.Context) []checkup.Finding {
	me, err := x.bot.whoami(ctx)
	if err != nil {
		return []checkup.Finding{checkup.Warn("Mend the bot token first.", "Not looked at, since Slack does not take it.")}
	}
	var found []checkup.Finding
	seen, all := 0, 0
	var mu sync.Mutex // guards found
	group, inTime := errgroup.WithContext(ctx)
	group.SetLimit(6)
	for _, p := range x.People {
		for _, id := range p.Slack {
			if all++; all > mostPeople {
				continue
			}
			seen++
			group.Go(func() error {
				f, err := x.lookAtPerson(inTime, p.Name, id, me.team)
				mu.Lock()
				defer mu.Unlock()
				if f != nil {
					found = append(found, *f)
				}
				return err
			})
		}
	}
	err = group.Wait()
	slices.SortFunc(found, func(a, b checkup.Finding) int { return strings.Compare(a.Sentence, b.Sentence) })
	if err != nil {
		return append(found, unanswered(err, "", "Slack does not tell who they are"))
	}
	if seen < all {
		return checkup.Or(found, "%d of %d Slack ids looked at, reviewers first: all are full members.", seen, all)
	}
	return checkup.Or(found, "All %d Slack ids are full members.", all)
}

func (x *examination) lookAtPerson(ctx context.Context, name, id, team string) (*checkup.Finding, error) {
	user, err := x.bot.cfg.API.GetUserInfoContext(ctx, id)
	var f checkup.Finding
	switch {
	case slackCode(err) == "user_not_found", slackCode(err) == "user_not_visible":
		f = checkup.Wrong("Copy the id from their profile (⋮, Copy member ID) into identity.people.", "%s: there is nobody with the id %s.", name, id)
	case err != nil:
		return nil, err
	case user.Deleted:
		f = checkup.Warn("Take them out of identity.people.", "%s (%s) is deactivated in Slack.", name, id)
	case user.IsBot || user.IsConnectorBot || user.IsWorkflowBot:
		f = checkup.Warn("Take it out of identity.people.", "%s (%s) is a bot, and bots can do nothing here.", name, id)
	case user.TeamID != team || user.IsStranger:
		f = checkup.Warn("Take them out of identity.people.", "%s (%s) belongs to another workspace, and can do nothing here.", name, id)
	case user.IsRestricted || user.IsUltraRestricted || user.IsInvitedUser:
		f = checkup.Warn("Make them a full member, or take them out of identity.people.", "%s (%s) is a guest, and guests can do nothing here.", name, id)
	default:
		return nil, nil
	}
	return &f, nil
}

// unanswered says why Slack gave no answer. do is for when the token is at fault.
func unanswered(err error, do, what string) checkup.Finding {
	var limited *slack.RateLimitedError
	code := slackCode(err)
	switch {
	case errors.As(err, &limited):
		return checkup.Warn("Ask again in a minute.", "%s now: too many questions.", what)
	case code == "missing_scope":
		return checkup.Wrong("Mend the scopes first.", "%s: its scope is missing.", what)
	case code != "":
		return checkup.Wrong(do, "%s: %s.", what, code)
	case errors.Is(err, context.DeadlineExceeded):
		return checkup.Wrong("Does this machine reach slack.com?", "%s: no answer in time.", what)
	}
	return checkup.Wrong("Does this machine reach slack.com?", "%s: it cannot be reached.", what)
}
