-- +goose Up
-- To which key a statement's rows are sealed for whoever asked through the API.
ALTER TABLE dbaccess.requests
    ADD COLUMN result_key bytea CHECK (octet_length(result_key) = 32),
    ADD CONSTRAINT only_statements_have_rows CHECK (result_key IS NULL OR kind = 'statement');

-- A person sees what their agents ("claude@alice") ask for and hold.
CREATE INDEX requests_agents_person ON dbaccess.requests (split_part(requester, '@', 2), num) WHERE split_part(requester, '@', 2) <> '';
CREATE INDEX grants_agents_person ON dbaccess.grants (split_part(holder, '@', 2), num) WHERE split_part(holder, '@', 2) <> '';
