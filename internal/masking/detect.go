package masking

import (
	"context"
	"fmt"
	"slices"
)

// Options say how to look.
type Options struct {
	Rows      int // of a sample; 0 = 500
	Overrides []Override
	Progress  func(done, of int, at Name) // nil = nobody is told
}

const defaultRows = 500

// Detect looks at every column of a database and decides what to do with it.
// Samples are bounded by the source. What cannot be sampled is judged by type and
// name, and masked where these do not say that it is harmless.
func Detect(ctx context.Context, src Source, o Options) (*Plan, error) {
	relations, err := src.Relations(ctx)
	if err != nil {
		return nil, err
	}
	if o.Rows <= 0 {
		o.Rows = defaultRows
	}
	d := newDetection(relations)
	for i, rel := range d.order() {
		if o.Progress != nil {
			o.Progress(i, len(relations), rel.Name)
		}
		look, err := d.look(ctx, src, rel, o.Rows)
		if err != nil {
			return nil, err
		}
		d.judge(rel, look)
	}
	if o.Progress != nil {
		o.Progress(len(relations), len(relations), Name{})
	}
	d.relate()
	p := &Plan{Relations: relations, Findings: d.findings(), Overrides: o.Overrides}
	if err := p.override(); err != nil {
		return nil, err
	}
	return p, nil
}

// order is the relations, each behind those that it refers to or is made of, so that
// it is known what those are about.
func (d *detection) order() []*Relation {
	list, seen := make([]*Relation, 0, len(d.relations)), map[Name]bool{}
	var visit func(rel *Relation)
	visit = func(rel *Relation) {
		if rel == nil || seen[rel.Name] {
			return
		}
		seen[rel.Name] = true
		for _, c := range rel.Columns {
			for _, to := range c.References {
				visit(d.byName[to.Name])
			}
			for _, from := range c.From {
				visit(d.byName[from.Name])
			}
		}
		list = append(list, rel)
	}
	for i := range d.relations {
		visit(&d.relations[i])
	}
	return list
}

// sight is what could be seen of a relation.
type sight struct {
	sample Sample
	why    string // why there is no sample; empty if there is one
}

// look samples a relation. Only the end of ctx is an error.
func (d *detection) look(ctx context.Context, src Source, rel *Relation, rows int) (sight, error) {
	if rel.CallsCode {
		return sight{why: "reading it would run somebody's functions"}, nil
	}
	columns := make([]string, len(rel.Columns))
	for i, c := range rel.Columns {
		columns[i] = c.Name
	}
	if len(columns) == 0 {
		return sight{}, nil
	}
	sample, err := src.Sample(ctx, rel, columns, rows)
	switch {
	case ctx.Err() != nil:
		return sight{}, ctx.Err()
	case err != nil:
		return sight{why: "it could not be sampled: " + err.Error()}, nil
	}
	return sight{sample: sample}, nil
}

// override lets the owner's word stand above what was detected, the narrower word
// above the wider one.
func (p *Plan) override() error {
	used := make([]bool, len(p.Overrides))
	for i := range p.Findings {
		f := &p.Findings[i]
		best := -1
		for j, o := range p.Overrides {
			if o.matches(*f) {
				used[j] = true
				if best < 0 || o.width() <= p.Overrides[best].width() {
					best = j
				}
			}
		}
		if best >= 0 {
			p.Overrides[best].apply(f)
		}
	}
	for j, ok := range used {
		if o := p.Overrides[j]; !ok && o.Entity == None {
			return fmt.Errorf("the override of %s names nothing that there is", o)
		}
	}
	return nil
}

func (o Override) String() string {
	switch {
	case o.Column != "":
		return o.Schema + "." + o.Table + "." + o.Column
	case o.Table != "":
		return o.Schema + "." + o.Table
	}
	return string(o.Entity)
}

func (o Override) width() int {
	switch {
	case o.Column != "":
		return 0
	case o.Table != "":
		return 1
	}
	return 2
}

func (o Override) matches(f Finding) bool {
	if o.Table == "" {
		return o.Entity == f.Entity && f.Sensitive
	}
	return o.Schema == f.Schema && o.Table == f.Table && (o.Column == "" || o.Column == f.Column)
}

func (o Override) apply(f *Finding) {
	if o.Sensitive != nil {
		f.Sensitive = *o.Sensitive
	}
	if o.As != None {
		f.Entity = o.As
	}
	switch {
	case !f.Sensitive:
		f.Strategy, f.Entity = Keep, None
	case o.Strategy != "":
		f.Strategy = o.Strategy
	case f.Strategy == Keep:
		f.Strategy = Redact
	}
	if f.Sensitive && f.Entity == None {
		f.Entity = Undetermined
	}
	f.Confidence = 1
	f.Why = "The owner says so: " + o.Reason
}

// Entities are all entities, for messages and checks.
func Entities() []Entity {
	return []Entity{
		Email, Phone, PersonName, Username, Address, PostalCode, Geo, Card, BankAccount, NationalID, Document, CustomerNumber, BirthDate, Health,
		SpecialCategory, Pay, Secret, IPAddress, DeviceID, PersonalURL, FreeText, Structured, Media, Hash, Undetermined,
	}
}

// ParseEntity returns the entity of that name.
func ParseEntity(name string) (Entity, error) {
	if all := Entities(); !slices.Contains(all, Entity(name)) {
		return None, fmt.Errorf("there is no entity %q; there are %v", name, all)
	}
	return Entity(name), nil
}
