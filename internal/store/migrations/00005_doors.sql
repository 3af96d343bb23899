-- +goose Up
-- Where in Slack a thing is drawn, and what was drawn last.
CREATE TABLE dbaccess.slack_messages (
    purpose  text        NOT NULL,
    ref      text        NOT NULL,
    channel  text        NOT NULL,
    ts       text        NOT NULL,
    drawn    text        NOT NULL,
    drawn_at timestamptz NOT NULL,
    PRIMARY KEY (purpose, ref)
);
CREATE INDEX slack_messages_place ON dbaccess.slack_messages (channel, ts);

-- What came in already, for 24 hours: Slack delivers some things twice.
CREATE TABLE dbaccess.deliveries (
    key text        PRIMARY KEY,
    at  timestamptz NOT NULL
);
CREATE INDEX deliveries_at ON dbaccess.deliveries (at);

-- Results to be shown once, sealed under a code that is not here.
CREATE TABLE dbaccess.results (
    sum     bytea       PRIMARY KEY CHECK (octet_length(sum) = 32), -- SHA-256 of the code
    sealed  bytea,                                                  -- null once shown or expired
    holder  text        NOT NULL CHECK (holder <> ''),
    request text        NOT NULL REFERENCES dbaccess.requests,
    expires timestamptz NOT NULL,
    shown_at timestamptz,
    CONSTRAINT shown_means_gone CHECK (shown_at IS NULL OR sealed IS NULL)
);
CREATE INDEX results_kept ON dbaccess.results (expires) WHERE sealed IS NOT NULL;
