-- Tables that PostgreSQL's own tests expect, filled by rule instead of from files.
CREATE TABLE char_tbl (f1 char(4));
INSERT INTO char_tbl VALUES ('a'), ('ab'), ('abcd'), ('abcd    ');
CREATE TABLE varchar_tbl (f1 varchar(4));
INSERT INTO varchar_tbl VALUES ('a'), ('ab'), ('abcd'), ('abcd    ');
CREATE TABLE text_tbl (f1 text);
INSERT INTO text_tbl VALUES ('doh!'), ('hi de ho neighbor');
CREATE TABLE int2_tbl (f1 int2);
INSERT INTO int2_tbl VALUES (0), (1234), (-1234), (32767), (-32767);
CREATE TABLE int4_tbl (f1 int4);
INSERT INTO int4_tbl VALUES (0), (123456), (-123456), (2147483647), (-2147483647);
CREATE TABLE int8_tbl (q1 int8, q2 int8);
INSERT INTO int8_tbl VALUES (123, 456), (123, 4567890123456789), (4567890123456789, 123), (4567890123456789, 4567890123456789), (4567890123456789, -4567890123456789);
CREATE TABLE float8_tbl (f1 float8);
INSERT INTO float8_tbl VALUES (0), (-34.84), (-1004.3), (-1.2345678901234e+200), (-1.2345678901234e-200);
CREATE TABLE point_tbl (f1 point);
INSERT INTO point_tbl VALUES ('(0,0)'), ('(-10,0)'), ('(-3,4)'), ('(5.1,34.5)');
CREATE TABLE onek AS
  SELECT (i * 7) % 1000 AS unique1, i AS unique2, i % 2 AS two, i % 4 AS four, i % 10 AS ten, i % 20 AS twenty, i % 100 AS hundred,
    i % 1000 AS thousand, i % 2000 AS twothousand, i % 5000 AS fivethous, i % 10000 AS tenthous, (i % 100) * 2 + 1 AS odd, (i % 100) * 2 AS even,
    md5(i::text)::name AS stringu1, md5((i + 1)::text)::name AS stringu2, (ARRAY['AAAAxx', 'HHHHxx', 'OOOOxx', 'VVVVxx'])[i % 4 + 1]::name AS string4
  FROM generate_series(0, 999) i;
CREATE TABLE onek2 AS SELECT * FROM onek;
CREATE TABLE tenk1 AS TABLE onek;
CREATE TABLE tenk2 AS TABLE onek;
CREATE UNIQUE INDEX ON onek (unique1);
CREATE INDEX ON onek (unique2);
CREATE UNIQUE INDEX ON tenk1 (unique1);
CREATE INDEX ON tenk1 (unique2);
CREATE TABLE person (name text, age int4, location point);
INSERT INTO person VALUES ('mike', 40, '(3.1,6.2)'), ('joe', 20, '(5.5,2.5)'), ('sharon', 25, '(15,12)');
CREATE TABLE emp (salary int4, manager name) INHERITS (person);
INSERT INTO emp VALUES ('sam', 30, '(10,5)', 2000, 'bill'), ('bill', 20, '(11,10)', 1000, 'sharon');
CREATE TABLE student (gpa float8) INHERITS (person);
CREATE TABLE stud_emp (percent int4) INHERITS (emp, student);
CREATE TABLE road (name text, thepath path);
CREATE TABLE slow_emp4000 (home_base box);
CREATE TABLE aggtest (a int2, b float4);
INSERT INTO aggtest VALUES (56, 7.8), (100, 99.097), (0, 0.09561), (42, 324.78);
CREATE TYPE stoplight AS ENUM ('red', 'yellow', 'green');
CREATE TYPE float8range AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");
ANALYZE;
