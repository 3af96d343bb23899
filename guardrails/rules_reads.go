package guardrails

import (
	"math"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// The family of reads that cost or expose a lot.
var (
	ruleExport = &Rule{
		ID: "GR080", Name: "export", Kind: Read, Level: Medium, whenRun: true,
		About: "COPY … TO STDOUT hands out rows in bulk.",
		Fires: "COPY orders TO STDOUT",
		Quiet: "SELECT * FROM orders WHERE id = 7",
	}
	ruleSecrets = &Rule{
		ID: "GR081", Name: "server-secrets", Kind: Read, Level: High, whenRun: true,
		About: "The text reads where the server keeps password hashes, connection strings or raw large objects.",
		Fires: "SELECT rolname, rolpassword FROM pg_authid",
		Quiet: "SELECT rolname FROM pg_roles",
	}
	ruleRecursion = &Rule{
		ID: "GR082", Name: "unbounded-recursion", Kind: Read, Level: Medium, whenRun: true,
		About: "A WITH RECURSIVE query has nothing that ends it: its recursive part has no WHERE and joins nothing, and no LIMIT bounds it.",
		Fires: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT * FROM n",
		Quiet: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT * FROM n",
	}
	ruleHuge = &Rule{
		ID: "GR083", Name: "huge-result", Kind: Read, Level: Medium,
		About: "A function makes millions of rows, or a text of many megabytes.",
		Fires: "SELECT count(*) FROM generate_series(1, 1000000000)",
		Quiet: "SELECT count(*) FROM generate_series(1, 1000)",
	}
	ruleWholeTable = &Rule{
		ID: "GR084", Name: "whole-table", Kind: Read, Level: Medium, whenRun: true,
		About:        "The text returns or copies every row of a large table: it has no LIMIT, no aggregate, and no WHERE that chooses.",
		NeedsCatalog: true,
		Fires:        "SELECT * FROM events WHERE id > 0",
		Quiet:        "SELECT * FROM events WHERE user_id = 7",
	}
	ruleCartesian = &Rule{
		ID: "GR085", Name: "cartesian", Kind: Read, Level: Medium, whenRun: true,
		About:        "The query pairs every row of one large table with every row of another: nothing joins them.",
		NeedsCatalog: true,
		Fires:        "SELECT count(*) FROM events e, users u WHERE e.kind = 'open'",
		Quiet:        "SELECT count(*) FROM events e, users u WHERE e.user_id = u.id",
	}
	ruleSensitive = &Rule{
		ID: "GR086", Name: "sensitive-column", Kind: Read, Level: High, whenRun: true,
		About:        "The text reads a sensitive column: in a result, a condition, an order, anywhere.",
		NeedsCatalog: true,
		Fires:        "SELECT name FROM users WHERE email = 'a@example.com'",
		Quiet:        "SELECT name FROM users WHERE id = 7",
	}
)

var readRules = []*Rule{ruleExport, ruleSecrets, ruleRecursion, ruleHuge, ruleWholeTable, ruleCartesian, ruleSensitive}

// Sizes from which a read is worth a thought.
const (
	manyRows  = 100_000
	manyPairs = 10_000_000
	manyMade  = 10_000_000
	manyBytes = 100_000_000
)

// secret is what a table of the server's own holds that ought not be read in
// passing, and in which columns: all of them if none is named.
type secret struct{ what, columns string }

var secretTables = map[string]secret{
	"pg_authid":              {"password hashes", "rolpassword"},
	"pg_shadow":              {"password hashes", "passwd"},
	"pg_user_mapping":        {"passwords for other servers", "umoptions"},
	"pg_user_mappings":       {"passwords for other servers", "umoptions"},
	"pg_subscription":        {"connection strings", "subconninfo"},
	"pg_largeobject":         {"the bytes of large objects", "data"},
	"pg_hba_file_rules":      {"the server's access rules", ""},
	"pg_ident_file_mappings": {"the server's access rules", ""},
	"pg_file_settings":       {"the server's configuration files", ""},
}

// exposure is a use of a table with secrets, judged when the statement's columns
// are known.
type exposure struct {
	secret
	table, alias string
	start, end   int
}

// exposes notes a use of a table with secrets.
func (r *reader) exposes(n *pg.RangeVar) {
	if n.Schemaname != "" && n.Schemaname != "pg_catalog" {
		return
	}
	if s, ok := secretTables[n.Relname]; ok {
		start, end := r.nameRange(n.Location)
		r.exposures = append(r.exposures, exposure{s, n.Relname, n.GetAlias().GetAliasname(), start, end})
	}
}

// exposed reports the tables with secrets whose secret columns the statement
// names, or takes along with all others.
func (r *reader) exposed(statement *pg.Node) {
	if len(r.exposures) == 0 {
		return
	}
	named, last, all := map[string]bool{}, map[string]bool{}, false
	var look func(any)
	look = func(node any) {
		if c, ok := node.(*pg.ColumnRef); ok {
			for _, f := range c.Fields {
				named[f.GetString_().GetSval()] = true
				all = all || f.GetAStar() != nil
			}
			last[lastName(c)] = true // a table's name as a value is its whole row
		}
		eachChild(node, look)
	}
	oneNode(statement, look)
	for _, e := range r.exposures {
		if all || e.columns == "" || named[e.columns] || last[e.table] || e.alias != "" && last[e.alias] {
			r.report(ruleSecrets, High, e.start, e.end, "The table "+e.table+" holds "+e.what+".", "Name the columns you need; pg_roles shows roles without passwords.")
		}
	}
	r.exposures = r.exposures[:0]
}

// number returns the value of a numeric constant, cast or signed or not.
func number(n *pg.Node) (float64, bool) {
	switch v := inner(n).(type) {
	case *pg.A_Const:
		switch c := v.Val.(type) {
		case *pg.A_Const_Ival:
			return float64(c.Ival.GetIval()), true
		case *pg.A_Const_Fval:
			f, err := strconv.ParseFloat(c.Fval.GetFval(), 64)
			return f, err == nil && !math.IsNaN(f)
		}
	case *pg.TypeCast:
		return number(v.Arg)
	case *pg.A_Expr:
		if v.Lexpr == nil && len(v.Name) == 1 && v.Name[0].GetString_().GetSval() == "-" {
			f, ok := number(v.Rexpr)
			return -f, ok
		}
	}
	return 0, false
}
