package approvals

import (
	"encoding/hex"
	"fmt"
	"time"
)

// asked is what the record keeps of a revision: all of its terms, the verdict
// and the route. The whole statement stands here and nowhere else in the log.
func (st *step) asked() map[string]any {
	r := st.r
	details := map[string]any{
		"kind": string(r.Kind), "profile": r.Profile, "reason": r.Reason, "revision": r.Revision, "digest": r.Digest.String(),
		"outcome": string(r.Route.Outcome), "rule": r.Route.Rule, "policy": r.Route.Version, "seats": seatWords(r.Route.Seats),
	}
	if r.Job != nil {
		r.jobDetails(details)
	}
	if r.Kind == Access {
		details["duration_seconds"] = int64(r.Duration / time.Second)
		return details
	}
	details["statement"] = r.Statement
	details["params"] = append([]string{}, r.Params...)
	details["row_bound"] = r.RowBound
	if len(r.ResultKey) > 0 {
		details["result_key"] = hex.EncodeToString(r.ResultKey)
	}
	details["verdict_kind"], details["verdict_level"] = string(r.Verdict.Kind), string(r.Verdict.Level)
	found, settings := []string{}, []string{}
	for _, f := range r.Verdict.Findings {
		found = append(found, f.Rule)
	}
	for _, set := range r.Settings {
		settings = append(settings, set.Name+" = "+set.Value)
	}
	details["findings"], details["settings"] = found, settings
	return details
}

// jobDetails is what the record keeps of a job: all of its terms, and how the
// files were judged. Their texts are kept under their hashes.
func (r Request) jobDetails(details map[string]any) {
	j := r.Job
	claims, files := []string{}, []string{}
	for _, c := range j.Claims {
		claims = append(claims, c.Name+" = "+c.Value)
	}
	for i, f := range j.Files {
		files = append(files, fmt.Sprintf("%s %s %d %s %s", f.SHA256, f.Path, f.Bytes, r.Verdicts[i].Kind, r.Verdicts[i].Level))
	}
	details["claims"], details["files"] = claims, files
	if j.Rows != nil {
		details["rows_min"], details["rows_max"] = j.Rows.Min, j.Rows.Max
		details["rows_estimated"] = int64(max(r.Impact.Rows, -1))
	}
	if j.Schedule != "" {
		details["schedule"], details["window_seconds"] = j.Schedule, int64(j.Window/time.Second)
	}
	if j.Commit != "" {
		details["commit"] = j.Commit
	}
	if r.Differs != "" {
		details["differs"] = r.Differs
	}
}
