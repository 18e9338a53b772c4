-- +goose Up

-- Attempts that were given to workers and whose rows may be written later. A
-- build that does not know it would give them out again: it begins a generation.
CREATE TABLE dispatch_log (
    shard              INT NOT NULL,
    seq                BIGINT NOT NULL,
    tasks              LONGTEXT NOT NULL,
    PRIMARY KEY (shard, seq)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
