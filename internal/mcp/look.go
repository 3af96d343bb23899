package mcp

import (
	"context"
	"fmt"
	"strings"

	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

// This file has the tools that only look.

func (s *server) addLooking() {
	looks := hints{reads: true}
	add(s, "whoami", "Who am I", "Says as whom you act: your name, the person for whom you act, the groups whose rights apply, and until when your token is good.",
		looks, s.whoAmI)
	add(s, "list_databases", "List databases", "Lists the databases of which you may ask something: what each profile of access sees (masked views or data as it is), which profile runs which kind of statement, and how many rows one statement may change.",
		looks, s.listDatabases)
	add(s, "describe_schema", "Describe tables", "Describes the tables and columns of a database: types, and how masked views show each column (a pseudonym, redacted, the year only, …, or hidden). No row is read. With many tables it lists only their names: ask again with `table`. Read this before you write a query.",
		looks, s.describeSchema)
	add(s, "classify", "Say what a statement would do", "Says what an SQL statement would do, without running it or asking anybody: its kind (read, write, ddl, …), its level of risk, what is wrong with it and how to do better, and who would have to agree before it runs.",
		looks, s.classify)
}

type nothing struct{}

func (s *server) whoAmI(ctx context.Context, _ nothing) (said, v1.WhoAmI, error) {
	me, err := s.api(ctx).WhoAmI(ctx)
	if err != nil {
		return said{}, me, err
	}
	text := fmt.Sprintf("You are %s. ", me.Name)
	if me.For != "" {
		text += fmt.Sprintf("You act for %s, with the rights of %s at most. You cannot review requests, neither can %s review yours. ", me.For, me.For, me.For)
	}
	if len(me.Groups) > 0 {
		text += "Groups: " + strings.Join(me.Groups, ", ") + ". "
	}
	return said{text: text + "Your token is good until " + stamp(me.Token.Expires) + "."}, me, nil
}

func (s *server) listDatabases(ctx context.Context, _ nothing) (said, v1.DatabaseList, error) {
	list, err := s.api(ctx).Databases(ctx)
	out := v1.DatabaseList{Databases: list}
	if err != nil {
		return said{}, out, err
	}
	if len(list) == 0 {
		return said{text: "There is no database of which you may ask anything. The person for whom you act may not, either."}, out, nil
	}
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "%s", d.Name)
		if len(d.Tags) > 0 {
			fmt.Fprintf(&b, " (%s)", strings.Join(d.Tags, ", "))
		}
		b.WriteString("\n")
		masked := map[string]bool{}
		for _, p := range d.Profiles {
			masked[p.Name] = p.Masked
			fmt.Fprintf(&b, "  access %s: %s, at most %s\n", p.Name, sight(p.Masked), p.Max)
		}
		for _, r := range d.Runs {
			fmt.Fprintf(&b, "  query %s: as %s\n", strings.Join(r.Kinds, ", "), r.Profile)
		}
		if d.RowBound > 0 {
			fmt.Fprintf(&b, "  one statement changes at most %d rows\n", d.RowBound)
		}
	}
	return said{text: b.String()}, out, nil
}

func sight(masked bool) string {
	if masked {
		return "sees masked views"
	}
	return "sees data as it is"
}

type schemaIn struct {
	Database string `json:"database" jsonschema:"the database's name, as list_databases has it"`
	Table    string `json:"table,omitempty" jsonschema:"only tables whose name, with or without its schema, contains this text"`
}

type schemaOut struct {
	Database string     `json:"database"`
	Tables   []v1.Table `json:"tables" jsonschema:"empty if there are too many to describe at once"`
	Names    []string   `json:"names,omitempty" jsonschema:"the names alone, if there are too many tables to describe at once"`
	More     int        `json:"more,omitempty" jsonschema:"how many tables are left out; ask with table to see them"`
}

// Bounds of one description.
const (
	manyColumns = 400
	manyNames   = 300
	maxName     = 200 // bytes of a name or a type; Postgres' own names have 63
)

func (s *server) describeSchema(ctx context.Context, in schemaIn) (said, schemaOut, error) {
	schema, err := s.api(ctx).Schema(ctx, in.Database)
	out := schemaOut{Database: in.Database, Tables: []v1.Table{}}
	if err != nil {
		return said{}, out, err
	}
	var found []v1.Table
	columns := 0
	for _, t := range schema.Tables {
		if strings.Contains(strings.ToLower(t.Schema+"."+t.Name), strings.ToLower(in.Table)) {
			found = append(found, cleanTable(t))
			columns += len(t.Columns)
		}
	}
	switch {
	case len(found) == 0 && in.Table != "":
		return said{}, out, fault.New(fault.NotFound, "No table of "+in.Database+" has that in its name.", "Leave out table to see what there is.")
	case columns > manyColumns && len(found) > 1:
		return named(out, found), out.names(found), nil
	}
	for i := range found { // one table may be wider than all that is shown
		found[i].Columns = found[i].Columns[:min(len(found[i].Columns), 2*manyColumns)]
	}
	out.Tables = append(out.Tables, found...)
	return said{text: fmt.Sprintf("%d tables of %s. A column with [masked: …] shows stand-ins; a hidden one cannot be read through masked views.\n", len(found), in.Database) + fenced(fromDatabase, drawTables(found))}, out, nil
}

// names leaves everything but names out.
func (o schemaOut) names(found []v1.Table) schemaOut {
	for _, t := range found[:min(len(found), manyNames)] {
		o.Names = append(o.Names, t.Schema+"."+t.Name)
	}
	o.More = len(found) - len(o.Names)
	return o
}

