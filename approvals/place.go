package approvals

import (
	"strings"
	"unicode/utf8"
)

// Place is where in a text something is.
type Place struct {
	Line   int    // from 1
	Column int    // in characters, from 1
	Text   string // the line, cut if it is long
	Caret  string // what to write below Text so that a ^ points at the place
}

// How much of a long line a Place shows before and behind the place.
const (
	beforePlace = 40
	behindPlace = 40
)

// PlaceIn finds the character at (from 1) of a text; false if there is none.
// Postgres counts characters, and so does this.
func PlaceIn(text string, at int) (Place, bool) {
	if at < 1 || at > utf8.RuneCountInString(text)+1 {
		return Place{}, false
	}
	offset := 0
	for i := 1; i < at; i++ {
		_, size := utf8.DecodeRuneInString(text[offset:])
		offset += size
	}
	begin := strings.LastIndexByte(text[:offset], '\n') + 1
	end := len(text)
	if i := strings.IndexByte(text[offset:], '\n'); i >= 0 {
		end = offset + i
	}
	p := Place{Line: 1 + strings.Count(text[:begin], "\n")}
	before := []rune(strings.ReplaceAll(text[begin:offset], "\t", " "))
	behind := []rune(strings.TrimRight(strings.ReplaceAll(text[offset:end], "\t", " "), "\r"))
	p.Column = len(before) + 1
	if cut := len(before) - beforePlace; cut > 0 {
		before = append([]rune("…"), before[cut:]...)
	}
	if len(behind) > behindPlace {
		behind = append(behind[:behindPlace:behindPlace], '…')
	}
	p.Text = string(before) + string(behind)
	p.Caret = strings.Repeat(" ", len(before)) + "^"
	return p, true
}
