WITH d AS (DELETE FROM orders RETURNING *) SELECT * FROM d

WITH a AS (WITH b AS (INSERT INTO orders (id) VALUES (9) RETURNING id) SELECT id FROM b) SELECT * FROM a

/* SELECT */ DELETE FROM orders

-- SELECT
DELETE FROM orders

SELECT 1; DELETE FROM orders

DELETE FROM orders; SELECT 1

DELETE FROM orders -- where id = 1

DELETE FROM orders WHERE true

EXPLAIN ANALYZE DELETE FROM orders

EXPLAIN (VERBOSE, ANALYZE) UPDATE orders SET total = 0

EXPLAIN (ANALYZE 1, COSTS off) INSERT INTO orders (id) VALUES (9)

EXPLAIN (ANALYZE off, ANALYZE on) DELETE FROM orders

EXPLAIN ANALYZE CREATE TABLE stolen AS SELECT * FROM customers

EXPLAIN ANALYZE SELECT * INTO stolen FROM customers

SELECT * INTO stolen FROM customers

SELECT * INTO TEMP stolen FROM customers

CREATE TEMP TABLE stolen AS SELECT * FROM customers

SELECT 1 UNION SELECT 2 INTO stolen

MERGE INTO orders o USING orders s ON o.id = s.id WHEN MATCHED THEN DELETE

INSERT INTO orders (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET total = 0

TABLE orders FOR UPDATE

SELECT * FROM orders FOR SHARE

SELECT * FROM (SELECT * FROM orders FOR NO KEY UPDATE) o

SELECT * FROM orders WHERE id IN (SELECT id FROM orders FOR KEY SHARE SKIP LOCKED)

PREPARE p AS DELETE FROM orders

PREPARE p AS SELECT 1; EXECUTE q

EXECUTE p

DECLARE c CURSOR FOR SELECT * FROM orders FOR UPDATE

COPY (DELETE FROM orders RETURNING *) TO STDOUT

COPY (WITH d AS (UPDATE orders SET total = 0 RETURNING *) TABLE d) TO STDOUT

CREATE VIEW v AS SELECT 1

CREATE RULE r AS ON SELECT TO orders DO INSTEAD SELECT 1

SELECT (SELECT nextval('orders_seq'))

SELECT * FROM orders ORDER BY nextval('orders_seq')

SELECT * FROM orders WHERE id = nextval('orders_seq')

SELECT * FROM orders GROUP BY id HAVING setval('orders_seq', 1) > 0

SELECT * FROM orders LIMIT (SELECT nextval('orders_seq'))

SELECT count(*) FILTER (WHERE nextval('orders_seq') > 0) FROM orders

SELECT sum(total) OVER (ORDER BY nextval('orders_seq')) FROM orders

VALUES (nextval('orders_seq'))

SELECT CASE WHEN true THEN nextval('orders_seq') END

SELECT COALESCE(NULL, nextval('orders_seq'))

SELECT ARRAY[nextval('orders_seq')]

SELECT * FROM orders, LATERAL (SELECT nextval('orders_seq')) x

SELECT * FROM ROWS FROM (nextval('orders_seq'), generate_series(1, 2))

SELECT * FROM orders TABLESAMPLE bernoulli (nextval('orders_seq'))

SELECT * FROM XMLTABLE('/a' PASSING xmlparse(document nextval('orders_seq')::text) COLUMNS x int PATH 'x')

SELECT JSON_OBJECT('a': nextval('orders_seq'))

SELECT JSON_ARRAY(SELECT nextval('orders_seq'))

SELECT xmlelement(name a, nextval('orders_seq'))

SELECT (ROW(nextval('orders_seq'))).f1

SELECT 1 WHERE EXISTS (SELECT nextval('orders_seq'))

SELECT * FROM orders WINDOW w AS (PARTITION BY nextval('orders_seq'))

SELECT DISTINCT ON (nextval('orders_seq')) * FROM orders

SELECT * FROM orders o JOIN orders p ON nextval('orders_seq') = 1

select $a1$ ' $a1$; delete from orders; -- '

select 1 as foo$$; delete from orders; select 1 as bar$$

select U&"d\0061t\0061"; delete from orders

SELECT E'a' -- c
'\'; DELETE FROM orders; --'; DELETE FROM orders

SELECT E'a' -- c
'\' -- x'; DROP TABLE orders; -- '
SELECT 1 /* ' || 'x' -- */

SELECT 1/**/;/**/DELETE/**/FROM/**/orders

BEGIN; SELECT 1; DELETE FROM orders; COMMIT

COMMIT; SELECT 1

ROLLBACK; SELECT 1

NOTIFY x

TRUNCATE orders

TRUNCATE ONLY orders RESTART IDENTITY CASCADE

UPDATE pg_settings SET setting = 'off' WHERE name = 'default_transaction_read_only'

UPDATE pg_catalog.pg_class SET relname = 'x' WHERE false

DELETE FROM information_schema.sql_features
