package target

import (
	"fmt"
	"testing"

	"dbaccess/internal/masking"
)

// TestTheMessyDatabasesAreUnderstood measures detection on labelled columns. The
// bounds are those that masking promises; what is missed is printed.
func TestTheMessyDatabasesAreUnderstood(t *testing.T) {
	t.Parallel()
	for name, db := range map[string]struct {
		url               func(testing.TB) string
		labels            string
		recall, precision float64
	}{
		"messy": {messy, messyLabels, .98, .93}, "messy2": {messy2, messy2Labels, .98, .93},
		"messy3": {messy3, messy3Labels, .95, .88}, "messy4": {messy4, messy4Labels, .95, .88},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, err := masking.Detect(t.Context(), maskSource(t, db.url(t)), masking.Options{})
			if err != nil {
				t.Fatal(err)
			}
			measure(t, plan, labelsIn(db.labels), db.recall, db.precision)
		})
	}
}

func TestDatabasesThatOthersWroteAreUnderstood(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"messy5", "messy6", "messy7", "messy8", "messy9"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, labels := otherMessy(t, name)
			plan, err := masking.Detect(t.Context(), maskSource(t, url), masking.Options{})
			if err != nil {
				t.Fatal(err)
			}
			measure(t, plan, labelsIn(labels), .95, .88)
		})
	}
}

func measure(t *testing.T, plan *masking.Plan, labels []messyLabel, wantRecall, wantPrecision float64) {
	t.Helper()
	found := map[[3]string]masking.Finding{}
	for _, f := range plan.Findings {
		found[[3]string{f.Schema, f.Table, f.Column}] = f
	}
	if len(found) != len(labels) {
		t.Errorf("%d columns are judged, %d are labelled", len(found), len(labels))
	}
	var hit, missed, alarm int
	for _, l := range labels {
		f, ok := found[[3]string{l.schema, l.table, l.column}]
		name := fmt.Sprintf("%s.%s.%s", l.schema, l.table, l.column)
		switch {
		case !ok:
			t.Errorf("%s is not judged", name)
		case l.label == "s" && f.Sensitive:
			hit++
		case l.label == "s":
			missed++
			t.Logf("missed  %-40s %-16s %.2f %s", name, l.entity, f.Confidence, f.Why)
		case l.label == "n" && f.Sensitive:
			alarm++
			t.Logf("alarm   %-40s %-16s %.2f %s", name, f.Entity, f.Confidence, f.Why)
		}
	}
	recall, precision := float64(hit)/float64(hit+missed), float64(hit)/float64(hit+alarm)
	t.Logf("recall %.3f precision %.3f", recall, precision)
	if recall < wantRecall || precision < wantPrecision {
		t.Errorf("recall %.3f, precision %.3f; want %.2f and %.2f", recall, precision, wantRecall, wantPrecision)
	}
}
