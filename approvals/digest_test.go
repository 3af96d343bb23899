package approvals

import (
	"encoding/binary"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var anyTerms = rapid.Custom(func(t *rapid.T) Terms {
	// Short texts of few letters, so that two draws are often nearly the same.
	words := rapid.StringMatching(`[ab\x00]{0,3}`)
	settings := rapid.Custom(func(t *rapid.T) Setting { return Setting{words.Draw(t, "name"), words.Draw(t, "value")} })
	key := []byte(words.Draw(t, "result key"))
	if len(key) == 0 {
		key = nil
	}
	return Terms{
		ResultKey: key,
		Kind:      rapid.SampledFrom([]Kind{Access, Statement, ""}).Draw(t, "kind"), Requester: words.Draw(t, "requester"),
		Database: words.Draw(t, "database"), Profile: words.Draw(t, "profile"), Duration: time.Duration(rapid.Int64().Draw(t, "duration")),
		Statement: words.Draw(t, "statement"), Params: rapid.SliceOfN(words, 0, 3).Draw(t, "params"),
		RowBound: rapid.Int64().Draw(t, "row bound"), Settings: rapid.SliceOfN(settings, 0, 2).Draw(t, "settings"),
	}
})

// Whatever was encoded can be read back: so no two terms have the same bytes.
func TestTheEncodingCanBeReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := anyTerms.Draw(t, "terms")
		got, rest := decode(encode(want))
		if len(rest) != 0 || !reflect.DeepEqual(got, want) {
			t.Fatalf("read back %+v and %d bytes more, want %+v", got, len(rest), want)
		}
	})
}

// decode reads what encode writes.
func decode(b []byte) (t Terms, rest []byte) {
	number := func() int64 {
		n := int64(binary.BigEndian.Uint64(b))
		b = b[8:]
		return n
	}
	text := func() string {
		n := number()
		s := string(b[:n])
		b = b[n:]
		return s
	}
	name := text()
	if name != termsV1 && name != termsV3 {
		return t, b
	}
	t.Kind, t.Requester, t.Database, t.Profile = Kind(text()), text(), text(), text()
	t.Duration, t.Statement = time.Duration(number()), text()
	t.Params, t.Settings = []string{}, []Setting{}
	for range number() {
		t.Params = append(t.Params, text())
	}
	t.RowBound = number()
	for range number() {
		t.Settings = append(t.Settings, Setting{text(), text()})
	}
	if name == termsV3 {
		if number() != 0 {
			return t, b // a job behind it
		}
		t.ResultKey = []byte(text())
	}
	return t, b
}

// Every field of Terms is in the digest: a field that somebody adds and forgets
// fails here.
func TestAnyChangeOfTermsChangesTheDigest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		terms := anyTerms.Draw(t, "terms")
		before := DigestOf(terms)
		fields := reflect.TypeFor[Terms]().NumField()
		field := rapid.IntRange(0, fields-1).Draw(t, "field")
		v := reflect.ValueOf(&terms).Elem().Field(field)
		switch v.Kind() {
		case reflect.String:
			v.SetString(v.String() + "x")
		case reflect.Int64:
			v.SetInt(v.Int() ^ 1)
		case reflect.Slice:
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		case reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
		default:
			t.Fatalf("field %d has a type that this test cannot change", field)
		}
		if DigestOf(terms) == before {
			t.Fatalf("another %s has the same digest", reflect.TypeFor[Terms]().Field(field).Name)
		}
	})
}

func TestBytesCannotMoveFromOneFieldToTheNext(t *testing.T) {
	t.Parallel()
	for name, pair := range map[string][2]Terms{
		"requester and database": {{Requester: "ab", Database: "c"}, {Requester: "a", Database: "bc"}},
		"statement and a param":  {{Statement: "a", Params: []string{"b"}}, {Statement: "ab", Params: []string{""}}},
		"two params and one":     {{Params: []string{"a", "b"}}, {Params: []string{"ab"}}},
		"a param and a setting":  {{Params: []string{"a", "b"}}, {Settings: []Setting{{"a", "b"}}}},
		"name and value":         {{Settings: []Setting{{"ab", ""}}}, {Settings: []Setting{{"a", "b"}}}},
		"order of settings":      {{Settings: []Setting{{"a", ""}, {"b", ""}}}, {Settings: []Setting{{"b", ""}, {"a", ""}}}},
		"an empty param":         {{Params: []string{""}}, {}},
	} {
		if DigestOf(pair[0]) == DigestOf(pair[1]) {
			t.Errorf("%s: the same digest", name)
		}
	}
	if DigestOf(Terms{Params: []string{}, Settings: []Setting{}}) != DigestOf(Terms{}) {
		t.Error("no parameters and an empty list of them differ")
	}
}

// The vector is for ever: stored reviews are bound to digests made this way. It
// was computed apart from this code, by ten lines of another language.
func TestTheDigestIsStable(t *testing.T) {
	t.Parallel()
	got := DigestOf(Terms{
		Kind: Statement, Requester: "alice", Database: "shop", Profile: "write", Duration: 90 * time.Minute,
		Statement: "DELETE FROM carts WHERE id = $1", Params: []string{"7", ""}, RowBound: 1000,
		Settings: []Setting{{"search_path", "masked"}},
	}).String()
	const want = "2fb4cf08fae8d3cc950a1b340fa1c3196dfcc9d2462fb0c54a538d115efb542c"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
