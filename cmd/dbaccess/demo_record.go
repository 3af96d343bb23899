package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"dbaccess/audit"
	"dbaccess/internal/store"
)

func (p *script) events(ctx context.Context) ([]string, error) {
	g, err := p.grant(ctx)
	if err != nil {
		return nil, err
	}
	records := map[int64]audit.Record{}
	for _, f := range []store.EventFilter{{Request: string(p.request)}, {Grant: string(g.ID)}} {
		list, err := p.core.store.Events(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			records[r.Seq] = r
		}
	}
	want := []audit.Type{
		audit.RequestSubmitted, audit.ReviewRefused, audit.ReviewGiven, audit.RequestApproved, audit.GrantOpened,
		audit.CodeIssued, audit.CodeUsed, audit.LeaseIntended, audit.LeaseMinted, audit.GrantEnding, audit.GrantEnded,
	}
	var lines []string
	seen := map[audit.Type]bool{}
	for _, seq := range slices.Sorted(maps.Keys(records)) {
		e, err := audit.Parse(records[seq].Body)
		if err != nil {
			return lines, err
		}
		seen[e.Type] = true
		lines = append(lines, fmt.Sprintf("%s  %-18s %s", e.At.Local().Format("15:04:05.000"), e.Type, e.Actor))
	}
	for _, t := range want {
		if !seen[t] {
			return lines, fmt.Errorf("there is no event %s", t)
		}
	}
	return lines, nil
}

func (p *script) verify(ctx context.Context) ([]string, error) {
	report, err := p.core.store.VerifyLog(ctx)
	if err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("%d events, none changed, missing or moved", report.Count)}, nil
}
