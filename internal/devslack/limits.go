package devslack

import (
	"fmt"
	"regexp"
	"unicode/utf8"
)

// Slack's limits, in characters unless another unit is named.
const (
	maxMessageText    = 40_000 // chat.postMessage cuts longer text
	maxUpdateText     = 4_000  // chat.update refuses longer text
	maxMessageBlocks  = 50
	maxViewBlocks     = 100
	maxBlocksChars    = 13_000    // all blocks of one message, as JSON (undocumented)
	maxViewBytes      = 250 << 10 // bytes of a view's JSON
	maxAckBytes       = 20 << 10  // bytes of an acknowledgement over a socket
	maxSection        = 3_000
	maxFields         = 10
	maxField          = 2_000
	maxHeader         = 150
	maxContext        = 10 // elements
	maxActions        = 25 // elements
	maxButtonText     = 75
	maxButtonValue    = 2_000
	maxURL            = 3_000
	maxID             = 255 // action_id, block_id, callback_id, external_id
	maxMetadata       = 3_000
	maxOption         = 75 // text, description and value
	maxOptions        = 100
	maxChoices        = 10 // radio buttons, checkboxes
	maxPlaceholder    = 150
	maxTitle          = 24 // title, submit and close of a modal
	maxConfirmTitle   = 100
	maxConfirmText    = 300
	maxConfirmButton  = 30
	maxLabel          = 2_000
	maxInput          = 3_000
	maxAccessibility  = 75
	maxAlt            = 2_000
	maxMarkdown       = 12_000
	maxTableRows      = 100 // the head among them
	maxTableCells     = 20
	maxViews          = 3 // on a user's modal stack
	maxSockets        = 10
	maxFileBytes      = 8 << 20 // bytes of an upload; ours: Slack's is 1 GB
	maxShares         = 100     // channels that one upload may be shared in
	responseUses      = 5
	responseMinutes   = 30
	socketTicketLives = 30 // seconds
)

// surface says where blocks are to stand: some are allowed only there.
type surface string

const (
	onMessage surface = "message"
	onModal   surface = "modal"
	onHome    surface = "home"
)

// checker collects what is wrong with blocks, in Slack's words and with JSON
// pointers, and fills in the IDs that the app left out.
type checker struct {
	surface  surface
	problems []string
	blockIDs map[string]bool
}

func (c *checker) fail(ptr, format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf("[ERROR] "+format+" [json-pointer:%s]", append(args, ptr)...))
}

// length checks a string's characters.
func (c *checker) length(ptr, text string, least, most int) {
	switch n := utf8.RuneCountInString(text); {
	case n < least:
		c.fail(ptr, "must be more than %d characters", least-1)
	case n > most:
		c.fail(ptr, "must be less than %d characters", most+1)
	}
}

// str checks the string at o[key] and returns it; least 0 makes it optional.
func (c *checker) str(ptr string, o object, key string, least, most int) string {
	value, present := o[key]
	text, isText := value.(string)
	switch {
	case !present && least > 0:
		c.fail(ptr, "missing required field: %s", key)
	case present && !isText:
		c.fail(ptr+"/"+key, "must be a string")
	case present:
		c.length(ptr+"/"+key, text, least, most)
	}
	return text
}

// text checks the text object at o[key].
func (c *checker) text(ptr string, o object, key string, required, plainOnly bool, most int) {
	value, present := o[key]
	if !present {
		if required {
			c.fail(ptr, "missing required field: %s", key)
		}
		return
	}
	ptr += "/" + key
	t, ok := value.(object)
	if !ok {
		c.fail(ptr, "must be an object")
		return
	}
	c.textObject(ptr, t, plainOnly, most)
}

func (c *checker) textObject(ptr string, t object, plainOnly bool, most int) {
	switch kind, _ := t["type"].(string); {
	case kind == "plain_text":
		c.only(ptr, t, "text emoji")
	case kind == "mrkdwn" && !plainOnly:
		c.only(ptr, t, "text verbatim")
	default:
		c.fail(ptr+"/type", "must be a valid enum value")
	}
	c.str(ptr, t, "text", 1, most)
}

