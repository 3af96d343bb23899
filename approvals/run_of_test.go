package approvals_test

import (
	"errors"
	"strings"
	"testing"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// All runs of a service have one name: what was approved for one of them must not
// be taken by another, be it one of unread code, or one that its reviewer started.
func TestWhatWasApprovedForOneRunIsNoOtherRuns(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	alike := runner(sha1, "alice")
	alike.Claims[2].Value = "8" // another number of a run binds nothing
	for name, c := range map[string]struct {
		who  identity.Principal
		says string
	}{
		"the run itself":               {runner(sha1, "alice"), ""},
		"a further job of it":          {alike, ""},
		"another commit":               {runner(sha2, "alice"), "its sha is 222222222222 and 111111111111 was approved"},
		"a run that bob has started":   {runner(sha1, "bob"), "somebody else had started"},
		"a run of nobody that we know": {runner(sha1, ""), "somebody else had started"},
		"a token that says less":       {identity.Principal{Kind: identity.Service, Name: "service/nightly", For: "alice"}, "its token does not say ref"},
		"somebody who is no service":   {identity.Named("bob"), ""},
	} {
		for _, job := range []bool{true, false} {
			ask := cleanup()
			if !job {
				ask.Job = nil
			}
			r := w.must(w.approve("bob", w.run(runner(sha1, "alice"), ask), approvals.Once, 0))
			err := w.SameRun(t.Context(), c.who, w.grantOf(r))
			if c.says == "" && err != nil || c.says != "" && (fault.KindOf(err) != fault.Denied || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%s (job %v): %v", name, job, err)
			}
		}
	}
	if err := w.SameRun(t.Context(), alike, approvals.Grant{Request: "req_none"}); !errors.Is(err, approvals.ErrNoRequest) {
		t.Errorf("of no request: %v", err)
	}
}
