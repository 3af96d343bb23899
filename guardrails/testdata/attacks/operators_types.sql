SELECT 1 OPERATOR(public.+) 2

SELECT 1 OPERATOR(evil.=) 1

SELECT OPERATOR(evil.-) 1

SELECT OPERATOR(evil.@) 1

SELECT id FROM orders WHERE id OPERATOR(evil.=) ANY (ARRAY[1])

SELECT id FROM orders WHERE id OPERATOR(evil.=) ALL (SELECT 1)

SELECT id FROM orders WHERE (id, 1) OPERATOR(evil.=) (1, 1)

SELECT id FROM orders WHERE (id, 1) OPERATOR(evil.=) (SELECT 1, 1)

SELECT id FROM orders ORDER BY id USING OPERATOR(evil.<)

SELECT array_agg(id ORDER BY id USING OPERATOR(evil.<)) FROM orders

SELECT rank() OVER (ORDER BY id USING OPERATOR(evil.<)) FROM orders

SELECT id FROM orders WHERE note OPERATOR(evil.~~) 'a%'

SELECT 1 OPERATOR("pg_catalog ".+) 2

SELECT 1 OPERATOR("PG_CATALOG".+) 2

SELECT 1 OPERATOR(pg_temp.+) 2

SELECT 1 OPERATOR(shop.pg_catalog.+) 2

SELECT 1 OPERATOR(public.<>) 2 AND 1 = 1

SELECT 1 === 1

SELECT @#@ 24

SELECT 1 ?! 2

SELECT 1 ~~~~ 2

SELECT 'a' |>| 'b'

SELECT !!! 5

SELECT 1 ==> 2

SELECT 1 &&& 2

SELECT note %> 'x' FROM orders

SELECT 'x'::evil

SELECT 'x'::public.evil

SELECT 'x'::public.text

SELECT 'x'::public.int4

SELECT '1'::"Int4"

SELECT '1'::"INTEGER"

SELECT '1'::"integer"

SELECT '1'::evil[]

SELECT '1'::evil(3)

SELECT CAST('x' AS evil)

SELECT CAST(1 AS public.evil)

SELECT evil 'x'

SELECT public.evil 'x'

SELECT NULL::evil

SELECT (1)::evil

SELECT ARRAY[1]::evil[]

SELECT ROW(1, 2)::evil

SELECT 'x'::setof_evil

SELECT 'x'::pg_temp.evil

SELECT 'x'::shop.public.evil

SELECT 'x'::pg_catalog.evil

SELECT * FROM json_to_record('{"a": 1}') AS x(a evil)

SELECT * FROM jsonb_to_recordset('[{"a": 1}]') AS x(a int, b public.evil)

SELECT * FROM json_populate_record(NULL::evil, '{}')

SELECT * FROM xmltable('/a' PASSING '<a/>' COLUMNS x evil PATH 'x')

SELECT xmlserialize(content '<a/>' AS evil)

SELECT json_object('a': 1 RETURNING evil)

SELECT * FROM unknown_rows() AS x(a int)

SELECT TREAT(1 AS evil)

SELECT TREAT('x' AS pg_sleep)

SELECT 1 FROM orders TABLESAMPLE evil (1)

SELECT 1 FROM orders TABLESAMPLE public.bernoulli (1)

SELECT 1 FROM orders TABLESAMPLE system_rows (1)

PREPARE p(evil) AS SELECT 1

SELECT domain_in('1', 16384, -1)

SELECT array_in('{1}', 16384, -1)

SELECT record_in('(1)', 16384, -1)

SELECT range_in('[1,2]', 16384, -1)

SELECT pg_input_is_valid('1', 'evil')
