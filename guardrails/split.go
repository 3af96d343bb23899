package guardrails

import "strings"

// Split cuts a text into pieces that [Classify] reads, each of whole statements
// and as long as may be. Together they are the text. A statement that is itself
// too long is a piece of its own, and refused.
func Split(sql string) []string {
	if len(sql) <= maxText {
		return []string{sql}
	}
	var pieces []string
	begin, cut := 0, 0 // of the piece at hand, and behind its last whole statement
	depth, atomic := 0, 0
	s := scanner{sql: sql}
	for t := s.next(); t.kind != tokenEnd; t = s.next() {
		switch t.kind {
		case tokenPunct:
			switch sql[t.start] {
			case '(':
				depth++
			case ')':
				depth = max(depth-1, 0)
			}
		case tokenWord: // the statements of BEGIN ATOMIC … END are one
			switch word := strings.ToLower(sql[t.start:t.end]); {
			case word == "atomic", word == "case" && atomic > 0:
				atomic++
			case word == "end" && atomic > 0:
				atomic--
			}
		}
		if t.kind != tokenPunct || sql[t.start] != ';' || depth > 0 || atomic > 0 {
			continue
		}
		if t.end-begin > maxText && cut > begin {
			pieces = append(pieces, sql[begin:cut])
			begin = cut
		}
		cut = t.end
	}
	if len(sql)-begin > maxText && cut > begin {
		pieces = append(pieces, sql[begin:cut])
		begin = cut
	}
	return append(pieces, sql[begin:])
}

// ClassifyAll is [Classify] for a text of any length, such as a file of
// migrations, that is read a piece at a time: what a piece says to the next, such
// as PREPARE, is not known there.
func ClassifyAll(sql string, cat *Catalog) Verdict {
	pieces := Split(sql)
	if len(pieces) == 1 {
		return Classify(sql, cat)
	}
	all := newReader(sql, cat)
	at := 0
	for _, piece := range pieces {
		v := Classify(piece, cat)
		all.kind = worse(all.kind, v.Kind)
		if v.Level.Rank() > all.level.Rank() {
			all.level = v.Level
		}
		all.count += v.Statements
		for _, f := range v.Findings {
			f.Start, f.End = f.Start+at, f.End+at
			all.findings = append(all.findings, f)
		}
		for _, name := range v.Relations {
			note(&all.relations, name)
		}
		for _, name := range v.Functions {
			note(&all.functions, name)
		}
		if len(all.findings) > 4*maxFindings {
			all.keepGravest()
		}
		at += len(piece)
	}
	return all.verdict()
}
