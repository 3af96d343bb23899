package target

import "strings"

// reach is a query for rights that go around the views: whose, which right, and on
// what, as GRANT writes it.
type reach struct {
	sql   string
	since int  // server_version_num from which there is such a right
	moved bool // see Gap.Moved
	noted bool // see Gap.Noted
	raw   bool // rows can be read by it: it is looked for before each credential
}

// reaches are the queries for a server of this version.
func reaches(version int) (list []reach) {
	for i, sql := range leaving {
		// The server's own functions belong to a superuser, whom managed servers do not
		// have: what they let a session leave behind goes with its role.
		list = append(list, reach{sql: sql, moved: true, noted: i == len(leaving)-1})
	}
	tables := onTables
	if version < 170000 {
		tables = strings.Replace(tables, ",MAINTAIN", "", 1)
	}
	list = append(list, reach{sql: tables})
	for _, r := range reaching {
		if version >= r.since {
			list = append(list, r)
		}
	}
	return list
}

// notFromStart is the condition that PUBLIC did not have rights on an object of the
// server's when the database was made.
func notFromStart(catalog, oid string) string {
	return `NOT EXISTS (SELECT FROM pg_init_privs i, aclexplode(i.initprivs) a
		WHERE i.classoid = '` + catalog + `'::regclass AND i.objoid = ` + oid + ` AND i.objsubid = 0 AND a.grantee = 0)`
}

// onTables finds rows that can be read or written. It does not ask whether the
// schema can be used: pg_stats shows values of every column that may be selected.
// TRIGGER and REFERENCES bring code and comparisons to a table; MAINTAIN locks it.
const onTables = `SELECT w.who, p.name, 'TABLE ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname)
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, ` + whose + `, unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER,MAINTAIN}'::text[]) p(name)
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND ` + outsiders + `
		AND CASE WHEN p.name IN ('DELETE', 'TRUNCATE', 'TRIGGER', 'MAINTAIN') THEN has_table_privilege(w.who, c.oid, p.name) ELSE has_any_column_privilege(w.who, c.oid, p.name) END
		AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
			AND d.deptype = 'e' AND e.extname = 'pg_stat_statements')`

// callable is the condition that somebody gets at a function: by its name, or by an
// operator or cast, which asks for EXECUTE and not for the function's schema.
const callable = `has_function_privilege(w.who, p.oid, 'EXECUTE') AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
	AND (has_schema_privilege(w.who, n.oid, 'USAGE') OR EXISTS (SELECT FROM pg_cast t WHERE t.castfunc = p.oid)
		OR EXISTS (SELECT FROM pg_operator o WHERE o.oprcode = p.oid AND has_schema_privilege(w.who, o.oprnamespace, 'USAGE')))`

