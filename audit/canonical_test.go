package audit

import (
	"errors"
	"flag"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden are events whose bodies and hashes must never change: logs written by
// older versions are verified by newer ones.
var golden = []Event{
	{At: time.Date(2026, 11, 21, 14, 3, 7, 123456789, time.UTC), Type: InstallationNew, Actor: "system:migrate", Details: map[string]any{"installation": "abcdef"}},
	{
		At: time.Date(2026, 11, 21, 15, 3, 7, 0, time.FixedZone("CET", 3600)), Type: RequestSubmitted, Actor: "person:alice",
		Request: "req_aaaaaaaaaaaaaaaaaaaaaaaaaa", Database: "shop",
		Details: map[string]any{
			"reason": "„refund“ \"stuck\" \\ <&>\t\r\n\b\f\x01\x7f\u2028 é 漢 😀", "zero": 0, "most": int64(math.MaxInt64), "least": int64(math.MinInt64),
			"yes": true, "no": false, "groups": []string{"owners", ""}, "none": []string{}, "empty": "",
		},
	},
	{
		At: time.Date(2026, 11, 21, 14, 4, 0, 999999999, time.UTC), Type: LeaseEnded, Actor: "system:due",
		Request: "req_aaaaaaaaaaaaaaaaaaaaaaaaaa", Grant: "grt_bbbbbbbbbbbbbbbbbbbbbbbbbb", Lease: "lse_cccccccccccccccccccccccccc", Database: "shop",
		Details: map[string]any{"role_oid": uint32(math.MaxUint32), "sessions": 2, "kind": Type("named")},
	},
}

func chained(t testing.TB, events []Event) []Record {
	t.Helper()
	var (
		recs []Record
		prev Hash
	)
	for i, ev := range events {
		body, err := Canonical(ev)
		if err != nil {
			t.Fatal(err)
		}
		seq := int64(i + 1)
		hash := Link(prev, seq, body)
		recs = append(recs, Record{Seq: seq, Prev: prev, Hash: hash, Body: body})
		prev = hash
	}
	return recs
}

func TestBodiesAndHashesAreTheSameForEver(t *testing.T) {
	t.Parallel()
	var got []byte
	for _, rec := range chained(t, golden) {
		got = rec.AppendLine(got)
	}
	const file = "testdata/golden.jsonl"
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("canonical form or link has changed\n got %s\nwant %s", got, want)
	}
}

func TestWhatHasNoCanonicalFormIsRefused(t *testing.T) {
	t.Parallel()
	good := func() Event { return Event{At: golden[0].At, Type: GrantEnded, Actor: "system:due"} }
	detail := func(v any) func(*Event) { return func(e *Event) { e.Details = map[string]any{"x": v} } }
	if _, err := Canonical(good()); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for name, spoil := range map[string]func(*Event){
		"no time":         func(e *Event) { e.At = time.Time{} },
		"year 10000":      func(e *Event) { e.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"no actor":        func(e *Event) { e.Actor = "" },
		"no type":         func(e *Event) { e.Type = "" },
		"one-word type":   func(e *Event) { e.Type = "ended" },
		"odd type":        func(e *Event) { e.Type = "grant.Ended" },
		"float":           detail(0.5),
		"whole float":     detail(float32(1)),
		"nested map":      detail(map[string]any{"y": 1}),
		"nil":             detail(nil),
		"pointer":         detail(new(string)),
		"duration":        detail(time.Second),
		"time":            detail(time.Now()),
		"list of any":     detail([]any{"a"}),
		"list of numbers": detail([]int{1}),
		"bytes":           detail([]byte("a")),
		"large unsigned":  detail(uint64(math.MaxUint64)),
		"struct":          detail(struct{ A string }{"a"}),
		"odd key":         func(e *Event) { e.Details = map[string]any{"X-y": 1} },
		"empty key":       func(e *Event) { e.Details = map[string]any{"": 1} },
		"invalid UTF-8":   detail("a\xff"),
		"in a list":       detail([]string{"ok", "a\xff"}),
		"half a rune":     func(e *Event) { e.Actor = "person:\xe6\xbc" },
		"NUL":             detail("a\x00b"),
		"NUL in an id":    func(e *Event) { e.Request = "req_\x00" },
		"too long":        detail(strings.Repeat("x", MaxBody)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := good()
			spoil(&e)
			body, err := Canonical(e)
			if !errors.Is(err, ErrEvent) || body != nil {
				t.Errorf("got %q, %v; want ErrEvent", body, err)
			}
		})
	}
}

func TestOnlyTheCanonicalFormIsParsed(t *testing.T) {
	t.Parallel()
	body, err := Canonical(golden[1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(body); err != nil {
		t.Fatalf("its own form: %v", err)
	}
	text := string(body)
	for name, other := range map[string]string{
		"white space":    strings.Replace(text, ":", ": ", 1),
		"order":          `{"at":"2026-11-21T14:03:07.123456Z","actor":"system:x","type":"grant.ended"}`,
		"escape":         strings.Replace(text, "<", `\u003c`, 1),
		"another zone":   strings.Replace(text, "14:03:07.000000Z", "15:03:07.000000+01:00", 1),
		"fewer digits":   strings.Replace(text, "07.000000Z", "07Z", 1),
		"unknown field":  strings.Replace(text, `"at"`, `"as":1,"at"`, 1),
		"exponent":       strings.Replace(text, `"zero":0`, `"zero":0e0`, 1),
		"minus zero":     strings.Replace(text, `"zero":0`, `"zero":-0`, 1),
		"float":          strings.Replace(text, `"zero":0`, `"zero":0.5`, 1),
		"null":           strings.Replace(text, `"zero":0`, `"zero":null`, 1),
		"trailing":       text + " ",
		"twice":          strings.Replace(text, `"zero":0`, `"zero":1,"zero":0`, 1),
		"cut":            text[:len(text)-1],
		"nothing":        "",
		"another's case": strings.Replace(text, `"actor"`, `"Actor"`, 1),
	} {
		if other == text {
			t.Fatalf("%s: nothing was changed", name)
		}
		if ev, err := Parse([]byte(other)); err == nil {
			t.Errorf("%s: parsed as %+v", name, ev)
		}
	}
}

// texts are strings that an event may hold.
func texts() *rapid.Generator[string] {
	return rapid.Map(rapid.StringN(0, 20, 60), func(s string) string {
		return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	})
}

func events() *rapid.Generator[Event] {
	value := rapid.OneOf(
		rapid.Map(texts(), func(s string) any { return s }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.SliceOfN(texts(), 0, 3), func(l []string) any { return append([]string{}, l...) }),
	)
	return rapid.Custom(func(t *rapid.T) Event {
		e := Event{
			At:       time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "at")).UTC(),
			Type:     Type(rapid.StringMatching(`[a-z]{1,8}\.[a-z]{1,8}`).Draw(t, "type")),
			Actor:    "person:" + texts().Draw(t, "actor"),
			Request:  texts().Draw(t, "request"),
			Grant:    texts().Draw(t, "grant"),
			Lease:    texts().Draw(t, "lease"),
			Database: texts().Draw(t, "database"),
		}
		if d := rapid.MapOfN(rapid.StringMatching(`[a-z][a-z0-9_]{0,8}`), value, 0, 5).Draw(t, "details"); len(d) > 0 {
			e.Details = d
		}
		return e
	})
}

func TestEveryEventComesBackFromItsBody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := events().Draw(t, "event")
		body, err := Canonical(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(body)
		if err != nil {
			t.Fatalf("parse %s: %v", body, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("came back otherwise\n got %+v\nwant %+v", got, want)
		}
	})
}
