package identity

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"dbaccess/internal/fault"
)

func directory(t *testing.T) *Directory {
	t.Helper()
	d, err := NewDirectory([]PersonConfig{
		{Name: "alice", Email: "alice@example.com", Slack: []string{"U0ALICE", "W0ALICE2"}, Groups: []string{"staff", "shop-owners"}},
		{Name: "bob.b-2_x", Slack: []string{"U0BOB"}, Groups: []string{"shop-owners"}},
		{Name: "carol"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSeveralSlackIdsAreOnePerson(t *testing.T) {
	t.Parallel()
	d := directory(t)
	for _, id := range []string{"U0ALICE", "W0ALICE2"} {
		p, err := d.BySlack(id)
		if err != nil {
			t.Fatal(err)
		}
		if p.ID() != "person:alice" {
			t.Errorf("%s is %s, want person:alice", id, p.ID())
		}
	}
	if p, err := d.Person("alice"); err != nil || !slices.Equal(p.Groups, []string{"shop-owners", "staff"}) {
		t.Errorf("got %+v, %v; want alice with sorted groups", p, err)
	}
}

func TestWhoeverIsNotListedIsNobody(t *testing.T) {
	t.Parallel()
	d := directory(t)
	for _, id := range []string{"", "U0EVE", "u0alice", "alice"} {
		_, err := d.BySlack(id)
		if !errors.Is(err, ErrNobody) || fault.KindOf(err) != fault.Denied {
			t.Errorf("%q: got %v, want ErrNobody", id, err)
		}
	}
	for _, name := range []string{"", "eve", "Alice", "U0ALICE"} {
		p, err := d.Person(name)
		if fault.KindOf(err) != fault.NotFound || p.Name != "" {
			t.Errorf("%q: got %+v, %v; want a fault of kind not_found", name, p, err)
		}
	}
}

func TestGroupsHaveTheirMembers(t *testing.T) {
	t.Parallel()
	d := directory(t)
	if got := d.Groups(); !slices.Equal(got, []string{"shop-owners", "staff"}) {
		t.Errorf("groups %v", got)
	}
	var names []string
	for _, p := range d.Members("shop-owners") {
		names = append(names, p.Name)
	}
	if !slices.Equal(names, []string{"alice", "bob.b-2_x"}) {
		t.Errorf("members %v", names)
	}
	if got := d.Members("unknown"); len(got) != 0 {
		t.Errorf("an unknown group has members %v", got)
	}
}

func TestWhatCallersChangeStaysTheirs(t *testing.T) {
	t.Parallel()
	d := directory(t)
	p, _ := d.Person("alice")
	p.Groups[0], p.Slack[0] = "db-admins", "U0EVE"
	d.Members("staff")[0].Groups[0] = "db-admins"
	if again, _ := d.Person("alice"); again.In("db-admins") || !slices.Contains(again.Slack, "U0ALICE") {
		t.Errorf("the directory was changed from outside: %+v", again)
	}
}

func TestEveryProblemIsReportedAtItsPath(t *testing.T) {
	t.Parallel()
	_, err := NewDirectory([]PersonConfig{
		{Name: "alice", Slack: []string{"U1", "U1"}, Groups: []string{"a", "a"}},
		{Name: ""},
		{Name: "Bob Builder", Email: "bob", Slack: []string{"U1", ""}},
		{Name: "alice", Slack: []string{"@alice"}, Groups: []string{"", "Shop Owners"}},
		{Name: strings.Repeat("x", 65), Email: "a@b <c@d>"},
		{Name: "carol", Email: "carol@example.com"},
		{Name: "carol2", Email: "Carol@Example.com"},
	})
	if err == nil {
		t.Fatal("no problem was found")
	}
	got := strings.Split(err.Error(), "\n")
	for i := range got {
		got[i], _, _ = strings.Cut(got[i], ": ")
	}
	slices.Sort(got)
	want := []string{
		"identity.people[0].groups[1]", "identity.people[0].slack[1]",
		"identity.people[1].name",
		"identity.people[2].email", "identity.people[2].name", "identity.people[2].slack[0]", "identity.people[2].slack[1]",
		"identity.people[3].groups[0]", "identity.people[3].groups[1]", "identity.people[3].name", "identity.people[3].slack[0]",
		"identity.people[4].email", "identity.people[4].name",
		"identity.people[6].email",
	}
	if !slices.Equal(got, want) {
		t.Errorf("paths\n got %q\nwant %q", got, want)
	}
}

func TestNobodyIsADirectoryToo(t *testing.T) {
	t.Parallel()
	d, err := NewDirectory(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Groups(); len(got) != 0 {
		t.Errorf("groups %v", got)
	}
}
