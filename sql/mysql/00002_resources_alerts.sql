-- +goose Up

-- Full names of resources are compared byte by byte, trailing blanks and all.

-- The row that whoever changes the tree of resources holds.
CREATE TABLE resource_tree (
    id                 INT NOT NULL PRIMARY KEY
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE resource (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    kind               VARCHAR(16) NOT NULL,
    parent_id          BIGINT NOT NULL,
    full_name          VARBINARY(2048) NOT NULL,
    name               VARCHAR(255) NOT NULL,
    file_name          VARCHAR(255) NOT NULL,
    is_directory       TINYINT(1) NOT NULL,
    description        MEDIUMTEXT NOT NULL,
    user_id            BIGINT NOT NULL,
    size               BIGINT NOT NULL,
    blob_key           VARCHAR(255) NOT NULL,
    sha256             VARCHAR(64) NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY resource_full_name (kind, full_name),
    KEY resource_parent (parent_id),
    KEY resource_key (blob_key)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE resource_grant (
    user_id            BIGINT NOT NULL,
    resource_id        BIGINT NOT NULL,
    perm               INT NOT NULL,
    create_time        DATETIME(3) NULL,
    PRIMARY KEY (user_id, resource_id),
    KEY resource_grant_resource (resource_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What tasks of current versions name: resources by id, or by full name and
-- then with the id 0.
CREATE TABLE workflow_resource (
    workflow_id        BIGINT NOT NULL,
    resource_id        BIGINT NOT NULL,
    full_name          VARBINARY(2048) NOT NULL,
    PRIMARY KEY (workflow_id, resource_id, full_name),
    KEY workflow_resource_resource (resource_id),
    KEY workflow_resource_name (full_name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE udf (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id            BIGINT NOT NULL,
    kind               VARCHAR(16) NOT NULL,
    name               VARCHAR(255) NOT NULL,
    class_name         VARCHAR(1000) NOT NULL,
    arg_types          MEDIUMTEXT NOT NULL,
    db_name            VARCHAR(255) NOT NULL,
    description        MEDIUMTEXT NOT NULL,
    resource_id        BIGINT NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY udf_name (name),
    KEY udf_resource (resource_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE udf_grant (
    user_id            BIGINT NOT NULL,
    udf_id             BIGINT NOT NULL,
    perm               INT NOT NULL,
    create_time        DATETIME(3) NULL,
    PRIMARY KEY (user_id, udf_id),
    KEY udf_grant_udf (udf_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE data_source (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name               VARCHAR(255) NOT NULL,
    note               MEDIUMTEXT NOT NULL,
    type               VARCHAR(16) NOT NULL,
    user_id            BIGINT NOT NULL,
    connection         MEDIUMTEXT NOT NULL,
    password_sealed    MEDIUMTEXT NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY data_source_name (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE data_source_grant (
    user_id            BIGINT NOT NULL,
    data_source_id     BIGINT NOT NULL,
    perm               INT NOT NULL,
    create_time        DATETIME(3) NULL,
    PRIMARY KEY (user_id, data_source_id),
    KEY data_source_grant_source (data_source_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE workflow_data_source (
    workflow_id        BIGINT NOT NULL,
    data_source_id     BIGINT NOT NULL,
    PRIMARY KEY (workflow_id, data_source_id),
    KEY workflow_data_source_source (data_source_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE alert_group (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name               VARCHAR(255) NOT NULL,
    type               VARCHAR(16) NOT NULL,
    description        MEDIUMTEXT NOT NULL,
    user_id            BIGINT NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY alert_group_name (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE alert_group_user (
    group_id           BIGINT NOT NULL,
    user_id            BIGINT NOT NULL,
    create_time        DATETIME(3) NULL,
    PRIMARY KEY (group_id, user_id),
    KEY alert_group_user_user (user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE alert_channel (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name               VARCHAR(255) NOT NULL,
    kind               VARCHAR(16) NOT NULL,
    description        MEDIUMTEXT NOT NULL,
    enabled            TINYINT(1) NOT NULL,
    settings_sealed    MEDIUMTEXT NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY alert_channel_name (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE alert_channel_group (
    channel_id         BIGINT NOT NULL,
    group_id           BIGINT NOT NULL,
    PRIMARY KEY (channel_id, group_id),
    KEY alert_channel_group_group (group_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- A delivery with an owner is under way until its lease ends.
CREATE TABLE delivery (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    alert_id           BIGINT NOT NULL,
    channel_id         BIGINT NOT NULL,
    kind               VARCHAR(16) NOT NULL,
    address            MEDIUMTEXT NOT NULL,
    cc                 MEDIUMTEXT NOT NULL,
    state              VARCHAR(16) NOT NULL,
    attempts           INT NOT NULL,
    next_try           DATETIME(3) NULL,
    owner              VARCHAR(255) NOT NULL,
    lease_until        DATETIME(3) NULL,
    repeated           INT NOT NULL,
    last_error         MEDIUMTEXT NOT NULL,
    create_time        DATETIME(3) NULL,
    end_time           DATETIME(3) NULL,
    KEY delivery_alert (alert_id),
    KEY delivery_due (state, next_try)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE retention (
    project_id         BIGINT NOT NULL PRIMARY KEY,
    instance_days      INT NOT NULL,
    log_days           INT NOT NULL,
    update_time        DATETIME(3) NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Nobody is told of alerts from before there was a sender.
ALTER TABLE alert ADD COLUMN planned TINYINT(1) NOT NULL DEFAULT 1;
ALTER TABLE alert ALTER COLUMN planned SET DEFAULT 0;
CREATE INDEX alert_planned ON alert (planned, create_time);

-- Retention looks for what ended long ago.
CREATE INDEX instance_ended ON instance (end_time, project_id);

INSERT INTO resource_tree (id) VALUES (1);

INSERT INTO alert_group (id, name, type, description, user_id, create_time, update_time)
VALUES (1, 'default admin warning group', 'EMAIL', 'default admin warning group', 1,
    UTC_TIMESTAMP(3),
    UTC_TIMESTAMP(3));

INSERT INTO alert_group_user (group_id, user_id, create_time)
SELECT 1, id, UTC_TIMESTAMP(3) FROM user_account WHERE name = 'admin';
