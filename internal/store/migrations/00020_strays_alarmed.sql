-- +goose Up
-- When people were told of a stray: an alarm rings once, whichever server sweeps.
ALTER TABLE dbaccess.strays ADD COLUMN alarmed_at timestamptz;
