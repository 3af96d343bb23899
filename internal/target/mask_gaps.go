package target

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/masking"
)

// Gap is a way around the masked views.
type Gap struct {
	What string `json:"what"` // a sentence
	Fix  string `json:"fix"`  // the SQL that closes it; empty if no SQL in this database does
	// Noted gaps are told and stop no apply: what they let through is no row of a
	// table, or cannot be closed from inside this database.
	Noted bool `json:"noted,omitempty"`
	// Moved gaps are closed by every apply, which gives the right to the roles
	// that exist and takes it from PUBLIC.
	Moved bool `json:"moved,omitempty"`
}

// Gaps returns the ways around the masked views of a database, for readers of
// these names (which need not exist yet) and for everybody. It reads catalogs
// only, with names resolved in pg_catalog.
func Gaps(ctx context.Context, tx pgx.Tx, readers []string) ([]Gap, error) {
	g := gapReader{tx: tx, readers: readers}
	if _, err := tx.Exec(ctx, "SET LOCAL search_path = pg_catalog, pg_temp"); err != nil {
		return nil, err
	}
	if err := tx.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&g.version); err != nil {
		return nil, err
	}
	for _, read := range []func(context.Context) error{g.keepers, g.rights, g.defaults, g.roles, g.key, g.foreign, g.server, g.notes} {
		if err := read(ctx); err != nil {
			return nil, fmt.Errorf("look for ways around the masks: %w", err)
		}
	}
	return g.list, nil
}

type gapReader struct {
	tx      pgx.Tx
	readers []string
	version int    // server_version_num
	keep    string // roles that PUBLIC's rights are given to by name before PUBLIC loses them
	list    []Gap
}

func (g *gapReader) add(noted bool, fix, what string, args ...any) {
	g.list = append(g.list, Gap{What: fmt.Sprintf(what, args...), Fix: fix, Noted: noted})
}

// keepers finds who shall lose nothing when a right is taken from PUBLIC: every
// role that logs in, but superusers, the server's own, the readers and who is given
// one of them, and short-lived ones: rights of their own would keep those from being
// dropped. Readers of other databases do not log in.
func (g *gapReader) keepers(ctx context.Context) error {
	return g.tx.QueryRow(ctx, `
		SELECT coalesce(string_agg(quote_ident(rolname), ', ' ORDER BY rolname), '') FROM pg_roles
		WHERE rolname !~ '^(pg_|dba-)' AND rolname <> $2 AND rolname <> ALL ($1::text[]) AND rolcanlogin AND NOT rolsuper
			AND NOT (rolname ~ '^v-' AND rolvaliduntil < 'infinity') -- Vault's
			AND NOT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
				WHERE m.member = pg_roles.oid AND r.rolname = ANY ($1::text[]) AND NOT m.admin_option)`,
		g.readers, masking.OwnerRole).Scan(&g.keep)
}

// closing is the SQL that takes a right away, from PUBLIC without anybody else
// losing it.
func (g *gapReader) closing(who, right, on string) string {
	if who != "public" {
		return fmt.Sprintf("REVOKE %s ON %s FROM %s;", right, on, masking.Ident(who))
	}
	fix := fmt.Sprintf("REVOKE %s ON %s FROM PUBLIC;", right, on)
	if g.keep != "" {
		fix = fmt.Sprintf("GRANT %s ON %s TO %s; ", right, on, g.keep) + fix
	}
	return fix
}

const (
	// outsiders are the schemas that are neither the server's nor ours.
	outsiders = `n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '` + masking.SecretSchema + `')
		AND NOT EXISTS (SELECT FROM pg_roles o WHERE o.oid = n.nspowner AND o.rolname = '` + masking.OwnerRole + `')`
	// whose are PUBLIC and those of the readers that exist.
	whose = `(SELECT 'public' AS who UNION ALL SELECT rolname FROM pg_roles WHERE rolname = ANY ($1::text[])) w`
)

