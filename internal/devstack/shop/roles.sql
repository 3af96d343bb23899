-- What the profiles of the shop may do. Roles belong to the whole server, so another
-- database may make them at the same moment.
--
--   dbaccess_reader_shop       masked-read: what `dbaccess mask apply` gives it
--   dbaccess_raw_reader_shop   read: the tables as they are
--   dbaccess_writer_shop       write: the tables as they are, to change

DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY '{dbaccess_reader_shop,dbaccess_raw_reader_shop,dbaccess_writer_shop}'::text[] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', wanted);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END LOOP;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;

GRANT USAGE ON SCHEMA shop TO dbaccess_raw_reader_shop, dbaccess_writer_shop;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO dbaccess_raw_reader_shop, dbaccess_writer_shop;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop TO dbaccess_writer_shop;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA shop TO dbaccess_writer_shop;
