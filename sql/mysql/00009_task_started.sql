-- +goose Up

-- Overviews count the attempts of a period. The state is left out: it changes
-- with every step of an attempt, its start once.
CREATE INDEX task_instance_started ON task_instance (project_id, start_time);
