SELECT PG_SLEEP(0.01)

SELECT Pg_Sleep(0.01)

SELECT "pg_sleep"(0.01)

SELECT pg_catalog.pg_sleep(0.01)

SELECT PG_CATALOG.PG_SLEEP(0.01)

SELECT "pg_catalog"."pg_sleep"(0.01)

SELECT pg_catalog . pg_sleep (0.01)

SELECT pg_catalog/**/./**/pg_sleep/**/(0.01)

SELECT U&"p\0067_sleep"(0.01)

SELECT u&"!0070g_!0073leep" UESCAPE '!'(0.01)

SELECT U&"pg\+00005fsleep"(0.01)

SELECT pg_catalog.U&"p\0067_sleep"(0.01)

SELECT pg_sleep
(0.01)

SELECT pg_sleep -- (
(0.01)

SELECT /* x */pg_sleep/* y */(0.01)/* z */

SELECT shop.pg_catalog.pg_sleep(0.01)

SELECT public.pg_sleep(0.01)

SELECT pg_temp.pg_sleep(0.01)

SELECT "PG_SLEEP"(0.01)

SELECT "PG_CATALOG".pg_sleep(0.01)

SELECT ALL pg_sleep(0.01)

SELECT NEXTVAL('orders_seq')

SELECT Nextval('orders_seq')

SELECT "nextval"('orders_seq')

SELECT pg_catalog.nextval('orders_seq')

SELECT PG_CATALOG.NEXTVAL('orders_seq')

SELECT "pg_catalog"."nextval"('orders_seq')

SELECT pg_catalog . nextval ('orders_seq')

SELECT pg_catalog/**/./**/nextval/**/('orders_seq')

SELECT U&"n\0065xtval"('orders_seq')

SELECT u&"!006eex!0074val" UESCAPE '!'('orders_seq')

SELECT U&"ne\+000078tval"('orders_seq')

SELECT pg_catalog.U&"n\0065xtval"('orders_seq')

SELECT nextval
('orders_seq')

SELECT nextval -- (
('orders_seq')

SELECT /* x */nextval/* y */('orders_seq')/* z */

SELECT shop.pg_catalog.nextval('orders_seq')

SELECT public.nextval('orders_seq')

SELECT pg_temp.nextval('orders_seq')

SELECT "NEXTVAL"('orders_seq')

SELECT "PG_CATALOG".nextval('orders_seq')

SELECT ALL nextval('orders_seq')

SELECT TXID_CURRENT()

SELECT Txid_Current()

SELECT "txid_current"()

SELECT pg_catalog.txid_current()

SELECT PG_CATALOG.TXID_CURRENT()

SELECT "pg_catalog"."txid_current"()

SELECT pg_catalog . txid_current ()

SELECT pg_catalog/**/./**/txid_current/**/()

SELECT U&"t\0078id_current"()

SELECT u&"!0074xi!0064_current" UESCAPE '!'()

SELECT U&"tx\+000069d_current"()

SELECT pg_catalog.U&"t\0078id_current"()

SELECT txid_current
()

SELECT txid_current -- (
()

SELECT /* x */txid_current/* y */()/* z */

SELECT shop.pg_catalog.txid_current()

SELECT public.txid_current()

SELECT pg_temp.txid_current()

SELECT "TXID_CURRENT"()

SELECT "PG_CATALOG".txid_current()

SELECT ALL txid_current()

SELECT PG_TERMINATE_BACKEND(0)

SELECT Pg_Terminate_Backend(0)

SELECT "pg_terminate_backend"(0)

SELECT pg_catalog.pg_terminate_backend(0)

SELECT PG_CATALOG.PG_TERMINATE_BACKEND(0)

SELECT "pg_catalog"."pg_terminate_backend"(0)

SELECT pg_catalog . pg_terminate_backend (0)

SELECT pg_catalog/**/./**/pg_terminate_backend/**/(0)

SELECT U&"p\0067_terminate_backend"(0)

SELECT u&"!0070g_!0074erminate_backend" UESCAPE '!'(0)

SELECT U&"pg\+00005fterminate_backend"(0)

SELECT pg_catalog.U&"p\0067_terminate_backend"(0)

SELECT pg_terminate_backend
(0)

SELECT pg_terminate_backend -- (
(0)

SELECT /* x */pg_terminate_backend/* y */(0)/* z */

SELECT shop.pg_catalog.pg_terminate_backend(0)

SELECT public.pg_terminate_backend(0)

SELECT pg_temp.pg_terminate_backend(0)

SELECT "PG_TERMINATE_BACKEND"(0)

SELECT "PG_CATALOG".pg_terminate_backend(0)

SELECT ALL pg_terminate_backend(0)

SELECT public.lower('A')

SELECT "public".lower('A')

SELECT "LOWER"('A')

SELECT "Lower"('A')

SELECT "lower "('A')

SELECT " lower"('A')

SELECT pg_temp.lower('A')

SELECT pg_toast.lower('A')

SELECT shop.public.lower('A')

SELECT shop.pg_catalog.lower('A')

SELECT "pg_catalog.lower"('A')

SELECT lower('A', 'B')

SELECT lower()

SELECT now(1)

SELECT count(1, 2) FROM orders

SELECT length('a', 'b', 'c')

SELECT loweг('A')

SELECT ｌower('A')

SELECT lo­wer('A')

SELECT lower_('A')

SELECT _lower('A')

SELECT pg_lower('A')

SELECT lowerA('A')

SELECT information_schema.lower('A')

SELECT pg_catalog.wipe()

SELECT pg_catalog.nextval_('orders_seq')

SELECT pg_now()

SELECT public."now"()

SELECT "now()"()

SELECT U&"now\0020"()

SELECT * FROM public.generate_series(1, 2)

SELECT * FROM "GENERATE_SERIES"(1, 2)

SELECT public.count(*) FROM orders

SELECT public.row_number() OVER () FROM orders

SELECT public.percentile_cont(0.5) WITHIN GROUP (ORDER BY id) FROM orders

SELECT unnest(ARRAY[1], ARRAY[2])

SELECT public.unnest(ARRAY[1])

SELECT * FROM public.unnest(ARRAY[1], ARRAY[2])

SELECT wipe()

SELECT public.wipe()

SELECT "wipe"()

SELECT * FROM wipe()

SELECT * FROM ROWS FROM (wipe())

SELECT wipe() FROM generate_series(1, 3)

SELECT (wipe())

SELECT id FROM orders WHERE wipe() = 1

SELECT wipe(VARIADIC ARRAY[1])

SELECT wipe(x => 1)

SELECT wipe(x := 1)

SELECT wipe(DISTINCT 1)

SELECT wipe() OVER ()

SELECT wipe() FILTER (WHERE true)
