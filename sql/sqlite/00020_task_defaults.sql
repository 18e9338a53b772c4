-- +goose Up

-- What is not known yet of an attempt is not written: it has a default. SQLite
-- has no statement for it, but a documented way (ALTER TABLE, "Making Other
-- Kinds Of Table Schema Changes"): the table's own text is changed, since the
-- rows stay as they are. The index is made anew to tell all connections that
-- the schema is another.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql =
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(sql,
    'retry              INTEGER NOT NULL,', 'retry              INTEGER NOT NULL DEFAULT 0,'),
    'exit_code          INTEGER NOT NULL,', 'exit_code          INTEGER NOT NULL DEFAULT 0,'),
    'pid                INTEGER NOT NULL,', 'pid                INTEGER NOT NULL DEFAULT 0,'),
    'child_id           INTEGER NOT NULL,', 'child_id           INTEGER NOT NULL DEFAULT 0,'),
    'forced             INTEGER NOT NULL,', 'forced             INTEGER NOT NULL DEFAULT 0,'),
    'app_link           TEXT NOT NULL,', 'app_link           TEXT NOT NULL DEFAULT '''','),
    'log_path           TEXT NOT NULL,', 'log_path           TEXT NOT NULL DEFAULT '''','),
    'work_dir           TEXT NOT NULL,', 'work_dir           TEXT NOT NULL DEFAULT '''','),
    'vars               TEXT NOT NULL,', 'vars               TEXT NOT NULL DEFAULT '''','),
    'branch             TEXT NOT NULL,', 'branch             TEXT NOT NULL DEFAULT '''','),
    'dependency         TEXT NOT NULL,', 'dependency         TEXT NOT NULL DEFAULT '''',')
WHERE type = 'table' AND name = 'task_instance';
PRAGMA writable_schema = RESET;
DROP INDEX task_instance_project;
CREATE INDEX task_instance_project ON task_instance (project_id);
