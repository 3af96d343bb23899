-- +goose Up
-- The log. The body is canonical JSON, byte for byte; what is searched by is
-- generated from it, so that it cannot say anything else.
CREATE TABLE dbaccess.audit_events (
    seq      bigint PRIMARY KEY CHECK (seq >= 1),
    prev     bytea  NOT NULL UNIQUE CHECK (octet_length(prev) = 32), -- unique: the chain never forks
    hash     bytea  NOT NULL,
    body     text   NOT NULL,
    type     text   GENERATED ALWAYS AS (body::jsonb ->> 'type') STORED NOT NULL,
    at       text   COLLATE "C" GENERATED ALWAYS AS (body::jsonb ->> 'at') STORED NOT NULL, -- of fixed form: sorts as time
    actor    text   GENERATED ALWAYS AS (body::jsonb ->> 'actor') STORED NOT NULL,
    request  text   GENERATED ALWAYS AS (body::jsonb ->> 'request') STORED,
    grant_id text   GENERATED ALWAYS AS (body::jsonb ->> 'grant') STORED,
    -- The link, as audit.Link computes it.
    CHECK (hash = sha256(convert_to('dbaccess audit event v1', 'UTF8') || '\x00'::bytea || prev || int8send(seq) || convert_to(body, 'UTF8')))
);
CREATE INDEX audit_events_request ON dbaccess.audit_events (request, seq) WHERE request IS NOT NULL;
CREATE INDEX audit_events_grant ON dbaccess.audit_events (grant_id, seq) WHERE grant_id IS NOT NULL;
CREATE INDEX audit_events_type ON dbaccess.audit_events (type, seq);
CREATE INDEX audit_events_at ON dbaccess.audit_events (at, seq);

-- The newest event, as who appends leaves it.
CREATE TABLE dbaccess.audit_head (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    seq  bigint  NOT NULL,
    hash bytea   NOT NULL CHECK (octet_length(hash) = 32)
) WITH (fillfactor = 10); -- one row, always rewritten: keep its versions on one page
INSERT INTO dbaccess.audit_head (seq, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

-- The only way in. Who appends holds a lock until its transaction ends, and takes
-- it last: so events stand in the order of their commits, without gaps. It runs
-- as its owner: the runtime role may call it, and may write neither table itself.
-- +goose StatementBegin
CREATE FUNCTION dbaccess.append_events(bodies text[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head dbaccess.audit_head;
    next bytea;
    body text;
BEGIN
    PERFORM pg_advisory_xact_lock(6238174950272417); -- until the caller's transaction ends
    SELECT * INTO STRICT head FROM dbaccess.audit_head; -- as the last holder of the lock left it
    FOREACH body IN ARRAY bodies LOOP
        head.seq := head.seq + 1;
        next := sha256(convert_to('dbaccess audit event v1', 'UTF8') || '\x00'::bytea || head.hash || int8send(head.seq) || convert_to(body, 'UTF8'));
        INSERT INTO dbaccess.audit_events (seq, prev, hash, body) VALUES (head.seq, head.hash, next, body);
        head.hash := next;
    END LOOP;
    UPDATE dbaccess.audit_head SET seq = head.seq, hash = head.hash;
    RETURN head.seq;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION dbaccess.append_events(text[]) FROM PUBLIC;

-- A second net under the privileges: whoever has the right to rewrite the log
-- must first take this away, which only its owner can.
-- +goose StatementBegin
CREATE FUNCTION dbaccess.refuse_rewriting() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'audit events are never changed or removed' USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER never_rewritten BEFORE UPDATE OR DELETE OR TRUNCATE ON dbaccess.audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION dbaccess.refuse_rewriting();
-- Also for those who set session_replication_role.
ALTER TABLE dbaccess.audit_events ENABLE ALWAYS TRIGGER never_rewritten;
