-- +goose Up

-- Attempts that wait for a slot of a task group, which goes to the first in line:
-- the largest priority, then who has waited longest. One that was not seen
-- asking for a while keeps nobody waiting.
CREATE TABLE task_group_wait (
    attempt_id         BIGINT NOT NULL PRIMARY KEY,
    group_id           BIGINT NOT NULL,
    priority           BIGINT NOT NULL,
    since              DATETIME(3) NOT NULL,
    seen               DATETIME(3) NOT NULL,
    KEY task_group_wait_group (group_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
