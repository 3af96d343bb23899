package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// button is a button whose label for screen readers says what it is about. The
// label begins with the text: whoever speaks to the computer says what they read.
func button(action, value, text, label string) *slack.ButtonBlockElement {
	b := slack.NewButtonBlockElement(action, value, plain(text, maxButtonText))
	b.AccessibilityLabel = fit(visible(label), maxLabel)
	return b
}

// preformatted shows text exactly as it is: nothing in it is taken for markup.
func preformatted(text string) *slack.RichTextBlock {
	if text == "" {
		text = " "
	}
	return slack.NewRichTextBlock("", &slack.RichTextPreformatted{
		Type:     slack.RTEPreformatted,
		Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(text, nil)},
	})
}

// quoteBlock shows somebody's words under a title, exactly as they are.
func quoteBlock(title, words string) *slack.RichTextBlock {
	return slack.NewRichTextBlock("",
		slack.NewRichTextSection(slack.NewRichTextSectionTextElement(title, &slack.RichTextSectionTextStyle{Bold: true})),
		&slack.RichTextQuote{
			Type:     slack.RTEQuote,
			Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(fit(visible(words), maxField), nil)},
		})
}

// stamp gives the blocks ids that are new whenever anything in them is: Slack
// asks for that on updates, and may keep an old block under an old id.
func stamp(blocks []slack.Block) []slack.Block {
	sum := contentSum("", blocks)[:8]
	for i, b := range blocks {
		id := fmt.Sprintf("%s-%d", sum, i)
		switch b := b.(type) {
		case *slack.HeaderBlock:
			b.BlockID = id
		case *slack.SectionBlock:
			b.BlockID = id
		case *slack.ContextBlock:
			b.BlockID = id
		case *slack.ActionBlock:
			b.BlockID = id
		case *slack.RichTextBlock:
			b.BlockID = id
		case *slack.TableBlock:
			b.BlockID = id
		}
	}
	return blocks
}

// contentSum is a short name for what a message shows.
func contentSum(text string, blocks []slack.Block) string {
	sum := sha256.Sum256(append([]byte(text+"\x00"), encoded(blocks)...))
	return hex.EncodeToString(sum[:16])
}

// size is how much of a message's room the blocks take.
func size(blocks []slack.Block) int { return utf8.RuneCount(encoded(blocks)) }

func encoded(blocks []slack.Block) []byte {
	raw, err := json.Marshal(blocks)
	if err != nil { // blocks are plain structs
		panic("bot: blocks that are no JSON: " + err.Error())
	}
	return raw
}
