-- +goose Up
-- A job that holds a credential gives signs of life; without them the grant is over
-- before its time.
ALTER TABLE dbaccess.grants ADD COLUMN alive_by timestamptz;

ALTER TABLE dbaccess.grants DROP CONSTRAINT grants_reason_check;
ALTER TABLE dbaccess.grants ADD CONSTRAINT grants_reason_check
    CHECK (reason IN ('', 'elapsed', 'revoked', 'lapsed', 'superseded', 'finished', 'failed', 'abandoned'));
ALTER TABLE dbaccess.leases DROP CONSTRAINT leases_reason_check;
ALTER TABLE dbaccess.leases ADD CONSTRAINT leases_reason_check
    CHECK (reason IN ('', 'elapsed', 'revoked', 'lapsed', 'superseded', 'finished', 'failed', 'abandoned'));

-- A generated column's expression cannot be changed; its index goes with it.
ALTER TABLE dbaccess.grants DROP COLUMN over_at;
ALTER TABLE dbaccess.grants ADD COLUMN over_at timestamptz GENERATED ALWAYS AS (
    CASE state WHEN 'open' THEN claim_by WHEN 'active' THEN least(due, alive_by) WHEN 'revoking' THEN coalesce(held_by, approved_at) END) STORED;
CREATE INDEX grants_over ON dbaccess.grants (over_at) WHERE state <> 'ended';
