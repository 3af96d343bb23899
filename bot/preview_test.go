package bot

import (
	"strings"
	"testing"

	"dbaccess/approvals"
	"dbaccess/internal/devslack"
)

// nothing says that nobody has been asked for anything yet.
func (w *world) nothing(t *testing.T) {
	t.Helper()
	if list, err := w.store.Requests(t.Context(), approvals.Filter{}); err != nil || len(list) != 0 {
		t.Fatalf("something was asked for: %+v (%v)", list, err)
	}
}

func TestAStatementThatPeopleDecideAboutIsShownToItsAskerFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.command(t, "alice", "/dbaccess query shop because INC-9: DELETE FROM orders WHERE id = 7")
	v := w.modal(t, "alice", "risk *high*", "DELETE touches every row", "Add a WHERE", "People decide about it")
	if v.Title != checkTitle || v.State[blockStatement][fieldStatement]["value"] != "DELETE FROM orders WHERE id = 7" || v.State[blockQueryReason][fieldReason]["value"] != "INC-9" {
		t.Errorf("the modal is %q, filled with %v", v.Title, v.State)
	}
	w.nothing(t)
	if err := w.As("alice").Close(t.Context(), v.ID); err != nil {
		t.Fatal(err)
	}
	w.nothing(t)
}

func TestAChangedStatementIsLookedAtAgainBeforeItIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.command(t, "alice", "/dbaccess query shop DELETE FROM orders")
	v := w.modal(t, "alice", "risk *high*")
	if _, err := w.As("alice").Submit(t.Context(), v.ID, devslack.Values{blockStatement: {fieldStatement: "DELETE FROM orders WHERE id = 8"}}); err != nil {
		t.Fatal(err)
	}
	v = w.modal(t, "alice", "risk *high*", "People decide about it")
	w.nothing(t)
	if _, err := w.As("alice").Submit(t.Context(), v.ID, nil); err != nil {
		t.Fatal(err)
	}
	w.modal(t, "alice", "is asked in")
	if r := w.only(t); r.Statement != "DELETE FROM orders WHERE id = 8" {
		t.Errorf("asked: %q", r.Statement)
	}
}

func TestALongStatementIsShownInPartsAndSentWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := "DELETE FROM orders WHERE id IN (" + strings.Repeat("123456,\n", 900) + "7)"
	w.command(t, "alice", "/dbaccess query shop "+long)
	v := w.modal(t, "alice", "part 1 of 3", "part 3 of 3")
	if _, err := w.As("alice").Submit(t.Context(), v.ID, nil); err != nil {
		t.Fatal(err)
	}
	w.modal(t, "alice", "is asked in")
	if r := w.only(t); r.Statement != long {
		t.Errorf("asked for %d characters, want the %d that were typed", len(r.Statement), len(long))
	}
}

func TestRowsAreCountedForThoseWhoDecideAndTheyAloneSeeThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", "/dbaccess query shop because INC-9: DELETE FROM orders WHERE id = 7")
	w.click(t, "bob", card, "Count rows")
	w.told(t, "bob", "It would change 3 rows.")
	w.click(t, "alice", card, "Count rows")
	w.told(t, "alice", "Only members of owners")
	for _, m := range w.Messages("db-approvals") {
		if strings.Contains(devslack.PlainText(m), "3 rows") {
			t.Errorf("the channel reads it: %s", devslack.PlainText(m))
		}
	}
}
