package approvals

import (
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dbaccess/internal/identity"
)

var anyJob = rapid.Custom(func(t *rapid.T) Job {
	words := rapid.StringMatching(`[ab\x00]{0,3}`)
	claims := rapid.Custom(func(t *rapid.T) identity.Claim {
		return identity.Claim{Name: words.Draw(t, "name"), Value: words.Draw(t, "value")}
	})
	files := rapid.Custom(func(t *rapid.T) File {
		return File{Path: words.Draw(t, "path"), SHA256: words.Draw(t, "sum"), Bytes: rapid.Int64().Draw(t, "bytes")}
	})
	j := Job{
		Claims: rapid.SliceOfN(claims, 0, 3).Draw(t, "claims"), Files: rapid.SliceOfN(files, 0, 3).Draw(t, "files"),
		Schedule: words.Draw(t, "schedule"), Window: time.Duration(rapid.Int64().Draw(t, "window")), Commit: words.Draw(t, "commit"),
	}
	if rapid.Bool().Draw(t, "has a band") {
		j.Rows = &Band{Min: rapid.Int64().Draw(t, "min"), Max: rapid.Int64().Draw(t, "max")}
	}
	return j
})

// Whatever was encoded of a job can be read back: so no two have the same bytes.
func TestTheEncodingOfAJobCanBeReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := anyJob.Draw(t, "job")
		if got, rest := decodeJob(want.encode(nil)); len(rest) != 0 || !reflect.DeepEqual(got, want) {
			t.Fatalf("read back %+v and %d bytes more, want %+v", got, len(rest), want)
		}
	})
}

// decodeJob reads what Job.encode writes.
func decodeJob(b []byte) (j Job, rest []byte) {
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
	j.Claims, j.Files = []identity.Claim{}, []File{}
	for range number() {
		j.Claims = append(j.Claims, identity.Claim{Name: text(), Value: text()})
	}
	for range number() {
		j.Files = append(j.Files, File{Path: text(), SHA256: text(), Bytes: number()})
	}
	if number() == 1 {
		j.Rows = &Band{Min: number(), Max: number()}
	}
	j.Schedule, j.Window, j.Commit = text(), time.Duration(number()), text()
	return j, b
}

// A field that somebody adds to a job, or to what is in it, and forgets to encode
// fails here.
func TestEveryFieldOfAJobIsInTheDigest(t *testing.T) {
	t.Parallel()
	of := func(j Job) Digest { return DigestOf(Terms{Job: &j}) }
	full := func() Job {
		return Job{Claims: []identity.Claim{{}}, Files: []File{{}}, Rows: &Band{}}
	}
	before := of(full())
	changed := 0
	var each func(get func(*Job) reflect.Value, path string)
	each = func(get func(*Job) reflect.Value, path string) {
		job := full()
		v := get(&job)
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				each(func(j *Job) reflect.Value { return get(j).Field(i) }, path+"."+v.Type().Field(i).Name)
			}
			return
		case reflect.Slice:
			each(func(j *Job) reflect.Value { return get(j).Index(0) }, path+"[0]")
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		case reflect.Pointer:
			each(func(j *Job) reflect.Value { return get(j).Elem() }, path)
			v.SetZero()
		case reflect.String:
			v.SetString("x")
		case reflect.Int64:
			v.SetInt(1)
		default:
			t.Fatalf("%s has a type that this test cannot change", path)
		}
		changed++
		if of(job) == before {
			t.Errorf("another %s has the same digest", strings.TrimPrefix(path, "."))
		}
	}
	each(func(j *Job) reflect.Value { return reflect.ValueOf(j).Elem() }, "")
	if changed < 13 {
		t.Errorf("only %d fields were changed", changed)
	}
	if of(Job{}) == DigestOf(Terms{}) {
		t.Error("an empty job and none have the same digest")
	}
}

// The vector is for ever, like that of terms without a job; it too was computed
// apart from this code.
func TestTheDigestOfAJobIsStable(t *testing.T) {
	t.Parallel()
	got := DigestOf(Terms{
		Kind: Access, Requester: "service/nightly", Database: "shop", Profile: "write", Duration: 30 * time.Minute,
		Job: &Job{
			Claims: []identity.Claim{{Name: "repository", Value: "acme/shop"}, {Name: "sha", Value: "1a2b"}},
			Files:  []File{{Path: "cleanup.sql", SHA256: strings.Repeat("ab", 32), Bytes: 120}},
			Rows:   &Band{Max: 1000}, Schedule: "0 2 * * *", Window: time.Hour, Commit: "https://x/1a2b",
		},
	}).String()
	const want = "d09bc2f2b1c19434f9a5fde0c36ada0301f0710b828917ec5eee076cf8adcf79"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
