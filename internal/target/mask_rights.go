package target

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/internal/masking"
)

// ErrRights says what the role that works on masks may not do, and the SQL by which
// somebody who may lets it. Nothing was changed.
type ErrRights struct{ What, Fix string }

func (e *ErrRights) Error() string { return e.What + " " + e.Fix }

// hand is the role that works on the masks of a database. A superuser may do
// everything. An owner of the database who is none, as on managed servers, makes the
// roles with CREATEROLE, and is a member of the views' owner from take to back:
// within one transaction, so that nobody else ever sees it.
type hand struct {
	tx                          pgx.Tx
	name, database              string
	super, makesRoles, inherits bool
	creates                     bool // schemas in the database
	version                     int
	taken                       []string
}

func handOf(ctx context.Context, tx pgx.Tx) (*hand, error) {
	h := &hand{tx: tx}
	err := tx.QueryRow(ctx, `
		SELECT rolname, rolsuper, rolcreaterole, rolinherit, pg_catalog.current_database(), pg_catalog.current_setting('server_version_num')::int,
			pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
		FROM pg_catalog.pg_roles WHERE rolname = current_user`).
		Scan(&h.name, &h.super, &h.makesRoles, &h.inherits, &h.database, &h.version, &h.creates)
	if err != nil {
		return nil, fmt.Errorf("read our own rights: %w", err)
	}
	return h, nil
}

// granular reports whether memberships have SET and INHERIT of their own.
func (h *hand) granular() bool { return h.version >= 160000 }

// makes makes the roles that are missing, without being a member of any.
func (h *hand) makes(ctx context.Context, roles []string) error {
	if h.super {
		return nil // the script does
	}
	if !h.creates {
		return &ErrRights{
			fmt.Sprintf("The role %s may not make schemas in %s.", h.name, h.database),
			fmt.Sprintf("GRANT CREATE ON DATABASE %s TO %s;", masking.Ident(h.database), masking.Ident(h.name)),
		}
	}
	for _, role := range roles {
		exists, err := roleExists(ctx, h.tx, role)
		if err != nil {
			return err
		}
		if exists {
			continue
		}
		if !h.makesRoles {
			return &ErrRights{fmt.Sprintf("The role %s may not make the role %s.", h.name, role), fmt.Sprintf("ALTER ROLE %s CREATEROLE;", masking.Ident(h.name))}
		}
		if _, err := h.tx.Exec(ctx, masking.CreateRole(role)); err != nil {
			return fmt.Errorf("make the role %s: %w", role, err)
		}
		if h.granular() { // createrole_self_grant may have given more than the right to give it
			if err := h.drops(ctx, role); err != nil {
				return err
			}
		}
	}
	return nil
}

// take makes us a member of these roles, as far as we are not.
func (h *hand) take(ctx context.Context, roles ...string) error {
	if h.super {
		return nil
	}
	if !h.granular() && !h.inherits {
		return &ErrRights{fmt.Sprintf("The role %s does not use the rights of the roles that it is a member of.", h.name), fmt.Sprintf("ALTER ROLE %s INHERIT;", masking.Ident(h.name))}
	}
	for _, role := range roles {
		var has bool
		set := "MEMBER"
		if h.granular() {
			set = "SET"
		}
		if err := h.tx.QueryRow(ctx, "SELECT pg_catalog.pg_has_role($1, 'USAGE') AND pg_catalog.pg_has_role($1, $2)", role, set).Scan(&has); err != nil {
			return err
		}
		if has {
			continue
		}
		grant := "GRANT " + masking.Ident(role) + " TO CURRENT_USER"
		if h.granular() {
			grant += " WITH INHERIT TRUE, SET TRUE"
		}
		err := pgx.BeginFunc(ctx, h.tx, func(tx pgx.Tx) error { _, err := tx.Exec(ctx, grant); return err })
		if denied(err) {
			return h.cannotTake(role)
		}
		if err != nil {
			return fmt.Errorf("become a member of %s: %w", role, err)
		}
		h.taken = append(h.taken, role)
	}
	return nil
}

func (h *hand) cannotTake(role string) error {
	fix := fmt.Sprintf("ALTER ROLE %s CREATEROLE;", masking.Ident(h.name))
	if h.granular() {
		fix = fmt.Sprintf("GRANT %s TO %s WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;", masking.Ident(role), masking.Ident(h.name))
	}
	return &ErrRights{fmt.Sprintf("The role %s is somebody else's, and %s may not act for it.", role, h.name), fix}
}

// back ends what take began. After an error the transaction does.
func (h *hand) back(ctx context.Context) error {
	for _, role := range h.taken {
		if err := h.drops(ctx, role); err != nil {
			return err
		}
	}
	h.taken = nil
	return nil
}

func (h *hand) drops(ctx context.Context, role string) error {
	revoke := "REVOKE " + masking.Ident(role) + " FROM CURRENT_USER"
	if h.granular() {
		revoke += " GRANTED BY CURRENT_USER"
	}
	if _, err := h.tx.Exec(ctx, revoke); err != nil {
		return fmt.Errorf("stop being a member of %s: %w", role, err)
	}
	return nil
}

// closes runs what closes a gap. Only its owner or a superuser may close some; the
// server answers that with an error or with nothing but a warning.
func (h *hand) closes(ctx context.Context, g Gap) error {
	err := pgx.BeginFunc(ctx, h.tx, func(tx pgx.Tx) error { _, err := tx.Exec(ctx, g.Fix); return err })
	if err == nil || denied(err) && !h.super {
		return nil // whether it is closed is looked at when all is done
	}
	return fmt.Errorf("close a way around the masks (%s): %w", g.Fix, err)
}

