package bot

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
)

// The blocks and fields of the statement form.
const (
	blockQueryDatabase = "query-database"
	blockStatement     = "statement"
	blockRowBound      = "row-bound"
	blockQueryReason   = "query-reason"

	fieldQueryDatabase = "query-database"
	fieldStatement     = "statement"
	fieldRowBound      = "row-bound"
)

const queryTitle = "Run a statement"

// openQuery shows the statement form, filled with fill; what that leaves open is
// filled with what its reader chose last.
func (b *Bot) openQuery(ctx context.Context, s spot, fill draft) {
	who, err := b.known(s.user)
	if err != nil {
		b.tell(ctx, s, queryTitle, say("%s", b.sorry(ctx, "statement form", err)))
		return
	}
	databases := b.runnable(who)
	if len(databases) == 0 {
		b.tell(ctx, s, queryTitle, say("There is no database on which you may ask for a statement to run. `/dbaccess` asks for access instead."))
		return
	}
	switch {
	case len(databases) == 1:
		fill.database = databases[0].Name
	case fill.database == "":
		fill.database = b.lastChoices(ctx, who, approvals.Statement, databases).database
	}
	if n := utf8.RuneCountInString(fill.statement); n > maxEditor {
		b.tell(ctx, s, queryTitle, say("The statement has %s characters, and Slack's editor takes %s. Type it as a command: `/dbaccess query %s …`.",
			thousands(int64(n)), thousands(maxEditor), fill.databaseOr("DATABASE")))
		return
	}
	if _, err := b.open(ctx, s, queryForm(databases, fill)); err != nil {
		b.retryByButton(ctx, s, button(actQuery, "", "Open the form", "Open the form for a statement"), exampleQuery, err)
	}
}

// openQueryFor shows the statement form for a command that names a database at
// most.
func (b *Bot) openQueryFor(ctx context.Context, cmd slack.SlashCommand, c command) {
	var fill draft
	if c.database != "" {
		db, err := findDatabase(c.database, b.cfg.Databases())
		if err != nil {
			b.respond(ctx, cmd.ResponseURL, say("%s", b.sorry(ctx, "query", err)))
			return
		}
		fill.database = db.Name
	}
	b.openQuery(ctx, spotOf(cmd), fill)
}

func (d draft) databaseOr(word string) string {
	if d.database == "" {
		return word
	}
	return d.database
}

// queryForm draws the statement form.
func queryForm(databases []approvals.Database, d draft) slack.ModalViewRequest {
	editor := slack.NewPlainTextInputBlockElement(plain("SELECT count(*) FROM orders", maxInputError), fieldStatement)
	editor.Multiline, editor.MaxLength, editor.InitialValue = true, maxEditor, d.statement
	var blocks []slack.Block
	if d.note != "" {
		blocks = append(blocks, slack.NewContextBlock("note", mrkdwn(d.note, maxField)))
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewQuery,
		Title: plain(queryTitle, maxModalTitle), Submit: plain("Send", maxModalTitle), Close: plain("Close", maxModalTitle),
		Blocks: slack.Blocks{BlockSet: append(blocks,
			slack.NewInputBlock(blockQueryDatabase, plain("Database", maxField), nil, databaseSelect(databases, fieldQueryDatabase, d.database)),
			slack.NewInputBlock(blockStatement, plain("One SQL statement", maxField), nil, editor),
			rowBoundInput(d.rowBound), queryReasonInput(d.reason))},
	}
}

func rowBoundInput(typed string) *slack.InputBlock {
	bound := slack.NewNumberInputBlockElement(nil, fieldRowBound, false).WithMinValue("1")
	bound.InitialValue = typed
	rows := slack.NewInputBlock(blockRowBound, plain("Row bound", maxField),
		plain("It is rolled back if it would change more rows. Empty: what is usual for the database.", maxField), bound)
	rows.Optional = true
	return rows
}

func queryReasonInput(typed string) *slack.InputBlock {
	reason := reasonInput(blockQueryReason, "Why?", "INC-42: a refund is stuck", typed)
	reason.Optional = true
	reason.Hint = plain("For those who decide, if somebody has to.", maxField)
	return reason
}