// rights looks for rights of PUBLIC and of the readers.
func (g *gapReader) rights(ctx context.Context) error {
	for _, r := range reaches(g.version) {
		if err := g.reached(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// reached adds the gaps that one query finds, one for all rights on an object.
func (g *gapReader) reached(ctx context.Context, from reach) error {
	type holding struct{ who, on string }
	rights := map[holding][]string{}
	var order []holding
	var args []any
	if strings.Contains(from.sql, "$1") {
		args = append(args, g.readers)
	}
	rows, err := g.tx.Query(ctx, from.sql+" ORDER BY 1, 3, 2", args...)
	if err != nil {
		return err
	}
	var r holding
	var right string
	if _, err := pgx.ForEachRow(rows, []any{&r.who, &right, &r.on}, func() error {
		if rights[r] == nil {
			order = append(order, r)
		}
		if !slices.Contains(rights[r], right) {
			rights[r] = append(rights[r], right)
		}
		return nil
	}); err != nil {
		return err
	}
	for _, r := range order {
		if r.who != "public" { // what everybody has is told once
			rights[r] = slices.DeleteFunc(rights[r], func(right string) bool { return slices.Contains(rights[holding{"public", r.on}], right) })
		}
		all := strings.Join(rights[r], ", ")
		if all == "" {
			continue
		}
		g.add(from.noted && r.who == "public", g.closing(r.who, all, r.on), "%s has %s on %s.", whom(r.who), all, objectText(r.on))
		g.list[len(g.list)-1].Moved = from.moved && r.who == "public"
	}
	return nil
}

func whom(who string) string {
	if who == "public" {
		return "Everybody (PUBLIC)"
	}
	return "The role " + who
}

// objectText is what GRANT calls an object, with its kind in lower case. Of a long
// list it names the first.
func objectText(on string) string {
	words := strings.SplitAfter(on, " ")
	kind := 0
	for kind < len(words)-1 && words[kind] == strings.ToUpper(words[kind]) && !strings.ContainsAny(words[kind], `."`) {
		kind++
	}
	name := strings.Join(words[kind:], "")
	if list := strings.Split(name, "), "); len(list) > 3 {
		name = fmt.Sprintf("%s) and %d more like it", list[0], len(list)-1)
	}
	return strings.ToLower(strings.Join(words[:kind], "")) + name
}

// defaults looks for default privileges that open what will be made later.
func (g *gapReader) defaults(ctx context.Context) error {
	rows, err := g.tx.Query(ctx, `
		SELECT r.rolname, coalesce(n.nspname, ''), CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' ELSE 'ROUTINES' END,
			string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END
		FROM pg_default_acl d JOIN pg_roles r ON r.oid = d.defaclrole LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
		WHERE (a.grantee = 0 OR pg_get_userbyid(a.grantee) = ANY ($1::text[])) AND d.defaclobjtype IN ('r', 'S', 'n', 'f', 'L')
			AND NOT (d.defaclobjtype = 'f' AND d.defaclnamespace = 0 AND a.grantee = 0) -- the built-in default, said aloud
		GROUP BY 1, 2, 3, a.grantee ORDER BY 1, 2, 3`, g.readers)
	if err != nil {
		return err
	}
	var role, schema, kind, rights, who string
	_, err = pgx.ForEachRow(rows, []any{&role, &schema, &kind, &rights, &who}, func() error {
		in, where := "", ""
		if schema != "" {
			in, where = " IN SCHEMA "+masking.Ident(schema), " in "+schema
		}
		from := "PUBLIC"
		if who != "public" {
			from = masking.Ident(who)
		}
		g.add(false, fmt.Sprintf("ALTER DEFAULT PRIVILEGES FOR ROLE %s%s REVOKE %s ON %s FROM %s;", masking.Ident(role), in, rights, kind, from),
			"%s will have %s on %s that %s makes%s.", whom(who), rights, strings.ToLower(kind), role, where)
		return nil
	})
	return err
}

// roles looks at the owner and the readers themselves.
func (g *gapReader) roles(ctx context.Context) error {
	rows, err := g.tx.Query(ctx, `
		SELECT r.rolname, concat_ws(', ', CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
			CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolreplication THEN 'REPLICATION' END, CASE WHEN rolcanlogin THEN 'LOGIN' END)
		FROM pg_roles r WHERE (r.rolname = $2 OR r.rolname = ANY ($1::text[]))
			AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin) ORDER BY 1`, g.readers, masking.OwnerRole)
	if err != nil {
		return err
	}
	var role, has string
	if _, err = pgx.ForEachRow(rows, []any{&role, &has}, func() error {
		var no []string
		for _, attribute := range strings.Split(has, ", ") {
			no = append(no, "NO"+attribute)
		}
		g.add(false, fmt.Sprintf("ALTER ROLE %s %s;", masking.Ident(role), strings.Join(no, " ")), "The role %s is %s.", role, has)
		return nil
	}); err != nil {
		return err
	}
	rows, err = g.tx.Query(ctx, `
		SELECT m.rolname, r.rolname FROM pg_auth_members x JOIN pg_roles m ON m.oid = x.member JOIN pg_roles r ON r.oid = x.roleid
		WHERE m.rolname = $2 OR m.rolname = ANY ($1::text[]) OR r.rolname = $2 AND NOT m.rolsuper AND NOT EXISTS (
			SELECT FROM pg_auth_members y WHERE y.roleid = x.roleid AND y.member = x.member AND y.admin_option AND to_jsonb(y) ->> 'inherit_option' = 'false' AND to_jsonb(y) ->> 'set_option' = 'false')
		ORDER BY 1, 2`, g.readers, masking.OwnerRole)
	if err != nil {
		return err
	}
	var member, of string
	_, err = pgx.ForEachRow(rows, []any{&member, &of}, func() error {
		g.add(false, fmt.Sprintf("REVOKE %s FROM %s;", masking.Ident(of), masking.Ident(member)), "The role %s is a member of %s.", member, of)
		return nil
	})
	return err
}

// key looks for who else reads the key of the pseudonyms: default privileges may
// have given it away as it was made.
func (g *gapReader) key(ctx context.Context) error {
	rows, err := g.tx.Query(ctx, `
		SELECT CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END, string_agg(DISTINCT a.privilege_type, ', ')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = $1, aclexplode(c.relacl) a
		WHERE c.relname = $2 AND a.grantee <> c.relowner GROUP BY 1 ORDER BY 1`, masking.SecretSchema, masking.KeyTable)
	if err != nil {
		return err
	}
	var who, has string
	_, err = pgx.ForEachRow(rows, []any{&who, &has}, func() error {
		from := "PUBLIC"
		if who != "public" {
			from = masking.Ident(who)
		}
		g.add(false, fmt.Sprintf("REVOKE ALL ON %s.%s FROM %s;", masking.SecretSchema, masking.KeyTable, from), "%s has %s on the key of the pseudonyms.", whom(who), has)
		return nil
	})
	return err
}

// foreign looks for things of somebody else's that stand where the masks go, or
// on top of them.
func (g *gapReader) foreign(ctx context.Context) error {
	rows, err := g.tx.Query(ctx, `
		SELECT n.nspname, pg_get_userbyid(n.nspowner) FROM pg_namespace n
		WHERE (n.nspname = $1 OR starts_with(n.nspname, $2)) AND pg_get_userbyid(n.nspowner) <> $3 ORDER BY 1`,
		masking.SecretSchema, masking.ViewPrefix, masking.OwnerRole)
	if err != nil {
		return err
	}
	var schema, owner string
	if _, err = pgx.ForEachRow(rows, []any{&schema, &owner}, func() error {
		g.add(schema != masking.SecretSchema, fmt.Sprintf("ALTER SCHEMA %s RENAME TO …;", masking.Ident(schema)),
			"The schema %s belongs to %s; masked views of that name are %s's.", schema, owner, masking.OwnerRole)
		return nil
	}); err != nil {
		return err
	}
	rows, err = g.tx.Query(ctx, `
		SELECT DISTINCT v.oid::regclass::text, m.oid::regclass::text
		FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
		JOIN pg_class m ON m.oid = d.refobjid JOIN pg_namespace mn ON mn.oid = m.relnamespace AND pg_get_userbyid(mn.nspowner) = $1
		JOIN pg_class v ON v.oid = w.ev_class JOIN pg_namespace vn ON vn.oid = v.relnamespace AND pg_get_userbyid(vn.nspowner) <> $1
		WHERE m.relname <> $2 ORDER BY 1`, masking.OwnerRole, masking.KeyTable)
	if err != nil {
		return err
	}
	var view, on string
	_, err = pgx.ForEachRow(rows, []any{&view, &on}, func() error {
		g.add(false, fmt.Sprintf("DROP VIEW %s;", view), "The view %s is built on the masked view %s, which every apply makes anew.", view, on)
		return nil
	})
	return err
}

// leakProof are the minor releases from which on planner statistics cannot be read
// through operators of one's own (CVE-2025-8713), by major version.
var leakProof = map[int]int{13: 22, 14: 19, 15: 14, 16: 10, 17: 6}

// server looks at settings, the version, and what DDL in one database cannot close.
func (g *gapReader) server(ctx context.Context) error {
	var compat bool
	var large, connect string
	if err := g.tx.QueryRow(ctx, `
		SELECT current_setting('lo_compat_privileges')::bool,
			coalesce((SELECT string_agg(quote_ident(datname), ', ' ORDER BY datname) FROM pg_database
				WHERE datallowconn AND datname <> current_database() AND has_database_privilege('public', oid, 'CONNECT')), ''),
			coalesce((SELECT string_agg(DISTINCT s.setting, ', ') FROM pg_db_role_setting d, unnest(d.setconfig) c(line), split_part(c.line, '=', 1) s(setting)
				WHERE d.setrole = 0 AND d.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
				AND lower(s.setting) IN ('session_preload_libraries', 'local_preload_libraries', 'lo_compat_privileges')), '')`).
		Scan(&compat, &connect, &large); err != nil {
		return err
	}
	version := g.version
	if fixed, ok := leakProof[version/10000]; ok && version%10000 < fixed {
		g.add(true, "", "This server is %d.%d; from %d.%d on nobody reads planner statistics through operators of their own.", version/10000, version%10000, version/10000, fixed)
	}
	if compat {
		g.add(false, "ALTER SYSTEM SET lo_compat_privileges = off;", "With lo_compat_privileges everybody reads every large object.")
	}
	if large != "" {
		g.add(true, "", "The database sets %s for everybody.", large)
	}
	if connect != "" {
		g.add(true, fmt.Sprintf("REVOKE CONNECT ON DATABASE %s FROM PUBLIC;", connect), "Everybody (PUBLIC) may connect to other databases of this server: %s. Revoke it there, or in pg_hba.conf.", connect)
	}
	return nil
}
