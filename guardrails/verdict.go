package guardrails

// Kind says what a statement does, in order of gravity: a text's kind is the
// gravest of its statements'. DESIGN: read < session < write < ddl < privilege <
// admin < unknown.
type Kind string

// The kinds.
const (
	Read      Kind = "read"      // nothing changes anywhere
	Session   Kind = "session"   // only this session changes
	Write     Kind = "write"     // data, sequences, large objects, row locks, notifications
	DDL       Kind = "ddl"       // objects are made, altered or dropped
	Privilege Kind = "privilege" // roles, grants, ownership, policies
	Admin     Kind = "admin"     // code, files, other sessions or servers, the server itself
	Unknown   Kind = "unknown"   // not parseable, not resolvable, or out of bounds
)

// Level says how much a person should worry.
type Level string

// The levels. Only Low may run without a person.
const (
	Low      Level = "low"      // no effect outside its own session, and no cost worth a thought
	Medium   Level = "medium"   // an effect or a cost that a person should know of
	High     Level = "high"     // changes or exposes a lot, or cannot be undone
	Critical Level = "critical" // reaches outside the database, the server or the caller's rights
)

// Finding is one thing a rule has to say about a text.
type Finding struct {
	Rule    string `json:"rule"` // stable: "GR001"
	Level   Level  `json:"level"`
	Message string `json:"message"` // what, as a sentence
	Hint    string `json:"hint"`    // what to do instead; may be empty
	Start   int    `json:"start"`   // byte offset of the offending text
	End     int    `json:"end"`     // byte offset behind it
}

// Verdict is what guardrails say of a text.
type Verdict struct {
	Kind       Kind      `json:"kind"`
	Level      Level     `json:"level"`
	Findings   []Finding `json:"findings"`   // gravest first; never nil
	Statements int       `json:"statements"` // how many; 0 if it could not be parsed
	Relations  []string  `json:"relations"`  // as written, schema-qualified where the text was; sorted
	Functions  []string  `json:"functions"`  // likewise

	// Touches tells which columns of which relations are read and written, as far
	// as the catalog lets them be told apart.
	Touches []Touch `json:"touches,omitempty"`
}
