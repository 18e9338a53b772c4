-- +goose Up

-- For how many days resources that nobody used stay in the caches of workers.
ALTER TABLE retention ADD COLUMN cache_days INTEGER NOT NULL DEFAULT 0;
