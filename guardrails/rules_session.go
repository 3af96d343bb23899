package guardrails

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// The family of statements that change the session.
var (
	ruleSetting = &Rule{
		ID: "GR060", Name: "setting", Kind: Session, Level: Medium, whenRun: true,
		About: "The setting changes what later text means or may do: search_path, timeouts, string parsing, read-only, row security, memory, ….",
		Fires: "SET search_path = evil, public",
		Quiet: "SET application_name = 'report'",
	}
	ruleReadWrite = &Rule{
		ID: "GR061", Name: "read-write-transaction", Kind: Session, Level: Medium, whenRun: true,
		About: "The statement asks for a transaction that may write.",
		Fires: "BEGIN READ WRITE",
		Quiet: "BEGIN READ ONLY",
	}
	ruleTwoPhase = &Rule{
		ID: "GR062", Name: "two-phase", Kind: Write, Level: High, whenRun: true,
		About: "PREPARE TRANSACTION leaves a transaction and its locks behind; COMMIT PREPARED makes one effective that somebody else prepared.",
		Fires: "COMMIT PREPARED 'x'",
		Quiet: "SELECT * FROM pg_prepared_xacts",
	}
	ruleExecute = &Rule{
		ID: "GR063", Name: "execute", Kind: Unknown, Level: Medium, whenRun: true,
		About: "EXECUTE runs a statement that was prepared outside this text.",
		Fires: "EXECUTE plan_a(7)",
		Quiet: "PREPARE plan_a AS SELECT 1; EXECUTE plan_a",
	}
	ruleEndsTransaction = &Rule{
		ID: "GR064", Name: "ends-transaction", Kind: Session, Level: Medium, whenRun: true,
		About: "One of several statements ends a transaction that does not begin in the text, and with it what the transaction was bounded by.",
		Fires: "COMMIT; SELECT 1",
		Quiet: "BEGIN; SELECT 1; COMMIT",
	}
	ruleFetch = &Rule{
		ID: "GR065", Name: "fetch", Kind: Session, Level: Medium, whenRun: true,
		About: "FETCH and MOVE run on a query that was declared outside this text: it may call functions or lock rows.",
		Fires: "FETCH 10 FROM c",
		Quiet: "DECLARE c CURSOR FOR SELECT 1; FETCH 10 FROM c",
	}
	ruleDeferred = &Rule{
		ID: "GR066", Name: "session-state", Kind: Session, Level: Medium, whenRun: true,
		About: "The statement drops the session's temporary tables, or changes when checks and triggers run that were put off to the transaction's end.",
		Fires: "SET CONSTRAINTS ALL IMMEDIATE",
		Quiet: "DISCARD PLANS",
	}
)

var sessionRules = []*Rule{ruleSetting, ruleReadWrite, ruleTwoPhase, ruleExecute, ruleEndsTransaction, ruleFetch, ruleDeferred}

// sessionNode judges the statements of the family.
func (r *reader) sessionNode(node any) bool {
	switch n := node.(type) {
	case *pg.VariableSetStmt:
		r.sets(n)
	case *pg.TransactionStmt:
		r.transaction(n)
	case *pg.DiscardStmt:
		r.discards(n)
	case *pg.PrepareStmt:
		r.is(Session)
		r.prepared = remember(r.prepared, n.Name)
	case *pg.ExecuteStmt:
		r.is(Session)
		if !r.prepared[n.Name] {
			r.statement(ruleExecute, Medium, "EXECUTE runs "+quoted(n.Name)+", which was prepared outside this text.",
				"Send the statement itself.")
		}
	case *pg.DeclareCursorStmt:
		r.is(Session)
		r.declared = remember(r.declared, n.Portalname)
	case *pg.FetchStmt:
		r.is(Session)
		if !r.declared[n.Portalname] {
			r.statement(ruleFetch, Medium, "The query of the cursor "+quoted(n.Portalname)+" was declared outside this text.",
				"Send the query itself.")
		}
	case *pg.ConstraintsSetStmt:
		r.statement(ruleDeferred, Medium, "Checks and triggers that were put off run now, or are put off.", "")
	case *pg.VariableShowStmt, *pg.ClosePortalStmt, *pg.DeallocateStmt, *pg.ListenStmt, *pg.UnlistenStmt:
		r.is(Session)
	default:
		return false
	}
	return true
}

// remember adds a name to a set.
func remember(set map[string]bool, name string) map[string]bool {
	if set == nil {
		set = map[string]bool{}
	}
	set[name] = true
	return set
}

func (r *reader) discards(n *pg.DiscardStmt) {
	r.is(Session)
	switch n.Target {
	case pg.DiscardMode_DISCARD_ALL:
		r.path, r.caller = anywhere, anywhere
		r.statement(ruleSetting, Medium, "DISCARD ALL resets role, search_path and every other setting.", "")
	case pg.DiscardMode_DISCARD_TEMP:
		r.statement(ruleDeferred, Medium, "DISCARD TEMP drops the session's temporary tables.", "")
	}
}

// sets judges SET and RESET.
func (r *reader) sets(n *pg.VariableSetStmt) {
	r.is(Session)
	switch n.Kind {
	case pg.VariableSetKind_VAR_RESET_ALL:
		r.path, r.caller = anywhere, anywhere
		r.statement(ruleSetting, Medium, "RESET ALL resets search_path, timeouts and read-only among all others.", "")
	case pg.VariableSetKind_VAR_SET_MULTI:
		if n.Name != "TRANSACTION SNAPSHOT" {
			r.transactionModes(n.Args)
		}
	default:
		value, known := settingValue(n.Args)
		if n.Kind != pg.VariableSetKind_VAR_SET_VALUE {
			value, known = "", false
		}
		r.setting(n.Name, value, known, r.start, r.end)
	}
}

