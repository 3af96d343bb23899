-- +goose Up
-- What a statement was estimated to touch, the transaction that its run was about
-- to commit, what became of that, and how it ended.
ALTER TABLE dbaccess.requests
    ADD COLUMN impact    jsonb,
    ADD COLUMN mark      jsonb,
    ADD COLUMN fate      text    CHECK (fate IN ('committed', 'rolled back', 'unknown')),
    ADD COLUMN fused     boolean NOT NULL DEFAULT false,
    ADD COLUMN failed_at integer NOT NULL DEFAULT 0 CHECK (failed_at >= 0),
    ADD CONSTRAINT marked_means_begun CHECK (mark IS NULL OR started_at IS NOT NULL),
    ADD CONSTRAINT settled_means_over CHECK (fate IS NULL OR (state, fate) IN (('executed', 'committed'), ('failed', 'rolled back'), ('failed', 'unknown'))),
    ADD CONSTRAINT committed_means_marked CHECK (fate IS DISTINCT FROM 'committed' OR mark IS NOT NULL),
    ADD CONSTRAINT fused_means_failed CHECK (NOT fused OR state = 'failed');
