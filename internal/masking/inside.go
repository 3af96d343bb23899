package masking

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// structured reports whether a text is JSON or XML worth walking.
func structured(text string) bool {
	return len(text) > 6 && (text[0] == '{' && text[len(text)-1] == '}' || text[0] == '[' && text[len(text)-1] == ']' || text[0] == '<' && text[len(text)-1] == '>')
}

// parameters reports whether a text is a query string with escapes.
func parameters(text string, sh shape) bool {
	return sh.spaces == 0 && sh.size > 8 && strings.Contains(text, "=") && strings.Contains(text, "%")
}

// unbase64 undoes base64 if what comes out is text.
func unbase64(text string, sh shape) (string, bool) {
	if sh.size < 16 || sh.size%4 == 1 || !sh.word || sh.hex {
		return "", false
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(inStdAlphabet.Replace(text), "="))
	if err != nil || !printable(raw) {
		return "", false
	}
	return string(raw), true
}

var inStdAlphabet = strings.NewReplacer("-", "+", "_", "/")

func printable(raw []byte) bool {
	if !utf8.Valid(raw) || len(raw) == 0 {
		return false
	}
	for _, r := range string(raw) {
		if !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// arrayElement finds the elements of an array's text form, well enough to look at.
var arrayElement = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"|([^{},"]+)`)

func (c *content) elements(text string, n int) {
	for _, m := range arrayElement.FindAllStringSubmatch(text, 20) {
		c.plain(strings.ReplaceAll(m[1]+m[2], `\`, ""), n, 1)
	}
}

// pictures are how files of pictures, documents and sounds begin.
var pictures = []string{"\xff\xd8\xff", "\x89PNG", "GIF8", "%PDF", "PK\x03\x04", "II*\x00", "MM\x00*", "RIFF", "\x1f\x8b", "ID3", "OggS", "\x00\x00\x00", "BM", "\xd0\xcf\x11\xe0"}

// bytes looks into a bytea's text form.
func (c *content) bytes(text string, n int) {
	digits := strings.TrimPrefix(text, `\x`)
	raw, err := hex.DecodeString(digits[:len(digits)/2*2])
	if err != nil {
		return
	}
	if len(raw) > 4 && slices.ContainsFunc(pictures, func(magic string) bool { return strings.HasPrefix(string(raw), magic) }) {
		c.media += n
		return
	}
	for len(raw) > 4 && !utf8.Valid(raw) && utf8.Valid(raw[:len(raw)-3]) {
		raw = raw[:len(raw)-1] // cut within a character
	}
	if printable(raw) {
		c.structure(string(raw), n)
		return
	}
	c.randoms += n
}

// structure walks JSON, and takes anything else for the text between its tags and
// brackets.
func (c *content) structure(text string, n int) {
	c.nested += n
	found := map[Entity]bool{}
	var v any
	switch {
	case json.Unmarshal([]byte(text), &v) == nil:
		walk(v, nil, found, 0)
	case messageID.MatchString(text):
	default:
		if fields, err := url.ParseQuery(text); err == nil && parameters(text, shapeOf(text)) {
			for key, list := range fields {
				for _, value := range list {
					lookAtLeaf([]string{key}, strings.TrimSpace(value), found, aboutUnknown)
				}
			}
			break
		}
		for _, m := range leaf.FindAllStringSubmatch(text, 200) {
			lookAtLeaf([]string{m[1]}, strings.TrimSpace(m[2]), found, aboutUnknown)
		}
		for _, e := range mentions(text, shapeOf(text)) {
			found[e] = true
		}
	}
	for e := range found {
		c.inner[e] += n
	}
}

// messageID is an e-mail message's name (RFC 5322, 3.6.4).
var messageID = regexp.MustCompile(`^<[^<>\s@]+@[^<>\s@]+>$`)

// leaf finds <tag>value, "key"=>"value", key: value and the fields of a record.
var leaf = regexp.MustCompile(`(?:[<"]?([\pL_][\pL\d_.-]*)"?(?:\s[^<>]*)?(?:>|=>|=|:)\s*)?"?([^<>"(){},=]{3,})`)

// deepest is how far nesting is followed; what lies deeper counts as not understood.
const deepest = 20

// walk looks at the leaves of a JSON value.
func walk(v any, path []string, found map[Entity]bool, depth int) {
	walkIn(v, path, found, depth, aboutUnknown)
}

func walkIn(v any, path []string, found map[Entity]bool, depth int, about subject) {
	if depth > deepest {
		found[Undetermined] = true
		return
	}
	switch v := v.(type) {
	case map[string]any:
		about := objectAbout(v, path)
		for key, inner := range v {
			walkIn(inner, append(path[:len(path):len(path)], key), found, depth+1, about)
			if e := whole(key, shapeOf(key)); e == Email || e == Secret {
				found[e] = true // people's addresses as keys
			}
		}
	case []any:
		for _, inner := range v {
			walkIn(inner, path, found, depth+1, about)
		}
	case string:
		lookAtLeaf(path, strings.TrimSpace(v), found, about)
	case float64:
		if h := leafHint(path, about); !h.vetoed && h.sure >= .85 && !h.unsure && slices.Contains([]Entity{Pay, NationalID, Phone, Geo, BirthDate, Health, Card, BankAccount}, h.entity) {
			found[h.entity] = true
		}
	}
}

// objectAbout is what a JSON object is about: by its keys, else by its own.
func objectAbout(v map[string]any, path []string) subject {
	if len(v) <= 50 { // more are data, not names
		fields := make([][]string, 0, len(v))
		for key := range v {
			fields = append(fields, tokens(key))
		}
		if about := subjectByFields(fields); about != aboutUnknown {
			return about
		}
	}
	if len(path) > 0 {
		return headOf(tokens(path[len(path)-1]))
	}
	return aboutUnknown
}

// leafHint reads a leaf's key in the light of the object that it stands in.
func leafHint(path []string, about subject) hint {
	if len(path) == 0 {
		return hint{}
	}
	return readName(path[len(path)-1], about)
}

func lookAtLeaf(path []string, value string, found map[Entity]bool, about subject) {
	if value == "" {
		return
	}
	sh := shapeOf(value)
	if e := whole(value, sh); e != None {
		found[e] = true
		return
	}
	if sh.digits >= 6 && sh.letters <= 2 && phoneNumber(value) == 2 {
		found[Phone] = true
		return
	}
	if h := leafHint(path, about); !h.vetoed && !h.unsure && h.sure >= .75 && !truth.has(strings.ToLower(value)) {
		found[h.entity] = true
		return
	}
	if about != aboutThings && personName(value) == 2 {
		found[PersonName] = true
		return
	}
	if structured(value) {
		var inner any
		if json.Unmarshal([]byte(value), &inner) == nil {
			walk(inner, path, found, len(path)+1)
			return
		}
	}
	if inner, ok := unbase64(value, sh); ok {
		value, sh = inner, shapeOf(inner)
	}
	for _, e := range mentions(value, sh) {
		if e != PersonName || about != aboutThings {
			found[e] = true
		}
	}
}

var truth = setOf(`true false yes no on off null none 0 1 ja nein oui non si sim nao`)
