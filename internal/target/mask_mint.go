package target

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"dbaccess/credentials"
	"dbaccess/internal/masking"
)

// MaskGuard looks for ways around the masked views right before a credential for
// them is made. It keeps a connection a database for it, so that a look costs one
// question and an answer. The fields are set before the first use.
type MaskGuard struct {
	URLs map[string]func() (credentials.Secret, error) // by database: a login that may look

	mu    sync.Mutex // guards pools
	pools map[string]*pgxpool.Pool
}

// guardTimeout bounds one look.
const guardTimeout = 10 * time.Second

// Ways returns, a sentence each, the grants by which a member of these roles would
// read what the masked views of these schemas hide. Schemas that no apply made have
// none: nothing was promised of them. It reads rights in catalogs only: of rows
// (tables, columns, statistics, large objects), of code that runs as its owner, and
// memberships. What makes no row readable, such as temporary tables, is left to
// [ReadMaskState].
func (m *MaskGuard) Ways(ctx context.Context, database string, roles, schemas []string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, guardTimeout)
	defer cancel()
	pool, err := m.pool(ctx, database)
	if err != nil {
		return nil, err
	}
	var list []string
	err = pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		rows, err := c.Query(ctx, guardQuery(serverVersion(c.Conn())), roles, schemas)
		if err != nil {
			return err
		}
		var who, right, on string
		_, err = pgx.ForEachRow(rows, []any{&who, &right, &on}, func() error {
			what := fmt.Sprintf("%s has %s on %s.", whom(who), right, objectText(on))
			if right == "" {
				what = fmt.Sprintf("The role %s %s.", who, on)
			}
			list = append(list, what)
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for ways around the masks of %s: %w", database, err)
	}
	return list, nil
}

// Close closes the connections.
func (m *MaskGuard) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.pools {
		p.Close()
	}
	m.pools = nil
}

func (m *MaskGuard) pool(ctx context.Context, database string) (*pgxpool.Pool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p := m.pools[database]; p != nil {
		return p, nil
	}
	read := m.URLs[database]
	if read == nil {
		return nil, fmt.Errorf("there is no login to look at %s with", database)
	}
	url, err := read()
	if err != nil {
		return nil, err
	}
	p, err := lookingPool(ctx, url, "dbaccess-masks")
	if err != nil {
		return nil, err
	}
	if m.pools == nil {
		m.pools = map[string]*pgxpool.Pool{}
	}
	m.pools[database] = p
	return p, nil
}

// serverVersion is server_version_num's first part, times 10000.
func serverVersion(conn *pgx.Conn) int {
	var major int
	_, _ = fmt.Sscanf(conn.PgConn().ParameterStatus("server_version"), "%d", &major)
	return major * 10000
}

// grantedTables finds what onTables does by the rights that were given, which is
// faster: these roles own nothing and are members of nothing, or else that is told.
const grantedTables = `SELECT who, privilege, name FROM (
	SELECT CASE x.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(x.grantee) END AS who, x.privilege_type AS privilege,
		'TABLE ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, c.oid
	FROM (SELECT oid, relnamespace, relname, relacl AS acl FROM pg_class WHERE relacl IS NOT NULL AND relkind IN ('r', 'p', 'v', 'm', 'f') AND relpersistence <> 't'
		UNION ALL SELECT k.oid, k.relnamespace, k.relname, a.attacl FROM pg_attribute a JOIN pg_class k ON k.oid = a.attrelid WHERE a.attacl IS NOT NULL AND k.relpersistence <> 't') c
	JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.acl) x
	WHERE (x.grantee = 0 OR x.grantee IN (SELECT oid FROM pg_roles WHERE rolname = ANY ($1::text[]))) AND ` + outsiders + ` OFFSET 0) granted
	WHERE NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid WHERE d.classid = 'pg_class'::regclass AND d.objid = granted.oid
		AND d.deptype = 'e' AND e.extname = 'pg_stat_statements')`

// trusted finds roles that are more than they were made as.
const trusted = `SELECT m.rolname, '', 'is a member of ' || r.rolname FROM pg_auth_members x JOIN pg_roles m ON m.oid = x.member JOIN pg_roles r ON r.oid = x.roleid
	WHERE m.rolname = '` + masking.OwnerRole + `' OR m.rolname = ANY ($1::text[]) OR r.rolname = '` + masking.OwnerRole + `' AND NOT m.rolsuper AND NOT EXISTS (
		SELECT FROM pg_auth_members y WHERE y.roleid = x.roleid AND y.member = x.member AND y.admin_option AND to_jsonb(y) ->> 'inherit_option' = 'false' AND to_jsonb(y) ->> 'set_option' = 'false')
	UNION ALL SELECT rolname, '', 'is a superuser, or bypasses row security, or makes roles' FROM pg_roles
	WHERE (rolname = '` + masking.OwnerRole + `' OR rolname = ANY ($1::text[])) AND (rolsuper OR rolbypassrls OR rolcreaterole)
	UNION ALL SELECT pg_get_userbyid(c.relowner), '', 'owns the relation ' || c.oid::regclass FROM pg_class c
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND c.relowner IN (SELECT oid FROM pg_roles WHERE rolname = ANY ($1::text[]))`

// guardQuery is one question for all of it.
func guardQuery(version int) string {
	parts := []string{grantedTables, trusted}
	for _, r := range reaching {
		if r.raw && version >= r.since {
			parts = append(parts, r.sql)
		}
	}
	for i, sql := range parts {
		parts[i] = "SELECT a::text, b::text, c::text FROM (" + sql + ") x(a, b, c)"
	}
	return "SELECT DISTINCT a, b, c FROM (" + strings.Join(parts, "\nUNION ALL ") + `) found
		WHERE EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = ANY ($2::text[]) AND pg_get_userbyid(n.nspowner) = '` + masking.OwnerRole + `') ORDER BY 1, 3, 2 LIMIT 100`
}
