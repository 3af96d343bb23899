package postgres_test

import (
	"testing"
	"time"

	"dbaccess/credentials"
)

func TestTheMonitorSeesWhatTheSweepAsks(t *testing.T) {
	t.Parallel()
	admin := database(t)
	install, other := newInstall(), newInstall()
	ts := open(t, admin, install)
	super := newSession(t, admin)
	prefix, foreign := credentials.RolePrefix(install), credentials.RolePrefix(other)
	for _, sql := range []string{
		`CREATE ROLE "` + prefix + `a" LOGIN VALID UNTIL '2031-05-06 07:08:09+00'`,
		`CREATE ROLE "` + prefix + `b" LOGIN`,
		`CREATE ROLE "` + prefix + `c" LOGIN VALID UNTIL 'infinity'`,
		`CREATE ROLE "` + prefix + `d" NOLOGIN VALID UNTIL '-infinity'`,
		`CREATE ROLE "` + prefix + `e" NOLOGIN VALID UNTIL '-infinity' IN ROLE "` + prefix + `b"`,
		`CREATE ROLE "` + foreign + `f" LOGIN`,
	} {
		exec(t, super, sql)
	}
	t.Cleanup(func() {
		for _, name := range []string{prefix + "e", prefix + "d", prefix + "c", prefix + "b", prefix + "a", foreign + "f"} {
			exec(t, super, `DROP ROLE "`+name+`"`)
		}
	})
	pass := credentials.NewSecret("once-in-a-test")
	exec(t, super, `ALTER ROLE "`+prefix+`b" PASSWORD '`+pass.Reveal()+`'`)
	login := as(t, admin, prefix+"b", pass)
	one, two := newSession(t, login.Reveal()), newSession(t, login.Reveal())
	defer func() { _, _ = one.Close(t.Context()), two.Close(t.Context()) }()

	names := []string{prefix + "a", prefix + "b", prefix + "c", prefix + "d", prefix + "e", prefix + "gone", foreign + "f"}
	seen, err := ts.Look(t.Context(), "shop", names)
	if err != nil {
		t.Fatal(err)
	}
	long := time.Unix(0, 0)
	want := []credentials.Seen{
		{Role: prefix + "a", Until: time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)},
		{Role: prefix + "b", Sessions: 2},
		{Role: prefix + "c"},
		{Role: prefix + "d", Until: long, Disabled: true},
		{Role: prefix + "e", Until: long}, // it could still do something, as a member
	}
	if len(seen) != len(want) {
		t.Fatalf("it sees %+v", seen)
	}
	for i, w := range want {
		s := seen[i]
		if s.Role != w.Role || !s.Until.Equal(w.Until) || s.Disabled != w.Disabled || s.Sessions != w.Sessions {
			t.Errorf("it sees %+v, want %+v", s, w)
		}
	}
}