var reaching = []reach{
	// By its OID a sequence needs no schema either.
	{sql: `SELECT w.who, p.name, 'SEQUENCE ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname)
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, ` + whose + `, unnest('{USAGE,UPDATE,SELECT}'::text[]) p(name)
	WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND ` + outsiders + ` AND has_sequence_privilege(w.who, c.oid, p.name)`},
	// Catalogs, files and functions of the server that initdb gave to nobody.
	{raw: true, sql: `SELECT CASE x.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(x.grantee) END, x.privilege_type, 'TABLE ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname)
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) x
	WHERE (n.nspname IN ('pg_catalog', 'pg_toast') OR n.nspname = 'information_schema' AND c.oid >= 16384)
		AND (x.grantee = 0 OR pg_get_userbyid(x.grantee) = ANY ($1::text[])) AND NOT EXISTS (SELECT FROM pg_init_privs i, aclexplode(i.initprivs) a
		WHERE i.classoid = 'pg_class'::regclass AND i.objoid = c.oid AND i.objsubid = 0 AND a.grantee = x.grantee AND a.privilege_type = x.privilege_type)`},
	{raw: true, sql: `SELECT CASE x.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(x.grantee) END, x.privilege_type || ' (' || quote_ident(t.attname) || ')',
		'TABLE pg_catalog.' || quote_ident(c.relname)
	FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid AND c.relnamespace = 'pg_catalog'::regnamespace, aclexplode(t.attacl) x
	WHERE t.attacl IS NOT NULL AND (x.grantee = 0 OR pg_get_userbyid(x.grantee) = ANY ($1::text[])) AND NOT EXISTS (SELECT FROM pg_init_privs i, aclexplode(i.initprivs) a
		WHERE i.classoid = 'pg_class'::regclass AND i.objoid = c.oid AND i.objsubid = t.attnum AND a.grantee = x.grantee AND a.privilege_type = x.privilege_type)`},
	// CVE-2024-4317: databases made before 14.12, 15.7 and 16.3 keep views that show
	// the statistics of other people's columns.
	{raw: true, sql: `SELECT w.who, 'SELECT', 'TABLE pg_catalog.' || c.relname FROM pg_class c, ` + whose + `
	WHERE c.oid IN ('pg_catalog.pg_stats_ext'::regclass, 'pg_catalog.pg_stats_ext_exprs'::regclass) AND has_table_privilege(w.who, c.oid, 'SELECT')
		AND NOT has_table_privilege('public', c.oid, 'UPDATE') AND strpos(pg_get_viewdef(c.oid), 'pg_has_role') = 0`},
	{raw: true, sql: `SELECT w.who, 'EXECUTE', 'FUNCTION pg_catalog.' || p.oid::regprocedure
	FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, ` + whose + `
	WHERE n.nspname = 'pg_catalog' AND p.proacl IS NOT NULL AND has_function_privilege(w.who, p.oid, 'EXECUTE') AND ` + notFromStart("pg_proc", "p.oid") + `
		AND EXISTS (SELECT FROM pg_init_privs i WHERE i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid)`},
	// Code that runs with its owner's rights, or with the server's. From 16384 on come
	// the OIDs of what was not there from the start.
	{raw: true, sql: `SELECT w.who, 'EXECUTE', 'ROUTINE ' || p.oid::regprocedure
	FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang, ` + whose + `
	WHERE (p.prosecdef OR NOT l.lanpltrusted AND p.prokind <> 'a' AND ` + ofExtension("pg_proc", "p.oid") + ` IS NULL) AND p.oid >= 16384
		AND n.nspname !~ '^pg_(toast_)?temp' AND ` + callable},
	{raw: true, sql: `SELECT w.who, 'EXECUTE', 'ROUTINE ' || p.oid::regprocedure
	FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid JOIN pg_namespace n ON n.oid = p.pronamespace, ` + whose + `
	WHERE EXISTS (SELECT FROM pg_proc f WHERE f.prosecdef AND f.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn))
		AND has_schema_privilege(w.who, n.oid, 'USAGE') AND has_function_privilege(w.who, p.oid, 'EXECUTE')`},
	{sql: `SELECT w.who, 'CREATE', 'SCHEMA ' || quote_ident(n.nspname)
	FROM pg_namespace n, ` + whose + ` WHERE n.nspname !~ '^pg_(toast_)?temp' AND n.nspname <> 'public' AND has_schema_privilege(w.who, n.oid, 'CREATE')`},
	{sql: `SELECT w.who, 'CREATE', 'DATABASE ' || quote_ident(current_database()) FROM ` + whose + ` WHERE has_database_privilege(w.who, current_database(), 'CREATE')`},
	{raw: true, sql: `SELECT CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type, 'LARGE OBJECT ' || l.oid
	FROM pg_largeobject_metadata l, aclexplode(l.lomacl) a WHERE a.grantee = 0 OR pg_get_userbyid(a.grantee) = ANY ($1::text[])`},
	// Settings that only superusers may change.
	{since: 150000, raw: true, sql: `SELECT CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type, 'PARAMETER ' || quote_ident(p.parname)
	FROM pg_parameter_acl p, aclexplode(p.paracl) a WHERE a.grantee = 0 OR pg_get_userbyid(a.grantee) = ANY ($1::text[])`},
	// Other servers.
	{sql: `SELECT w.who, 'USAGE', 'FOREIGN SERVER ' || quote_ident(s.srvname) FROM pg_foreign_server s, ` + whose + ` WHERE has_server_privilege(w.who, s.oid, 'USAGE')`},
	{sql: `SELECT w.who, 'USAGE', 'FOREIGN DATA WRAPPER ' || quote_ident(f.fdwname) FROM pg_foreign_data_wrapper f, ` + whose + `
	WHERE has_foreign_data_wrapper_privilege(w.who, f.oid, 'USAGE')`},
	{raw: true, sql: `SELECT w.who, 'EXECUTE', 'ROUTINE ' || string_agg(p.oid::regprocedure::text, ', ' ORDER BY p.oid::regprocedure::text)
	FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	JOIN pg_extension e ON e.oid = d.refobjid AND e.extname IN ('dblink', 'adminpack', 'pageinspect'), ` + whose + `
	WHERE has_schema_privilege(w.who, n.oid, 'USAGE') AND has_function_privilege(w.who, p.oid, 'EXECUTE') GROUP BY w.who, e.extname`},
}

// leaving are the rights by which a session could leave something behind, or put it
// in front of a view: PUBLIC has them in every new database, and loses them at an
// apply.
var leaving = []string{
	`SELECT w.who, 'TEMPORARY', 'DATABASE ' || quote_ident(current_database()) FROM ` + whose + ` WHERE has_database_privilege(w.who, current_database(), 'TEMPORARY')`,
	`SELECT w.who, 'CREATE', 'SCHEMA public' FROM pg_namespace n, ` + whose + ` WHERE n.nspname = 'public' AND has_schema_privilege(w.who, n.oid, 'CREATE')`,
	`SELECT w.who, 'EXECUTE', 'FUNCTION pg_catalog.' || p.oid::regprocedure
	FROM pg_proc p, ` + whose + `
	WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN ('lo_create', 'lo_creat', 'lo_from_bytea') AND has_function_privilege(w.who, p.oid, 'EXECUTE')`,
}
