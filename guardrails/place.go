package guardrails

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// statementRange returns where a statement stands in the text, without the
// spaces and comments around it. The parser's offsets are bytes.
func statementRange(sql string, raw *pg.RawStmt) (start, end int) {
	start = min(max(int(raw.StmtLocation), 0), len(sql))
	end = len(sql)
	if raw.StmtLen > 0 {
		end = min(start+int(raw.StmtLen), len(sql))
	}
	s := scanner{sql: sql[:end], pos: start}
	for t := s.next(); ; t = s.next() {
		if t.kind == tokenComment {
			continue
		}
		start = t.start
		break
	}
	return start, start + len(strings.TrimRight(sql[start:end], " \t\r\n\f\v"))
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
