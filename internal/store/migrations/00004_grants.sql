-- +goose Up
CREATE TABLE dbaccess.grants (
    id          text        PRIMARY KEY CHECK (id LIKE 'grt\_%'),
    num         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY, -- the order of opening
    version     bigint      NOT NULL CHECK (version >= 1),
    -- The terms, from the request; they never change.
    request     text        NOT NULL UNIQUE REFERENCES dbaccess.requests,
    kind        text        NOT NULL CHECK (kind IN ('access', 'statement')),
    holder      text        NOT NULL CHECK (holder <> ''),
    database    text        NOT NULL CHECK (database <> ''),
    profile     text        NOT NULL,
    duration    bigint      NOT NULL CHECK (duration >= 0), -- nanoseconds
    approved_at timestamptz NOT NULL,
    claim_by    timestamptz NOT NULL,
    -- Its life.
    state       text        NOT NULL CHECK (state IN ('open', 'active', 'revoking', 'ended')),
    active_at   timestamptz,
    due         timestamptz,
    ending_at   timestamptz,
    ended_at    timestamptz,
    reason      text        NOT NULL CHECK (reason IN ('', 'elapsed', 'revoked', 'lapsed', 'superseded', 'finished', 'failed')),
    ended_by    text        NOT NULL,
    held_by     timestamptz,
    -- When it is over, or to be looked at again: what the due loop goes by.
    over_at     timestamptz GENERATED ALWAYS AS (
        CASE state WHEN 'open' THEN claim_by WHEN 'active' THEN due WHEN 'revoking' THEN coalesce(held_by, approved_at) END) STORED,
    CONSTRAINT open_is_unclaimed   CHECK (state <> 'open' OR (active_at IS NULL AND due IS NULL)),
    CONSTRAINT active_has_a_window CHECK (state <> 'active' OR (active_at IS NOT NULL AND due IS NOT NULL)),
    CONSTRAINT ending_has_a_reason CHECK ((state IN ('revoking', 'ended')) = (reason <> '')),
    CONSTRAINT ended_at_a_time     CHECK ((state = 'ended') = (ended_at IS NOT NULL))
);
CREATE INDEX grants_over ON dbaccess.grants (over_at) WHERE state <> 'ended';
CREATE INDEX grants_holder ON dbaccess.grants (holder, num);
CREATE INDEX grants_state ON dbaccess.grants (state, num);

CREATE TABLE dbaccess.leases (
    id        text        PRIMARY KEY CHECK (id LIKE 'lse\_%'),
    grant_id  text        NOT NULL REFERENCES dbaccess.grants,
    place     integer     NOT NULL, -- among the grant's leases, oldest first
    database  text        NOT NULL CHECK (database <> ''),
    profile   text        NOT NULL,
    role      text        NOT NULL UNIQUE CHECK (role <> ''), -- a role's name is never used again
    role_oid  bigint      NOT NULL CHECK (role_oid BETWEEN 0 AND 4294967295),
    handle    text        NOT NULL,
    state     text        NOT NULL CHECK (state IN ('intended', 'live', 'ending', 'ended')),
    until     timestamptz,
    at        timestamptz NOT NULL,
    minted_at timestamptz,
    ended_at  timestamptz,
    reason    text        NOT NULL CHECK (reason IN ('', 'elapsed', 'revoked', 'lapsed', 'superseded', 'finished', 'failed')),
    proof     jsonb,
    tries     integer     NOT NULL CHECK (tries >= 0),
    trouble   text        NOT NULL,
    CONSTRAINT live_means_minted     CHECK (state <> 'live' OR minted_at IS NOT NULL),
    CONSTRAINT ended_means_proven    CHECK (state <> 'ended' OR (ended_at IS NOT NULL AND proof IS NOT NULL)),
    CONSTRAINT until_is_always_known CHECK (until IS NOT NULL)
);
CREATE INDEX leases_grant ON dbaccess.leases (grant_id, place);
CREATE INDEX leases_unfinished ON dbaccess.leases (at) WHERE state IN ('intended', 'ending');
-- A grant has one living credential: the next is minted when the last has ended.
CREATE UNIQUE INDEX leases_one_live ON dbaccess.leases (grant_id) WHERE state IN ('intended', 'live');

-- A grant has ended when all its leases have, and gets none afterwards. It is
-- looked at when the transaction commits: the order within does not matter.
-- +goose StatementBegin
CREATE FUNCTION dbaccess.refuse_unproven_end() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    changed text := CASE TG_TABLE_NAME WHEN 'grants' THEN to_jsonb(NEW) ->> 'id' ELSE to_jsonb(NEW) ->> 'grant_id' END;
BEGIN
    IF EXISTS (SELECT FROM dbaccess.grants g JOIN dbaccess.leases l ON l.grant_id = g.id
               WHERE g.id = changed AND g.state = 'ended' AND l.state <> 'ended') THEN
        RAISE EXCEPTION 'a grant ends when all its leases are proven to have ended' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER grant_ends_last AFTER INSERT OR UPDATE ON dbaccess.grants
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'ended') EXECUTE FUNCTION dbaccess.refuse_unproven_end();
CREATE CONSTRAINT TRIGGER grant_ends_last AFTER INSERT OR UPDATE ON dbaccess.leases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state <> 'ended') EXECUTE FUNCTION dbaccess.refuse_unproven_end();

-- One-time claim codes, without the codes.
CREATE TABLE dbaccess.codes (
    sum      bytea       PRIMARY KEY CHECK (octet_length(sum) = 32), -- SHA-256 of the code
    grant_id text        NOT NULL REFERENCES dbaccess.grants,
    holder   text        NOT NULL CHECK (holder <> ''),
    expires  timestamptz NOT NULL,
    used_at  timestamptz
);

-- Roles of our prefix that no lease explains, and since when we know them.
CREATE TABLE dbaccess.strays (
    database   text        NOT NULL,
    role       text        NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen  timestamptz NOT NULL,
    PRIMARY KEY (database, role)
);
