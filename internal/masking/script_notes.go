package masking

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
)

// SchemaNote is the comment of a schema with masked views: for people, and for
// whoever looks later what is masked and how.
type SchemaNote struct {
	Of   string `json:"of"`            // the schema behind it
	For  string `json:"for,omitempty"` // the exception whose reader reads it
	Plan string `json:"plan"`          // the digest
	// Left are the views that got none: see Plan.Shown.
	Left []string `json:"left,omitempty"`
	// Out are the relations that nobody could mask: see Relation.Out.
	Out []LeftOut `json:"out,omitempty"`
}

// LeftOut is a relation without a masked view that would have one after Fix.
type LeftOut struct {
	Table string `json:"table"`
	Why   string `json:"why"`
	Fix   string `json:"fix,omitempty"`
}

const notePrefix = "dbaccess: masked views "

func (n SchemaNote) comment() string {
	text, _ := json.Marshal(n) // strings only
	return notePrefix + string(text)
}

// ParseSchemaNote reads a schema's comment; ok is false if it is not one of ours.
func ParseSchemaNote(comment string) (n SchemaNote, ok bool) {
	text, ours := strings.CutPrefix(comment, notePrefix)
	return n, ours && json.Unmarshal([]byte(text), &n) == nil
}

// note is what is kept of a schema.
func (p *Plan) note(schema, exception, digest string) SchemaNote {
	n := SchemaNote{Of: schema, For: exception, Plan: digest}
	for i := range p.Relations {
		switch r := &p.Relations[i]; {
		case r.Schema != schema || len(r.Columns) == 0:
		case r.Out != "":
			n.Out = append(n.Out, LeftOut{r.Table, r.Out, r.Fix})
		case !p.Shown(r):
			n.Left = append(n.Left, r.Table)
		}
	}
	return n
}

// gives reports whether the views' owner is to be let into a schema.
func (p *Plan) gives(schema string) bool {
	return slices.ContainsFunc(p.Relations, func(r Relation) bool { return r.Schema == schema && !r.SchemaGiven && p.Shown(&r) })
}

const viewComment = "dbaccess: of a relation made as "

// Made names how a view or the generated columns of a table are defined, so that
// another definition, which shows other values under the same names, is noticed.
func Made(definition string) string {
	sum := sha256.Sum256([]byte(definition))
	return hex.EncodeToString(sum[:8])
}

// ParseViewComment returns what Made named when the view was made.
func ParseViewComment(comment string) (made string, ok bool) {
	return strings.CutPrefix(comment, viewComment)
}

// columnComment keeps what a column's mask is where the next plan finds it.
func columnComment(e Entity, s Strategy) string {
	if s == Keep {
		return "dbaccess: " + string(Keep)
	}
	return "dbaccess: " + string(s) + " " + string(e)
}

// ParseColumnComment reads what view wrote; ok is false for anything else.
func ParseColumnComment(comment string) (e Entity, s Strategy, ok bool) {
	words := strings.Fields(strings.TrimPrefix(comment, "dbaccess: "))
	if !strings.HasPrefix(comment, "dbaccess: ") || len(words) == 0 {
		return None, "", false
	}
	if len(words) > 1 {
		e = Entity(words[1])
	}
	return e, Strategy(words[0]), true
}
