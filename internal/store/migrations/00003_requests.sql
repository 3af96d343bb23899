-- +goose Up
CREATE TABLE dbaccess.requests (
    id          text        PRIMARY KEY CHECK (id LIKE 'req\_%'),
    num         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY, -- the order of asking
    version     bigint      NOT NULL CHECK (version >= 1),
    state       text        NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'cancelled', 'expired', 'executing', 'executed', 'failed')),
    revision    integer     NOT NULL CHECK (revision >= 1),
    digest      bytea       NOT NULL CHECK (octet_length(digest) = 32),
    kind        text        NOT NULL CHECK (kind IN ('access', 'statement')),
    requester   text        NOT NULL CHECK (requester <> ''),
    database    text        NOT NULL CHECK (database <> ''),
    profile     text        NOT NULL,
    duration    bigint      NOT NULL CHECK (duration >= 0), -- nanoseconds, exactly: the digest binds them
    statement   text        NOT NULL,
    params      text[],
    row_bound   bigint      NOT NULL,
    settings    jsonb       NOT NULL,
    reason      text        NOT NULL,
    once        text        UNIQUE CHECK (once <> ''),
    verdict     jsonb       NOT NULL,
    route       jsonb       NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    decided_at  timestamptz,
    outcome     text        NOT NULL,
    grant_id    text,
    started_at  timestamptz,
    ended_at    timestamptz,
    rows        bigint      NOT NULL,
    CONSTRAINT undecided_means_pending CHECK ((decided_at IS NULL) = (state = 'pending')),
    CONSTRAINT only_statements_run     CHECK (kind = 'statement' OR (state NOT IN ('executing', 'executed', 'failed') AND statement = '')),
    CONSTRAINT statements_have_text    CHECK (kind = 'access' OR statement <> ''),
    CONSTRAINT access_has_a_window     CHECK (kind = 'statement' OR duration > 0),
    CONSTRAINT a_run_has_begun         CHECK (state NOT IN ('executing', 'executed') OR started_at IS NOT NULL),
    CONSTRAINT a_run_is_over           CHECK ((ended_at IS NOT NULL) = (state IN ('executed', 'failed')))
);
CREATE INDEX requests_requester ON dbaccess.requests (requester, num);
CREATE INDEX requests_pending ON dbaccess.requests (expires_at) WHERE state = 'pending';
CREATE INDEX requests_executing ON dbaccess.requests (started_at) WHERE state = 'executing';
CREATE INDEX requests_state ON dbaccess.requests (state, num);

CREATE TABLE dbaccess.reviews (
    id        text        PRIMARY KEY CHECK (id LIKE 'rev\_%'),
    request   text        NOT NULL REFERENCES dbaccess.requests,
    place     integer     NOT NULL, -- among the request's reviews, oldest first
    revision  integer     NOT NULL CHECK (revision >= 1),
    digest    bytea       NOT NULL CHECK (octet_length(digest) = 32),
    reviewer  text        NOT NULL CHECK (reviewer <> ''),
    groups    text[],
    answer    text        NOT NULL CHECK (answer IN ('approve', 'deny')),
    reason    text        NOT NULL,
    via       text        NOT NULL CHECK (via IN ('button', 'reaction')),
    policy    text        NOT NULL,
    route     jsonb       NOT NULL,
    at        timestamptz NOT NULL,
    withdrawn timestamptz
);
CREATE INDEX reviews_request ON dbaccess.reviews (request, place);
-- Quorum counts people: nobody has two standing reviews of one revision.
CREATE UNIQUE INDEX reviews_one_a_person ON dbaccess.reviews (request, revision, reviewer) WHERE withdrawn IS NULL;

-- Nobody reviews their own request, whatever the code above thinks.
-- +goose StatementBegin
CREATE FUNCTION dbaccess.refuse_self_review() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM dbaccess.requests r WHERE r.id = NEW.request AND r.requester = NEW.reviewer) THEN
        RAISE EXCEPTION 'nobody reviews their own request' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER no_self_review BEFORE INSERT OR UPDATE ON dbaccess.reviews
    FOR EACH ROW EXECUTE FUNCTION dbaccess.refuse_self_review();