// stuck says of gaps that are left after their closing that somebody else must do it.
func (h *hand) stuck(list []Gap) *ErrGaps {
	if !h.super {
		for i := range list {
			if list[i].Fix != "" {
				list[i].What += fmt.Sprintf(" The role %s may not change that; its owner or a superuser runs:", h.name)
			}
		}
	}
	return &ErrGaps{list}
}

// denied reports whether an error says that a right is missing.
func denied(err error) bool {
	pe, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pe.Code == "42501" || pe.Code == "0LP01" || pe.Code == "0P000" && strings.Contains(pe.Message, "permission"))
}

// reachable notes of every relation whether the views' owner can be given the right
// to read it by the role that plans, or has it from others.
func (r *relationReader) reachable(ctx context.Context) error {
	rows, err := r.tx.Query(ctx, `
		WITH o AS (SELECT oid FROM pg_roles WHERE rolname = '`+masking.OwnerRole+`')
		SELECT c.oid, current_user::text, pg_get_userbyid(n.nspowner), pg_get_userbyid(c.relowner),
			pg_has_role(n.nspowner, 'USAGE') OR has_schema_privilege(n.oid, 'USAGE WITH GRANT OPTION'),
			EXISTS (SELECT FROM aclexplode(n.nspacl) a JOIN o ON o.oid = a.grantee WHERE a.privilege_type = 'USAGE'),
			pg_has_role(c.relowner, 'USAGE') OR has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION'),
			EXISTS (SELECT FROM aclexplode(c.relacl) a JOIN o ON o.oid = a.grantee WHERE a.privilege_type = 'SELECT')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'`)
	if err != nil {
		return err
	}
	var oid uint32
	var me, schemaOwner, owner string
	var givesSchema, hasSchema, gives, has bool
	_, err = pgx.ForEachRow(rows, []any{&oid, &me, &schemaOwner, &owner, &givesSchema, &hasSchema, &gives, &has}, func() error {
		at, ok := r.byOID[oid]
		if !ok {
			return nil
		}
		rel := &r.list[at]
		rel.SchemaGiven, rel.Given = hasSchema && !givesSchema, has && !gives
		if !givesSchema && !hasSchema {
			rel.Out = fmt.Sprintf("%s may not give rights on the schema, which is %s's", me, schemaOwner)
			rel.Fix = fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s; ", masking.Ident(rel.Schema), masking.OwnerRole)
		}
		if !gives && !has {
			if rel.Out == "" {
				rel.Out = fmt.Sprintf("%s may not give rights on what is %s's", me, owner)
			}
			rel.Fix += fmt.Sprintf("GRANT SELECT ON %s TO %s;", masking.Qualified(rel.Name), masking.OwnerRole)
		}
		rel.Fix = strings.TrimSpace(rel.Fix)
		return nil
	})
	return err
}

// asking follows security_invoker through views: a view that has it is replaced by
// what it is made of, which is one step; whatever is built on it asks as well.
func (r *relationReader) asking(ctx context.Context) error {
	rows, err := r.tx.Query(ctx, `
		SELECT c.oid FROM pg_class c WHERE c.relkind = 'v' AND EXISTS (SELECT FROM pg_options_to_table(c.reloptions) WHERE option_name = 'security_invoker' AND option_value::bool)`)
	if err != nil {
		return err
	}
	var view, on uint32
	if _, err := pgx.ForEachRow(rows, []any{&view}, func() error {
		if at, ok := r.byOID[view]; ok {
			r.list[at].Invoker = true
		}
		return nil
	}); err != nil {
		return err
	}
	rows, err = r.tx.Query(ctx, `
		SELECT DISTINCT w.ev_class, d.refobjid FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
			AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class`)
	if err != nil {
		return err
	}
	behind := map[int][]int{}
	if _, err := pgx.ForEachRow(rows, []any{&view, &on}, func() error {
		at, ok := r.byOID[view]
		if to, known := r.byOID[on]; ok && known && r.list[at].Kind == masking.View {
			behind[at] = append(behind[at], to)
		}
		return nil
	}); err != nil {
		return err
	}
	for changed := true; changed; {
		changed = false
		for at, list := range behind {
			for _, to := range list {
				if rel := &r.list[at]; rel.Out == "" && r.asks(rel, &r.list[to]) {
					changed = true
				}
			}
		}
	}
	return nil
}

// asks leaves out a view that reads something with rights that its readers lack.
func (r *relationReader) asks(rel, behind *masking.Relation) bool {
	asking := behind.Kind == masking.View && (behind.Invoker || strings.Contains(behind.Out, invoking))
	switch {
	case asking:
		rel.Out, rel.Fix = fmt.Sprintf("it is built on %s.%s, %s", behind.Schema, behind.Table, invoking), ""
		if behind.Invoker {
			rel.Fix = fmt.Sprintf("ALTER VIEW %s SET (security_invoker = false);", masking.Qualified(behind.Name))
		}
	case rel.Invoker && behind.Out != "":
		rel.Out, rel.Fix = fmt.Sprintf("it is made of %s.%s, which is left out too", behind.Schema, behind.Table), behind.Fix
	}
	return rel.Out != ""
}

const invoking = "which asks for its reader's own rights (security_invoker)"
