package guardrails

import (
	"sync/atomic"
	"time"
)

// Catalog is what is known of the database that a text is meant for. It is a
// plain value with a JSON form, so that it can be read from a live database,
// kept and used offline. A nil Catalog means that nothing is known; verdicts
// are then more careful about functions and types, and silent about sizes.
//
// What a catalog does not list does not exist to it: a call of a function that
// neither PostgreSQL nor the catalog has is unknown. What is read of a definition
// that it gives is read as PostgreSQL deparses it under an empty search_path
// (search_path set to nothing before reading it), so that every name in
// it that is not PostgreSQL's own is qualified.
//
// A Catalog must not be changed once it was given to [Classify].
type Catalog struct {
	ServerVersion int       `json:"server_version,omitempty"` // server_version_num, such as 150017
	ReadAt        time.Time `json:"read_at,omitzero"`

	// SearchPath is the schemas in which bare names are looked for, in order, as
	// current_schemas(false) has it for the role that will run the text.
	// pg_catalog comes before them unless it is named. If it is empty the path is
	// not known, and a bare name may mean any schema's.
	SearchPath []string `json:"search_path,omitempty"`

	Tables    []Table    `json:"tables"`
	Functions []Function `json:"functions"`           // those outside pg_catalog and information_schema
	Types     []Type     `json:"types"`               // likewise
	Operators []Operator `json:"operators,omitempty"` // likewise
	Casts     []Cast     `json:"casts,omitempty"`     // those that initdb did not make: oid >= 16384

	index atomic.Pointer[catalogIndex] // built at first use
}

// Table is a table, view or foreign table outside PostgreSQL's own schemas.
type Table struct {
	Schema     string      `json:"schema"`
	Name       string      `json:"name"`
	Kind       string      `json:"kind,omitempty"`  // "table" (or empty), "partitioned", "view", "matview", "foreign" or "sequence"
	Rows       float64     `json:"rows"`            // estimated; negative if never analyzed
	Bytes      int64       `json:"bytes,omitempty"` // with indexes and TOAST
	Columns    []Column    `json:"columns"`         // in order
	Definition string      `json:"definition,omitempty"`
	RowRules   []TableRule `json:"rules,omitempty"`    // CREATE RULE's, not a view's own _RETURN
	Triggers   []Trigger   `json:"triggers,omitempty"` // enabled ones, not those of constraints
	Policies   []Policy    `json:"policies,omitempty"` // of row security, if it is enabled
	Extension  string      `json:"extension,omitempty"`
}

// Column is a column of a table.
type Column struct {
	Name      string `json:"name"`
	Type      string `json:"type,omitempty"` // as format_type has it
	NotNull   bool   `json:"not_null,omitempty"`
	Default   string `json:"default,omitempty"`   // the expression, of generated columns too
	Sensitive bool   `json:"sensitive,omitempty"` // by masking's judgement
	Entity    string `json:"entity,omitempty"`    // what masking takes it for: "email", "iban", …
}

// TableRule is a rewrite rule on a table or view.
type TableRule struct {
	Name       string `json:"name"`
	Event      string `json:"event"` // "insert", "update" or "delete"
	Definition string `json:"definition,omitempty"`
}

// Trigger is a trigger on a table or view.
type Trigger struct {
	Name     string `json:"name"`
	Event    string `json:"event"`    // "insert", "update", "delete", "truncate", joined by " or "
	Function string `json:"function"` // schema.name, as stored, without quotes
}

// Policy is a row security policy.
type Policy struct {
	Name    string `json:"name"`
	Command string `json:"command"`         // "select", "insert", "update", "delete" or "all"
	Using   string `json:"using,omitempty"` // the expressions
	Check   string `json:"check,omitempty"`
}

// Function is a function, aggregate or procedure outside pg_catalog.
type Function struct {
	Schema          string   `json:"schema"`
	Name            string   `json:"name"`
	Args            int      `json:"args"`                // how many it takes at most: pronargs
	Optional        int      `json:"optional,omitempty"`  // how many of these have defaults
	Variadic        bool     `json:"variadic,omitempty"`  // the last one may be repeated
	ArgTypes        []string `json:"arg_types,omitempty"` // proargtypes, as format_type has them
	ReturnType      string   `json:"return_type,omitempty"`
	Volatility      string   `json:"volatility"`     // "immutable", "stable" or "volatile"
	Language        string   `json:"language"`       // "sql", "plpgsql", "c", "internal", …
	Body            string   `json:"body,omitempty"` // prosrc of one in sql or plpgsql; else pg_get_function_sqlbody's
	Procedure       bool     `json:"procedure,omitempty"`
	Aggregate       bool     `json:"aggregate,omitempty"`
	SecurityDefiner bool     `json:"security_definer,omitempty"`
	Settings        []string `json:"settings,omitempty"` // proconfig: "search_path=app"

	// Support names the functions that run along with this one, as schema.name,
	// as stored, without quotes: of an aggregate its transition, final, combine,
	// (de)serialize and moving functions.
	Support   []string `json:"support,omitempty"`
	Extension string   `json:"extension,omitempty"` // the one that it belongs to
}

// Type is a type outside pg_catalog. The types of tables' rows and of arrays
// need not be listed.
type Type struct {
	Schema    string `json:"schema"`
	Name      string `json:"name"`
	Kind      string `json:"kind"`                // "enum", "composite", "range", "multirange", "domain", "base" or "pseudo"
	BaseType  string `json:"base_type,omitempty"` // of a domain, as format_type has it
	Check     string `json:"check,omitempty"`     // of a domain: its constraints' expressions, joined by AND
	Extension string `json:"extension,omitempty"`
}

// Operator is an operator outside pg_catalog.
type Operator struct {
	Schema    string `json:"schema"`
	Name      string `json:"name"`
	Left      string `json:"left,omitempty"` // empty for a prefix operator
	Right     string `json:"right"`
	Function  string `json:"function"` // schema.name, as stored, without quotes
	Extension string `json:"extension,omitempty"`
}

// Cast is a cast between types that PostgreSQL does not bring.
type Cast struct {
	Source    string `json:"source"` // as format_type has them
	Target    string `json:"target"`
	Function  string `json:"function,omitempty"` // schema.name; empty if it runs none
	Context   string `json:"context"`            // "implicit", "assignment" or "explicit"
	Extension string `json:"extension,omitempty"`
}
