package masking

import "slices"

// judgements are the evidence on the columns of a relation before anything of it was
// judged, with what it is about, whether it is somebody's, and the sample without the
// rows in which columns are named.
func (d *detection) judgements(rel *Relation, s sight) ([]judgement, subject, bool, sight) {
	about, somebody, group, table := d.subject(rel), d.belongs(rel, farthest), groups(rel), tableWords(rel)
	blanks := blanksOf(rel)
	var names map[int][]string
	if len(blanks) > 0 {
		names, s.sample = headed(s.sample, blanks)
		if about == aboutThings && !classes.any(table) {
			about = aboutUnknown // whoever pasted them from where
		}
	}
	if about == aboutThings && somebody && slicesAny(table, medical, holdings) && !classes.any(table) {
		about = aboutUnknown // what was measured of people, or what they have
	}
	if about == aboutThings && somebody && headOf(table) != aboutThings && !classes.any(table) {
		about = aboutUnknown // only its comment or its columns speak of things
	}
	words := columnWords(rel)
	list := make([]judgement, len(rel.Columns))
	for i := range list {
		c := &rel.Columns[i]
		j := judgement{rel: rel, column: c, about: about, somebody: somebody, table: table, words: words[i], unseen: s.why, blank: blankName(c.Name) && !c.PrimaryKey && len(c.References) == 0, pasted: len(blanks) > 0}
		if named := names[i]; named != nil && !slices.ContainsFunc(named, func(w string) bool { return generic.has(w) }) {
			j.words, j.header = named, true
		}
		if len(j.words) > 1 && j.about != aboutPeople && group[j.words[0]] == aboutPeople {
			j.about = aboutPeople
		}
		if s.why == "" {
			j.content = study(s.sample, i, c.Type)
		}
		list[i] = j
	}
	return list, about, somebody, s
}
