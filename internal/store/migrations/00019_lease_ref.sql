-- +goose Up
-- The issuer's own name for what it minted, if it has one: the id of Vault's
-- lease. Known from the mint on; ending is possible without it.
ALTER TABLE dbaccess.leases ADD COLUMN ref text NOT NULL DEFAULT '';
