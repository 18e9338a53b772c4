-- +goose Up

-- A grant that came before roles lets its user change what is in the project.
ALTER TABLE project_grant ADD COLUMN role VARCHAR(16) NOT NULL DEFAULT 'DEVELOPER';

CREATE TABLE workflow_draft (
    workflow_id        BIGINT NOT NULL PRIMARY KEY,
    revision           BIGINT NOT NULL,
    document           LONGTEXT NOT NULL,
    base_version       INT NOT NULL,
    user_id            BIGINT NOT NULL,
    update_time        DATETIME(3) NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE workflow_folder (
    workflow_id        BIGINT NOT NULL PRIMARY KEY,
    folder             VARCHAR(500) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE workflow_label (
    workflow_id        BIGINT NOT NULL,
    label              VARCHAR(100) NOT NULL,
    value              VARCHAR(255) NOT NULL,
    PRIMARY KEY (workflow_id, label),
    KEY workflow_label_value (label, value)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE calendar (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name               VARCHAR(255) NOT NULL,
    description        MEDIUMTEXT NOT NULL,
    weekend            VARCHAR(64) NOT NULL,
    days               MEDIUMTEXT NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY calendar_name (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

ALTER TABLE schedule ADD COLUMN calendar_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE schedule ADD COLUMN calendar_rule VARCHAR(16) NOT NULL DEFAULT '';
CREATE INDEX schedule_calendar ON schedule (calendar_id);

CREATE TABLE environment (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name               VARCHAR(255) NOT NULL,
    description        MEDIUMTEXT NOT NULL,
    variables_sealed   MEDIUMTEXT NOT NULL,
    worker_groups      MEDIUMTEXT NOT NULL,
    create_time        DATETIME(3) NULL,
    update_time        DATETIME(3) NULL,
    UNIQUE KEY environment_name (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE audit (
    id                 BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at                 DATETIME(3) NOT NULL,
    user_id            BIGINT NOT NULL,
    user_name          VARCHAR(255) NOT NULL,
    ip                 VARCHAR(64) NOT NULL,
    action             VARCHAR(64) NOT NULL,
    resource           VARCHAR(64) NOT NULL,
    resource_id        VARCHAR(64) NOT NULL,
    name               VARCHAR(255) NOT NULL,
    project_id         BIGINT NOT NULL,
    before_json        MEDIUMTEXT NOT NULL,
    after_json         MEDIUMTEXT NOT NULL,
    KEY audit_project (project_id),
    KEY audit_user (user_id),
    KEY audit_at (at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
