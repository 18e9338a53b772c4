-- +goose Up

-- Times are UTC with milliseconds. Codes and states are compared byte by byte.
-- Unknown ids are 0, unknown texts empty; only times, and what is unique when
-- it is known, can be NULL.

CREATE TABLE shard (
    id                 INT NOT NULL PRIMARY KEY,
    epoch              BIGINT NOT NULL,
    owner              VARCHAR(255) NOT NULL,
    addr               VARCHAR(255) NOT NULL,
    writer             VARCHAR(64) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE id_sequence (
    name               VARCHAR(32) NOT NULL PRIMARY KEY,
    next_id            BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE user_account (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name               VARCHAR(255) NOT NULL,
    password_hash      VARCHAR(255) NOT NULL,
    email              VARCHAR(255) NOT NULL,
    phone              VARCHAR(64) NOT NULL,
    role               VARCHAR(16) NOT NULL,
    tenant_id          BIGINT NOT NULL,
    queue              VARCHAR(255) NOT NULL,
    disabled           TINYINT(1) NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY user_account_name (name),
    KEY user_account_tenant (tenant_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE session (
    id_hash            VARCHAR(64) NOT NULL PRIMARY KEY,
    user_id            BIGINT NOT NULL,
    ip                 VARCHAR(64) NOT NULL,
    last_login         DATETIME(3) NULL,
    KEY session_user (user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE access_token (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id            BIGINT NOT NULL,
    value_hash         VARCHAR(64) NOT NULL,
    value_sealed       MEDIUMTEXT NOT NULL,
    expire_time        DATETIME(3) NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY access_token_value (value_hash),
    KEY access_token_user (user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE queue (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name               VARCHAR(255) NOT NULL,
    value              VARCHAR(255) NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY queue_name (name),
    UNIQUE KEY queue_value (value)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE tenant (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    code               VARCHAR(255) NOT NULL,
    name               VARCHAR(255) NOT NULL,
    queue_id           BIGINT NOT NULL,
    description        MEDIUMTEXT NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY tenant_code (code)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE project (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    code               BIGINT NOT NULL,
    name               VARCHAR(255) NOT NULL,
    description        MEDIUMTEXT NOT NULL,
    user_id            BIGINT NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY project_code (code),
    UNIQUE KEY project_name (name),
    KEY project_user (user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE project_grant (
    user_id            BIGINT NOT NULL,
    project_id         BIGINT NOT NULL,
    perm               INT NOT NULL,
    create_time        DATETIME(3) NULL,
    PRIMARY KEY (user_id, project_id),
    KEY project_grant_project (project_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE worker_group (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name               VARCHAR(255) NOT NULL,
    addresses          MEDIUMTEXT NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY worker_group_name (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE task_group (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    project_id         BIGINT NOT NULL,
    name               VARCHAR(255) NOT NULL,
    description        MEDIUMTEXT NOT NULL,
    size               INT NOT NULL,
    closed             TINYINT(1) NOT NULL,
    user_id            BIGINT NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY task_group_name (project_id, name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE task_group_slot (
    attempt_id         BIGINT NOT NULL PRIMARY KEY,
    group_id           BIGINT NOT NULL,
    take_time          DATETIME(3) NULL,
    KEY task_group_slot_group (group_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE workflow (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    code               BIGINT NOT NULL,
    version            INT NOT NULL,
    project_id         BIGINT NOT NULL,
    name               VARCHAR(255) NOT NULL,
    release_state      VARCHAR(16) NOT NULL,
    user_id            BIGINT NOT NULL,
    tenant_id          BIGINT NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY workflow_code (code),
    UNIQUE KEY workflow_name (project_id, name),
    KEY workflow_updated (project_id, update_time),
    KEY workflow_tenant (tenant_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE workflow_version (
    workflow_id        BIGINT NOT NULL,
    version            INT NOT NULL,
    name               VARCHAR(255) NOT NULL,
    description        MEDIUMTEXT NOT NULL,
    receivers          MEDIUMTEXT NOT NULL,
    receivers_cc       MEDIUMTEXT NOT NULL,
    modified_by        BIGINT NOT NULL,
    create_time        DATETIME(3) NULL,
    head               MEDIUMTEXT NOT NULL,
    graph              LONGTEXT NOT NULL,
    PRIMARY KEY (workflow_id, version)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE workflow_child (
    workflow_id        BIGINT NOT NULL,
    child_id           BIGINT NOT NULL,
    PRIMARY KEY (workflow_id, child_id),
    KEY workflow_child_child (child_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE schedule (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    shard              INT NOT NULL,
    project_id         BIGINT NOT NULL,
    definition_id      BIGINT NOT NULL,
    user_id            BIGINT NOT NULL,
    cron               VARCHAR(255) NOT NULL,
    timezone           VARCHAR(64) NOT NULL,
    start_time         DATETIME(3) NULL,
    end_time           DATETIME(3) NULL,
    release_state      VARCHAR(16) NOT NULL,
    misfire            VARCHAR(16) NOT NULL,
    start_options      MEDIUMTEXT NOT NULL,
    next_due           DATETIME(3) NULL,
    version            INT NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    KEY schedule_shard (shard, release_state),
    KEY schedule_project (project_id),
    KEY schedule_definition (definition_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE schedule_fire (
    schedule_id        BIGINT NOT NULL,
    due                DATETIME(3) NOT NULL,
    instance_id        BIGINT NOT NULL,
    skipped            TINYINT(1) NOT NULL,
    fired_at           DATETIME(3) NULL,
    PRIMARY KEY (schedule_id, due)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE backfill (
    id                 BIGINT NOT NULL PRIMARY KEY,
    shard              INT NOT NULL,
    project_id         BIGINT NOT NULL,
    definition_id      BIGINT NOT NULL,
    user_id            BIGINT NOT NULL,
    start_options      MEDIUMTEXT NOT NULL,
    plan               LONGTEXT NOT NULL,
    lanes              LONGTEXT NOT NULL,
    state              VARCHAR(16) NOT NULL,
    create_time        DATETIME(3) NULL,
    end_time           DATETIME(3) NULL,
    KEY backfill_shard (shard, state)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE alert (
    id                 BIGINT NOT NULL PRIMARY KEY,
    kind               VARCHAR(32) NOT NULL,
    group_id           BIGINT NOT NULL,
    project_id         BIGINT NOT NULL,
    instance_id        BIGINT NOT NULL,
    task_id            BIGINT NOT NULL,
    title              MEDIUMTEXT NOT NULL,
    content            MEDIUMTEXT NOT NULL,
    receivers          MEDIUMTEXT NOT NULL,
    create_time        DATETIME(3) NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE command (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    shard              INT NOT NULL,
    type               VARCHAR(32) NOT NULL,
    project_id         BIGINT NOT NULL,
    definition_id      BIGINT NOT NULL,
    instance_id        BIGINT NOT NULL,
    task_id            BIGINT NOT NULL,
    schedule_id        BIGINT NOT NULL,
    user_id            BIGINT NOT NULL,
    create_time        DATETIME(3) NULL,
    start_options      MEDIUMTEXT NOT NULL,
    backfill           LONGTEXT NOT NULL,
    child              MEDIUMTEXT NOT NULL,
    dedup_key          VARCHAR(255) NULL,
    attempts           INT NOT NULL,
    last_error         MEDIUMTEXT NOT NULL,
    acts_on            BIGINT NULL,
    UNIQUE KEY command_key (dedup_key),
    UNIQUE KEY command_acts_on (acts_on),
    KEY command_shard (shard)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE failed_command (
    id                 BIGINT NOT NULL PRIMARY KEY,
    shard              INT NOT NULL,
    type               VARCHAR(32) NOT NULL,
    project_id         BIGINT NOT NULL,
    definition_id      BIGINT NOT NULL,
    instance_id        BIGINT NOT NULL,
    task_id            BIGINT NOT NULL,
    schedule_id        BIGINT NOT NULL,
    user_id            BIGINT NOT NULL,
    create_time        DATETIME(3) NULL,
    start_options      MEDIUMTEXT NOT NULL,
    backfill           LONGTEXT NOT NULL,
    child              MEDIUMTEXT NOT NULL,
    dedup_key          VARCHAR(255) NULL,
    attempts           INT NOT NULL,
    last_error         MEDIUMTEXT NOT NULL,
    fail_time          DATETIME(3) NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE instance (
    id                 BIGINT NOT NULL PRIMARY KEY,
    shard              INT NOT NULL,
    project_id         BIGINT NOT NULL,
    definition_id      BIGINT NOT NULL,
    definition_version INT NOT NULL,
    name               VARCHAR(512) NOT NULL,
    state              VARCHAR(16) NOT NULL,
    reason             MEDIUMTEXT NOT NULL,
    policy             VARCHAR(16) NOT NULL,
    command            VARCHAR(32) NOT NULL,
    history            MEDIUMTEXT NOT NULL,
    start_options      MEDIUMTEXT NOT NULL,
    tenant_code        VARCHAR(255) NOT NULL,
    worker_group       VARCHAR(255) NOT NULL,
    user_id            BIGINT NOT NULL,
    schedule_id        BIGINT NOT NULL,
    backfill_id        BIGINT NOT NULL,
    schedule_time      DATETIME(3) NULL,
    command_time       DATETIME(3) NULL,
    start_time         DATETIME(3) NULL,
    end_time           DATETIME(3) NULL,
    run_times          INT NOT NULL,
    parent_id          BIGINT NOT NULL,
    parent_task_id     BIGINT NULL,
    recovered          TINYINT(1) NOT NULL,
    timeout_warned     TINYINT(1) NOT NULL,
    vars               MEDIUMTEXT NOT NULL,
    master_id          VARCHAR(255) NOT NULL,
    failures           INT NOT NULL,
    update_time        DATETIME(3) NULL,
    KEY instance_open (state, shard, project_id),
    KEY instance_project (project_id),
    KEY instance_started (project_id, start_time, state),
    KEY instance_definition (definition_id),
    KEY instance_date (definition_id, schedule_time, start_time),
    KEY instance_parent (parent_task_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE task_instance (
    id                 BIGINT NOT NULL PRIMARY KEY,
    instance_id        BIGINT NOT NULL,
    project_id         BIGINT NOT NULL,
    definition_id      BIGINT NOT NULL,
    task               VARCHAR(255) NOT NULL,
    task_code          BIGINT NOT NULL,
    kind               VARCHAR(32) NOT NULL,
    state              VARCHAR(16) NOT NULL,
    reason             MEDIUMTEXT NOT NULL,
    attempt            INT NOT NULL,
    retry              INT NOT NULL,
    is_current         TINYINT(1) NOT NULL,
    priority           INT NOT NULL,
    worker_group       VARCHAR(255) NOT NULL,
    worker_id          VARCHAR(255) NOT NULL,
    host               VARCHAR(255) NOT NULL,
    epoch              BIGINT NOT NULL,
    deadline           DATETIME(3) NULL,
    submit_time        DATETIME(3) NULL,
    start_time         DATETIME(3) NULL,
    end_time           DATETIME(3) NULL,
    exit_code          INT NOT NULL,
    pid                INT NOT NULL,
    app_link           MEDIUMTEXT NOT NULL,
    log_path           MEDIUMTEXT NOT NULL,
    work_dir           MEDIUMTEXT NOT NULL,
    vars               MEDIUMTEXT NOT NULL,
    branch             MEDIUMTEXT NOT NULL,
    child_id           BIGINT NOT NULL,
    dependency         MEDIUMTEXT NOT NULL,
    warned             TINYINT(1) NOT NULL,
    forced             TINYINT(1) NOT NULL,
    update_time        DATETIME(3) NULL,
    KEY task_instance_instance (instance_id),
    KEY task_instance_project (project_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE idempotency (
    user_id            BIGINT NOT NULL,
    idem_key           BINARY(32) NOT NULL,
    fingerprint        BINARY(16) NOT NULL,
    answer             LONGBLOB NOT NULL,
    create_time        DATETIME(3) NOT NULL,
    PRIMARY KEY (user_id, idem_key),
    KEY idempotency_age (create_time)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT INTO queue (id, name, value, create_time, update_time)
VALUES (1, 'default', 'default', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3));

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
