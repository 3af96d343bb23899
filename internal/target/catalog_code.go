package target

import (
	"context"
	"strconv"

	"dbaccess/guardrails"
)

// This file reads what of a catalog may run code: functions, and the types,
// operators and casts behind which they stand.

var volatilities = map[string]string{"i": "immutable", "s": "stable", "v": "volatile"}

// maxBody is how long a function's body may be to be read: guardrails take no
// longer text.
const maxBody = 64 << 10

// functions reads functions, aggregates and procedures. Of one in SQL or PL/pgSQL
// the body comes too.
func (r *catalogReader) functions(ctx context.Context) error {
	support := `(SELECT to_json(array_agg(fn.nspname || '.' || f.proname ORDER BY fn.nspname, f.proname))
		FROM pg_aggregate a JOIN pg_proc f ON f.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
		JOIN pg_namespace fn ON fn.oid = f.pronamespace WHERE a.aggfnoid = p.oid)`
	body := `CASE WHEN p.prosqlbody IS NOT NULL THEN pg_get_function_sqlbody(p.oid) WHEN l.lanname IN ('sql', 'plpgsql') THEN p.prosrc END`
	return r.each(ctx, "functions", `SELECT n.nspname, p.proname, p.pronargs, p.pronargdefaults, p.provariadic <> 0,
			(SELECT to_json(array_agg(format_type(t, NULL) ORDER BY o)) FROM unnest(p.proargtypes) WITH ORDINALITY AS u(t, o)),
			format_type(p.prorettype, NULL), p.provolatile, l.lanname, p.prokind, p.prosecdef, to_json(p.proconfig), `+support+`, `+ofExtension("pg_proc", "p.oid")+`,
			CASE WHEN octet_length(p.prosrc) <= `+strconv.Itoa(maxBody)+` THEN `+body+` END
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
		WHERE `+outside+` ORDER BY n.nspname, p.proname, p.oid`, func(v []string) error {
		f := guardrails.Function{
			Schema: v[0], Name: v[1], Variadic: v[4] == "t", ArgTypes: list(v[5]), ReturnType: v[6], Volatility: volatilities[v[7]], Language: v[8],
			Procedure: v[9] == "p", Aggregate: v[9] == "a", SecurityDefiner: v[10] == "t", Settings: list(v[11]), Support: list(v[12]), Extension: v[13], Body: v[14],
		}
		f.Args, _ = strconv.Atoi(v[2])
		f.Optional, _ = strconv.Atoi(v[3])
		r.cat.Functions = append(r.cat.Functions, f)
		return nil
	})
}

var typeKinds = map[string]string{"e": "enum", "c": "composite", "r": "range", "m": "multirange", "d": "domain", "b": "base", "p": "pseudo"}

// types reads types but those of tables' rows and of arrays.
func (r *catalogReader) types(ctx context.Context) error {
	return r.each(ctx, "types", `SELECT n.nspname, t.typname, t.typtype,
			CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
			(SELECT string_agg(pg_get_expr(k.conbin, 0), ' AND ' ORDER BY k.conname) FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'),
			`+ofExtension("pg_type", "t.oid")+`
		FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
		WHERE (t.typtype <> 'c' OR c.relkind = 'c') AND NOT EXISTS (SELECT FROM pg_type of WHERE of.typarray = t.oid) AND `+outside+`
		ORDER BY n.nspname, t.typname`, func(v []string) error {
		r.cat.Types = append(r.cat.Types, guardrails.Type{Schema: v[0], Name: v[1], Kind: typeKinds[v[2]], BaseType: v[3], Check: v[4], Extension: v[5]})
		return nil
	})
}

func (r *catalogReader) operators(ctx context.Context) error {
	return r.each(ctx, "operators", `SELECT n.nspname, o.oprname, CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END, format_type(o.oprright, NULL),
			fn.nspname || '.' || f.proname, `+ofExtension("pg_operator", "o.oid")+`
		FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
		JOIN pg_proc f ON f.oid = o.oprcode JOIN pg_namespace fn ON fn.oid = f.pronamespace
		WHERE `+outside+` ORDER BY n.nspname, o.oprname, o.oid`, func(v []string) error {
		r.cat.Operators = append(r.cat.Operators, guardrails.Operator{Schema: v[0], Name: v[1], Left: v[2], Right: v[3], Function: v[4], Extension: v[5]})
		return nil
	})
}

var castContexts = map[string]string{"i": "implicit", "a": "assignment", "e": "explicit"}

// firstOfUsers is the first oid that initdb does not give (FirstNormalObjectId).
const firstOfUsers = "16384"

func (r *catalogReader) casts(ctx context.Context) error {
	return r.each(ctx, "casts", `SELECT format_type(k.castsource, NULL), format_type(k.casttarget, NULL), fn.nspname || '.' || f.proname, k.castcontext, `+ofExtension("pg_cast", "k.oid")+`
		FROM pg_cast k LEFT JOIN pg_proc f ON f.oid = k.castfunc LEFT JOIN pg_namespace fn ON fn.oid = f.pronamespace
		WHERE k.oid >= `+firstOfUsers+` ORDER BY k.oid`, func(v []string) error {
		r.cat.Casts = append(r.cat.Casts, guardrails.Cast{Source: v[0], Target: v[1], Function: v[2], Context: castContexts[v[3]], Extension: v[4]})
		return nil
	})
}
