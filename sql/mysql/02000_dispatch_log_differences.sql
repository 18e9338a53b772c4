-- +goose Up

-- Attempts in the log of dispatches are written as differences from the ones
-- before them, which a build that does not know it cannot read: it begins a
-- generation. What is there stays as it is and is read.
SELECT 1;
