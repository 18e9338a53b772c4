-- +goose Up

-- Attempts that were given to workers and whose rows may be written later. A
-- build that does not know it would give them out again: it begins a generation.
CREATE TABLE dispatch_log (
    shard              INTEGER NOT NULL,
    seq                INTEGER NOT NULL,
    tasks              TEXT NOT NULL,
    PRIMARY KEY (shard, seq)
) WITHOUT ROWID;
