package main

import (
	"strings"
	"testing"
	"time"

	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
	"dbaccess/internal/login"
)

func TestABandOfRowsIsReadInBothSpellings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]v1.Band{
		"10-500": {Min: 10, Max: 500}, "10..500": {Min: 10, Max: 500}, "500": {Max: 500}, "0-0": {},
	} {
		if got, err := readBand(text); err != nil || got != want {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "-", "..", "500-10", "-5", "1-2-3", "1..2..3", "1...2", "many"} {
		if got, err := readBand(text); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
}

func TestWhoAmIStandsInColumnsAndSaysWhoStartedAJob(t *testing.T) {
	t.Parallel()
	me := v1.WhoAmI{ID: "service:nightly", For: "alice", Groups: []string{"batch"}, Claims: map[string]string{"repository": "acme/shop", "workflow_ref": "w"}}
	me.Token.ID, me.Token.Audience, me.Token.Expires = "tok_1", "dbaccess", time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var out strings.Builder
	if err := printWhoAmI(&out, "table", "https://dbaccess.example.com", me); err != nil {
		t.Fatal(err)
	}
	want := `service:nightly at https://dbaccess.example.com
  started by    alice
  groups        batch
  repository    acme/shop
  workflow_ref  w
  token         tok_1, for dbaccess, until 2026-11-21T12:00:00Z
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
}

func TestAPersonsStatusSaysWhichAgentAsked(t *testing.T) {
	t.Parallel()
	for asker, want := range map[string]string{
		"alice": "  one statement on shop: denied\n", "claude@alice": "  claude@alice: one statement on shop: denied\n",
	} {
		var out strings.Builder
		if err := printStatus(&out, v1.Request{ID: "req_1", Requester: asker, Kind: "statement", Database: "shop", State: "denied"}, nil); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(out.String(), want) {
			t.Errorf("%s: %q", asker, &out)
		}
	}
}

func TestAnAgentOfNobodySignedInIsToldWhereItsTokenCanBeNamed(t *testing.T) {
	t.Parallel()
	m := machine{env: func(string) string { return "" }, keep: login.Keep{Dir: t.TempDir()}}
	_, err := m.agentToken("https://dbaccess.example.com", "claude")
	if f := fault.Show(err); f.Kind != fault.Denied || !strings.Contains(f.Hint, "login --agent claude") || !strings.Contains(f.Hint, "$DBACCESS_TOKEN_FILE") {
		t.Errorf("got %v", err)
	}
}
