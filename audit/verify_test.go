package audit

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func stream(recs []Record) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, r := range recs {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// log is a log of n events.
func log(t testing.TB, n int) []Record {
	t.Helper()
	evs := make([]Event, n)
	for i := range evs {
		evs[i] = Event{
			At: golden[0].At.Add(time.Duration(i) * time.Second), Type: ReviewGiven, Actor: "person:bob", Request: "req_" + strings.Repeat("a", 26),
			Database: "shop", Details: map[string]any{"place": i, "answer": "approve", "groups": []string{"owners"}},
		}
	}
	return chained(t, evs)
}

func headOf(recs []Record) Head {
	last := recs[len(recs)-1]
	return Head{Seq: last.Seq, Hash: last.Hash}
}

// relinked gives all records from the i-th on the hashes that their content
// calls for, as somebody would who can write the whole log.
func relinked(recs []Record, i int) []Record {
	recs = slices.Clone(recs)
	prev := Hash{}
	if i > 0 {
		prev = recs[i-1].Hash
	}
	for ; i < len(recs); i++ {
		recs[i].Seq = int64(i + 1)
		recs[i].Prev = prev
		recs[i].Hash = Link(prev, recs[i].Seq, recs[i].Body)
		prev = recs[i].Hash
	}
	return recs
}

func TestAWholeLogVerifies(t *testing.T) {
	t.Parallel()
	recs := log(t, 20)
	var known []Head
	for _, r := range slices.Backward(recs) {
		known = append(known, Head{Seq: r.Seq, Hash: r.Hash})
	}
	rep, err := Verify(stream(recs), known...)
	if err != nil || rep.Count != 20 || rep.Head != headOf(recs) {
		t.Errorf("got %+v, %v", rep, err)
	}
	rep, err = Verify(stream(nil))
	if err != nil || rep != (Report{}) {
		t.Errorf("an empty log: %+v, %v", rep, err)
	}
	if _, err := Verify(stream(nil), Head{}); err != nil {
		t.Errorf("an empty log with the head of one: %v", err)
	}
}

func TestEachKindOfTamperingIsFoundAtItsPlace(t *testing.T) {
	t.Parallel()
	changed := func(recs []Record, i int) {
		recs[i].Body = bytes.Replace(recs[i].Body, []byte("approve"), []byte("approvE"), 1)
	}
	for name, tt := range map[string]struct {
		tamper func(recs []Record) []Record
		seq    int64
		what   string
	}{
		"content changed":   {func(r []Record) []Record { changed(r, 6); return r }, 7, "content"},
		"hash changed":      {func(r []Record) []Record { r[6].Hash[3] ^= 1; return r }, 7, "content"},
		"link changed":      {func(r []Record) []Record { r[6].Prev[3] ^= 1; return r }, 7, "changed"},
		"first one changed": {func(r []Record) []Record { changed(r, 0); return r }, 1, "content"},
		"last one changed":  {func(r []Record) []Record { changed(r, 19); return r }, 20, "content"},
		"changed and rehashed": {func(r []Record) []Record {
			changed(r, 6)
			r[6].Hash = Link(r[6].Prev, r[6].Seq, r[6].Body)
			return r
		}, 8, "one of the two was replaced"},
		"one removed":        {func(r []Record) []Record { return slices.Delete(r, 6, 7) }, 7, "missing"},
		"several removed":    {func(r []Record) []Record { return slices.Delete(r, 6, 9) }, 7, "events 7 to 9 are missing"},
		"first ones removed": {func(r []Record) []Record { return r[3:] }, 1, "events 1 to 3 are missing"},
		"removed and renumbered": {func(r []Record) []Record {
			r = slices.Delete(r, 6, 7)
			for i := 6; i < len(r); i++ {
				r[i].Seq--
			}
			return r
		}, 7, "stood elsewhere"},
		"begun anew": {func(r []Record) []Record {
			r = r[3:]
			for i := range r {
				r[i].Seq = int64(i + 1)
				r[i].Hash = Link(r[i].Prev, r[i].Seq, r[i].Body)
			}
			return r
		}, 1, "not the first"},
		"one inserted twice": {func(r []Record) []Record { return slices.Insert(r, 7, r[6]) }, 7, "moved or inserted"},
		"two swapped":        {func(r []Record) []Record { r[6], r[7] = r[7], r[6]; return r }, 7, "missing"},
		"moved to the end":   {func(r []Record) []Record { return append(slices.Delete(slices.Clone(r), 6, 7), r[6]) }, 7, "missing"},
		"numbered zero":      {func(r []Record) []Record { r[0].Seq = 0; return r }, 1, "moved or inserted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rep, err := Verify(stream(tt.tamper(log(t, 20))))
			var broken *Broken
			if !errors.As(err, &broken) {
				t.Fatalf("got %+v, %v; want it broken", rep, err)
			}
			if broken.Seq != tt.seq || !strings.Contains(broken.What, tt.what) {
				t.Errorf("broken at %d: %s; want %d: …%s…", broken.Seq, broken.What, tt.seq, tt.what)
			}
			if rep.Count >= tt.seq+1 {
				t.Errorf("%d events were called good", rep.Count)
			}
		})
	}
}

