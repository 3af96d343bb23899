package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dbaccess/internal/checkup"
)

// lookAtRole compares what the role of store.url may do with what it needs.
func (d *Doctor) lookAtRole(ctx context.Context) ([]checkup.Finding, error) {
	owner, err := (&Store{pool: d.pool}).IsOwner(ctx)
	if err != nil {
		return nil, err
	}
	role := d.pool.Config().ConnConfig.User
	const again = "Run `dbaccess migrate`: it gives the role of store.url exactly its rights."
	if owner {
		return []checkup.Finding{checkup.Wrong("Give store.url a role of its own, without attributes and memberships, and run `dbaccess migrate`.",
			"%s owns the store, may become its owner, or is a superuser: it could rewrite the record. `dbaccess serve` refuses to start.", role)}, nil
	}
	have, err := d.rights(ctx)
	if err != nil {
		return nil, err
	}
	need := needed()
	var found []checkup.Finding
	if missing := without(need, have); len(missing) > 0 {
		found = append(found, checkup.Wrong(again, "%s lacks %d rights: %s.", role, len(missing), shortened(missing)))
	}
	if surplus := without(have, need); len(surplus) > 0 {
		found = append(found, checkup.Wrong(again+" What it has through PUBLIC or another role its owner has to take away.",
			"%s has %d rights that the server does not need: %s.", role, len(surplus), shortened(surplus)))
	}
	return checkup.Or(found, "%s has the %d rights that it needs and no others; it cannot change what was recorded.", role, len(need)), nil
}

// needed is [privileges], one right a word: "UPDATE grants", "UPDATE (state) grants".
func needed() map[string]bool {
	all := map[string]bool{"USAGE dbaccess": true}
	for _, p := range privileges {
		_, name, _ := strings.Cut(p.on, " dbaccess.")
		name, _, _ = strings.Cut(name, "(")
		may := p.may
		for may != "" {
			right, columns := may, ""
			if i := strings.IndexAny(may, ",("); i < 0 {
				may = ""
			} else if right = may[:i]; may[i] == '(' {
				columns, may, _ = strings.Cut(may[i+1:], ")")
			} else {
				may = may[i:]
			}
			may = strings.TrimLeft(may, ", ")
			right = strings.TrimSpace(right)
			if columns == "" {
				all[right+" "+name] = true
			}
			for c := range strings.SplitSeq(columns, ", ") {
				if c != "" {
					all[right+" ("+c+") "+name] = true
				}
			}
		}
	}
	return all
}

// rights asks the server what this role may do in the schema, by itself, as a
// member of others and as anybody. Columns count where the whole table is not
// given; functions count if they run as their owner.
func (d *Doctor) rights(ctx context.Context) (map[string]bool, error) {
	rows, err := d.pool.Query(ctx, `
		WITH ours AS (
			SELECT c.oid, c.relname::text AS name, c.relkind FROM pg_class c WHERE c.relnamespace = 'dbaccess'::regnamespace
		), tables AS (
			SELECT oid, name, p AS may, has_table_privilege(oid, p) AS has FROM ours, unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) p
			WHERE relkind IN ('r', 'p', 'v', 'm')
		)
		SELECT may || ' ' || name FROM tables WHERE has
		UNION ALL
		SELECT may || ' (' || a.attname || ') ' || name FROM tables JOIN pg_attribute a ON a.attrelid = oid AND a.attnum > 0 AND NOT a.attisdropped
			WHERE NOT has AND may IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') AND has_column_privilege(oid, a.attnum, may)
		UNION ALL
		SELECT p || ' ' || name FROM ours, unnest('{USAGE,SELECT,UPDATE}'::text[]) p WHERE relkind = 'S' AND has_sequence_privilege(oid, p)
		UNION ALL
		SELECT 'EXECUTE ' || f.proname FROM pg_proc f WHERE f.pronamespace = 'dbaccess'::regnamespace AND f.prosecdef AND has_function_privilege(f.oid, 'EXECUTE')
		UNION ALL
		SELECT p || ' dbaccess' FROM unnest('{USAGE,CREATE}'::text[]) p WHERE has_schema_privilege('dbaccess', p)`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]bool{}
	for rows.Next() {
		var right string
		if err := rows.Scan(&right); err != nil {
			return nil, err
		}
		all[right] = true
	}
	return all, rows.Err()
}

// without lists what is in a and not in b.
func without(a, b map[string]bool) []string {
	left := maps.Clone(a)
	maps.DeleteFunc(left, func(right string, _ bool) bool { return b[right] })
	return slices.Sorted(maps.Keys(left))
}

func shortened(list []string) string {
	const most = 5
	if len(list) > most {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", len(list)-most)
	}
	return strings.Join(list, ", ")
}
