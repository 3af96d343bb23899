-- +goose Up
-- Services ask for jobs: code that is named by what their token says of it and by
-- the hashes of its files. The approval of one may stand for later runs.
ALTER TABLE dbaccess.requests
    ADD COLUMN job               jsonb,
    ADD COLUMN verdicts          jsonb,
    ADD COLUMN standing_scope    text CHECK (standing_scope IN ('commit', 'content', 'level')),
    ADD COLUMN standing_level    text NOT NULL DEFAULT '',
    ADD COLUMN standing_until    timestamptz,
    ADD COLUMN standing_ended_at timestamptz,
    ADD COLUMN standing_ended_by text NOT NULL DEFAULT '',
    ADD COLUMN under             text REFERENCES dbaccess.requests,
    ADD COLUMN differs           text NOT NULL DEFAULT '',
    ADD CONSTRAINT only_services_have_jobs CHECK (job IS NULL OR requester LIKE 'service/%'),
    ADD CONSTRAINT only_jobs_stand CHECK (standing_scope IS NULL OR job IS NOT NULL),
    ADD CONSTRAINT what_stands_has_its_time CHECK ((standing_scope IS NULL) = (standing_until IS NULL)),
    ADD CONSTRAINT only_decided_jobs_stand CHECK (standing_scope IS NULL OR decided_at IS NOT NULL),
    ADD CONSTRAINT what_is_ended_stood CHECK (standing_ended_at IS NULL OR standing_scope IS NOT NULL),
    ADD CONSTRAINT ended_by_somebody CHECK ((standing_ended_at IS NULL) = (standing_ended_by = '')),
    -- An approval that was not given by people covers nothing.
    ADD CONSTRAINT what_is_covered_does_not_stand CHECK (under IS NULL OR (standing_scope IS NULL AND job IS NOT NULL));
CREATE INDEX requests_standing ON dbaccess.requests (requester, database, profile, num) WHERE standing_scope IS NOT NULL;
CREATE INDEX requests_under ON dbaccess.requests (under, num) WHERE under IS NOT NULL;

ALTER TABLE dbaccess.reviews
    ADD COLUMN scope text    NOT NULL DEFAULT '' CHECK (scope IN ('', 'once', 'commit', 'content', 'level')),
    ADD COLUMN days  integer NOT NULL DEFAULT 0 CHECK (days >= 0),
    ADD CONSTRAINT what_stands_has_days CHECK ((scope IN ('commit', 'content', 'level')) = (days > 0));

-- The files of jobs under their hashes: the same file is kept once, and nobody can
-- put another text in its place.
CREATE TABLE dbaccess.scripts (
    sha256  bytea PRIMARY KEY,
    content bytea NOT NULL CHECK (octet_length(content) <= 65536),
    CONSTRAINT it_is_its_hash CHECK (sha256 = pg_catalog.sha256(content))
);
