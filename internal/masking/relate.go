package masking

import "slices"

// relate lets columns learn from those that they are copies of: children and
// parents, both ends of a foreign key, generated columns, views, and hashes beside
// what they may be hashes of.
func (d *detection) relate() {
	d.shared()
	for range 4 { // along chains of views and keys
		changed := d.family()
		changed = d.keys() || changed
		changed = d.computed() || changed
		changed = d.views() || changed
		if !changed {
			break
		}
	}
	d.besides()
}

// inherit gives a column the finding of another one, if that is graver.
func (d *detection) inherit(to, from ColumnRef, why string) bool {
	f, source := d.found[to], d.found[from]
	if f == nil || source == nil || !source.Sensitive || f.Sensitive {
		return false
	}
	c := d.column(to)
	f.Sensitive, f.Entity, f.Confidence = true, source.Entity, source.Confidence
	f.Why = why + " " + from.Schema + "." + from.Table + "." + from.Column + "."
	f.Strategy = strategyFor(*c, *f)
	return true
}

func (d *detection) column(ref ColumnRef) *Column {
	for i := range d.relations {
		if rel := &d.relations[i]; rel.Name == ref.Name {
			for j := range rel.Columns {
				if rel.Columns[j].Name == ref.Column {
					return &rel.Columns[j]
				}
			}
		}
	}
	return &Column{}
}

// family gives columns of the same name in parent and child the graver finding, and
// of those not seen the one that was seen.
func (d *detection) family() (changed bool) {
	for i := range d.relations {
		rel := &d.relations[i]
		for _, parent := range rel.Parents {
			for _, c := range rel.Columns {
				here, there := ColumnRef{rel.Name, c.Name}, ColumnRef{parent, c.Name}
				if d.found[there] == nil {
					continue
				}
				changed = d.release(here, there) || d.release(there, here) || changed
				changed = d.inherit(here, there, "It is inherited from") || d.inherit(there, here, "It is inherited by") || changed
				d.found[here].Entity, d.found[here].Strategy = d.same(d.found[here], d.found[there])
			}
		}
	}
	return changed
}

// release takes back what was masked only because no value was seen of it, when the
// same column was seen elsewhere to be harmless.
func (d *detection) release(blind, seen ColumnRef) bool {
	f, s := d.found[blind], d.found[seen]
	if !d.silent[blind] || d.silent[seen] || !f.Sensitive || s.Sensitive || f.Entity != Undetermined {
		return false
	}
	f.Sensitive, f.Entity, f.Strategy, f.Confidence = false, None, Keep, s.Confidence
	f.Why = "It is the same column as " + seen.Schema + "." + seen.Table + "." + seen.Column + "."
	d.silent[blind] = false
	return true
}

// same is the entity and strategy of a child whose parent is masked too: one mask
// for both, or rows would differ by where they are read.
func (d *detection) same(child, parent *Finding) (Entity, Strategy) {
	if child.Sensitive && parent.Sensitive {
		return parent.Entity, parent.Strategy
	}
	return child.Entity, child.Strategy
}

// keys masks both ends of a foreign key alike, so that joins go on working.
func (d *detection) keys() (changed bool) {
	for i := range d.relations {
		rel := &d.relations[i]
		for _, c := range rel.Columns {
			for _, to := range c.References {
				here := ColumnRef{rel.Name, c.Name}
				changed = d.inherit(here, to, "It refers to") || d.inherit(to, here, "It is referred to by") || changed
				a, b := d.found[here], d.found[to]
				if a != nil && b != nil && a.Sensitive && b.Sensitive && a.Strategy != b.Strategy {
					a.Entity, a.Strategy = b.Entity, b.Strategy
				}
			}
		}
	}
	return changed
}

// computed looks at generated columns, and at views' columns named like those they
// are made of.
func (d *detection) computed() (changed bool) {
	for i := range d.relations {
		rel := &d.relations[i]
		for _, c := range rel.Columns {
			here := ColumnRef{rel.Name, c.Name}
			for _, from := range c.From {
				switch {
				case c.Generated && !numberType(c.Type) && c.Type.Base != "boolean":
					changed = d.inherit(here, from, "It is computed from") || changed
				case !c.Generated && from.Column == c.Name:
					changed = d.inherit(here, from, "It shows") || changed
				}
			}
		}
	}
	return changed
}

// besides takes hashes in a table with something sensitive for hashes of it: a
// dictionary of guesses undoes them.
func (d *detection) besides() {
	for i := range d.relations {
		rel := &d.relations[i]
		d.fingerprints(rel)
		beside := slices.ContainsFunc(rel.Columns, func(c Column) bool {
			f := d.found[ColumnRef{rel.Name, c.Name}]
			return f.Sensitive && slices.Contains([]Entity{Email, Phone, Card, NationalID, BankAccount, PersonName, Username}, f.Entity)
		})
		for _, c := range rel.Columns {
			ref := ColumnRef{rel.Name, c.Name}
			if f := d.found[ref]; beside && d.hashes[ref] && !f.Sensitive {
				f.Sensitive, f.Entity, f.Confidence = true, Hash, .6
				f.Why = "It looks like a hash, beside what it may be a hash of."
				f.Strategy = strategyFor(c, *f)
			}
		}
	}
}

// fingerprints takes what is called so, beside a card's number, for one of it.
func (d *detection) fingerprints(rel *Relation) {
	card := slices.ContainsFunc(rel.Columns, func(c Column) bool {
		f := d.found[ColumnRef{rel.Name, c.Name}]
		return f.Sensitive && (f.Entity == Card || f.Entity == BankAccount)
	})
	for _, c := range rel.Columns {
		ref := ColumnRef{rel.Name, c.Name}
		if card && !d.found[ref].Sensitive && slices.Contains(tokens(c.Name), "fingerprint") {
			d.mark(ref, Hash, .6, "It is called a fingerprint, beside what it may be one of.")
		}
	}
}

// findings are the findings in the order of the relations and their columns.
func (d *detection) findings() (list []Finding) {
	for _, rel := range d.relations {
		for _, c := range rel.Columns {
			list = append(list, *d.found[ColumnRef{Name: rel.Name, Column: c.Name}])
		}
	}
	return list
}
