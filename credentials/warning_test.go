package credentials_test

import (
	"testing"
	"testing/synctest"
	"time"

	"dbaccess/approvals"
	"dbaccess/credentials"
)

// warnings are the follow-ups that warn a holder.
func (r *rig) warnings() (list []approvals.Todo) {
	for _, todo := range r.store.Todos() {
		if todo.Kind == credentials.WarnHolder {
			list = append(list, todo)
		}
	}
	return list
}

func TestHoldersAreWarnedBeforeTheEnd(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		window, before, want time.Duration // want: before the end; 0 = no warning
	}{
		{8 * time.Hour, 10 * time.Minute, 10 * time.Minute},
		{50 * time.Minute, 10 * time.Minute, 10 * time.Minute},
		{40 * time.Minute, 10 * time.Minute, 8 * time.Minute},
		{15 * time.Minute, 10 * time.Minute, 3 * time.Minute},
		{2 * time.Minute, 10 * time.Minute, 24 * time.Second},
		{2*time.Minute - time.Second, 10 * time.Minute, 0},
		{8 * time.Hour, time.Hour, time.Hour},
		{8 * time.Hour, 0, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			r.WarnBefore = test.before
			id := r.open(func(g *approvals.Grant) { g.Duration = test.window })
			time.Sleep(1234 * time.Millisecond)
			r.claim(id)
			list := r.warnings()
			if test.want == 0 {
				if len(list) != 0 {
					t.Errorf("%v: %+v", test.window, list)
				}
				return
			}
			at := r.get(id).Due.Add(-test.want)
			if len(list) != 1 || list[0].ID != string(id) || !list[0].At.Equal(at) {
				t.Errorf("%v: %+v, want one at %v", test.window, list, at)
			}
		})
	}
}

func TestHoldersAreWarnedOnceHoweverOftenTheyClaim(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.WarnBefore = 10 * time.Minute
		id := r.open(nil)
		r.claim(id)
		time.Sleep(20 * time.Minute)
		r.claim(id)
		if list := r.warnings(); len(list) != 1 {
			t.Errorf("%+v", list)
		}
		if _, err := r.ClaimRun(t.Context(), r.open(forStatement)); err != nil || len(r.warnings()) != 1 {
			t.Errorf("a statement's holder is warned of what is not theirs (%v)", err)
		}
	})
}
