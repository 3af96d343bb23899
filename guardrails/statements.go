package guardrails

// Statements cuts a text that [Classify] could read into its statements, in their
// order and without the spaces and comments around them; false if it could not be
// read. Together with what is between them they are the text.
func Statements(sql string) ([]string, bool) {
	comments, rule, _ := outside(sql)
	if rule != nil {
		return nil, false
	}
	tree, ok := bounded(sql)
	if !ok {
		return nil, false
	}
	list := make([]string, 0, len(tree.Stmts))
	for _, raw := range tree.Stmts {
		start, end := statementRange(sql, raw, comments)
		list = append(list, sql[start:end])
	}
	return list, true
}
