-- +goose Up

-- The row that whoever changes the tree of resources holds.
CREATE TABLE resource_tree (
    id                 INTEGER NOT NULL PRIMARY KEY
);

CREATE TABLE resource (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    kind               TEXT NOT NULL,
    parent_id          INTEGER NOT NULL,
    full_name          TEXT NOT NULL,
    name               TEXT NOT NULL,
    file_name          TEXT NOT NULL,
    is_directory       INTEGER NOT NULL,
    description        TEXT NOT NULL,
    user_id            INTEGER NOT NULL,
    size               INTEGER NOT NULL,
    blob_key           TEXT NOT NULL,
    sha256             TEXT NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX resource_full_name ON resource (kind, full_name);
CREATE INDEX resource_parent ON resource (parent_id);
CREATE INDEX resource_key ON resource (blob_key);

CREATE TABLE resource_grant (
    user_id            INTEGER NOT NULL,
    resource_id        INTEGER NOT NULL,
    perm               INTEGER NOT NULL,
    create_time        INTEGER,
    PRIMARY KEY (user_id, resource_id)
) WITHOUT ROWID;
CREATE INDEX resource_grant_resource ON resource_grant (resource_id);

-- What tasks of current versions name: resources by id, or by full name and
-- then with the id 0.
CREATE TABLE workflow_resource (
    workflow_id        INTEGER NOT NULL,
    resource_id        INTEGER NOT NULL,
    full_name          TEXT NOT NULL,
    PRIMARY KEY (workflow_id, resource_id, full_name)
) WITHOUT ROWID;
CREATE INDEX workflow_resource_resource ON workflow_resource (resource_id);
CREATE INDEX workflow_resource_name ON workflow_resource (full_name);

CREATE TABLE udf (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id            INTEGER NOT NULL,
    kind               TEXT NOT NULL,
    name               TEXT NOT NULL,
    class_name         TEXT NOT NULL,
    arg_types          TEXT NOT NULL,
    db_name            TEXT NOT NULL,
    description        TEXT NOT NULL,
    resource_id        INTEGER NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX udf_name ON udf (name);
CREATE INDEX udf_resource ON udf (resource_id);

CREATE TABLE udf_grant (
    user_id            INTEGER NOT NULL,
    udf_id             INTEGER NOT NULL,
    perm               INTEGER NOT NULL,
    create_time        INTEGER,
    PRIMARY KEY (user_id, udf_id)
) WITHOUT ROWID;
CREATE INDEX udf_grant_udf ON udf_grant (udf_id);

CREATE TABLE data_source (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    name               TEXT NOT NULL,
    note               TEXT NOT NULL,
    type               TEXT NOT NULL,
    user_id            INTEGER NOT NULL,
    connection         TEXT NOT NULL,
    password_sealed    TEXT NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX data_source_name ON data_source (name);

CREATE TABLE data_source_grant (
    user_id            INTEGER NOT NULL,
    data_source_id     INTEGER NOT NULL,
    perm               INTEGER NOT NULL,
    create_time        INTEGER,
    PRIMARY KEY (user_id, data_source_id)
) WITHOUT ROWID;
CREATE INDEX data_source_grant_source ON data_source_grant (data_source_id);

CREATE TABLE workflow_data_source (
    workflow_id        INTEGER NOT NULL,
    data_source_id     INTEGER NOT NULL,
    PRIMARY KEY (workflow_id, data_source_id)
) WITHOUT ROWID;
CREATE INDEX workflow_data_source_source ON workflow_data_source (data_source_id);

CREATE TABLE alert_group (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    name               TEXT NOT NULL,
    type               TEXT NOT NULL,
    description        TEXT NOT NULL,
    user_id            INTEGER NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX alert_group_name ON alert_group (name);

CREATE TABLE alert_group_user (
    group_id           INTEGER NOT NULL,
    user_id            INTEGER NOT NULL,
    create_time        INTEGER,
    PRIMARY KEY (group_id, user_id)
) WITHOUT ROWID;
CREATE INDEX alert_group_user_user ON alert_group_user (user_id);

CREATE TABLE alert_channel (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    name               TEXT NOT NULL,
    kind               TEXT NOT NULL,
    description        TEXT NOT NULL,
    enabled            INTEGER NOT NULL,
    settings_sealed    TEXT NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX alert_channel_name ON alert_channel (name);

CREATE TABLE alert_channel_group (
    channel_id         INTEGER NOT NULL,
    group_id           INTEGER NOT NULL,
    PRIMARY KEY (channel_id, group_id)
) WITHOUT ROWID;
CREATE INDEX alert_channel_group_group ON alert_channel_group (group_id);

-- A delivery with an owner is under way until its lease ends.
CREATE TABLE delivery (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_id           INTEGER NOT NULL,
    channel_id         INTEGER NOT NULL,
    kind               TEXT NOT NULL,
    address            TEXT NOT NULL,
    cc                 TEXT NOT NULL,
    state              TEXT NOT NULL,
    attempts           INTEGER NOT NULL,
    next_try           INTEGER,
    owner              TEXT NOT NULL,
    lease_until        INTEGER,
    repeated           INTEGER NOT NULL,
    last_error         TEXT NOT NULL,
    create_time        INTEGER,
    end_time           INTEGER
);
CREATE INDEX delivery_alert ON delivery (alert_id);
CREATE INDEX delivery_due ON delivery (state, next_try);

CREATE TABLE retention (
    project_id         INTEGER PRIMARY KEY,
    instance_days      INTEGER NOT NULL,
    log_days           INTEGER NOT NULL,
    update_time        INTEGER
);

-- Nobody is told of alerts from before there was a sender.
ALTER TABLE alert ADD COLUMN planned INTEGER NOT NULL DEFAULT 0;
UPDATE alert SET planned = 1;
CREATE INDEX alert_planned ON alert (planned, create_time);

-- Retention looks for what ended long ago.
CREATE INDEX instance_ended ON instance (end_time, project_id) WHERE end_time IS NOT NULL;

INSERT INTO resource_tree (id) VALUES (1);

INSERT INTO alert_group (id, name, type, description, user_id, create_time, update_time)
VALUES (1, 'default admin warning group', 'EMAIL', 'default admin warning group', 1,
    CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER),
    CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));

INSERT INTO alert_group_user (group_id, user_id, create_time)
SELECT 1, id, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) FROM user_account WHERE name = 'admin';
