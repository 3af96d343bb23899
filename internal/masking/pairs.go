package masking

// pairs finds latitudes beside longitudes by their numbers, in tables of what is
// somebody's.
func pairs(list []judgement, found []verdict) {
	for i := 0; i+1 < len(list); i++ {
		a, b := &list[i], &list[i+1]
		if found[i].sure >= threshold || !a.degrees() || !b.degrees() || a.about == aboutThings || !a.somebody && a.about != aboutPeople {
			continue
		}
		for k := range 2 {
			found[i+k] = verdict{Geo, .6, "Its numbers and those beside it are positions, in a table of what is somebody's."}
		}
	}
}

// degrees reports whether numbers have four digits behind the point at least, and
// lie where positions do.
func (j *judgement) degrees() bool {
	c := j.content
	return numberType(j.column.Type) && c != nil && c.filled >= 5 && c.seen > 3 && c.positions*10 >= c.filled*8 && !harmless(j.words)
}
