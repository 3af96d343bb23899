package identity

import (
	"slices"
	"testing"

	"dbaccess/internal/fault"
)

func everybody(t *testing.T) *Directory {
	t.Helper()
	d, err := NewDirectory([]PersonConfig{{Name: "alice", Groups: []string{"staff"}}}, ServiceConfig{Name: "nightly", Groups: []string{"batch"}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestANameTellsTheKindOfItsPrincipal(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"alice":           "person:alice",
		"service/nightly": "service:nightly",
		"claude@alice":    "agent:claude@alice",
	} {
		if got := Named(name).ID(); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
		p, err := everybody(t).Principal(name)
		if err != nil || p.ID() != want {
			t.Errorf("the directory says of %s: %s, %v; want %s", name, p.ID(), err, want)
		}
	}
}

func TestAnAgentIsInTheGroupsOfItsPersonAndAServiceInItsOwn(t *testing.T) {
	t.Parallel()
	d := everybody(t)
	agent, err := d.Principal("claude@alice")
	if err != nil || agent.For != "alice" || !slices.Equal(agent.Groups, []string{"staff"}) {
		t.Errorf("the agent is %+v, %v", agent, err)
	}
	service, err := d.Principal(ServiceName("nightly"))
	if err != nil || !slices.Equal(service.Groups, []string{"batch"}) {
		t.Errorf("the service is %+v, %v", service, err)
	}
	if got := d.Members("batch"); len(got) != 0 {
		t.Errorf("a service is among those who could review: %v", got)
	}
}

func TestWhoIsNotListedIsNobodyUnderAnyKindOfName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"service/other", "service/", "claude@eve", "@alice", "x@y@alice", "Claude@alice", "service/claude@alice"} {
		if p, err := everybody(t).Principal(name); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%q is %+v, %v", name, p, err)
		}
	}
}

func TestAccessForOnesAgentOrJobIsAccessForOneself(t *testing.T) {
	t.Parallel()
	alice := Principal{Kind: Person, Name: "alice"}
	for _, c := range []struct {
		requester, behind string
		self              bool
	}{
		{"alice", "", true},
		{"claude@alice", "alice", true},
		{"claude@alice", "", true}, // whatever the store says
		{"service/nightly", "alice", true},
		{"service/nightly", "", false},
		{"claude@bob", "bob", false},
		{"bob", "", false},
	} {
		if got := alice.Self(c.requester, c.behind); got != c.self {
			t.Errorf("%s for %q: %v", c.requester, c.behind, got)
		}
	}
}

func TestServicesAreCheckedAtTheirPaths(t *testing.T) {
	t.Parallel()
	_, err := NewDirectory(nil, ServiceConfig{Name: "a"}, ServiceConfig{Name: "a"}, ServiceConfig{Name: "B/c"}, ServiceConfig{}, ServiceConfig{Name: "d", Groups: []string{"x", "x"}})
	want := `identity.services[1].name: "a" is taken by another service
identity.services[2].name: "B/c" may have only small letters, digits, dot, dash and underscore
identity.services[3].name: is empty
identity.services[4].groups[1]: "x" is not a group's name, or is listed twice`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
