-- +goose Up
-- +goose StatementBegin
-- No-op. Postgres sequences already prevent automatically generated job IDs
-- from being reused.
SELECT 1;

-- +goose StatementEnd
INSERT INTO dbaccess.river_migration (line, version) VALUES ('main', 8);
