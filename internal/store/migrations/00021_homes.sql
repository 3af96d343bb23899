-- +goose Up
-- When people last opened their App Home: it is drawn anew while they may still
-- be looking at it.
CREATE TABLE dbaccess.homes (
    slack     text        PRIMARY KEY CHECK (slack <> ''), -- user id
    opened_at timestamptz NOT NULL
);
