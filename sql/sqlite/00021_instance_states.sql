-- +goose Up

-- Instances of a workflow in a state are counted without being read.
CREATE INDEX instance_state ON instance (definition_id, state, project_id);
