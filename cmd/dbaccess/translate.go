package main

import (
	"fmt"
	"strings"
	"time"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/credentials/postgres"
	"dbaccess/guardrails"
	"dbaccess/internal/config"
	"dbaccess/internal/fault"
)

// This file says in the words of each package what the config says in its own.

// runOverhead is what a run may take beside its statement: a credential is made,
// what waited for the commit is done, and the outcome stored. One that takes
// longer is not believed in any more; should it be alive, it cannot commit.
const runOverhead = 90 * time.Second

// databases returns what approvals need to know of each database.
func databases(c config.Config) []approvals.Database {
	list := make([]approvals.Database, 0, len(c.Databases))
	for _, d := range c.Databases {
		db := approvals.Database{Name: d.Name, Tags: d.Tags, RowBound: d.Statements.RowBound, RunWithin: d.Statements.Timeout + runOverhead}
		for _, p := range d.Profiles {
			db.Profiles = append(db.Profiles, approvals.Profile{
				Name: p.Name, Max: p.Max, Default: p.Default, Masked: len(p.MaskedSchemas) > 0,
				Settings: pinned(p),
			})
		}
		for _, r := range d.Statements.Runs {
			run := approvals.Run{Profile: r.Profile}
			for _, k := range r.Kinds {
				run.Kinds = append(run.Kinds, guardrails.Kind(k))
			}
			db.Runs = append(db.Runs, run)
		}
		list = append(list, db)
	}
	return list
}

// pinned are the session settings that decide what a statement's text means:
// they are part of what reviewers approve.
func pinned(p config.Profile) []approvals.Setting {
	path := searchPath(p)
	for i, s := range path {
		path[i] = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return []approvals.Setting{
		{Name: "search_path", Value: strings.Join(path, ", ")},
		{Name: "standard_conforming_strings", Value: "on"},
	}
}

// findDatabase is how approvals look a database up.
func findDatabase(list []approvals.Database) func(string) (approvals.Database, error) {
	return func(name string) (approvals.Database, error) {
		var known []string
		for _, d := range list {
			if d.Name == name {
				return d, nil
			}
			known = append(known, d.Name)
		}
		return approvals.Database{}, fault.New(fault.NotFound,
			fmt.Sprintf("There is no database named %q.", name), "Known: "+strings.Join(known, ", ")+".")
	}
}

// targets returns what the issuer and the monitor need to know.
func targets(c config.Config) ([]postgres.Target, error) {
	var list []postgres.Target
	for _, d := range c.Databases {
		issuer := ""
		if d.Issuer == "postgres" {
			var err error
			if issuer, err = d.IssuerURL.Read(); err != nil {
				return nil, fmt.Errorf("database %s: issuer_url: %w", d.Name, err)
			}
		}
		monitor, err := d.MonitorURL.Read()
		if err != nil {
			return nil, fmt.Errorf("database %s: monitor_url: %w", d.Name, err)
		}
		t := postgres.Target{
			Name: d.Name, Host: d.Host, Port: d.Port, Database: d.DBName, SSLMode: d.SSLMode,
			IssuerURL: credentials.NewSecret(issuer), MonitorURL: credentials.NewSecret(monitor),
		}
		for _, p := range d.Profiles {
			t.Profiles = append(t.Profiles, postgres.Profile{
				Name: p.Name, Roles: p.Roles, SearchPath: p.SearchPath, ReadOnly: p.ReadOnly,
				StatementTimeout: p.StatementTimeout, IdleTimeout: p.IdleTimeout, ConnectionLimit: p.ConnectionLimit,
				MaskedSchemas: p.MaskedSchemas,
			})
		}
		if d.Issuer == "vault" {
			t.IssuerRole = vaultRole
		}
		list = append(list, t)
	}
	return list, nil
}
