package masking

// detection is a plan in the making.
type detection struct {
	relations []Relation
	found     map[ColumnRef]*Finding
}

func newDetection(relations []Relation) *detection {
	return &detection{relations: relations, found: map[ColumnRef]*Finding{}}
}

// judge decides on the columns of one relation by what is seen of them.
func (d *detection) judge(rel *Relation, s sight) {
	for i := range rel.Columns {
		c := &rel.Columns[i]
		f := &Finding{Schema: rel.Schema, Table: rel.Table, Column: c.Name}
		d.found[ColumnRef{Name: rel.Name, Column: c.Name}] = f
		if harmlessType(c.Type) {
			f.Strategy, f.Confidence, f.Why = Keep, 0.5, "Its type holds no words."
			continue
		}
		f.Sensitive, f.Entity, f.Confidence, f.Strategy = true, Undetermined, 0.5, Redact
		f.Why = "It may hold anything."
		if s.why != "" {
			f.Why += " Of the table, " + s.why + "."
		}
	}
}

// harmlessType reports whether values of a type say nothing by themselves.
func harmlessType(t Type) bool {
	if t.Array || t.Schema != "pg_catalog" {
		return false
	}
	switch t.Base {
	case "smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean", "oid",
		"timestamp with time zone", "timestamp without time zone", "time without time zone", "time with time zone", "interval":
		return true
	}
	return false
}

// relate lets columns learn from those they are copies of.
func (d *detection) relate() {}

// findings are the findings in the order of the relations and their columns.
func (d *detection) findings() (list []Finding) {
	for _, rel := range d.relations {
		for _, c := range rel.Columns {
			list = append(list, *d.found[ColumnRef{Name: rel.Name, Column: c.Name}])
		}
	}
	return list
}
