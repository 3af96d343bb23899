package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxBody is the most bytes that one event's canonical form may have. The
// largest statement (64 KiB) fits several times.
const MaxBody = 512 << 10

// timeLayout is RFC 3339 in UTC with exactly six digits of a second, so that
// times of equal meaning are equal bytes and sort as text.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// ErrEvent is in the chain of every error by which an event is refused.
var ErrEvent = errors.New("event has no canonical form")

// Canonical returns the one byte sequence that stands for e: a JSON object
// without white space, keys sorted, and
//
//	actor, at, type                       always
//	database, grant, lease, request       left out when empty
//	details                               left out when it has no keys
//	strings                               UTF-8 as is; only " \ and control characters are escaped (RFC 8785)
//	times                                 UTC, six digits, cut off after the microsecond
//	integers                              decimal, at most 64 bits
//
// Refused, with [ErrEvent]: an event without time, type or actor; details with
// floats, nested maps, nil, durations or times (write them as strings); text
// that is not UTF-8 or holds a NUL, which PostgreSQL cannot keep; and anything
// longer than [MaxBody].
func Canonical(e Event) ([]byte, error) {
	if err := check(e); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrEvent, e.Type, err)
	}
	w := writer{buf: make([]byte, 0, 256)}
	w.buf = append(w.buf, '{')
	w.field("actor", e.Actor)
	w.field("at", e.At.UTC().Format(timeLayout))
	w.optional("database", e.Database)
	w.details(e.Details)
	w.optional("grant", e.Grant)
	w.optional("lease", e.Lease)
	w.optional("request", e.Request)
	w.field("type", string(e.Type))
	w.buf = append(w.buf, '}')
	switch {
	case w.err != nil:
		return nil, fmt.Errorf("%w: %s: %w", ErrEvent, e.Type, w.err)
	case len(w.buf) > MaxBody:
		return nil, fmt.Errorf("%w: %s: %d bytes, of at most %d", ErrEvent, e.Type, len(w.buf), MaxBody)
	}
	return w.buf, nil
}

func check(e Event) error {
	switch {
	case e.At.IsZero():
		return errors.New("it has no time")
	case e.At.UTC().Year() < 1 || e.At.UTC().Year() > 9999:
		return fmt.Errorf("its year is %d", e.At.UTC().Year())
	case e.Actor == "":
		return errors.New("it has no actor")
	case !typeLike(string(e.Type)):
		return fmt.Errorf("its type %q is not like \"grant.ended\"", string(e.Type))
	}
	return nil
}

// typeLike reports whether s is two or more lower-case words joined by dots.
func typeLike(s string) bool {
	words := strings.Split(s, ".")
	return len(words) >= 2 && !slices.ContainsFunc(words, func(w string) bool { return !wordLike(w) })
}

// wordLike reports whether s is a name such as "rows_changed". Keys are held to
// it, so that sorting them means the same in every language.
func wordLike(s string) bool {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

// writer collects the canonical bytes and the first thing wrong with them.
type writer struct {
	buf []byte
	err error
}

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

func (w *writer) key(name string) {
	if last := w.buf[len(w.buf)-1]; last != '{' {
		w.buf = append(w.buf, ',')
	}
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, '"', ':')
}

func (w *writer) field(name, value string) {
	w.key(name)
	w.text(name, value)
}

func (w *writer) optional(name, value string) {
	if value != "" {
		w.field(name, value)
	}
}

func (w *writer) details(d map[string]any) {
	if len(d) == 0 {
		return
	}
	keys := make([]string, 0, len(d))
	for k := range d {
		if !wordLike(k) {
			w.fail("the detail's key %q is not like \"rows_changed\"", k)
			return
		}
		keys = append(keys, k)
	}
	slices.Sort(keys)
	w.key("details")
	w.buf = append(w.buf, '{')
	for _, k := range keys {
		w.key(k)
		w.value(k, d[k])
	}
	w.buf = append(w.buf, '}')
}

