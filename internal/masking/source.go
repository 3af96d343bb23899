package masking

import "context"

// Source is a database to be looked at. Its methods read, within bounds of their
// own, and change nothing.
type Source interface {
	// Relations returns every relation with columns outside the server's own
	// schemas and outside the masked ones, with all their columns.
	Relations(ctx context.Context) ([]Relation, error)
	// Sample returns up to n rows of a relation, in the order of columns, spread
	// over the whole relation where that is cheap. An error says that it could not
	// be sampled: its columns are then masked by type and name alone.
	Sample(ctx context.Context, rel *Relation, columns []string, n int) (Sample, error)
}

// RelationKind is what a relation is.
type RelationKind string

// The kinds of relation, by pg_class.relkind.
const (
	Table            RelationKind = "table"       // r
	PartitionedTable RelationKind = "partitioned" // p
	View             RelationKind = "view"        // v
	MatView          RelationKind = "matview"     // m
	ForeignTable     RelationKind = "foreign"     // f
)

// Name is a relation's name.
type Name struct {
	Schema string `json:"schema"`
	Table  string `json:"table"`
}

// Relation is a table, view, materialized view or foreign table.
type Relation struct {
	Name
	Kind        RelationKind
	Owner       string
	Comment     string
	Rows        float64 // estimated; negative if never analyzed
	Columns     []Column
	Parents     []Name // of an inheriting or partition table
	RowSecurity bool
	Definition  string // of a view or materialized view
	Formulas    string // of the generated columns, in their order
	// CallsCode says that reading this view runs functions of somebody's own, which
	// would have the rights of whoever plans: it is judged without a sample. They
	// could print what they are given, so it gets no masked view either.
	CallsCode bool
	// Fails says that reading it ended with an error about one of its values, as a
	// view or a virtual generated column with a cast can. The error's text prints the
	// value, whatever the mask.
	Fails bool
	// Invoker says that this view asks for its reader's own rights on what is behind
	// it, of which there are none: its masked view is made of its definition.
	Invoker bool
	// Out says why no masked view of it can be made, a clause about Fix, the SQL that
	// somebody else would run. Empty = one can.
	Out, Fix string
	// Given and SchemaGiven say that the views' owner has the rights on it and on its
	// schema already, and that whoever plans could not give them.
	Given, SchemaGiven bool
}

// Column is one column as the catalog describes it.
type Column struct {
	Name       string
	Number     int16 // attnum
	Type       Type
	NotNull    bool
	Unique     bool // a primary key or unique index of this column alone
	PrimaryKey bool // part of the primary key
	References []ColumnRef
	// From are the columns that this one is computed from: those of a generated
	// column, and of a view's or materialized view's relations by the catalog's
	// dependencies (which name the relation's columns, not this column's own).
	From      []ColumnRef
	Generated bool
	Comment   string
	Default   string // the text of its default, or empty
}

// ColumnRef names a column elsewhere.
type ColumnRef struct {
	Name
	Column string `json:"column"`
}

// TypeKind is pg_type.typtype in words, of the type below domains and arrays.
type TypeKind string

// The kinds of type.
const (
	BaseType      TypeKind = "base"
	EnumType      TypeKind = "enum"
	CompositeType TypeKind = "composite"
	RangeType     TypeKind = "range" // and multirange
	PseudoType    TypeKind = "pseudo"
)

// Type is a column's type, as far as a mask has to keep it.
type Type struct {
	Name   string   // below domains, as format_type writes it: "character varying(40)", "crm.mood[]"
	Base   string   // without modifier, of an array its element's, unquoted: "character varying", "mood"
	Schema string   // of Base: "pg_catalog", "crm"
	Kind   TypeKind // of Base
	Array  bool
	Length int       // of varchar(n) and char(n): n; else 0
	Domain ColumnRef // the domain it was declared with: Schema and Column (its name); else empty
	Labels []string  // of an enum
	Fields []Field   // of a composite
}

// Field is one field of a composite type.
type Field struct {
	Name string
	Type string // as format_type writes it
}

// Sample is some rows of a relation, as text (the server's own output).
type Sample struct {
	Rows     [][]Cell
	Complete bool // these are all the rows there are
}

// Cell is one value of a sample. Text is cut at a bound of the Source's.
type Cell struct {
	Text string
	Null bool
	Cut  bool
}
