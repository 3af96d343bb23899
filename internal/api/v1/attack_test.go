package v1_test

import (
	"strings"
	"testing"

	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

// What is approved for one run of a service is seen by all of its runs, and taken
// by none but its own: the commit was read, and who started the run looked at.
func TestARunCannotTakeWhatAnotherRunWasGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, sha := t.Context(), strings.Repeat("1a", 20)
	asker := w.runOf(sha, "alice")
	r := must[v1.Request](t)(asker.Ask(ctx, v1.Ask{
		Kind: "access", Database: "shop", Profile: "masked-read", Reason: "INC-1: nightly report", Job: &v1.Job{Files: []v1.File{{Path: "a.sql", Content: "SELECT 1"}}},
	}))
	w.approve(r.ID)
	r = must[v1.Request](t)(asker.Request(ctx, r.ID, 0))
	if _, err := w.runOf(strings.Repeat("2b", 20), "alice").Claim(ctx, r.Grant, true); fault.KindOf(err) != fault.Denied || !strings.Contains(err.Error(), "its sha is 2b2b2b2b2b2b and 1a1a1a1a1a1a was approved") {
		t.Errorf("a run of another commit: %v", err)
	}
	if _, err := w.runOf(sha, "bob").Claim(ctx, r.Grant, true); fault.KindOf(err) != fault.Denied || !strings.Contains(err.Error(), "somebody else had started") {
		t.Errorf("the reviewer's own run: %v", err)
	}
	if _, err := w.as("bob").Claim(ctx, r.Grant, true); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the reviewer: %v", err)
	}
	if len(w.bank.live) != 0 {
		t.Errorf("minted: %v", w.bank.live)
	}
	if _, err := w.runOf(sha, "alice").Claim(ctx, r.Grant, true); err != nil {
		t.Errorf("another job of the same run: %v", err)
	}
}
