package guardrails

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// The family of statements that bring or run code.
var (
	ruleCode = &Rule{
		ID: "GR040", Name: "code", Kind: Admin, Level: High, whenRun: true,
		About: "The statement defines or switches code that runs later: functions, triggers, rules, operators, casts, types.",
		Fires: "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
		Quiet: "SELECT prosrc FROM pg_proc WHERE proname = 'one'",
	}
	ruleDo = &Rule{
		ID: "GR041", Name: "do-block", Kind: Admin, Level: High, whenRun: true,
		About: "DO runs a block of code, which may do whatever its caller may.",
		Fires: "DO $$ BEGIN PERFORM 1; END $$",
		Quiet: "SELECT $$ DO $$",
	}
	ruleCall = &Rule{
		ID: "GR042", Name: "call", Kind: Unknown, Level: High, whenRun: true,
		About: "CALL runs a procedure. Procedures change things and may commit; what this one does is not known.",
		Fires: "CALL close_month()",
		Quiet: "SELECT lower('CALL close_month()')",
	}
	ruleExtension = &Rule{
		ID: "GR043", Name: "extension", Kind: Admin, Level: High, whenRun: true,
		About: "The statement installs or changes an extension or a language: code on the server.",
		Fires: "CREATE EXTENSION dblink",
		Quiet: "SELECT extname FROM pg_extension",
	}
	ruleNative = &Rule{
		ID: "GR044", Name: "unbounded-code", Kind: Admin, Level: Critical, whenRun: true,
		About: "The code is in a language without bounds (C, internal, plpython3u, …), or LOAD brings a library: it may do what the server's own process may.",
		Fires: "LOAD '/tmp/evil.so'",
		Quiet: "SELECT lanname FROM pg_language",
	}
)

var codeRules = []*Rule{ruleCode, ruleDo, ruleCall, ruleExtension, ruleNative}

func plainCode(add adder) {
	add(ruleCode, "", "", "The statement defines or alters code that runs later.",
		(*pg.AlterFunctionStmt)(nil), (*pg.RuleStmt)(nil), (*pg.CreateTrigStmt)(nil), (*pg.CreateEventTrigStmt)(nil),
		(*pg.AlterEventTrigStmt)(nil), (*pg.CreateCastStmt)(nil), (*pg.CreateConversionStmt)(nil),
		(*pg.CreateOpClassStmt)(nil), (*pg.CreateOpFamilyStmt)(nil), (*pg.AlterOpFamilyStmt)(nil),
		(*pg.AlterOperatorStmt)(nil), (*pg.CreateTransformStmt)(nil), (*pg.CreateAmStmt)(nil))
	add(ruleExtension, "", "", "The statement installs or changes code on the server.",
		(*pg.CreateExtensionStmt)(nil), (*pg.AlterExtensionStmt)(nil), (*pg.AlterExtensionContentsStmt)(nil), (*pg.CreatePLangStmt)(nil))
	add(ruleNative, "", "", "LOAD brings a library into the server's process.", (*pg.LoadStmt)(nil))
}

// boundedLanguages are those whose code may do no more than its caller by SQL.
var boundedLanguages = map[string]bool{
	"sql": true, "plpgsql": true, "pltcl": true, "plperl": true, "plv8": true, "pljs": true, "plrust": true,
}

// codeNode judges those of the family whose details matter.
func (r *reader) codeNode(node any) bool {
	switch n := node.(type) {
	case *pg.CreateFunctionStmt:
		r.statement(ruleCode, High, "The statement defines code that later statements run.", "")
		r.code(n.Options)
	case *pg.DoStmt:
		r.statement(ruleDo, High, "DO runs a block of code that is not looked into.", "Ask for its statements one by one.")
		r.code(n.Args)
	case *pg.CallStmt:
		r.statement(ruleCall, High, "CALL runs a procedure, which may change and commit anything its owner may.", "")
	default:
		return false
	}
	return true
}

// code judges the language of a function or DO block, and reads an SQL body.
func (r *reader) code(options []*pg.Node) {
	language, body := "", ""
	for _, o := range options {
		d := o.GetDefElem()
		switch d.GetDefname() {
		case "language":
			language = strings.ToLower(d.Arg.GetString_().GetSval())
		case "as":
			if items := d.Arg.GetList().GetItems(); len(items) == 1 {
				body = items[0].GetString_().GetSval()
			}
		}
	}
	if language != "" && !boundedLanguages[language] {
		r.statement(ruleNative, Critical, "Code in the language "+quoted(language)+" may do whatever the server's own process may.",
			"Write it in sql or plpgsql.")
	}
	if language == "sql" {
		whole := r.kind
		r.nested(body, "In the function's body: ")
		r.kind = whole // its body is made here, not run
	}
}

// maxTexts bounds how deep texts may hold texts.
const maxTexts = 4

// nested reads a text that stands as a string inside this one and takes over
// what it finds. Offsets of the inner text mean nothing here.
func (r *reader) nested(sql, prefix string) {
	if sql == "" {
		return
	}
	if r.depth >= maxTexts {
		r.statement(ruleOutOfBounds, Critical, "Texts within texts are nested too deep to be read.", "")
		return
	}
	in := r.within(sql)
	in.read()
	for _, f := range in.findings {
		rule := ruleByID[f.Rule]
		r.report(rule, f.Level, r.start, r.end, prefix+f.Message, f.Hint)
	}
	if r.planned == 0 {
		r.kind = worse(r.kind, in.kind)
	}
	for name := range in.relations {
		note(&r.relations, name)
	}
	for name := range in.functions {
		note(&r.functions, name)
	}
}

// ruleByID finds a rule by its id; filled on init, for rules do not know each other.
var ruleByID = map[string]*Rule{}

func init() {
	for _, rule := range Rules() {
		ruleByID[rule.ID] = rule
	}
}
