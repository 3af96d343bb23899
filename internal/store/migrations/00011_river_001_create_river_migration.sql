-- +goose Up
-- +goose StatementBegin
CREATE TABLE dbaccess.river_migration(
  id bigserial PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT NOW(),
  version bigint NOT NULL,
  CONSTRAINT version CHECK (version >= 1)
);

CREATE UNIQUE INDEX ON dbaccess.river_migration USING btree(version);
-- +goose StatementEnd
INSERT INTO dbaccess.river_migration (version) VALUES (1);