// list checks the array at o[key] and returns its objects.
func (c *checker) list(ptr string, o object, key string, least, most int) []object {
	value, present := o[key]
	if !present {
		if least > 0 {
			c.fail(ptr, "missing required field: %s", key)
		}
		return nil
	}
	ptr += "/" + key
	items, ok := value.([]any)
	if !ok {
		c.fail(ptr, "must be an array")
		return nil
	}
	if len(items) < least {
		c.fail(ptr, "must be more than %d items", least-1)
	}
	if len(items) > most {
		c.fail(ptr, "no more than %d items allowed", most)
	}
	objects := make([]object, 0, len(items))
	for i, item := range items {
		entry, ok := item.(object)
		if !ok {
			c.fail(fmt.Sprintf("%s/%d", ptr, i), "must be an object")
			entry = object{}
		}
		objects = append(objects, entry)
	}
	return objects
}

// id checks the optional identifier at o[key] and makes one up if it is missing.
func (c *checker) id(ptr string, o object, key string, seen map[string]bool) {
	id := c.str(ptr, o, key, 0, maxID)
	for id == "" || o[key] == nil {
		id = newID("")[:5]
		if !seen[id] {
			o[key] = id
		}
	}
	if seen[id] {
		c.fail(ptr+"/"+key, "`%s` already exists", id)
	}
	seen[id] = true
}

// blocks checks a list of blocks and fills in their IDs.
func (c *checker) blocks(ptr string, blocks []object, most int) {
	if len(blocks) > most {
		c.fail(ptr, "no more than %d items allowed", most)
	}
	c.blockIDs = map[string]bool{}
	for i, b := range blocks {
		c.block(fmt.Sprintf("%s/%d", ptr, i), b)
	}
	c.together(ptr, blocks)
}

func (c *checker) block(ptr string, b object) {
	c.id(ptr, b, "block_id", c.blockIDs)
	if known, ok := properties[str(b, "type")]; ok {
		c.only(ptr, b, known+" block_id")
	}
	actions := map[string]bool{}
	switch kind, _ := b["type"].(string); kind {
	case "section":
		c.section(ptr, b, actions)
	case "header":
		c.text(ptr, b, "text", true, true, maxHeader)
	case "divider":
	case "context":
		for i, e := range c.list(ptr, b, "elements", 1, maxContext) {
			at := fmt.Sprintf("%s/elements/%d", ptr, i)
			if e["type"] == "image" {
				c.image(at, e)
			} else {
				c.textObject(at, e, false, maxSection)
			}
		}
	case "actions":
		for i, e := range c.list(ptr, b, "elements", 1, maxActions) {
			c.element(fmt.Sprintf("%s/elements/%d", ptr, i), e, inActions, actions)
		}
	case "input":
		c.input(ptr, b, actions)
	case "image":
		c.image(ptr, b)
		c.text(ptr, b, "title", false, true, maxAlt)
	case "rich_text":
		c.richText(ptr, b)
	case "table":
		c.table(ptr, b)
	case "markdown":
		if c.surface != onMessage {
			c.fail(ptr+"/type", "unsupported type: markdown")
		}
		c.str(ptr, b, "text", 1, maxMarkdown)
	default:
		c.fail(ptr+"/type", "unsupported type: %s", kind)
	}
}

func (c *checker) section(ptr string, b object, actions map[string]bool) {
	_, hasText := b["text"]
	fields := c.list(ptr, b, "fields", 0, maxFields)
	if !hasText && len(fields) == 0 {
		c.fail(ptr, "missing required field: text or fields")
	}
	c.text(ptr, b, "text", false, false, maxSection)
	for i, f := range fields {
		c.textObject(fmt.Sprintf("%s/fields/%d", ptr, i), f, false, maxField)
	}
	if e, ok := b["accessory"].(object); ok {
		c.element(ptr+"/accessory", e, inSection, actions)
	} else if b["accessory"] != nil {
		c.fail(ptr+"/accessory", "must be an object")
	}
}

