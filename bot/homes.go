package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// homeStaysOpen is for how long after its opening an App Home is drawn anew when
// something in it changes. Slack tells when it is opened, and not when its reader
// turns away.
const homeStaysOpen = time.Hour

// homeOpened draws the App Home of somebody who has opened it. The opening is
// noted first: what changes from then on draws it again.
func (b *Bot) homeOpened(ctx context.Context, slackID string) error {
	if err := b.cfg.Store.HomeOpened(ctx, slackID); err != nil {
		return err
	}
	return b.drawHome(ctx, slackID)
}

// drawHomes draws the App Homes anew that these people may be looking at.
func (b *Bot) drawHomes(ctx context.Context, names ...string) error {
	var ids []string
	for _, name := range names {
		if p, err := b.cfg.People.Person(name); err == nil {
			ids = append(ids, p.Slack...)
		}
	}
	slices.Sort(ids)
	open, err := b.cfg.Store.OpenHomes(ctx, slices.Compact(ids), b.now().Add(-homeStaysOpen))
	if err != nil {
		return fmt.Errorf("find open homes: %w", err)
	}
	var all []error
	for _, id := range open {
		all = append(all, b.drawHome(ctx, id))
	}
	return errors.Join(all...)
}

// redrawHome draws a person's App Home anew because of what they have just done:
// there may be no job for it.
func (b *Bot) redrawHome(ctx context.Context, name string) {
	if err := b.drawHomes(ctx, name); err != nil {
		b.log.WarnContext(ctx, "app home not drawn", "err", err)
	}
}

// drawHomesOf draws the App Homes anew on which a request stands: its asker's and
// its reviewers'.
func (b *Bot) drawHomesOf(ctx context.Context, id approvals.RequestID) error {
	r, err := b.cfg.Requests.Request(ctx, id)
	if err != nil {
		return err
	}
	names := []string{reader(r.Requester)}
	for _, p := range b.asked(r) {
		names = append(names, p.Name)
	}
	return b.drawHomes(ctx, names...)
}

// drawHome publishes somebody's App Home as things stand. One replica at a time
// does it, so that the last drawing is of the newest state.
func (b *Bot) drawHome(ctx context.Context, slackID string) error {
	err := b.cfg.Store.OneAtATime(ctx, "home:"+slackID, func(ctx context.Context) error {
		blocks, err := b.homeOf(ctx, slackID)
		if err != nil {
			return err
		}
		_, err = b.cfg.API.PublishViewContext(ctx, slack.PublishViewContextRequest{
			UserID: slackID, View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}},
		})
		if slices.Contains([]string{"not_enabled", "user_not_found", "invalid_arguments", "view_too_large", "missing_scope"}, slackCode(err)) {
			// Trying again would not help, and what is drawn beside it must not wait.
			b.log.ErrorContext(ctx, "app home not drawn", "err", trouble("views.publish", err))
			return nil
		}
		return trouble("views.publish", err)
	})
	if err != nil {
		return fmt.Errorf("draw app home: %w", err)
	}
	return nil
}

// homeOf is what somebody reads on their App Home. Who they are is looked up at
// this moment: it may have changed since they opened it.
func (b *Bot) homeOf(ctx context.Context, slackID string) ([]slack.Block, error) {
	who, err := b.person(ctx, slackID)
	if fault.KindOf(err) == fault.Denied {
		return homeRefusal(b.sorry(ctx, "home", err)), nil
	}
	if err != nil {
		return nil, err
	}
	h, err := b.readHome(ctx, who)
	if err != nil {
		return nil, err
	}
	return homeBlocks(h), nil
}

// readHome reads what a person's App Home is drawn from.
func (b *Bot) readHome(ctx context.Context, who identity.Principal) (home, error) {
	h := home{Now: b.now(), Name: who.Name, MayAsk: len(b.offered(who)) > 0, MayRun: len(b.runnable(who)) > 0}
	held, err := b.cfg.Grants.Grants(ctx, credentials.GrantFilter{
		Holder: who.Name, States: []credentials.GrantState{credentials.Open, credentials.Active, credentials.Revoking},
	})
	if err != nil {
		return home{}, err
	}
	for _, g := range held {
		if g.Kind == approvals.Access {
			h.Access = append(h.Access, g)
		}
	}
	mine, err := b.mine(ctx, who)
	if err != nil {
		return home{}, err
	}
	for _, v := range mine {
		switch {
		case v.State == approvals.Pending, v.Kind == approvals.Statement && (v.State == approvals.Approved || v.State == approvals.Executing):
			h.Pending = append(h.Pending, v)
		case recent(v):
			h.Recent = append(h.Recent, v)
		}
	}
	h.ToReview, err = b.toReview(ctx, who)
	return h, err
}

// mine are a person's newest requests, as far as anybody scrolls.
func (b *Bot) mine(ctx context.Context, who identity.Principal) ([]view, error) {
	list, err := b.cfg.Requests.Requests(ctx, approvals.Filter{Requester: who.Name, Limit: 50})
	if err != nil {
		return nil, err
	}
	grants, err := b.cfg.Grants.Grants(ctx, credentials.GrantFilter{Holder: who.Name, Limit: 100})
	if err != nil {
		return nil, err
	}
	of := map[approvals.RequestID]*credentials.Grant{}
	for i := range grants {
		of[grants[i].Request] = &grants[i]
	}
	views := make([]view, len(list))
	for i, r := range list {
		views[i] = b.drawn(r, of[r.ID])
	}
	return views, nil
}

// mostPending is how many pending requests are looked through for those that
// wait for one reviewer.
const mostPending = 500

// toReview are the requests that wait for a person, oldest first: who has waited
// longest comes first.
func (b *Bot) toReview(ctx context.Context, who identity.Principal) ([]toReview, error) {
	pending, err := b.cfg.Requests.Requests(ctx, approvals.Filter{States: []approvals.State{approvals.Pending}, Limit: mostPending})
	if err != nil {
		return nil, err
	}
	slices.Reverse(pending)
	now := b.now()
	var list []toReview
	for _, r := range pending {
		if waitsFor(r, who.Name, who.Groups, now) {
			list = append(list, toReview{view: b.drawn(r, nil)})
		}
	}
	var links errgroup.Group
	links.SetLimit(5)
	for i := range list[:min(len(list), homeItems)] {
		links.Go(func() error {
			card, err := b.shown(ctx, purposeCard, string(list[i].ID))
			list[i].Link = b.permalink(ctx, card.channel, card.ts, permalinkBudget)
			return err
		})
	}
	return list, links.Wait()
}
