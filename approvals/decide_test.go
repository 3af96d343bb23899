package approvals

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dbaccess/approvals/policy"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// pending is a request of alice's that nobody has reviewed.
func pending() Request {
	r := Request{
		ID: "req_1", State: Pending, Revision: 2, Terms: Terms{Kind: Access, Requester: "alice", Database: "shop", Profile: "read", Duration: time.Hour},
		CreatedAt: noon, ExpiresAt: noon.Add(8 * time.Hour),
	}
	r.Digest = DigestOf(r.Terms)
	return r
}

// says is a review of r, the n-th.
func says(r Request, n int, who string, answer Answer, groups ...string) Review {
	return Review{
		ID: ReviewID(fmt.Sprint("rev_", n)), Revision: r.Revision, Digest: r.Digest, Reviewer: who, Groups: groups,
		Answer: answer, Via: ByButton, At: noon.Add(time.Duration(n) * time.Minute),
	}
}

func asking(seats ...policy.Seats) policy.Route {
	return policy.Route{Outcome: policy.Review, Rule: "it", Seats: seats}
}

func of(count int, groups ...string) policy.Seats { return policy.Seats{Groups: groups, Count: count} }

func TestDecide(t *testing.T) {
	t.Parallel()
	one, two := asking(of(1, "owners")), asking(of(2, "owners"))
	mixed := asking(of(1, "admins"), of(1, "owners", "admins"))
	for _, test := range []struct {
		name    string
		route   policy.Route
		reviews func(r Request) []Review
		change  func(r *Request)
		at      time.Duration // after noon
		state   State
		why     string
		ignored []Ignored
	}{
		{name: "nobody has spoken", route: two, state: Pending, why: "0 of 2: two from owners."},
		{
			name: "one of one", route: one, state: Approved, why: "Approved by bob.",
			reviews: func(r Request) []Review { return []Review{says(r, 1, "bob", Approve, "owners")} },
		},
		{
			name: "one of two", route: two, state: Pending, why: "1 of 2: one more from owners.",
			reviews: func(r Request) []Review { return []Review{says(r, 1, "bob", Approve, "owners")} },
		},
		{
			name: "two of two", route: two, state: Approved, why: "Approved by bob and carol.",
			reviews: func(r Request) []Review {
				return []Review{says(r, 1, "bob", Approve, "owners"), says(r, 2, "carol", Approve, "owners")}
			},
		},
		{
			name: "two lines, one seat filled", route: mixed, state: Pending, why: "1 of 2: one more from admins.",
			reviews: func(r Request) []Review { return []Review{says(r, 1, "bob", Approve, "owners")} },
		},
		{
			name: "an admin first, who moves to make room", route: asking(of(1, "owners", "admins"), of(1, "admins")), state: Approved, why: "Approved by dora and bob.",
			reviews: func(r Request) []Review {
				return []Review{says(r, 1, "dora", Approve, "admins"), says(r, 2, "bob", Approve, "owners")}
			},
		},
		{
			name: "one person in two groups fills one seat", route: mixed, state: Pending, why: "1 of 2: one more from owners or admins.",
			reviews: func(r Request) []Review { return []Review{says(r, 1, "dora", Approve, "admins", "owners")} },
		},
		{
			name: "the same person twice is one", route: two, state: Pending, why: "1 of 2: one more from owners.",
			reviews: func(r Request) []Review {
				return []Review{says(r, 1, "bob", Approve, "owners"), says(r, 2, "bob", Approve, "owners")}
			}, ignored: []Ignored{{"bob", "they answered again later"}},
		},
		{
			name: "the requester never counts", route: one, state: Pending, why: "0 of 1: one from owners.",
			reviews: func(r Request) []Review { return []Review{says(r, 1, "alice", Approve, "owners")} },
			ignored: []Ignored{{"alice", "it is their own request"}},
		},
		{
			name: "nor does the requester's refusal", route: one, state: Pending, why: "0 of 1: one from owners.",
			reviews: func(r Request) []Review { return []Review{says(r, 1, "alice", Refuse, "owners")} },
			ignored: []Ignored{{"alice", "it is their own request"}},
		},
		{
			name: "who was in no group does not count", route: one, state: Pending, why: "0 of 1: one from owners.",
			reviews: func(r Request) []Review { return []Review{says(r, 1, "eve", Approve, "staff")} },
			ignored: []Ignored{{"eve", "they were in none of owners"}},
		},
		{
			name: "and cannot refuse either", route: one, state: Approved, why: "Approved by bob.",
			reviews: func(r Request) []Review {
				return []Review{says(r, 1, "eve", Refuse, "staff"), says(r, 2, "bob", Approve, "owners")}
			}, ignored: []Ignored{{"eve", "they were in none of owners"}},
		},
		{
			name: "one refusal denies", route: two, state: Denied, why: "Denied by carol: not today.",
			reviews: func(r Request) []Review {
				no := says(r, 2, "carol", Refuse, "owners")
				no.Reason = "not today"
				return []Review{says(r, 1, "bob", Approve, "owners"), no, says(r, 3, "dora", Approve, "owners")}
			},
		},
		{
			name: "a refusal by reaction has no words", route: two, state: Denied, why: "Denied by carol.",
			reviews: func(r Request) []Review { return []Review{says(r, 2, "carol", Refuse, "owners")} },
		},
		{
			name: "a changed mind counts as it is now", route: one, state: Approved, why: "Approved by bob.",
			reviews: func(r Request) []Review {
				return []Review{says(r, 1, "bob", Refuse, "owners"), says(r, 2, "bob", Approve, "owners")}
			}, ignored: []Ignored{{"bob", "they answered again later"}},
		},
		{
			name: "withdrawn is withdrawn", route: one, state: Pending, why: "0 of 1: one from owners.",
			reviews: func(r Request) []Review {
				gone := says(r, 1, "bob", Approve, "owners")
				gone.Withdrawn = noon.Add(time.Hour)
				return []Review{gone}
			}, ignored: []Ignored{{"bob", "it was withdrawn"}},
		},
		{
			name: "reviews of earlier revisions do not count", route: one, state: Pending, why: "0 of 1: one from owners.",
			reviews: func(r Request) []Review {
				old := says(r, 1, "bob", Approve, "owners")
				old.Revision = 1
				return []Review{old}
			}, ignored: []Ignored{{"bob", "it was about an earlier revision"}},
		},
		{
			name: "reviews of another digest do not count", route: one, state: Pending, why: "0 of 1: one from owners.",
			reviews: func(r Request) []Review {
				other := says(r, 1, "bob", Approve, "owners")
				other.Digest[0] ^= 1
				return []Review{other}
			}, ignored: []Ignored{{"bob", "it was about something else"}},
		},
		{
			name: "one too many is not needed", route: one, state: Approved, why: "Approved by bob and carol.",
			reviews: func(r Request) []Review {
				return []Review{says(r, 1, "bob", Approve, "owners"), says(r, 2, "carol", Approve, "owners")}
			}, ignored: []Ignored{{"carol", "every seat that they could take is taken"}},
		},
		{name: "a microsecond before the end", route: one, at: 8*time.Hour - time.Microsecond, state: Pending, why: "0 of 1: one from owners."},
		{
			name: "at the end", route: two, at: 8 * time.Hour, state: Expired, why: "Nobody decided in time: 1 of 2 had approved.",
			reviews: func(r Request) []Review { return []Review{says(r, 1, "bob", Approve, "owners")} },
		},
		{
			name: "behind the end nothing counts any more", route: one, at: 9 * time.Hour, state: Expired, why: "Nobody decided in time: 1 of 1 had approved.",
			reviews: func(r Request) []Review { return []Review{says(r, 500, "bob", Approve, "owners")} },
		},
		{name: "an allow route", route: policy.Route{Outcome: policy.Allow, Sentence: "Allowed."}, state: Approved, why: "Allowed."},
		{
			name: "a deny route, whatever people say", route: policy.Route{Outcome: policy.Deny, Sentence: "No."}, state: Denied, why: "No.",
			reviews: func(r Request) []Review { return []Review{says(r, 1, "bob", Approve, "owners")} },
			ignored: []Ignored{{"bob", "no review is asked for any more"}},
		},
		{name: "a review by nobody", route: asking(), state: Denied, why: "The policy's rule asks for nobody's review, so nobody can approve this."},
		{name: "no route at all", route: policy.Route{}, state: Denied, why: "The policy's rule asks for nobody's review, so nobody can approve this."},
		{
			name: "what is decided stays", route: two, at: 99 * time.Hour, state: Cancelled, why: "Cancelled by alice.",
			change: func(r *Request) { r.State, r.Outcome = Cancelled, "Cancelled by alice." },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := pending()
			if test.reviews != nil {
				r.Reviews = test.reviews(r)
			}
			if test.change != nil {
				test.change(&r)
			}
			d := Decide(test.route, r, noon.Add(test.at))
			if d.State != test.state || d.Why != test.why {
				t.Errorf("got %s, %q\nwant %s, %q", d.State, d.Why, test.state, test.why)
			}
			if !slices.Equal(d.Ignored, test.ignored) {
				t.Errorf("ignored %v, want %v", d.Ignored, test.ignored)
			}
		})
	}
}

