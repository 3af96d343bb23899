package target

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// refused checks that every way that the setup leaves open was named, with what
// closes it.
func (f *fortress) refused(t *testing.T, gaps []Gap) {
	t.Helper()
	for _, on := range []string{
		"table crm.customer", "table hr.payroll", "REFERENCES, TRIGGER on table public.people", "sequence crm.counter", "table pg_catalog.pg_largeobject",
		"SELECT (stavalues1) on table pg_catalog.pg_statistic", "pg_read_file(text)", "crm.find_customer(integer)", "crm.shown(public.handle)", "public.lookup(integer)",
		"public.readable(text)", "public.gathered(integer)", "CREATE on schema api", "large object 777001", "parameter lo_compat_privileges", "foreign server loop",
		"foreign data wrapper postgres_fdw", "public.dblink(text) and ", "tables that postgres makes in hr",
	} {
		if !slices.ContainsFunc(gaps, func(g Gap) bool { return strings.Contains(g.What, on) && g.Fix != "" }) {
			t.Errorf("nobody is told of %s", on)
		}
	}
	if len(gaps) != 19 {
		t.Errorf("%d ways are named, want 19: %v", len(gaps), gaps)
	}
}

// tells checks that what cannot be closed is noted.
func (f *fortress) tells(t *testing.T, notes ...string) {
	t.Helper()
	gaps := f.state(t).Gaps
	for _, note := range notes {
		if !slices.ContainsFunc(gaps, func(g Gap) bool { return g.Noted && strings.Contains(g.What, note) }) {
			t.Errorf("no note tells of: %s; %v", note, gaps)
		}
	}
}

func TestAMintedReaderGetsNoRawValueByAnyAttack(t *testing.T) {
	t.Parallel()
	onEachVersion(t, func(t *testing.T, f *fortress) {
		err := MaskApply{Plan: planTown(t, f.admin), Target: f.target}.Apply(t.Context(), f.admin)
		if gaps, ok := errors.AsType[*ErrGaps](err); !ok {
			t.Fatalf("an apply goes through beside open ways: %v", err)
		} else {
			f.refused(t, gaps.Gaps)
		}
		f.mask(t)
		f.credential(t)
		list := attacks(t)
		n := f.mounts(t, list)
		t.Logf("PostgreSQL %s: %d attacks, %d statements", f.admin.PgConn().ParameterStatus("server_version"), len(list), n)
		for _, g := range f.state(t).Gaps {
			if !g.Noted {
				t.Errorf("open after the attacks: %s", g.What)
			}
		}
		f.tells(t, "in the comment on table crm.customer, the constraint signup_email_check of crm.signup, the default of crm.signup.phone, the function hr.boss(), the index crm.vip.",
			"these notify: crm.tell()", "Row security of hr.document goes by a setting", "Readers do not see crm.over_mixed: it is built on crm.mixed_view, which asks for its reader's own rights", "app.master_key", "connect to other databases", "crm.chatty_view, crm.failing_view")
	})
}
