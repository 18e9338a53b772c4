-- +goose Up

-- Times are milliseconds since 1970 UTC.
-- Unknown ids are 0, unknown texts empty; only times, and what is unique when
-- it is known, can be NULL.

CREATE TABLE shard (
    id                 INTEGER PRIMARY KEY,
    epoch              INTEGER NOT NULL,
    owner              TEXT NOT NULL,
    addr               TEXT NOT NULL,
    writer             TEXT NOT NULL
);

CREATE TABLE id_sequence (
    name               TEXT NOT NULL PRIMARY KEY,
    next_id            INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE user_account (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    name               TEXT NOT NULL,
    password_hash      TEXT NOT NULL,
    email              TEXT NOT NULL,
    phone              TEXT NOT NULL,
    role               TEXT NOT NULL,
    tenant_id          INTEGER NOT NULL,
    queue              TEXT NOT NULL,
    disabled           INTEGER NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX user_account_name ON user_account (name);
CREATE INDEX user_account_tenant ON user_account (tenant_id);

CREATE TABLE session (
    id_hash            TEXT NOT NULL PRIMARY KEY,
    user_id            INTEGER NOT NULL,
    ip                 TEXT NOT NULL,
    last_login         INTEGER
) WITHOUT ROWID;
CREATE INDEX session_user ON session (user_id);

CREATE TABLE access_token (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id            INTEGER NOT NULL,
    value_hash         TEXT NOT NULL,
    value_sealed       TEXT NOT NULL,
    expire_time        INTEGER,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX access_token_value ON access_token (value_hash);
CREATE INDEX access_token_user ON access_token (user_id);

CREATE TABLE queue (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    name               TEXT NOT NULL,
    value              TEXT NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX queue_name ON queue (name);
CREATE UNIQUE INDEX queue_value ON queue (value);

CREATE TABLE tenant (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    code               TEXT NOT NULL,
    name               TEXT NOT NULL,
    queue_id           INTEGER NOT NULL,
    description        TEXT NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX tenant_code ON tenant (code);

CREATE TABLE project (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    code               INTEGER NOT NULL,
    name               TEXT NOT NULL,
    description        TEXT NOT NULL,
    user_id            INTEGER NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX project_code ON project (code);
CREATE UNIQUE INDEX project_name ON project (name);
CREATE INDEX project_user ON project (user_id);

CREATE TABLE project_grant (
    user_id            INTEGER NOT NULL,
    project_id         INTEGER NOT NULL,
    perm               INTEGER NOT NULL,
    create_time        INTEGER,
    PRIMARY KEY (user_id, project_id)
) WITHOUT ROWID;
CREATE INDEX project_grant_project ON project_grant (project_id);

CREATE TABLE worker_group (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    name               TEXT NOT NULL,
    addresses          TEXT NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX worker_group_name ON worker_group (name);

CREATE TABLE task_group (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id         INTEGER NOT NULL,
    name               TEXT NOT NULL,
    description        TEXT NOT NULL,
    size               INTEGER NOT NULL,
    closed             INTEGER NOT NULL,
    user_id            INTEGER NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX task_group_name ON task_group (project_id, name);

CREATE TABLE task_group_slot (
    attempt_id         INTEGER PRIMARY KEY,
    group_id           INTEGER NOT NULL,
    take_time          INTEGER
);
CREATE INDEX task_group_slot_group ON task_group_slot (group_id);

CREATE TABLE workflow (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    code               INTEGER NOT NULL,
    version            INTEGER NOT NULL,
    project_id         INTEGER NOT NULL,
    name               TEXT NOT NULL,
    release_state      TEXT NOT NULL,
    user_id            INTEGER NOT NULL,
    tenant_id          INTEGER NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE UNIQUE INDEX workflow_code ON workflow (code);
CREATE UNIQUE INDEX workflow_name ON workflow (project_id, name);
CREATE INDEX workflow_updated ON workflow (project_id, update_time);
CREATE INDEX workflow_tenant ON workflow (tenant_id);

CREATE TABLE workflow_version (
    workflow_id        INTEGER NOT NULL,
    version            INTEGER NOT NULL,
    name               TEXT NOT NULL,
    description        TEXT NOT NULL,
    receivers          TEXT NOT NULL,
    receivers_cc       TEXT NOT NULL,
    modified_by        INTEGER NOT NULL,
    create_time        INTEGER,
    head               TEXT NOT NULL,
    graph              TEXT NOT NULL,
    PRIMARY KEY (workflow_id, version)
);

CREATE TABLE workflow_child (
    workflow_id        INTEGER NOT NULL,
    child_id           INTEGER NOT NULL,
    PRIMARY KEY (workflow_id, child_id)
) WITHOUT ROWID;
CREATE INDEX workflow_child_child ON workflow_child (child_id);

CREATE TABLE schedule (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    shard              INTEGER NOT NULL,
    project_id         INTEGER NOT NULL,
    definition_id      INTEGER NOT NULL,
    user_id            INTEGER NOT NULL,
    cron               TEXT NOT NULL,
    timezone           TEXT NOT NULL,
    start_time         INTEGER,
    end_time           INTEGER,
    release_state      TEXT NOT NULL,
    misfire            TEXT NOT NULL,
    start_options      TEXT NOT NULL,
    next_due           INTEGER,
    version            INTEGER NOT NULL,
    create_time        INTEGER,
    update_time        INTEGER
);
CREATE INDEX schedule_shard ON schedule (shard, release_state);
CREATE INDEX schedule_project ON schedule (project_id);
CREATE INDEX schedule_definition ON schedule (definition_id);

CREATE TABLE schedule_fire (
    schedule_id        INTEGER NOT NULL,
    due                INTEGER NOT NULL,
    instance_id        INTEGER NOT NULL,
    skipped            INTEGER NOT NULL,
    fired_at           INTEGER,
    PRIMARY KEY (schedule_id, due)
) WITHOUT ROWID;

CREATE TABLE backfill (
    id                 INTEGER PRIMARY KEY,
    shard              INTEGER NOT NULL,
    project_id         INTEGER NOT NULL,
    definition_id      INTEGER NOT NULL,
    user_id            INTEGER NOT NULL,
    start_options      TEXT NOT NULL,
    plan               TEXT NOT NULL,
    lanes              TEXT NOT NULL,
    state              TEXT NOT NULL,
    create_time        INTEGER,
    end_time           INTEGER
);
CREATE INDEX backfill_shard ON backfill (shard, state);

CREATE TABLE alert (
    id                 INTEGER PRIMARY KEY,
    kind               TEXT NOT NULL,
    group_id           INTEGER NOT NULL,
    project_id         INTEGER NOT NULL,
    instance_id        INTEGER NOT NULL,
    task_id            INTEGER NOT NULL,
    title              TEXT NOT NULL,
    content            TEXT NOT NULL,
    receivers          TEXT NOT NULL,
    create_time        INTEGER
);

CREATE TABLE command (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    shard              INTEGER NOT NULL,
    type               TEXT NOT NULL,
    project_id         INTEGER NOT NULL,
    definition_id      INTEGER NOT NULL,
    instance_id        INTEGER NOT NULL,
    task_id            INTEGER NOT NULL,
    schedule_id        INTEGER NOT NULL,
    user_id            INTEGER NOT NULL,
    create_time        INTEGER,
    start_options      TEXT NOT NULL,
    backfill           TEXT NOT NULL,
    child              TEXT NOT NULL,
    dedup_key          TEXT,
    attempts           INTEGER NOT NULL,
    last_error         TEXT NOT NULL,
    acts_on            INTEGER
);
CREATE UNIQUE INDEX command_key ON command (dedup_key);
CREATE UNIQUE INDEX command_acts_on ON command (acts_on);
CREATE INDEX command_shard ON command (shard);

CREATE TABLE failed_command (
    id                 INTEGER PRIMARY KEY,
    shard              INTEGER NOT NULL,
    type               TEXT NOT NULL,
    project_id         INTEGER NOT NULL,
    definition_id      INTEGER NOT NULL,
    instance_id        INTEGER NOT NULL,
    task_id            INTEGER NOT NULL,
    schedule_id        INTEGER NOT NULL,
    user_id            INTEGER NOT NULL,
    create_time        INTEGER,
    start_options      TEXT NOT NULL,
    backfill           TEXT NOT NULL,
    child              TEXT NOT NULL,
    dedup_key          TEXT,
    attempts           INTEGER NOT NULL,
    last_error         TEXT NOT NULL,
    fail_time          INTEGER
);

CREATE TABLE instance (
    id                 INTEGER PRIMARY KEY,
    shard              INTEGER NOT NULL,
    project_id         INTEGER NOT NULL,
    definition_id      INTEGER NOT NULL,
    definition_version INTEGER NOT NULL,
    name               TEXT NOT NULL,
    state              TEXT NOT NULL,
    reason             TEXT NOT NULL,
    policy             TEXT NOT NULL,
    command            TEXT NOT NULL,
    history            TEXT NOT NULL,
    start_options      TEXT NOT NULL,
    tenant_code        TEXT NOT NULL,
    worker_group       TEXT NOT NULL,
    user_id            INTEGER NOT NULL,
    schedule_id        INTEGER NOT NULL,
    backfill_id        INTEGER NOT NULL,
    schedule_time      INTEGER,
    command_time       INTEGER,
    start_time         INTEGER,
    end_time           INTEGER,
    run_times          INTEGER NOT NULL,
    parent_id          INTEGER NOT NULL,
    parent_task_id     INTEGER,
    recovered          INTEGER NOT NULL,
    timeout_warned     INTEGER NOT NULL,
    vars               TEXT NOT NULL,
    master_id          TEXT NOT NULL,
    failures           INTEGER NOT NULL,
    update_time        INTEGER
);
CREATE INDEX instance_open ON instance (state, shard, project_id);
CREATE INDEX instance_project ON instance (project_id);
CREATE INDEX instance_started ON instance (project_id, start_time, state);
CREATE INDEX instance_definition ON instance (definition_id);
CREATE INDEX instance_date ON instance (definition_id, schedule_time, start_time);
CREATE INDEX instance_parent ON instance (parent_task_id);

CREATE TABLE task_instance (
    id                 INTEGER PRIMARY KEY,
    instance_id        INTEGER NOT NULL,
    project_id         INTEGER NOT NULL,
    definition_id      INTEGER NOT NULL,
    task               TEXT NOT NULL,
    task_code          INTEGER NOT NULL,
    kind               TEXT NOT NULL,
    state              TEXT NOT NULL,
    reason             TEXT NOT NULL,
    attempt            INTEGER NOT NULL,
    retry              INTEGER NOT NULL,
    is_current         INTEGER NOT NULL,
    priority           INTEGER NOT NULL,
    worker_group       TEXT NOT NULL,
    worker_id          TEXT NOT NULL,
    host               TEXT NOT NULL,
    epoch              INTEGER NOT NULL,
    deadline           INTEGER,
    submit_time        INTEGER,
    start_time         INTEGER,
    end_time           INTEGER,
    exit_code          INTEGER NOT NULL,
    pid                INTEGER NOT NULL,
    app_link           TEXT NOT NULL,
    log_path           TEXT NOT NULL,
    work_dir           TEXT NOT NULL,
    vars               TEXT NOT NULL,
    branch             TEXT NOT NULL,
    child_id           INTEGER NOT NULL,
    dependency         TEXT NOT NULL,
    warned             INTEGER NOT NULL,
    forced             INTEGER NOT NULL,
    update_time        INTEGER
);
CREATE INDEX task_instance_instance ON task_instance (instance_id);
CREATE INDEX task_instance_project ON task_instance (project_id);

CREATE TABLE idempotency (
    user_id            INTEGER NOT NULL,
    idem_key           BLOB NOT NULL,
    fingerprint        BLOB NOT NULL,
    answer             BLOB NOT NULL,
    create_time        INTEGER NOT NULL,
    PRIMARY KEY (user_id, idem_key)
);
CREATE INDEX idempotency_age ON idempotency (create_time);

INSERT INTO queue (id, name, value, create_time, update_time)
VALUES (1, 'default', 'default', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER), CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));

INSERT INTO id_sequence (name, next_id)
VALUES ('instance', 1), ('task', 1), ('backfill', 1), ('alert', 1);

INSERT INTO shard (id, epoch, owner, addr, writer)
VALUES (0, 0, '', '', ''), (1, 0, '', '', ''), (2, 0, '', '', ''), (3, 0, '', '', ''),
       (4, 0, '', '', ''), (5, 0, '', '', ''), (6, 0, '', '', ''), (7, 0, '', '', ''),
       (8, 0, '', '', ''), (9, 0, '', '', ''), (10, 0, '', '', ''), (11, 0, '', '', ''),
       (12, 0, '', '', ''), (13, 0, '', '', ''), (14, 0, '', '', ''), (15, 0, '', '', ''),
       (16, 0, '', '', ''), (17, 0, '', '', ''), (18, 0, '', '', ''), (19, 0, '', '', ''),
       (20, 0, '', '', ''), (21, 0, '', '', ''), (22, 0, '', '', ''), (23, 0, '', '', ''),
       (24, 0, '', '', ''), (25, 0, '', '', ''), (26, 0, '', '', ''), (27, 0, '', '', ''),
       (28, 0, '', '', ''), (29, 0, '', '', ''), (30, 0, '', '', ''), (31, 0, '', '', ''),
       (32, 0, '', '', ''), (33, 0, '', '', ''), (34, 0, '', '', ''), (35, 0, '', '', ''),
       (36, 0, '', '', ''), (37, 0, '', '', ''), (38, 0, '', '', ''), (39, 0, '', '', ''),
       (40, 0, '', '', ''), (41, 0, '', '', ''), (42, 0, '', '', ''), (43, 0, '', '', ''),
       (44, 0, '', '', ''), (45, 0, '', '', ''), (46, 0, '', '', ''), (47, 0, '', '', ''),
       (48, 0, '', '', ''), (49, 0, '', '', ''), (50, 0, '', '', ''), (51, 0, '', '', ''),
       (52, 0, '', '', ''), (53, 0, '', '', ''), (54, 0, '', '', ''), (55, 0, '', '', ''),
       (56, 0, '', '', ''), (57, 0, '', '', ''), (58, 0, '', '', ''), (59, 0, '', '', ''),
       (60, 0, '', '', ''), (61, 0, '', '', ''), (62, 0, '', '', ''), (63, 0, '', '', '');
