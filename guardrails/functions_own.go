package guardrails

import "strings"

// The functions of the database's own, and of its extensions: what a call of one
// does is read from its definition in the catalog.

// readFunction reads what a call of a function does. What is written in C and
// not volatile is trusted like PostgreSQL itself, for only a superuser brings
// it; a body in sql or plpgsql is read whatever its volatility claims; what
// another language does is not known.
func (c *Catalog) readFunction(f *Function, p path) *reading {
	name := dotted(f.Schema, f.Name)
	switch {
	case f.Procedure:
		return unknowable(name + " is a procedure, which may change and commit anything")
	case f.Aggregate:
		return c.readSupport(f, p)
	}
	d := unknowable(name + " is written in " + f.Language + ", and may do anything")
	switch f.Language {
	case "sql", "plpgsql":
		d = c.readBody(f, p)
	case "internal":
		d = namedReading(namedFunctions, f.Body)
	case "c":
		if e, ok := extensionFunctions[f.Name]; ok {
			d = &reading{kind: e.kind, level: e.level, why: name + " " + e.message}
		} else if f.Volatility == "immutable" || f.Volatility == "stable" || f.Extension != "" && quietExtension[f.Name] {
			d = &reading{kind: Read, level: Low}
		}
	}
	if f.SecurityDefiner && d.level == Low && (f.Language == "sql" || f.Language == "plpgsql") {
		d.worsen(Read, Medium, name+" runs with its owner's rights, and may show what the caller may not see")
	}
	return d
}

func (c *Catalog) readBody(f *Function, p path) *reading {
	p = f.pathUnder(p)
	if strings.TrimSpace(f.Body) == "" {
		return unknowable("the body of " + dotted(f.Schema, f.Name) + " is not known")
	}
	if f.Language == "plpgsql" {
		return c.readBlock(f.Body, p)
	}
	body := strings.TrimSpace(f.Body)
	switch words := strings.Fields(body); {
	case strings.EqualFold(words[0], "return"): // pg_get_function_sqlbody deparses under nowhere
		return c.readText("SELECT "+body[len("return"):], nowhere, p, nil)
	case len(words) > 2 && strings.EqualFold(words[0], "begin") && strings.EqualFold(words[1], "atomic"):
		body = strings.TrimSpace(body[strings.Index(strings.ToLower(body), "atomic")+len("atomic"):])
		return c.readText(strings.TrimSpace(body[:len(body)-len("end")]), nowhere, p, nil)
	}
	return c.readText(body, p, p, nil)
}

// readSupport reads what an aggregate runs: functions by their whole names.
func (c *Catalog) readSupport(f *Function, p path) *reading {
	if len(f.Support) == 0 {
		return unknowable("what the aggregate " + dotted(f.Schema, f.Name) + " runs is not known")
	}
	d := &reading{kind: Read, level: Low}
	for _, name := range f.Support {
		one := c.wholeName(name, p)
		d.worsen(one.kind, one.level, one.why)
		d.uses = append(d.uses, one.uses...)
	}
	return d
}

// wholeName reads what the functions of a schema and name do, whatever their
// arguments. Of pg_catalog's all are trusted that are not named for an effect:
// many take the server's internal values, which no SQL could give them.
func (c *Catalog) wholeName(name string, p path) *reading {
	schema, bare, ok := strings.Cut(name, ".")
	if !ok {
		return unknowable("the function " + name + " is not known")
	}
	if schema == "pg_catalog" {
		return namedReading(namedFunctions, bare)
	}
	d := &reading{kind: Read, level: Low}
	found := c.functions(p, schema, bare, -1)
	if len(found) == 0 {
		return unknowable("the function " + name + " is not known")
	}
	for _, f := range found {
		d.uses = append(d.uses, use{f, p})
	}
	return d
}

// namedReading reads a function of PostgreSQL's own by its name.
func namedReading(table map[string]effect, name string) *reading {
	if e, ok := table[name]; ok {
		return &reading{kind: e.kind, level: e.level, why: name + " " + e.message}
	}
	return &reading{kind: Read, level: Low}
}

// quietExtension are functions of well-known extensions that are written in C
// and volatile, but only because their answer changes.
var quietExtension = func() map[string]bool {
	table := map[string]bool{}
	for name := range strings.FieldsSeq(`
		uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4
		gen_salt gen_random_bytes gen_random_uuid pgp_sym_encrypt pgp_sym_encrypt_bytea pgp_pub_encrypt pgp_pub_encrypt_bytea
		normal_rand pg_stat_statements pg_stat_statements_info
		pgstattuple pgstatindex pgstatginindex pgstathashindex pgstattuple_approx pg_relpages pgrowlocks
		pg_buffercache_pages pg_buffercache_summary pg_buffercache_usage_counts pg_freespace
		pg_visibility pg_visibility_map pg_visibility_map_summary
		st_generatepoints postgis_geos_version hypopg_list_indexes`) {
		table[name] = true
	}
	return table
}()
