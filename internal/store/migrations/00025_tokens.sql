-- +goose Up
-- Our own tokens for the API. The token itself is not here: only its SHA-256.
CREATE TABLE dbaccess.tokens (
    id        text        PRIMARY KEY CHECK (id <> ''),
    sum       bytea       NOT NULL UNIQUE CHECK (octet_length(sum) = 32),
    principal text        NOT NULL CHECK (principal <> ''),
    acts_for  text        NOT NULL,
    claims    jsonb,
    audience  text        NOT NULL CHECK (audience IN ('dbaccess', 'dbaccess-mcp')),
    issuer    text        NOT NULL,
    subject   text        NOT NULL,
    at        timestamptz NOT NULL,
    expires   timestamptz NOT NULL,
    ended_at  timestamptz,
    ended_by  text        NOT NULL DEFAULT '',
    CONSTRAINT tokens_are_good_for_a_time CHECK (expires > at),
    CONSTRAINT agents_have_their_audience CHECK ((audience = 'dbaccess-mcp') = (principal LIKE '%@%')),
    CONSTRAINT agents_tokens_are_their_persons CHECK (principal NOT LIKE '%@%' OR acts_for = split_part(principal, '@', 2)),
    CONSTRAINT ended_means_by_somebody CHECK ((ended_at IS NULL) = (ended_by = ''))
);
CREATE INDEX tokens_principal ON dbaccess.tokens (principal, at);
CREATE INDEX tokens_acts_for ON dbaccess.tokens (acts_for, at) WHERE acts_for <> '';
CREATE INDEX tokens_expires ON dbaccess.tokens (expires);

-- What is ended stays ended, and what a token says of its holder stays as it was.
-- +goose StatementBegin
CREATE FUNCTION dbaccess.keep_token() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'an ended token stays ended' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER keep_token BEFORE UPDATE ON dbaccess.tokens FOR EACH ROW EXECUTE FUNCTION dbaccess.keep_token();

-- Others' tokens that may be used once and were, until nobody would take them any
-- more; with the token of ours that the first use was given.
CREATE TABLE dbaccess.used_identities (
    sum   bytea       PRIMARY KEY CHECK (octet_length(sum) = 32), -- SHA-256 of issuer and id
    token text        NOT NULL CHECK (token <> ''),               -- which may be forgotten earlier
    until timestamptz NOT NULL
);
CREATE INDEX used_identities_until ON dbaccess.used_identities (until);
