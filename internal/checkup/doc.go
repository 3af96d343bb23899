// Package checkup is how a package says whether what it depends on is as it
// should be: checks that can be run one by one, each with a bound on its time,
// and what they find, in sentences for operators.
//
//	Check{Name, Look} ──Look(ctx)──▶ []Finding{Level, Sentence, Do}
//
// A check looks and changes nothing. What it finds names no secret. The package
// knows nothing of what is looked at, and runs nothing itself.
package checkup
