-- +goose Up
-- +goose StatementBegin
ALTER TABLE dbaccess.river_job ALTER COLUMN tags SET DEFAULT '{}';
UPDATE dbaccess.river_job SET tags = '{}' WHERE tags IS NULL;
ALTER TABLE dbaccess.river_job ALTER COLUMN tags SET NOT NULL;

-- +goose StatementEnd
INSERT INTO dbaccess.river_migration (version) VALUES (3);
