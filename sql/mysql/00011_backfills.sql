-- +goose Up

-- Commands may act on a backfill.
ALTER TABLE command ADD COLUMN backfill_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE failed_command ADD COLUMN backfill_id BIGINT NOT NULL DEFAULT 0;

-- Pages of a project's backfills, newest first.
CREATE INDEX backfill_project ON backfill (project_id);