// value writes one detail. Named types whose kind is a string or an integer
// count as such; a duration does not, because its number alone has no unit.
func (w *writer) value(name string, v any) {
	if _, ok := v.(time.Duration); ok {
		w.fail("detail %q is a duration; write it as a string or name its unit", name)
		return
	}
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.String:
		w.text(name, rv.String())
	case reflect.Bool:
		w.buf = strconv.AppendBool(w.buf, rv.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.buf = strconv.AppendInt(w.buf, rv.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if rv.Uint() > 1<<63-1 {
			w.fail("detail %q is larger than 64 bits with a sign hold", name)
			return
		}
		w.buf = strconv.AppendUint(w.buf, rv.Uint(), 10)
	case reflect.Slice:
		w.list(name, rv)
	default:
		w.fail("detail %q is a %T; only strings, booleans, integers and lists of strings have a canonical form", name, v)
	}
}

func (w *writer) list(name string, rv reflect.Value) {
	if rv.Type().Elem().Kind() != reflect.String {
		w.fail("detail %q is a %s; lists hold strings only", name, rv.Type())
		return
	}
	w.buf = append(w.buf, '[')
	for i := range rv.Len() {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.text(name, rv.Index(i).String())
	}
	w.buf = append(w.buf, ']')
}

const hexDigits = "0123456789abcdef"

// text writes a JSON string with the escapes of RFC 8785 and no others.
func (w *writer) text(name, s string) {
	if !utf8.ValidString(s) {
		w.fail("%s is not valid UTF-8", name)
		return
	}
	w.buf = append(w.buf, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			w.buf = append(w.buf, '\\', c)
		case '\b':
			w.buf = append(w.buf, '\\', 'b')
		case '\t':
			w.buf = append(w.buf, '\\', 't')
		case '\n':
			w.buf = append(w.buf, '\\', 'n')
		case '\f':
			w.buf = append(w.buf, '\\', 'f')
		case '\r':
			w.buf = append(w.buf, '\\', 'r')
		case 0:
			w.fail("%s holds a NUL", name)
			return
		default:
			if c < 0x20 {
				w.buf = append(w.buf, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
				continue
			}
			w.buf = append(w.buf, c)
		}
	}
	w.buf = append(w.buf, '"')
}

// Parse reads a canonical body back. It accepts exactly what [Canonical] makes:
// a body that means the same but is written differently is refused. Integers
// come back as int64, lists as []string.
func Parse(body []byte) (Event, error) {
	var raw struct {
		Actor    string                     `json:"actor"`
		At       string                     `json:"at"`
		Database string                     `json:"database"`
		Details  map[string]json.RawMessage `json:"details"`
		Grant    string                     `json:"grant"`
		Lease    string                     `json:"lease"`
		Request  string                     `json:"request"`
		Type     Type                       `json:"type"`
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		return Event{}, fmt.Errorf("parse event: %w", err)
	}
	at, err := time.Parse(timeLayout, raw.At)
	if err != nil {
		return Event{}, fmt.Errorf("parse event's time: %w", err)
	}
	e := Event{At: at, Type: raw.Type, Actor: raw.Actor, Request: raw.Request, Grant: raw.Grant, Lease: raw.Lease, Database: raw.Database}
	for k, v := range raw.Details {
		if e.Details == nil {
			e.Details = make(map[string]any, len(raw.Details))
		}
		if e.Details[k], err = parseValue(v); err != nil {
			return Event{}, fmt.Errorf("parse event's detail %q: %w", k, err)
		}
	}
	again, err := Canonical(e)
	if err != nil {
		return Event{}, fmt.Errorf("parse event: %w", err)
	}
	if string(again) != string(body) {
		return Event{}, errors.New("parse event: it is not in canonical form")
	}
	return e, nil
}

func parseValue(raw json.RawMessage) (any, error) {
	var err error
	switch raw[0] {
	case '"':
		var s string
		err = json.Unmarshal(raw, &s)
		return s, err
	case '[':
		l := []string{}
		err = json.Unmarshal(raw, &l)
		return l, err
	case 't', 'f':
		var b bool
		err = json.Unmarshal(raw, &b)
		return b, err
	default:
		return strconv.ParseInt(string(raw), 10, 64)
	}
}
