-- +goose Up

-- A grant that came before roles lets its user change what is in the project.
ALTER TABLE project_grant ADD COLUMN role TEXT NOT NULL DEFAULT 'DEVELOPER';

CREATE TABLE workflow_draft (
    workflow_id        INTEGER NOT NULL PRIMARY KEY,
    revision           INTEGER NOT NULL,
    document           TEXT NOT NULL,
    base_version       INTEGER NOT NULL,
    user_id            INTEGER NOT NULL,
    update_time        INTEGER
);

CREATE TABLE workflow_folder (
    workflow_id        INTEGER NOT NULL PRIMARY KEY,
    folder             TEXT NOT NULL
);

CREATE TABLE workflow_label (
    workflow_id        INTEGER NOT NULL,
    label              TEXT NOT NULL,
    value              TEXT NOT NULL,
    PRIMARY KEY (workflow_id, label)
) WITHOUT ROWID;
CREATE INDEX workflow_label_value ON workflow_label (label, value);

CREATE TABLE calendar (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    name               TEXT NOT NULL,
    description        TEXT NOT NULL,
    weekend            TEXT NOT NULL,
    days               TEXT NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX calendar_name ON calendar (name);

ALTER TABLE schedule ADD COLUMN calendar_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE schedule ADD COLUMN calendar_rule TEXT NOT NULL DEFAULT '';
CREATE INDEX schedule_calendar ON schedule (calendar_id);

CREATE TABLE environment (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    name               TEXT NOT NULL,
    description        TEXT NOT NULL,
    variables_sealed   TEXT NOT NULL,
    worker_groups      TEXT NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX environment_name ON environment (name);

CREATE TABLE audit (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    at                 INTEGER NOT NULL,
    user_id            INTEGER NOT NULL,
    user_name          TEXT NOT NULL,
    ip                 TEXT NOT NULL,
    action             TEXT NOT NULL,
    resource           TEXT NOT NULL,
    resource_id        TEXT NOT NULL,
    name               TEXT NOT NULL,
    project_id         INTEGER NOT NULL,
    before_json        TEXT NOT NULL,
    after_json         TEXT NOT NULL
);
CREATE INDEX audit_project ON audit (project_id);
CREATE INDEX audit_user ON audit (user_id);
CREATE INDEX audit_at ON audit (at);