// readQuery makes an ask of a sent statement form, or says what is wrong with
// which field. What people type into a modal comes as they typed it.
func readQuery(state *slack.ViewState, databases []approvals.Database) (approvals.Ask, map[string]string) {
	ask, wrong := readTerms(state, field(state, blockStatement, fieldStatement).Value)
	db, err := findDatabase(field(state, blockQueryDatabase, fieldQueryDatabase).SelectedOption.Value, databases)
	if err != nil {
		wrong.add(blockQueryDatabase, err)
	}
	ask.Database = db.Name
	return ask, wrong
}

// readTerms reads what both forms of a statement have: the statement, its bound and
// its reason.
func readTerms(state *slack.ViewState, statement string) (approvals.Ask, mistakes) {
	wrong := mistakes{}
	ask := approvals.Ask{Kind: approvals.Statement, Statement: unfence(statement)}
	if ask.Statement == "" {
		wrong[blockStatement] = "Type the statement that shall run."
	}
	var err error
	if typed := strings.TrimSpace(field(state, blockRowBound, fieldRowBound).Value); typed != "" {
		ask.RowBound, err = strconv.ParseInt(typed, 10, 64)
		if err != nil || ask.RowBound < 1 {
			wrong[blockRowBound] = "That is no number of rows. Type one like 100."
		}
	}
	if ask.Reason, err = parseReason(field(state, blockQueryReason, fieldReason).Value); err != nil {
		wrong.add(blockQueryReason, err)
	}
	return ask, wrong
}

// sentQuery handles the statement form: what is wrong is said at the field, so
// that nothing typed is lost; what people must decide about is shown first.
func (b *Bot) sentQuery(ctx context.Context, cb slack.InteractionCallback) (any, func(context.Context)) {
	ask, wrong := readQuery(cb.View.State, b.cfg.Databases())
	if len(wrong) == 0 {
		wrong = b.unfit(ctx, cb.User.ID, ask)
	}
	if len(wrong) > 0 {
		return slack.NewErrorsViewSubmissionResponse(wrong), nil
	}
	if m, ok := b.check(ctx, cb.User.ID, ask); ok {
		return slack.NewUpdateViewSubmissionResponse(&m), nil
	}
	return b.submitQuery(ctx, cb, ask)
}

// submitQuery asks for the statement of a sent modal. A modal asks once, however
// often it is delivered.
func (b *Bot) submitQuery(ctx context.Context, cb slack.InteractionCallback, ask approvals.Ask) (any, func(context.Context)) {
	ask.Once = once("query", cb.View.ID, cb.View.Hash)
	return b.finish(ctx, cb, queryTitle, blockQueryReason, func(ctx context.Context) (string, error) {
		a, err := b.ask(ctx, cb.User.ID, ask)
		return a.text, err
	})
}

// previewBudget is how long a sent form waits to learn whether it is a request
// at all; if it takes longer, that is said when it is made.
const previewBudget = time.Second

// unfit says what keeps a statement from being a request at all: two statements
// in one, characters that nobody sees. What the policy makes of it is no matter
// of the form.
func (b *Bot) unfit(ctx context.Context, slackID string, ask approvals.Ask) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, previewBudget)
	defer cancel()
	who, err := b.known(slackID)
	if err == nil {
		_, err = b.cfg.Requests.Preview(ctx, who, ask)
	}
	if fault.KindOf(err) != fault.Invalid {
		return nil
	}
	wrong := mistakes{}
	wrong.add(blockStatement, err)
	return wrong
}

// againStatement is the draft of a statement that was asked for before.
func againStatement(r approvals.Request, databases []approvals.Database) (draft, error) {
	if len(r.Params) > 0 {
		return draft{}, fault.New(fault.Invalid, fmt.Sprintf("This statement was asked for with %s, which a form cannot ask for.", count(int64(len(r.Params)), "parameter")),
			"Ask again where it was asked.")
	}
	d := draftOf(r, databases)
	if r.Fused && r.Rows > 0 {
		d.rowBound = strconv.FormatInt(r.Rows, 10)
		d.note = fmt.Sprintf("It would have changed %s, and was rolled back. The row bound is set to as many: send it only if that many are right.", count(r.Rows, "row"))
	}
	return d, nil
}
