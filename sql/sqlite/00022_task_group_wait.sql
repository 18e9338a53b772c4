-- +goose Up

-- Attempts that wait for a slot of a task group, which goes to the first in line:
-- the largest priority, then who has waited longest. One that was not seen
-- asking for a while keeps nobody waiting.
CREATE TABLE task_group_wait (
    attempt_id         INTEGER PRIMARY KEY,
    group_id           INTEGER NOT NULL,
    priority           INTEGER NOT NULL,
    since              INTEGER NOT NULL,
    seen               INTEGER NOT NULL
);
CREATE INDEX task_group_wait_group ON task_group_wait (group_id);
