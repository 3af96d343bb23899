-- +goose Up
-- Which installation this is. Its id is part of every role name that we make,
-- so that two installations on one server never end each other's.
CREATE TABLE dbaccess.installation (
    one     boolean     PRIMARY KEY DEFAULT true CHECK (one), -- there is one row
    id      text        NOT NULL CHECK (id ~ '^[a-z]{6}$'),
    made_at timestamptz NOT NULL
);
