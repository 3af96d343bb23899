SELECT 1;DELETE FROM orders

SELECT 1;;;DELETE FROM orders;

SELECT 1; -- DELETE
DELETE FROM orders

SELECT 1 /* ; */; DELETE FROM orders

SELECT /* /* */ DELETE */ 1; DELETE FROM orders

SELECT ';' ; DELETE FROM orders

SELECT 'it''s' ; DELETE FROM orders --'

SELECT E'it\'s' ; DELETE FROM orders --'

SELECT '\' ; DELETE FROM orders --'

SELECT E'\\' ; DELETE FROM orders --'

SELECT $$a$$ ; DELETE FROM orders --$$

SELECT $a$ $$ $a$ ; DELETE FROM orders --$$

SELECT $a$ $b$ $a$ ; DELETE FROM orders -- $b$

SELECT $_1$ ; $_1$; DELETE FROM orders

SELECT $ä$ ; $ä$; DELETE FROM orders

SELECT 1 AS a$$; DELETE FROM orders; SELECT 2 AS b$$

SELECT 1 AS "a;"; DELETE FROM orders

SELECT 1 AS "a""; "; DELETE FROM orders

SELECT U&'\0027'; DELETE FROM orders --'

SELECT U&'!0027' UESCAPE '!'; DELETE FROM orders

SELECT B'1'; DELETE FROM orders

SELECT X'1F'; DELETE FROM orders

SELECT N'a'; DELETE FROM orders

SELECT 'a'
'b'; DELETE FROM orders

SELECT 'a' --
'; DELETE FROM orders --'; DELETE FROM customers

SELECT 1 --; DELETE FROM orders

SELECT 1 --
; DELETE FROM orders

	 DELETE FROM orders

( SELECT 1 ); DELETE FROM orders

((SELECT 1)); TRUNCATE orders

SELECT 1;DELETE FROM orders

dElEtE fRoM orders

DELETE/**/FROM/**/orders

DELETE--
FROM orders

/**/DELETE FROM orders

--
DELETE FROM orders

/* SELECT 1; */ DELETE FROM orders

SELECT 1 FROM orders; UPDATE orders SET note = 'SELECT'

SELECT 1; SELECT 2; SELECT 3; SELECT 4; SELECT 5; DROP TABLE orders

WITH delete AS (SELECT 1) SELECT * FROM delete; DELETE FROM orders

SELECT 'DELETE FROM orders' AS x; DELETE FROM orders WHERE 'x' = 'x'

DELETE FROM orders WHERE id = 1; SELECT 'ok'

EXPLAIN SELECT 1; DELETE FROM orders

EXPLAIN DELETE FROM orders; DELETE FROM orders

SHOW ALL; DROP TABLE orders

BEGIN; DELETE FROM orders; ROLLBACK

BEGIN; SAVEPOINT a; DELETE FROM orders; ROLLBACK TO a; COMMIT

PREPARE d AS DELETE FROM orders; EXECUTE d

DECLARE c CURSOR FOR SELECT * FROM orders FOR UPDATE; FETCH c

DELETE FROM orders USING customers WHERE true

delete from only orders

DELETE FROM orders *

DELETE FROM public.orders AS o

DELETE FROM "orders"

DELETE FROM U&"ord\0065rs"

DELETE FROM shop.public.orders

UPDATE orders SET (note) = ROW('x')

UPDATE orders SET note = DEFAULT

UPDATE ONLY orders SET note = note

SELECT 1 \; DELETE FROM orders

\copy orders from '/tmp/x'

\i /tmp/evil.sql

SELECT 1 \gexec

SELECT 1 \g |sh

DELETE FROM orders GO

SELECT 1 DELIMITER //

SELECT 1;DELETE FROM orders

select 1; delete from orders

ＤＥＬＥＴＥ FROM orders

SELECT 1; DELETE FROM orders

SELECT ‘a’; DELETE FROM orders

#DELETE FROM orders

SELECT 1 # comment
; DELETE FROM orders

SELECT `x`; DELETE FROM orders

SELECT [x]; DELETE FROM orders

SELECT TOP 1 * FROM orders; DELETE FROM orders

REPLACE INTO orders VALUES (1)

SELECT 1 INTO OUTFILE '/tmp/x'

LOAD DATA INFILE '/tmp/x' INTO TABLE orders

XA START 'x'

USE evil

PRAGMA writable_schema = on

ATTACH DATABASE 'x' AS y

EXEC xp_cmdshell 'dir'

SELECT 1 FROM dual; BEGIN DELETE FROM orders; END;

DECLARE @x int; DELETE FROM orders

INSERT INTO orders SELECT * FROM orders

INSERT INTO orders (id) SELECT 1 WHERE false

UPDATE orders SET note = note WHERE false

DELETE FROM orders WHERE 1 = 0
