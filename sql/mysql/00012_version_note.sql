-- +goose Up

-- What the author of a version says about it.
ALTER TABLE workflow_version ADD COLUMN note VARCHAR(500) NOT NULL DEFAULT '';
