package bot

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/credentials"
	"dbaccess/internal/identity"
)

const claimTitle = "Your credentials"

// claim opens the modal with a one-time code. The modal comes first, because the
// trigger dies within three seconds; the code is made only when there is a place
// to show it.
func (b *Bot) claim(ctx context.Context, p press, t ticket) error {
	viewID, err := b.open(ctx, p.spot(), working(claimTitle))
	if err != nil {
		return err
	}
	m, err := b.claimModal(ctx, p.cb.User.ID, t)
	if err != nil {
		m = note(claimTitle, b.sorry(ctx, "claim", err))
	}
	if _, err := b.cfg.API.UpdateViewContext(ctx, m, "", "", viewID); err != nil && slackCode(err) != "not_found" {
		// Never by message: what is in the modal must not be kept.
		b.later(ctx, p.spot(), say("Slack could not show it. Press *Get credentials* again."))
		b.log.WarnContext(ctx, "modal not updated", "err", trouble("views.update", err))
	}
	return nil
}

func (b *Bot) claimModal(ctx context.Context, slackID string, t ticket) (slack.ModalViewRequest, error) {
	who, err := b.person(ctx, slackID)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	if b.cfg.ClaimInSlack {
		return b.credentialModal(ctx, who, t)
	}
	secret, g, err := b.cfg.Grants.IssueCode(ctx, who, t.Grant)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return codeModal(b.cfg.PublicURL, secret.Reveal(), g, b.now()), nil
}

// codeLife is how long a code can be used; credentials enforces it.
const codeLife = 2 * time.Minute

// codeModal shows a claim code, in the only place where it is ever shown.
func codeModal(publicURL, secret string, g credentials.Grant, now time.Time) slack.ModalViewRequest {
	link := button(actLink, "", "Open in browser", "Open in browser, to see the credentials").WithStyle(slack.StylePrimary)
	link.URL = publicURL + "/claim#" + secret
	until := "It begins when you do one of these."
	if g.State == credentials.Active {
		until = "What you hold now is replaced; the end stays " + at(g.Due) + "."
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain(claimTitle, maxModalTitle), Close: plain("Close", maxModalTitle),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewSectionBlock(mrkdwn("*"+code(g.Profile)+" on "+code(g.Database)+" for "+durationText(g.Duration)+".* "+until, maxSection), nil, nil),
			slack.NewActionBlock("open", link),
			slack.NewSectionBlock(mrkdwn("or in a terminal:", maxSection), nil, nil),
			preformatted("dbaccess claim '" + link.URL + "'"),
			slack.NewContextBlock("", mrkdwn("Good once, for 2 minutes, until "+clock(now.Add(codeLife))+". Using it twice ends the access. Nothing here is kept in Slack.", maxField)),
		}},
	}
}

// credentialModal claims at once and shows the credential itself, for teams that
// chose so (claim.in_slack).
func (b *Bot) credentialModal(ctx context.Context, who identity.Principal, t ticket) (slack.ModalViewRequest, error) {
	secret, _, err := b.cfg.Grants.IssueCode(ctx, who, t.Grant)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	c, g, err := b.cfg.Grants.Redeem(ctx, secret)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	lines := []string{
		"PGHOST=" + c.Host, fmt.Sprintf("PGPORT=%d", c.Port), "PGDATABASE=" + c.Database,
		"PGUSER=" + c.Role, "PGPASSWORD=" + c.Password.Reveal(), "PGSSLMODE=" + c.SSLMode,
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain(claimTitle, maxModalTitle), Close: plain("Close", maxModalTitle),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewSectionBlock(mrkdwn("*"+code(g.Profile)+" on "+code(g.Database)+"*, until "+at(c.Until)+":", maxSection), nil, nil),
			preformatted(strings.Join(lines, "\n")),
			slack.NewContextBlock("", mrkdwn("Shown once. Pressing *Get credentials* again replaces it.", maxField)),
		}},
	}, nil
}