func (c *checker) input(ptr string, b object, actions map[string]bool) {
	c.text(ptr, b, "label", true, true, maxLabel)
	c.text(ptr, b, "hint", false, true, maxLabel)
	e, ok := b["element"].(object)
	if !ok {
		c.fail(ptr, "missing required field: element")
		return
	}
	c.element(ptr+"/element", e, inInput, actions)
}

func (c *checker) image(ptr string, e object) {
	c.str(ptr, e, "alt_text", 1, maxAlt)
	c.str(ptr, e, "image_url", 1, maxURL)
}

var (
	datePattern = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	timePattern = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)
)

// message checks a message's blocks as a whole.
func checkMessageBlocks(blocks []object) error {
	c := checker{surface: onMessage}
	c.blocks("/blocks", blocks, maxMessageBlocks)
	if len(c.problems) > 0 {
		return &apiError{code: "invalid_blocks", messages: c.problems}
	}
	if utf8.RuneCount(mustJSON(blocks)) > maxBlocksChars {
		return slackErr("msg_blocks_too_long")
	}
	return nil
}

// checkView checks a view that the app sent, and fills in its blocks' IDs.
func checkView(v object, kind surface) error {
	if len(mustJSON(v)) > maxViewBytes {
		return slackErr("view_too_large")
	}
	c := checker{surface: kind}
	if v["type"] != string(kind) {
		c.fail("/view/type", "must be a valid enum value")
	}
	if kind == onModal {
		c.only("/view", v, modalProperties)
	} else {
		c.only("/view", v, homeProperties)
	}
	blocks := c.list("/view", v, "blocks", 0, maxViewBlocks)
	if v["blocks"] == nil {
		c.fail("/view", "missing required field: blocks")
	}
	c.blocks("/view/blocks", blocks, maxViewBlocks)
	c.str("/view", v, "private_metadata", 0, maxMetadata)
	c.str("/view", v, "callback_id", 0, maxID)
	c.str("/view", v, "external_id", 0, maxID)
	if kind == onModal {
		c.text("/view", v, "title", true, true, maxTitle)
		c.text("/view", v, "submit", false, true, maxTitle)
		c.text("/view", v, "close", false, true, maxTitle)
		for _, b := range blocks {
			if b["type"] == "input" && v["submit"] == nil {
				c.fail("/view", "missing required field: submit")
				break
			}
		}
	}
	if len(c.problems) > 0 {
		return &apiError{code: "invalid_arguments", messages: c.problems}
	}
	return nil
}

// table checks a table: only messages have them.
func (c *checker) table(ptr string, b object) {
	if c.surface != onMessage {
		c.fail(ptr+"/type", "unsupported type: table")
	}
	rows, _ := b["rows"].([]any)
	if len(rows) == 0 || len(rows) > maxTableRows {
		c.fail(ptr+"/rows", "must have between 1 and %d items", maxTableRows)
	}
	for i, row := range rows {
		at := fmt.Sprintf("%s/rows/%d", ptr, i)
		cells, _ := row.([]any)
		if len(cells) == 0 || len(cells) > maxTableCells {
			c.fail(at, "must have between 1 and %d items", maxTableCells)
		}
		for j, cell := range cells {
			cell, _ := cell.(object)
			switch cell["type"] {
			case "raw_text":
				c.str(fmt.Sprintf("%s/%d", at, j), cell, "text", 1, maxSection)
			case "rich_text":
				c.richText(fmt.Sprintf("%s/%d", at, j), cell)
			default:
				c.fail(fmt.Sprintf("%s/%d/type", at, j), "unsupported type: %v", cell["type"])
			}
		}
	}
}
