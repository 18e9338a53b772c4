-- +goose Up

-- What is not known yet of an attempt is not written: it has a default.
ALTER TABLE task_instance
    ALTER COLUMN retry SET DEFAULT 0,
    ALTER COLUMN exit_code SET DEFAULT 0,
    ALTER COLUMN pid SET DEFAULT 0,
    ALTER COLUMN child_id SET DEFAULT 0,
    ALTER COLUMN forced SET DEFAULT 0,
    ALTER COLUMN app_link SET DEFAULT (''),
    ALTER COLUMN log_path SET DEFAULT (''),
    ALTER COLUMN work_dir SET DEFAULT (''),
    ALTER COLUMN vars SET DEFAULT (''),
    ALTER COLUMN branch SET DEFAULT (''),
    ALTER COLUMN dependency SET DEFAULT ('');
