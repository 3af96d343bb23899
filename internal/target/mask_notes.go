package target

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/masking"
)

// notes looks for what no right in this database hides from whoever is logged in.
func (g *gapReader) notes(ctx context.Context) error {
	for _, look := range []func(context.Context) error{g.spoken, g.told, g.settable} {
		if err := look(ctx); err != nil {
			return err
		}
	}
	return nil
}

// catalogTexts is what everybody reads in the catalog, whatever it is about.
const catalogTexts = `
	SELECT 'the default of ' || d.adrelid::regclass || '.' || quote_ident(a.attname), pg_get_expr(d.adbin, d.adrelid)
	FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
	UNION ALL SELECT 'the constraint ' || quote_ident(conname) || CASE WHEN conrelid <> 0 THEN ' of ' || conrelid::regclass ELSE '' END, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'
	UNION ALL SELECT 'the index ' || indexrelid::regclass, concat_ws(' ', pg_get_expr(indpred, indrelid), pg_get_expr(indexprs, indrelid)) FROM pg_index WHERE indpred IS NOT NULL OR indexprs IS NOT NULL
	UNION ALL SELECT 'the bounds of the partition ' || oid::regclass, pg_get_expr(relpartbound, oid) FROM pg_class WHERE relpartbound IS NOT NULL
	UNION ALL SELECT 'the comment on ' || pg_describe_object(classoid, objoid, objsubid), description FROM pg_description WHERE objoid >= 16384
	UNION ALL SELECT 'the function ' || p.oid::regprocedure, left(p.prosrc, 20000) FROM pg_proc p WHERE p.oid >= 16384 AND p.probin IS NULL
		AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
	UNION ALL SELECT 'the view ' || c.oid::regclass, pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND ` + outsiders + `
	UNION ALL SELECT 'the policy ' || quote_ident(polname) || ' of ' || polrelid::regclass, concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy
	UNION ALL SELECT 'the trigger ' || quote_ident(tgname) || ' of ' || tgrelid::regclass, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
	UNION ALL SELECT 'the options of the server ' || quote_ident(srvname), array_to_string(srvoptions, ' ') FROM pg_foreign_server
	UNION ALL SELECT 'the setting ' || split_part(c.line, '=', 1) || CASE WHEN s.setrole <> 0 THEN ' of the role ' || pg_get_userbyid(s.setrole) ELSE ' of the database' END, '''' || substr(c.line, strpos(c.line, '=') + 1) || ''''
	FROM pg_db_role_setting s, unnest(s.setconfig) c(line) WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))`

// spoken tells of values in definitions: everybody reads those.
func (g *gapReader) spoken(ctx context.Context) error {
	rows, err := g.tx.Query(ctx, catalogTexts+" ORDER BY 1")
	if err != nil {
		return err
	}
	var found []string
	var where, text *string
	if _, err := pgx.ForEachRow(rows, []any{&where, &text}, func() error {
		if where != nil && text != nil && masking.Speaks(*text) {
			found = append(found, *where)
		}
		return nil
	}); err != nil {
		return err
	}
	if len(found) > 0 {
		g.add(true, "", "Everybody reads definitions, and something that a mask would hide stands in %s.", listed(found))
	}
	return nil
}

// told tells of code that notifies: everybody may listen on every channel.
func (g *gapReader) told(ctx context.Context) error {
	found, err := g.names(ctx, `SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE `+outsiders+` AND p.probin IS NULL AND p.prosrc ~* '\m(pg_notify|notify)\M' ORDER BY 1`)
	if err == nil && len(found) > 0 {
		g.add(true, "", "Everybody may LISTEN on every channel, and send to it; these notify: %s. Let them send keys only.", listed(found))
	}
	return err
}

// settable tells of what hangs on settings of the session, which whoever has the
// session sets.
func (g *gapReader) settable(ctx context.Context) error {
	found, err := g.names(ctx, `SELECT DISTINCT p.polrelid::regclass::text FROM pg_policy p
		WHERE concat_ws(' ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) ~ 'current_setting' ORDER BY 1`)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		g.add(true, "", "Row security of %s goes by a setting, which a reader sets as they like: their masks are all that holds.", listed(found))
	}
	found, err = g.names(ctx, `SELECT DISTINCT split_part(c.line, '=', 1) FROM pg_db_role_setting s, unnest(s.setconfig) c(line)
		WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) AND split_part(c.line, '=', 1) ~ '\.'
			AND split_part(c.line, '.', 1) NOT IN (SELECT extname FROM pg_extension) ORDER BY 1`)
	if err == nil && len(found) > 0 {
		g.add(true, "", "Everybody reads the settings of databases and roles; these are the application's own: %s. Keep keys elsewhere.", listed(found))
	}
	return err
}

func (g *gapReader) names(ctx context.Context, sql string) ([]string, error) {
	rows, err := g.tx.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// listed names at most six.
func listed(names []string) string {
	const most = 6
	names = slices.Clone(names)
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("and %d more", len(names)-most))
	}
	return strings.Join(names, ", ")
}
