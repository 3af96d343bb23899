package guardrails

import (
	"sort"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// statementRange returns where a statement stands in the text, without the
// spaces and comments around it. The parser's offsets are bytes.
func statementRange(sql string, raw *pg.RawStmt, comments []token) (start, end int) {
	start = min(max(int(raw.StmtLocation), 0), len(sql))
	end = len(sql)
	if raw.StmtLen > 0 {
		end = min(start+int(raw.StmtLen), len(sql))
	}
	for start < end {
		if isSpace(sql[start]) {
			start++
			continue
		}
		i := sort.Search(len(comments), func(i int) bool { return comments[i].start >= start })
		if i == len(comments) || comments[i].start != start {
			break
		}
		start = comments[i].end
	}
	for end > start {
		if isSpace(sql[end-1]) {
			end--
			continue
		}
		i := sort.Search(len(comments), func(i int) bool { return comments[i].end >= end })
		if i == len(comments) || comments[i].end != end {
			break
		}
		end = max(comments[i].start, start)
	}
	return min(start, end), end
}

// endOfToken returns where the token that begins at a byte offset ends.
func endOfToken(sql string, at int) int {
	if at < 0 || at >= len(sql) {
		return len(sql)
	}
	s := scanner{sql: sql, pos: at}
	return s.next().end
}

// nameRange returns the range of a name with its dots, such as a.b."C", that
// begins at a location of the parser; the whole statement if there is none.
func (r *reader) nameRange(location int32) (start, end int) {
	at := int(location)
	if at < r.start || at >= r.end {
		return r.start, r.end
	}
	s := scanner{sql: r.sql[:r.end], pos: at}
	end = s.next().end
	for {
		dot := s.next()
		if dot.kind != tokenPunct || r.sql[dot.start] != '.' {
			return at, end
		}
		part := s.next()
		if part.kind != tokenWord && part.kind != tokenQuoted {
			return at, end
		}
		end = part.end
	}
}