func TestAnotherRouteIsNoticedAndAnotherVersionIsNot(t *testing.T) {
	t.Parallel()
	route := func() policy.Route {
		return policy.Route{Outcome: policy.Review, Rule: "it", Sentence: "Why.", Seats: []policy.Seats{of(2, "a", "b")}, Channel: "c", Reactions: true, Expires: time.Hour, Version: "1"}
	}
	same := route()
	same.Version, same.Steps = "2", []policy.Step{{Rule: "it"}}
	if !sameRoute(route(), same) {
		t.Error("another version that asks for the same is another route")
	}
	for name, change := range map[string]func(r *policy.Route){
		"outcome": func(r *policy.Route) { r.Outcome = policy.Allow }, "rule": func(r *policy.Route) { r.Rule = "x" },
		"sentence": func(r *policy.Route) { r.Sentence = "x" }, "channel": func(r *policy.Route) { r.Channel = "x" },
		"reactions": func(r *policy.Route) { r.Reactions = false }, "expires": func(r *policy.Route) { r.Expires = 0 },
		"count": func(r *policy.Route) { r.Seats[0].Count = 1 }, "groups": func(r *policy.Route) { r.Seats[0].Groups[1] = "x" },
		"seats": func(r *policy.Route) { r.Seats = append(r.Seats, of(1, "c")) },
	} {
		other := route()
		if change(&other); sameRoute(route(), other) {
			t.Errorf("another %s is not noticed", name)
		}
	}
}

