-- oracle: a column's value in WHERE | zebedee@canary-mail.example | nobody@canary-mail.example
SELECT count(*) FROM masked_crm.customer WHERE email = '{guess}'
SELECT count(*) FROM masked_crm.customer WHERE email OPERATOR(public.=) '{guess}'::public.citext
SELECT count(*) FROM masked_crm.customer WHERE email::text LIKE left('{guess}', 3) || '%'
SELECT count(*) FROM masked_crm.customer WHERE email ~ '^{guess}$'
SELECT count(*) FROM masked_crm.customer WHERE email_copy = '{guess}' OR other_email = '{guess}'
SELECT count(*) FROM masked_crm.orders WHERE customer_email = '{guess}'
SELECT count(*) FROM masked_crm.customer WHERE '{guess}' = ANY (mails)
SELECT count(*) FROM masked_crm.customer WHERE profile @> jsonb_build_object('mail', '{guess}')
SELECT count(*) FROM masked_crm.customer WHERE profile::text LIKE '%{guess}%'
SELECT count(*) FROM masked_crm.customer WHERE contact::text LIKE '%{guess}%'
SELECT count(*) FROM masked_crm.customer WHERE (contact).mail = '{guess}'
SELECT count(*) FROM masked_crm.customer WHERE attrs -> 'mail' = '{guess}'
SELECT count(*) FROM masked_crm.customer WHERE photo = convert_to('{guess}', 'UTF8')
SELECT count(*) FROM masked_crm.customer WHERE notes LIKE '%{guess}%'
SELECT count(*) FROM masked_crm.customer WHERE doc::text LIKE '%{guess}%'
SELECT count(*) FROM masked_crm.customer_view WHERE email = '{guess}'
SELECT count(*) FROM masked_crm.customer_matview WHERE e = '{guess}'
SELECT count(*) FROM masked_crm.newsletter WHERE email_md5 = md5('{guess}')
SELECT count(*) FROM masked_crm.files WHERE data = convert_to('{guess}', 'UTF8')
SELECT count(*) FROM masked_crm.customer WHERE public.similarity(email::text, '{guess}') > 0.5
SELECT count(*) FROM masked_crm.customer WHERE email::text = public.crypt('{guess}', email::text)
SELECT count(*) FROM masked_crm.customer WHERE search @@ to_tsquery('simple', split_part('{guess}', '@', 1))
SELECT count(*) FROM masked_crm.outbox WHERE payload::text LIKE '%{guess}%'
-- oracle: a leaky function before the mask | zebedee@canary-mail.example | nobody@canary-mail.example
SELECT count(*) FROM masked_crm.customer WHERE 1 / (CASE WHEN email = '{guess}' THEN 0 ELSE 1 END) = 1
SELECT count(*) FROM masked_crm.customer WHERE (CASE WHEN email = '{guess}' THEN email::text ELSE '1' END)::int = 1
SELECT count(*) FROM masked_crm.customer WHERE pg_advisory_lock_shared(length(email::text)) IS NULL AND email = '{guess}'
SELECT count(*) FROM masked_crm.customer c JOIN (VALUES ('{guess}'::public.citext)) v(m) ON v.m = c.email
SELECT count(*) FROM masked_crm.orders o WHERE EXISTS (SELECT FROM masked_crm.customer c WHERE c.email = o.customer_email AND c.email = '{guess}')
-- oracle: a plan's estimates | zebedee@canary-mail.example | nobody@canary-mail.example
EXPLAIN SELECT * FROM masked_crm.customer WHERE email = '{guess}'
EXPLAIN SELECT * FROM masked_crm.customer_view WHERE email = '{guess}'
EXPLAIN (ANALYZE, COSTS, TIMING off, SUMMARY off, BUFFERS off) SELECT * FROM masked_crm.customer_matview WHERE e = '{guess}'
EXPLAIN SELECT * FROM masked_crm.orders WHERE customer_email = '{guess}'
-- oracle: an estimate by extended statistics | 453914 | 999999
EXPLAIN SELECT * FROM masked_crm.customer WHERE left(card_number, 6) = '{guess}'
-- oracle: pay | 73195.42 | 73195.43
SELECT count(*) FROM masked_crm.customer WHERE salary = {guess}
SELECT count(*) FROM masked_crm.customer WHERE salary BETWEEN {guess} - 0.001 AND {guess} + 0.001
SELECT avg(salary), sum(salary), stddev(salary), min(salary), max(salary) FROM masked_crm.customer WHERE {guess} > 0
SELECT count(*) FROM masked_hr.payroll WHERE salary = {guess}
SELECT 1 / (SELECT count(*) FROM masked_crm.customer_view WHERE salary = {guess})
EXPLAIN SELECT * FROM masked_crm.customer WHERE salary > {guess}
-- oracle: a birthday within its year | 1984-07-23 | 1984-07-24
SELECT count(*) FROM masked_crm.customer WHERE date_of_birth = '{guess}'
SELECT count(*) FROM masked_crm.customer WHERE date_of_birth <= '{guess}'
SELECT count(*) FROM masked_crm.customer WHERE extract(doy FROM date_of_birth) = extract(doy FROM date '{guess}')
-- oracle: a card, its first and last digits | 4539148803436467 | 4539148803436466
SELECT count(*) FROM masked_crm.customer WHERE card_number = '{guess}'
SELECT count(*) FROM masked_crm.customer WHERE right(card_number, 4) = right('{guess}', 4)
SELECT count(*) FROM masked_crm.customer WHERE length(card_number) = length('{guess}')
-- oracle: the order of masked values | Zebedee Quillfeather | Aaron Quillfeather
SELECT count(*) FROM masked_crm.customer WHERE full_name = '{guess}'
SELECT count(*) FROM (SELECT full_name, rank() OVER (ORDER BY full_name) FROM masked_crm.customer) x WHERE full_name = '{guess}'
-- oracle: hashes of one's own guess | zebedee@canary-mail.example | nobody@canary-mail.example
SELECT count(*) FROM masked_crm.customer WHERE email::text = 'u' || left(encode(sha256(convert_to('{guess}', 'UTF8')), 'hex'), 20) || '@masked.invalid'
SELECT count(*) FROM masked_crm.customer WHERE email::text = 'u' || left(encode(sha256((SELECT k FROM dbaccess_secret.mask_key) || convert_to('{guess}', 'UTF8')), 'hex'), 20) || '@masked.invalid'
SELECT count(*) FROM masked_crm.customer WHERE email::text = 'u' || left(encode(public.hmac('{guess}', '', 'sha256'), 'hex'), 20) || '@masked.invalid'
-- oracle: by the raw table's constraints | 7 | 424242
INSERT INTO crm.orders VALUES (1000001, {guess}, 'a@b', 1, '2026-01-01')
INSERT INTO masked_crm.orders VALUES (1000001, {guess}, 'a@b', 1, '2026-01-01')
SELECT setval('crm.counter', {guess})
