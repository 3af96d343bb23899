package approvals_test

import (
	"strings"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

func TestAnEstimateComesOnceAndForWhatIsAskedNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(statement("DELETE FROM carts"))
	digest := r.Digest
	touches := approvals.Impact{Rows: 1200, Cost: 431.5, Sentence: "About 1,200 rows."}
	r = w.must(w.Estimated(t.Context(), r.ID, r.Digest, touches))
	if r.Impact.Rows != 1200 || r.Impact.Sentence != "About 1,200 rows." || r.Impact.At.IsZero() || !r.Impact.Known() {
		t.Errorf("the impact is %+v", r.Impact)
	}
	if r.Digest != digest || approvals.DigestOf(r.Terms) != digest {
		t.Error("an estimate has changed what is approved")
	}
	w.events(r, audit.RequestSubmitted, audit.StatementEstimated)
	w.todos(r, approvals.DrawCard, approvals.ExpireNow, approvals.Estimate, approvals.DrawCard)

	again := w.must(w.Estimated(t.Context(), r.ID, r.Digest, approvals.Impact{Rows: 7}))
	if again.Version != r.Version {
		t.Error("a second estimate was stored")
	}
	ask := statement("DELETE FROM carts WHERE id = 7")
	revised := w.must(w.Revise(t.Context(), w.who("alice"), r.ID, ask))
	if revised.Impact != (approvals.Impact{}) {
		t.Errorf("a new revision has the old one's estimate: %+v", revised.Impact)
	}
	late := w.must(w.Estimated(t.Context(), r.ID, digest, touches))
	if late.Impact != (approvals.Impact{}) {
		t.Errorf("the old revision's estimate stands on the new one: %+v", late.Impact)
	}
	if !(approvals.Impact{At: time.Now(), Rows: 0}).Known() || (approvals.Impact{At: time.Now(), Rows: -1}).Known() {
		t.Error("no rows and an unknown number of rows are the same")
	}
}

func TestOnlyWhoMayReviewMayHaveRowsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(statement("DELETE FROM carts"))
	for _, may := range []string{"bob", "dora"} {
		if _, err := w.MayCount(t.Context(), w.who(may), r.ID); err != nil {
			t.Errorf("%s: %v", may, err)
		}
	}
	_, err := w.MayCount(t.Context(), w.who("alice"), r.ID)
	w.refused(err, fault.Denied, "your own request")
	_, err = w.MayCount(t.Context(), w.who("eve"), r.ID)
	w.refused(err, fault.Denied, "Only members of owners or admins")
	_, err = w.MayCount(t.Context(), identity.Principal{Kind: identity.Service, Name: "bob"}, r.ID)
	w.refused(err, fault.Denied, "Only a person")
	_, err = w.MayCount(t.Context(), w.who("bob"), w.submit(access("read")).ID)
	w.refused(err, fault.Invalid, "no statement")

	if err := w.Counted(t.Context(), w.who("bob"), r.ID, r.Digest, 250); err != nil {
		t.Fatal(err)
	}
	if e := w.last(); e.Type != audit.StatementCounted || e.Actor != "person:bob" || e.Details["rows"] != int64(250) {
		t.Errorf("the event is %+v", e)
	}
	tampered := r
	tampered.Statement = "SELECT * FROM salaries"
	w.store.requests[r.ID] = tampered
	if _, err := w.MayCount(t.Context(), w.who("bob"), r.ID); fault.KindOf(err) != fault.Internal {
		t.Errorf("got %v, want that the stored request is not believed", err)
	}
	w.store.requests[r.ID] = r
	w.must(w.Cancel(t.Context(), w.who("alice"), r.ID))
	_, err = w.MayCount(t.Context(), w.who("bob"), r.ID)
	w.refused(err, fault.Conflict, "cancelled")
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	long := "SELECT " + "'" + strings.Repeat("ü", 100) + "', nowhere"
	for name, test := range map[string]struct {
		text string
		at   int
		want approvals.Place
	}{
		"the first character": {"SELEKT 1", 1, approvals.Place{Line: 1, Column: 1, Text: "SELEKT 1", Caret: "^"}},
		"a later line":        {"SELECT id,\n  nowhere\r\nFROM t", 14, approvals.Place{Line: 2, Column: 3, Text: "  nowhere", Caret: "  ^"}},
		"behind the end":      {"SELECT", 7, approvals.Place{Line: 1, Column: 7, Text: "SELECT", Caret: "      ^"}},
		"behind a tab":        {"\tx y", 4, approvals.Place{Line: 1, Column: 4, Text: " x y", Caret: "   ^"}},
		"far to the right":    {long, 112, approvals.Place{Line: 1, Column: 112, Text: "…" + strings.Repeat("ü", 37) + "', nowhere", Caret: strings.Repeat(" ", 41) + "^"}},
		"far before the end":  {long, 8, approvals.Place{Line: 1, Column: 8, Text: "SELECT '" + strings.Repeat("ü", 39) + "…", Caret: strings.Repeat(" ", 7) + "^"}},
	} {
		if got, ok := approvals.PlaceIn(test.text, test.at); !ok || got != test.want {
			t.Errorf("%s: got %+v, %v\nwant %+v", name, got, ok, test.want)
		}
	}
	for _, at := range []int{-1, 0, 3} {
		if got, ok := approvals.PlaceIn("x", at); ok {
			t.Errorf("character %d of x is at %+v", at, got)
		}
	}
}
