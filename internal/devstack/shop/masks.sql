-- What the profiles of the shop may see. Roles belong to the whole server, so
-- another database may make them at the same moment.
--
--   dbaccess_mask_owner        owns the masked views and the key; nobody is a member
--   dbaccess_reader_shop       masked-read: the views of masked_shop, nothing else
--   dbaccess_raw_reader_shop   read: the tables as they are
--   dbaccess_writer_shop       write: the tables as they are, to change
--
-- A mask is written into each view from built-in functions alone. A helper
-- function would have to be executable by the reader, who could then mask guesses
-- and compare. Equal values have equal masks, so joins go on working; the key
-- keeps them from being looked up in a dictionary.

DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY '{dbaccess_mask_owner,dbaccess_reader_shop,dbaccess_raw_reader_shop,dbaccess_writer_shop}'::text[] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', wanted);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END LOOP;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA dbaccess_secret AUTHORIZATION dbaccess_mask_owner;
REVOKE ALL ON SCHEMA dbaccess_secret FROM PUBLIC;
CREATE TABLE dbaccess_secret.mask_key (one boolean PRIMARY KEY DEFAULT true CHECK (one), k bytea NOT NULL);
ALTER TABLE dbaccess_secret.mask_key OWNER TO dbaccess_mask_owner;

CREATE SCHEMA masked_shop AUTHORIZATION dbaccess_mask_owner;
REVOKE ALL ON SCHEMA masked_shop FROM PUBLIC;
GRANT USAGE ON SCHEMA shop TO dbaccess_mask_owner, dbaccess_raw_reader_shop, dbaccess_writer_shop;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO dbaccess_mask_owner, dbaccess_raw_reader_shop, dbaccess_writer_shop;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop TO dbaccess_writer_shop;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA shop TO dbaccess_writer_shop;

SET LOCAL search_path = pg_catalog, pg_temp; -- every function and operator below is the built-in one

CREATE VIEW masked_shop.customers WITH (security_barrier) AS SELECT id,
  {{mask "name" ""}} AS name,
  {{mask "lower(email)" "@masked.invalid"}} AS email,
  {{mask "phone" ""}} AS phone,
  date_trunc('year', birthday)::date AS birthday,
  {{mask "iban" ""}} AS iban,
  CASE WHEN note IS NULL THEN NULL ELSE '[redacted]' END AS note,
  created_at
FROM shop.customers;

CREATE VIEW masked_shop.addresses WITH (security_barrier) AS SELECT id, customer_id,
  '[redacted]'::text AS street, left(postal_code, 2) AS postal_code, city, country
FROM shop.addresses;

CREATE VIEW masked_shop.subscribers WITH (security_barrier) AS SELECT
  {{mask "lower(email)" "@masked.invalid"}} AS email, subscribed_at
FROM shop.subscribers;

CREATE VIEW masked_shop.products WITH (security_barrier) AS SELECT id, name, category, price FROM shop.products;

CREATE VIEW masked_shop.orders WITH (security_barrier) AS SELECT id, customer_id, status, total, ordered_at FROM shop.orders;

CREATE VIEW masked_shop.order_items WITH (security_barrier) AS SELECT order_id, product_id, quantity, price FROM shop.order_items;

CREATE VIEW masked_shop.payments WITH (security_barrier) AS SELECT id, order_id, method,
  {{mask "card" ""}} AS card,
  {{mask "iban" ""}} AS iban,
  amount, paid_at
FROM shop.payments;

DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT viewname FROM pg_views WHERE schemaname = 'masked_shop' LOOP
    EXECUTE format('ALTER VIEW masked_shop.%I OWNER TO dbaccess_mask_owner', name);
  END LOOP;
END $$;

GRANT USAGE ON SCHEMA masked_shop TO dbaccess_reader_shop;
GRANT SELECT ON ALL TABLES IN SCHEMA masked_shop TO dbaccess_reader_shop;
