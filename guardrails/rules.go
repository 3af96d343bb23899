package guardrails

// Rule is one thing that guardrails look for in a text. Its ID is stable: it may
// be written into policies and reports, and is never given to another rule.
type Rule struct {
	ID    string
	Name  string
	Kind  Kind  // what a text is at least of that the rule fires on; empty if the rule does not say
	Level Level // the level it usually fires with
	About string
	Fires string // an example that it fires on
	Quiet string // one that looks alike and that it does not fire on

	// NeedsCatalog is true for a rule that cannot fire without a [Catalog]. Its
	// examples are for exampleCatalog.
	NeedsCatalog bool

	// below is set on rules about what cannot be resolved: they make a statement
	// unknown if its kind is less than this. A CREATE TABLE with a column of an
	// unknown type is still DDL.
	below Kind

	// whenRun is true for a rule about what happens when a statement is run. It
	// does not hold for a statement that EXPLAIN merely plans.
	whenRun bool
}

// Rules returns all rules in the order of their ids.
func Rules() []*Rule {
	var all []*Rule
	for _, family := range [][]*Rule{
		textRules, rowRules, objectRules, lockRules, privilegeRules, codeRules,
		serverRules, sessionRules, functionRules, readRules,
	} {
		all = append(all, family...)
	}
	return all
}

// exampleCatalog is what the examples of rules that need a catalog are about.
var exampleCatalog = &Catalog{
	SearchPath: []string{"public"},
	Tables: []Table{
		{Schema: "public", Name: "events", Rows: 5_000_000, Columns: []Column{
			{Name: "id", Type: "bigint", NotNull: true}, {Name: "user_id", Type: "integer"}, {Name: "kind", Type: "text"},
		}},
		{Schema: "public", Name: "users", Rows: 200_000, Columns: []Column{
			{Name: "id", Type: "integer", NotNull: true}, {Name: "name", Type: "text"}, {Name: "email", Type: "text", Sensitive: true, Entity: "email"},
		}},
	},
}