// settingValue returns the one constant that a setting is set to.
func settingValue(args []*pg.Node) (value string, ok bool) {
	if len(args) != 1 {
		return "", false
	}
	c := args[0].GetAConst()
	switch v := c.GetVal().(type) {
	case *pg.A_Const_Sval:
		return v.Sval.GetSval(), true
	case *pg.A_Const_Ival:
		return strconv.Itoa(int(v.Ival.GetIval())), true
	case *pg.A_Const_Boolval:
		return strconv.FormatBool(v.Boolval.GetBoolval()), true
	}
	return "", false
}

// setting judges giving a setting a value, by SET or set_config.
func (r *reader) setting(name, value string, known bool, start, end int) {
	r.is(Session)
	switch name = strings.ToLower(name); {
	case name == "search_path" && known && (value == "" || value == "pg_catalog"):
		r.path, r.caller = nowhere, nowhere // nothing but PostgreSQL's own goes without a schema, as pg_dump wants it
	case name == "search_path":
		r.path, r.caller = anywhere, anywhere
		r.report(ruleSetting, Medium, start, end, "The setting search_path changes what every bare name means.", "Write names with their schema.")
	case name == "role":
		r.report(ruleBecome, Medium, start, end, "Later statements run as another role.", "")
	case name == "session_authorization":
		r.report(ruleBecome, High, start, end, "Later statements run as another role.", "")
	case quietSettings[name] || strings.HasPrefix(name, "enable_") || strings.HasPrefix(name, "geqo"):
	case known && safeValue(name, strings.ToLower(value)):
	default:
		r.report(ruleSetting, Medium, start, end,
			"The setting "+quoted(name)+" changes what later statements mean, may do or may cost.", "")
	}
}

// quietSettings change how results look or how plans are made, and nothing that
// a later statement means or may do.
var quietSettings = map[string]bool{
	"application_name": true, "timezone": true, "datestyle": true, "intervalstyle": true, "client_min_messages": true,
	"extra_float_digits": true, "bytea_output": true, "xmlbinary": true, "xmloption": true, "lc_messages": true, "lc_monetary": true,
	"lc_numeric": true, "lc_time": true, "default_text_search_config": true, "seq_page_cost": true, "random_page_cost": true,
	"cpu_tuple_cost": true, "cpu_index_tuple_cost": true, "cpu_operator_cost": true, "parallel_setup_cost": true,
	"parallel_tuple_cost": true, "effective_cache_size": true, "plan_cache_mode": true, "cursor_tuple_fraction": true,
	"constraint_exclusion": true, "from_collapse_limit": true, "join_collapse_limit": true, "jit": true, "jit_above_cost": true,
	"jit_inline_above_cost": true, "jit_optimize_above_cost": true, "default_statistics_target": true, "icu_validation_level": true,
	"escape_string_warning": true, "quote_all_identifiers": true, "min_parallel_table_scan_size": true,
	"min_parallel_index_scan_size": true, "transaction_isolation": true, "default_transaction_isolation": true,
	"transaction_deferrable": true, "default_transaction_deferrable": true, "gin_fuzzy_search_limit": true, "synchronize_seqscans": true,
}

// safeValue reports whether a setting that is otherwise a finding gets a value
// that only keeps things as this package presumes them.
func safeValue(name, value string) bool {
	on := value == "on" || value == "true" || value == "1" || value == "yes"
	switch name {
	case "standard_conforming_strings", "transaction_read_only", "default_transaction_read_only":
		return on
	case "client_encoding":
		return value == "utf8" || value == "utf-8" || value == "unicode"
	}
	return false
}

// transaction judges transaction control.
func (r *reader) transaction(n *pg.TransactionStmt) {
	r.is(Session)
	switch n.Kind {
	case pg.TransactionStmtKind_TRANS_STMT_BEGIN, pg.TransactionStmtKind_TRANS_STMT_START:
		r.begun = true
		r.transactionModes(n.Options)
	case pg.TransactionStmtKind_TRANS_STMT_COMMIT, pg.TransactionStmtKind_TRANS_STMT_ROLLBACK:
		if r.count > 1 && !r.begun {
			r.statement(ruleEndsTransaction, Medium, "The statement ends a transaction that does not begin in this text.",
				"Leave transaction control out, or begin the transaction in the text.")
		}
		r.begun = n.Chain && r.begun
	case pg.TransactionStmtKind_TRANS_STMT_PREPARE, pg.TransactionStmtKind_TRANS_STMT_COMMIT_PREPARED,
		pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_PREPARED:
		r.statement(ruleTwoPhase, High, "A two-phase transaction outlives its session, with its locks.", "")
	}
}

// transactionModes judges READ WRITE among the modes of a transaction.
func (r *reader) transactionModes(modes []*pg.Node) {
	for _, m := range modes {
		d := m.GetDefElem()
		if d.GetDefname() == "transaction_read_only" && isOffConst(d.Arg) {
			r.statement(ruleReadWrite, Medium, "The statement asks for a transaction that may write.", "READ ONLY is enough to read.")
		}
	}
}

// isOffConst reports whether a mode's constant is false.
func isOffConst(n *pg.Node) bool {
	c := n.GetAConst()
	return c.GetIval().GetIval() == 0 && !c.GetBoolval().GetBoolval()
}