// scene is a route and a request with reviews, drawn at random.
type scene struct {
	route policy.Route
	r     Request
}

var anyScene = rapid.Custom(func(t *rapid.T) scene {
	groups := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3, rapid.ID[string])
	var s scene
	s.route.Outcome = policy.Review
	for range rapid.IntRange(1, 3).Draw(t, "lines") {
		s.route.Seats = append(s.route.Seats, of(rapid.IntRange(1, 2).Draw(t, "count"), groups.Draw(t, "seat groups")...))
	}
	s.r = pending()
	for i := range rapid.IntRange(0, 7).Draw(t, "reviews") {
		who := rapid.SampledFrom([]string{"alice", "bob", "carol", "dora", "emil"}).Draw(t, "who")
		review := says(s.r, i, who, rapid.SampledFrom([]Answer{Approve, Approve, Approve, Refuse}).Draw(t, "answer"), groups.Draw(t, "groups")...)
		review.Revision -= rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "revisions ago")
		if rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "withdrawn") == 1 {
			review.Withdrawn = noon.Add(time.Hour)
		}
		s.r.Reviews = append(s.r.Reviews, review)
	}
	return s
})

func TestTheOrderOfStoredReviewsDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anyScene.Draw(t, "scene")
		want := Decide(s.route, s.r, noon)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		s.r.Reviews = slices.Clone(s.r.Reviews)
		random.Shuffle(len(s.r.Reviews), func(i, j int) {
			s.r.Reviews[i], s.r.Reviews[j] = s.r.Reviews[j], s.r.Reviews[i]
		})
		if got := Decide(s.route, s.r, noon); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v\nwant %+v", got, want)
		}
	})
}

func TestOneMoreApprovalNeverTakesAnApprovalAway(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anyScene.Draw(t, "scene")
		before := Decide(s.route, s.r, noon)
		s.r.Reviews = append(slices.Clone(s.r.Reviews), says(s.r, 100, "newcomer", Approve, "a", "b", "c"))
		after := Decide(s.route, s.r, noon)
		if after.Have < before.Have || before.State == Approved && after.State != Approved || before.State == Denied && after.State != Denied {
			t.Fatalf("before %+v\nafter %+v", before, after)
		}
	})
}

func TestTheRequesterNeverCounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anyScene.Draw(t, "scene")
		with := Decide(s.route, s.r, noon)
		s.r.Reviews = slices.DeleteFunc(slices.Clone(s.r.Reviews), func(review Review) bool { return review.Reviewer == s.r.Requester })
		without := Decide(s.route, s.r, noon)
		if with.State != without.State || with.Have != without.Have || with.Why != without.Why || !reflect.DeepEqual(with.Seats, without.Seats) {
			t.Fatalf("with %+v\nwithout %+v", with, without)
		}
	})
}

func TestAnEligibleRefusalAlwaysDenies(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anyScene.Draw(t, "scene")
		s.r.Reviews = append(slices.Clone(s.r.Reviews), says(s.r, 100, "newcomer", Refuse, "a", "b", "c"))
		open := slices.ContainsFunc(s.route.Seats, func(seat policy.Seats) bool { return len(seat.Groups) > 0 })
		if got := Decide(s.route, s.r, noon).State; open && got != Denied {
			t.Fatalf("got %s, want denied", got)
		}
	})
}

func TestApprovedMeansThatSoManyPeopleSit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anyScene.Draw(t, "scene")
		d := Decide(s.route, s.r, noon)
		people := map[string]bool{}
		for i, seat := range d.Seats {
			if len(seat.By) > s.route.Seats[i].Count {
				t.Fatalf("%v sit on %d seats", seat.By, seat.Count)
			}
			for _, name := range seat.By {
				if people[name] || name == s.r.Requester {
					t.Fatalf("%s must not sit there: %+v", name, d.Seats)
				}
				people[name] = true
			}
		}
		if d.Have != len(people) || d.State == Approved && d.Have != d.Need {
			t.Fatalf("%d sit, and %+v", len(people), d)
		}
	})
}
