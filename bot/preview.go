package bot

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
)

// A statement that people have to decide about is shown to its asker first, with
// what was found in it: Send, change it where it stands, or Cancel. What was
// changed is looked at again before it is sent, so that nobody asks others about
// what they have not seen judged themselves.
const (
	viewCheck  = "check"
	checkTitle = "Before it is sent"

	// maxParts bounds the editors of a long statement. Each holds a part of it; what
	// does not fit into all of them is sent without being shown.
	maxParts = 8
)

// checked is what the modal remembers: what its reader saw judged. It proves
// nothing; the request is made of what the editors hold.
type checked struct {
	Digest   string `json:"d"` // of the terms, in hex
	Database string `json:"b"`
}

// check looks at a statement before it is asked for. ok is false if there is
// nothing to show first: it needs nobody, is refused anyway, does not fit into a
// modal, or could not be looked at in time. Submitting it says the rest.
func (b *Bot) check(ctx context.Context, slackID string, ask approvals.Ask) (m slack.ModalViewRequest, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, previewBudget)
	defer cancel()
	who, err := b.known(slackID)
	if err != nil || len(ask.Params) > 0 || utf8.RuneCountInString(ask.Statement) > maxParts*maxPart {
		return m, false
	}
	ask.Statement = unfence(ask.Statement) // as it is read from an editor again
	r, err := b.cfg.Requests.Preview(ctx, who, ask)
	if err != nil || r.State != approvals.Pending {
		return m, false
	}
	return checkModal(r, ask, b.now()), true
}

// maxPart is how many characters of a statement one editor is filled with, so that
// some can be added.
const maxPart = maxEditor - 200

// checkModal shows what was found in a statement, and the statement to be sent or
// changed.
func checkModal(r approvals.Request, ask approvals.Ask, now time.Time) slack.ModalViewRequest {
	meta, err := json.Marshal(checked{Digest: hex.EncodeToString(r.Digest[:]), Database: r.Database})
	if err != nil { // a struct of strings
		panic("bot: check: " + err.Error())
	}
	d := approvals.Decide(r.Route, r, now)
	blocks := stamp([]slack.Block{
		slack.NewSectionBlock(mrkdwn("*"+esc(cardTitle(view{Request: r}))+"*\n"+verdictText(r.Verdict, everything), maxSection), nil, nil),
		slack.NewContextBlock("", mrkdwn("*People decide about it.* "+esc(d.Why)+" "+esc(r.Route.Sentence), maxField)),
	})
	parts := pieces(ask.Statement, maxPart)
	for i, part := range parts {
		editor := slack.NewPlainTextInputBlockElement(nil, fieldStatement)
		editor.Multiline, editor.MaxLength, editor.InitialValue = true, maxEditor, part
		label, hint := "Statement", "Change it here; it is looked at again before it is sent."
		if len(parts) > 1 {
			label = fmt.Sprintf("Statement, part %d of %d", i+1, len(parts))
		}
		input := slack.NewInputBlock(partBlock(i), plain(label, maxField), plain(hint, maxField), editor)
		input.Optional = len(parts) > 1 // a part may be emptied
		blocks = append(blocks, input)
	}
	typed := ""
	if ask.RowBound > 0 {
		typed = fmt.Sprint(ask.RowBound)
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewCheck, PrivateMetadata: string(meta),
		Title: plain(checkTitle, maxModalTitle), Submit: plain("Send", maxModalTitle), Close: plain("Cancel", maxModalTitle),
		Blocks: slack.Blocks{BlockSet: append(blocks, rowBoundInput(typed), queryReasonInput(ask.Reason))},
	}
}

func partBlock(i int) string {
	if i == 0 {
		return blockStatement
	}
	return fmt.Sprintf("%s-%d", blockStatement, i+1)
}

// readCheck makes an ask of what the modal holds.
func readCheck(v slack.View) (ask approvals.Ask, saw checked, wrong mistakes) {
	if err := json.Unmarshal([]byte(v.PrivateMetadata), &saw); err != nil {
		return ask, saw, mistakes{blockStatement: errBadTicket.Msg}
	}
	var statement strings.Builder
	for i := range maxParts {
		statement.WriteString(field(v.State, partBlock(i), fieldStatement).Value)
	}
	ask, wrong = readTerms(v.State, statement.String())
	ask.Database = saw.Database
	return ask, saw, wrong
}

// sentCheck handles Send: what was seen goes to those who decide, what was changed
// is shown again.
func (b *Bot) sentCheck(ctx context.Context, cb slack.InteractionCallback) (any, func(context.Context)) {
	ask, saw, wrong := readCheck(cb.View)
	if len(wrong) == 0 {
		wrong = b.unfit(ctx, cb.User.ID, ask)
	}
	if len(wrong) > 0 {
		return slack.NewErrorsViewSubmissionResponse(wrong), nil
	}
	if m, ok := b.check(ctx, cb.User.ID, ask); ok {
		var now checked
		if json.Unmarshal([]byte(m.PrivateMetadata), &now) == nil && now.Digest != saw.Digest {
			return slack.NewUpdateViewSubmissionResponse(&m), nil
		}
	}
	return b.submitQuery(ctx, cb, ask)
}

// checkFirst is what a typed statement does: it shows the modal, or asks at once.
func (b *Bot) checkFirst(ctx context.Context, cmd slack.SlashCommand, ask approvals.Ask) (answer, error) {
	m, ok := b.check(ctx, cmd.UserID, ask)
	if !ok {
		return b.ask(ctx, cmd.UserID, ask)
	}
	if first, err := b.cfg.Store.FirstDelivery(ctx, ask.Once); err == nil && !first {
		return answer{}, nil // it is shown
	}
	if _, err := b.open(ctx, spotOf(cmd), m); err != nil {
		return answer{}, err
	}
	return answer{}, nil
}
