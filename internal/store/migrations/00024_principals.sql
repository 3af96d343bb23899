-- +goose Up
-- Services and agents ask too. Whom they act for, and what a service's token said
-- when it asked.
ALTER TABLE dbaccess.requests
    ADD COLUMN acts_for text  NOT NULL DEFAULT '',
    ADD COLUMN claims   jsonb;

-- Nobody reviews what would give access to themselves: not their own request, not
-- that of their agent ("claude@alice"), not that of a job which they started.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION dbaccess.refuse_self_review() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM dbaccess.requests r WHERE r.id = NEW.request
               AND NEW.reviewer IN (r.requester, r.acts_for, split_part(r.requester, '@', 2))) THEN
        RAISE EXCEPTION 'nobody reviews their own request' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.reviewer ~ '[/@]' THEN
        RAISE EXCEPTION 'only people review' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