func TestAKnownHeadShowsWhatTheLogAloneCannot(t *testing.T) {
	t.Parallel()
	recs := log(t, 20)
	head := headOf(recs)
	for name, tt := range map[string]struct {
		recs []Record
		head Head
		seq  int64
	}{
		"newest cut off": {recs[:17], head, 18},
		"all cut off":    {nil, head, 1},
		"written anew":   {relinked(log(t, 25)[5:], 0), head, 20},
		"an old head replaced": {func() []Record {
			r := slices.Clone(recs)
			r[6].Body = r[7].Body
			return relinked(r, 6)
		}(), Head{Seq: 10, Hash: recs[9].Hash}, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Verify(stream(tt.recs)); err != nil {
				t.Fatalf("the log alone should look right: %v", err)
			}
			_, err := Verify(stream(tt.recs), tt.head)
			var broken *Broken
			if !errors.As(err, &broken) || broken.Seq != tt.seq {
				t.Errorf("got %v, want it broken at %d", err, tt.seq)
			}
		})
	}
}

func TestAnyByteFlippedIsFound(t *testing.T) {
	t.Parallel()
	recs := log(t, 8)
	var whole []byte
	for _, r := range recs {
		whole = r.AppendLine(whole)
	}
	if _, err := Verify(Lines(bytes.NewReader(whole)), headOf(recs)); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(whole)-1).Draw(t, "at")
		with := byte(rapid.IntRange(1, 255).Draw(t, "xor"))
		bad := slices.Clone(whole)
		bad[at] ^= with
		_, err := Verify(Lines(bytes.NewReader(bad)), headOf(recs))
		// The last line feed may be missing or be a carriage return: no byte of
		// a record stands there.
		if err == nil && at != len(whole)-1 {
			t.Fatalf("byte %d changed from %q to %q was not found", at, whole[at], bad[at])
		}
	})
}

func TestAnyRecordLeftOutOrMovedIsFound(t *testing.T) {
	t.Parallel()
	recs := log(t, 12)
	rapid.Check(t, func(t *rapid.T) {
		bad := slices.Clone(recs)
		from := rapid.IntRange(0, len(bad)-1).Draw(t, "from")
		moved := bad[from]
		bad = slices.Delete(bad, from, from+1)
		if to := rapid.IntRange(-1, len(bad)).Draw(t, "to"); to == from {
			return // where it was
		} else if to >= 0 {
			bad = slices.Insert(bad, to, moved)
		}
		if _, err := Verify(stream(bad), headOf(recs)); err == nil {
			t.Fatal("not found")
		}
	})
}

func TestRecordsComeBackFromTheirLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var recs []Record
		for _, ev := range rapid.SliceOfN(events(), 1, 5).Draw(t, "events") {
			body, err := Canonical(ev)
			if err != nil {
				t.Fatal(err)
			}
			recs = append(recs, Record{Body: body})
		}
		recs = relinked(recs, 0)
		var lines []byte
		for _, r := range recs {
			lines = r.AppendLine(lines)
		}
		i := 0
		for got, err := range Lines(bytes.NewReader(lines)) {
			if err != nil {
				t.Fatal(err)
			}
			if want := recs[i]; got.Seq != want.Seq || got.Prev != want.Prev || got.Hash != want.Hash || string(got.Body) != string(want.Body) {
				t.Fatalf("came back otherwise\n got %+v\nwant %+v", got, want)
			}
			i++
		}
		if i != len(recs) {
			t.Fatalf("%d of %d came back", i, len(recs))
		}
	})
}

func TestReadingErrorsAreNotCalledTampering(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk on fire")
	_, err := Verify(func(yield func(Record, error) bool) { yield(Record{}, cause) })
	if !errors.Is(err, cause) || errors.As(err, new(*Broken)) {
		t.Errorf("got %v", err)
	}
}

func TestHeadsAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	want := headOf(log(t, 3))
	got, err := ParseHead(want.String())
	if err != nil || got != want {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	for _, bad := range []string{"", "3", "3:", ":" + want.Hash.String(), "x:" + want.Hash.String(), "-1:" + want.Hash.String(), want.String() + "00", want.Hash.String()} {
		if h, err := ParseHead(bad); err == nil {
			t.Errorf("%q was read as %v", bad, h)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	recs := log(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		if rep, err := Verify(stream(recs)); err != nil || rep.Count != int64(len(recs)) {
			b.Fatal(rep, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())*1e6/float64(b.N*len(recs)), "ms/million")
}

func BenchmarkVerifyFile(b *testing.B) {
	recs := log(b, 10_000)
	var lines []byte
	for _, r := range recs {
		lines = r.AppendLine(lines)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Verify(Lines(bytes.NewReader(lines))); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())*1e6/float64(b.N*len(recs)), "ms/million")
}

func BenchmarkCanonical(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Canonical(golden[1]); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleHead() {
	h := Head{Seq: 12}
	fmt.Println(h.String()[:8])
	// Output: 12:00000
}
