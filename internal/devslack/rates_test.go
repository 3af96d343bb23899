package devslack_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/internal/devslack"
)

// clock is a time that a test sets.
type clock struct{ at atomic.Int64 }

func newClock(o *devslack.Options) *clock {
	c := &clock{}
	c.at.Store(time.Now().UnixNano())
	o.Now = func() time.Time { return time.Unix(0, c.at.Load()) }
	return c
}

func (c *clock) pass(d time.Duration) { c.at.Add(int64(d)) }

// until calls until Slack says that it was too often, and returns how many calls
// went through and the pause asked for.
func until(t *testing.T, call func() error) (int, time.Duration) {
	t.Helper()
	for n := range 2000 {
		err := call()
		if limited, ok := errors.AsType[*slack.RateLimitedError](err); ok {
			return n, limited.RetryAfter
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("never too often")
	panic("unreachable")
}

func TestSlacksOwnRateLimits(t *testing.T) {
	t.Parallel()
	o := full()
	now := newClock(&o)
	s := start(t, o)
	a := client(s)
	post := func(channel string) func() error {
		return func() error {
			_, _, err := a.PostMessage(channel, slack.MsgOptionText("x", false))
			return err
		}
	}
	if n, wait := until(t, post("C0GENERAL")); n != 120 || wait != time.Second {
		t.Errorf("posts: %d, then wait %v", n, wait)
	}
	if err := post("C0APPROVALS")(); err != nil {
		t.Errorf("another channel has its own: %v", err)
	}
	groups := func() error { _, err := a.GetUserGroups(); return err }
	if n, wait := until(t, groups); n != 40 || wait != 3*time.Second {
		t.Errorf("tier 2: %d, then wait %v", n, wait)
	}
	now.pass(2 * time.Second)
	if n, _ := until(t, groups); n != 0 {
		t.Errorf("after less than was asked for: %d", n)
	}
	now.pass(time.Second)
	if n, _ := until(t, groups); n != 1 {
		t.Errorf("after the pause: %d", n)
	}
	if n, _ := until(t, post("C0GENERAL")); n != 3 {
		t.Errorf("three seconds later: %d", n)
	}
}

func TestRateLimitsCanBeSetAndTakenAway(t *testing.T) {
	t.Parallel()
	o := full()
	newClock(&o)
	o.PerMinute = map[string]int{"auth.test": 1, "team.info": 0}
	s := start(t, o)
	a := client(s)
	if n, wait := until(t, func() error { _, err := a.AuthTest(); return err }); n != 2 || wait != time.Minute {
		t.Errorf("one a minute: %d, then wait %v", n, wait)
	}
	o = full()
	o.Unlimited = true
	a = client(start(t, o))
	for range 50 {
		must[[]slack.UserGroup](t)(a.GetUserGroups())
	}
}
