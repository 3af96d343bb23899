package target

import (
	"context"
	"fmt"

	"dbaccess/credentials"
)

// PreviewRights are what a preview role could do besides looking.
type PreviewRights struct {
	Role   string
	Wrong  []string // sentences: what it must not be able to do
	Unsafe []string // sentences: what it need not be able to do
}

// mine are the roles that the session's role is, or can become a member's
// member of, PUBLIC's rights included in each.
const mine = `WITH RECURSIVE mine AS (
	SELECT oid, rolname FROM pg_roles WHERE rolname = session_user
	UNION SELECT r.oid, r.rolname FROM mine JOIN pg_auth_members m ON m.member = mine.oid JOIN pg_roles r ON r.oid = m.roleid
) `

// previewWrongs are queries for what a preview role must not be able to do; each
// row is one such thing, in words.
var previewWrongs = []string{
	`SELECT 'It is ' || concat_ws(', ', CASE WHEN r.rolsuper THEN 'a superuser' END, CASE WHEN r.rolcreaterole THEN 'allowed to make roles' END,
		CASE WHEN r.rolcreatedb THEN 'allowed to make databases' END, CASE WHEN r.rolreplication THEN 'allowed to replicate' END,
		CASE WHEN r.rolbypassrls THEN 'exempt from row security' END) || CASE WHEN r.rolname <> session_user THEN ', through ' || quote_ident(r.rolname) ELSE '' END
	FROM mine JOIN pg_roles r USING (oid) WHERE r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls`,
	`SELECT 'It is a member of ' || quote_ident(rolname) FROM mine WHERE rolname IN ('pg_write_all_data', 'pg_write_server_files', 'pg_read_server_files',
		'pg_execute_server_program', 'pg_signal_backend', 'pg_database_owner', 'pg_maintain', 'pg_create_subscription', 'pg_checkpoint')`,
	`SELECT 'It owns ' || pg_describe_object('pg_class'::regclass, c.oid, 0) FROM pg_class c JOIN mine ON mine.oid = c.relowner LIMIT 3`,
	`SELECT 'It owns the schema ' || quote_ident(n.nspname) FROM pg_namespace n JOIN mine ON mine.oid = n.nspowner LIMIT 3`,
	`SELECT 'It owns ' || pg_describe_object('pg_proc'::regclass, p.oid, 0) FROM pg_proc p JOIN mine ON mine.oid = p.proowner LIMIT 3`,
	`SELECT 'It owns the database' FROM pg_database d JOIN mine ON mine.oid = d.datdba WHERE d.datname = current_database()`,
	`SELECT DISTINCT 'It can write to ' || c.oid::regclass FROM mine, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname !~ '^pg_(toast_)?temp_'
		AND (has_table_privilege(mine.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER') OR has_any_column_privilege(mine.oid, c.oid, 'INSERT, UPDATE')) LIMIT 5`,
	`SELECT DISTINCT 'It can advance the sequence ' || c.oid::regclass FROM mine, pg_class c
		WHERE c.relkind = 'S' AND has_sequence_privilege(mine.oid, c.oid, 'USAGE, UPDATE') LIMIT 3`,
	`SELECT DISTINCT 'It can make objects in the schema ' || quote_ident(n.nspname) FROM mine, pg_namespace n WHERE n.nspname !~ '^pg_(toast_)?temp_' AND has_schema_privilege(mine.oid, n.oid, 'CREATE') LIMIT 3`,
	`SELECT DISTINCT 'It can make schemas in the database' FROM mine WHERE has_database_privilege(mine.oid, current_database(), 'CREATE')`,
}

// previewUnsafe are queries for what is not needed, and harmless in a read-only
// transaction.
var previewUnsafe = []string{
	`SELECT DISTINCT 'It can make temporary tables' FROM mine WHERE has_database_privilege(mine.oid, current_database(), 'TEMP')`,
	`SELECT 'Its transactions may write unless they say otherwise (default_transaction_read_only is off)' WHERE current_setting('default_transaction_read_only') = 'off'`,
	`SELECT 'Its statements may run for ever (statement_timeout is 0)' WHERE current_setting('statement_timeout') = '0'`,
	`SELECT 'It inherits the rights of the roles that it is a member of' FROM pg_roles WHERE rolname = session_user AND rolinherit AND (SELECT count(*) FROM mine) > 1`,
}

// CheckPreview looks at what the login of a preview could do: nothing but read, or
// it is told. Nothing is tried out: rights are read from the catalogs.
func CheckPreview(ctx context.Context, url credentials.Secret) (PreviewRights, error) {
	var rights PreviewRights
	config, err := login(url)
	if err != nil {
		return rights, err
	}
	conn, err := open(ctx, config, "dbaccess-doctor")
	if err != nil {
		return rights, fmt.Errorf("log in as %s: %w", config.User, err)
	}
	defer closeSoon(ctx, conn)
	rights.Role = config.User
	// What the role's own settings are is seen before ours are set.
	for _, of := range []struct {
		queries []string
		into    *[]string
	}{{previewUnsafe, &rights.Unsafe}, {previewWrongs, &rights.Wrong}} {
		if err := query(ctx, conn, "SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)", nil); err != nil {
			return rights, err
		}
		for _, sql := range of.queries {
			err := query(ctx, conn, mine+sql, func(v [][]byte) error {
				*of.into = append(*of.into, string(v[0])+".")
				return nil
			})
			if err != nil {
				return rights, fmt.Errorf("look at the rights of %s: %w", config.User, err)
			}
		}
	}
	return rights, nil
}
