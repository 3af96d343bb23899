package target

import (
	"strings"
	"testing"
	"time"

	"dbaccess/credentials"
)

func TestWhatOpensRawRowsIsSeenBeforeTheNextCredential(t *testing.T) {
	t.Parallel()
	url, conn := town(t)
	target := readerOf(t, conn)
	guard := &MaskGuard{URLs: map[string]func() (credentials.Secret, error){"town": func() (credentials.Secret, error) { return credentials.NewSecret(url), nil }}}
	t.Cleanup(guard.Close)
	ways := func() string {
		t.Helper()
		list, err := guard.Ways(t.Context(), "town", target.Readers(), []string{"masked_town"})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(list, " ")
	}
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	exec("GRANT SELECT ON town.people TO PUBLIC")
	if got := ways(); got != "" {
		t.Errorf("before there are masks: %s", got)
	}
	if err := (MaskApply{Plan: planTown(t, conn), Target: target, ClosePublic: true}).Apply(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	if got := ways(); got != "" {
		t.Errorf("after an apply: %s", got)
	}
	group := "group_" + conn.Config().Database
	for _, c := range []struct{ open, close, says string }{
		{"GRANT SELECT ON town.people TO PUBLIC", "REVOKE SELECT ON town.people FROM PUBLIC", "Everybody (PUBLIC) has SELECT on table town.people."},
		{"GRANT SELECT (pay_null) ON town.people TO " + target.Reader, "REVOKE SELECT (pay_null) ON town.people FROM " + target.Reader, "has SELECT on table town.people."},
		{"CREATE ROLE " + group + "; GRANT " + group + " TO " + target.Reader, "DROP ROLE " + group, "is a member of " + group},
		{"CREATE ROLE " + group + "; GRANT dbaccess_mask_owner TO " + group, "DROP ROLE " + group, group + " is a member of dbaccess_mask_owner"},
		{"CREATE FUNCTION public.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM town.people'", "DROP FUNCTION public.peek()", "EXECUTE on routine public.peek()"},
		{"GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC", "REVOKE EXECUTE ON FUNCTION pg_read_file(text) FROM PUBLIC", "pg_read_file(text)"},
		{"SELECT lo_create(4712); GRANT SELECT ON LARGE OBJECT 4712 TO PUBLIC", "SELECT lo_unlink(4712)", "large object 4712"},
		{"ALTER ROLE " + target.Reader + " BYPASSRLS", "ALTER ROLE " + target.Reader + " NOBYPASSRLS", "bypasses row security"},
		{"GRANT SELECT ON pg_statistic TO PUBLIC", "REVOKE SELECT ON pg_statistic FROM PUBLIC", "pg_statistic"},
	} {
		exec(c.open)
		if got := ways(); !strings.Contains(got, c.says) {
			t.Errorf("%s: %q", c.open, got)
		}
		exec(c.close)
		if got := ways(); got != "" {
			t.Errorf("%s: %q", c.close, got)
		}
	}
	began := time.Now()
	const looks = 20
	for range looks {
		ways()
	}
	t.Logf("one look takes %s", time.Since(began)/looks)
}