func named(o schemaOut, found []v1.Table) said {
	o = o.names(found)
	text := fmt.Sprintf("%s has %d tables, too many to describe at once. Ask again with `table`, a part of a name.", o.Database, len(found))
	if o.More > 0 {
		text += fmt.Sprintf(" %d more are not listed.", o.More)
	}
	lines := make([]string, len(o.Names))
	for i, n := range o.Names {
		lines[i] = oneLine.Replace(n)
	}
	return said{text: text + "\n" + fenced(fromDatabase, strings.Join(lines, "\n"))}
}

// cleanTable makes names presentable: whoever may create a table names it.
func cleanTable(t v1.Table) v1.Table {
	t.Schema, t.Name = clean(t.Schema, maxName), clean(t.Name, maxName)
	columns := make([]v1.Column, len(t.Columns))
	for i, c := range t.Columns {
		c.Name, c.Type = clean(c.Name, maxName), clean(c.Type, maxName)
		columns[i] = c
	}
	t.Columns = columns
	return t
}

func drawTables(tables []v1.Table) string {
	var b strings.Builder
	for _, t := range tables {
		fmt.Fprintf(&b, "%s.%s (%s", oneLine.Replace(t.Schema), oneLine.Replace(t.Name), t.Kind)
		if t.Rows >= 0 {
			fmt.Fprintf(&b, ", about %d rows", t.Rows)
		}
		b.WriteString(")\n")
		for _, c := range t.Columns {
			fmt.Fprintf(&b, "  %s %s", oneLine.Replace(c.Name), oneLine.Replace(c.Type))
			if c.NotNull {
				b.WriteString(" not null")
			}
			if c.Masked != "" {
				fmt.Fprintf(&b, " [masked: %s", c.Masked)
				if c.Entity != "" {
					fmt.Fprintf(&b, ", taken for %s", c.Entity)
				}
				b.WriteString("]")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

type classifyIn struct {
	Database  string `json:"database" jsonschema:"the database's name, as list_databases has it"`
	Statement string `json:"statement" jsonschema:"the SQL text, at most 64 KiB"`
}

type classifyOut struct {
	Verdict v1.Verdict `json:"verdict"`
	Would   *would     `json:"would,omitempty" jsonschema:"what would become of it if you asked now"`
	Refused string     `json:"refused,omitempty" jsonschema:"why it could not even be asked for"`
}

type would struct {
	Outcome string   `json:"outcome" jsonschema:"allow: it would run at once; review: people would decide; deny: it would be refused"`
	Why     string   `json:"why,omitempty"`
	Needs   []string `json:"needs,omitempty" jsonschema:"who would have to agree"`
	Profile string   `json:"profile,omitempty" jsonschema:"the profile that would run it"`
	Masked  bool     `json:"masked" jsonschema:"it would see masked views only"`
	Impact  string   `json:"impact,omitempty"`
}

func (s *server) classify(ctx context.Context, in classifyIn) (said, classifyOut, error) {
	c := s.api(ctx)
	v, err := c.Classify(ctx, in.Database, in.Statement)
	out := classifyOut{Verdict: v}
	if err != nil {
		return said{}, out, err
	}
	if out.Verdict.Findings == nil {
		out.Verdict.Findings = []v1.Finding{}
	}
	err = s.preview(ctx, c, in, &out)
	return said{text: drawVerdict(out, in.Statement)}, out, err
}

// preview adds what would become of the statement. That it could not be asked for
// is an answer too.
func (s *server) preview(ctx context.Context, c *client.Client, in classifyIn, out *classifyOut) error {
	r, err := c.Ask(ctx, v1.Ask{Kind: "statement", Database: in.Database, Statement: in.Statement, Reason: "a preview", Preview: true})
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Denied, fault.NotFound, fault.Conflict:
		f := fault.Show(err)
		out.Refused = strings.TrimSpace(f.Msg + " " + f.Hint)
		return nil
	}
	if err != nil {
		return err
	}
	out.Would = &would{
		Outcome: r.Route.Outcome, Why: r.Route.Sentence, Needs: r.Route.Needs,
		Profile: r.Profile, Masked: r.Masked, Impact: r.Impact,
	}
	return nil
}

func drawVerdict(o classifyOut, sql string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "kind %s, risk %s\n", o.Verdict.Kind, o.Verdict.Level)
	for _, f := range o.Verdict.Findings {
		fmt.Fprintf(&b, "- %s %s: %s", f.Rule, f.Level, f.Message)
		if f.Start >= 0 && f.Start < f.End && f.End <= len(sql) && f.End-f.Start < 200 {
			fmt.Fprintf(&b, " At: %s", oneLine.Replace(clean(sql[f.Start:f.End], 200)))
		}
		if f.Hint != "" {
			fmt.Fprintf(&b, " %s", f.Hint)
		}
		b.WriteString("\n")
	}
	switch {
	case o.Refused != "":
		fmt.Fprintf(&b, "It could not be asked for: %s\n", o.Refused)
	case o.Would != nil && o.Would.Outcome == "allow":
		fmt.Fprintf(&b, "query would run it at once, as %s (%s). %s\n", o.Would.Profile, sight(o.Would.Masked), o.Would.Why)
	case o.Would != nil && o.Would.Outcome == "deny":
		fmt.Fprintf(&b, "query would be refused: %s\n", o.Would.Why)
	case o.Would != nil:
		fmt.Fprintf(&b, "query would wait for people: %s. As %s (%s). %s\n", strings.Join(o.Would.Needs, "; "), o.Would.Profile, sight(o.Would.Masked), o.Would.Why)
	}
	return b.String()
}
