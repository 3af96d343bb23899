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
		{Name: "alice", Email: "Alice@example.com", Slack: []string{"U0ALICE", "W0ALICE2"}, Groups: []string{"staff", "shop-owners"}, Logins: []string{"github:Alice-GH", "corp:f:1:a"}},
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

func TestPeopleAreFoundByWhoTheyAreElsewhere(t *testing.T) {
	t.Parallel()
	d := directory(t)
	for _, email := range []string{"alice@example.com", "ALICE@EXAMPLE.COM"} {
		if p, err := d.ByEmail(email); err != nil || p.Name != "alice" {
			t.Errorf("%s is %+v, %v", email, p, err)
		}
	}
	for _, c := range []struct{ issuer, login string }{{"github", "Alice-GH"}, {"corp", "f:1:a"}} {
		if p, err := d.ByLogin(c.issuer, c.login); err != nil || p.Name != "alice" {
			t.Errorf("%v is %+v, %v", c, p, err)
		}
	}
	if p, err := d.ByAccount("github", "alice-gh"); err != nil || p.Name != "alice" {
		t.Errorf("the account in other letters is %+v, %v", p, err)
	}
	// The sign of the kelvin is a K to Unicode, and a mailbox of somebody else's.
	k, err := NewDirectory([]PersonConfig{{Name: "kate", Email: "Kate@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := k.ByEmail("kATE@Example.com"); err != nil || p.Name != "kate" {
		t.Errorf("kate is %+v, %v", p, err)
	}
	for name, find := range map[string]func() (Principal, error){
		"no e-mail":                  func() (Principal, error) { return d.ByEmail("") },
		"an e-mail of nobody":        func() (Principal, error) { return d.ByEmail("eve@example.com") },
		"an e-mail with another K":   func() (Principal, error) { return k.ByEmail("\u212Aate@example.com") },
		"a log-in in other letters":  func() (Principal, error) { return d.ByLogin("github", "alice-gh") },
		"a log-in elsewhere":         func() (Principal, error) { return d.ByLogin("corp", "Alice-GH") },
		"a log-in cut elsewhere":     func() (Principal, error) { return d.ByLogin("corp:f", "1:b") },
		"an account elsewhere":       func() (Principal, error) { return d.ByAccount("gitlab", "Alice-GH") },
		"no account":                 func() (Principal, error) { return d.ByAccount("github", "") },
		"an account with more to it": func() (Principal, error) { return d.ByAccount("github", "Alice-GH ") },
	} {
		if p, err := find(); !errors.Is(err, ErrNobody) || p.Name != "" {
			t.Errorf("%s: got %+v, %v", name, p, err)
		}
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
		{Name: "dave", Logins: []string{"github:dave", "GitHub:dave", "github:", "dave", "github: dave", ":dave"}},
		{Name: "erin", Logins: []string{"github:Dave"}},
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
		"identity.people[7].logins[1]", "identity.people[7].logins[2]", "identity.people[7].logins[3]", "identity.people[7].logins[4]", "identity.people[7].logins[5]",
		"identity.people[8].logins[0]",
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
