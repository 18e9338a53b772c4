-- +goose Up

-- How other systems, with which people log in, know users.
CREATE TABLE identity (
    provider           TEXT NOT NULL,
    subject            TEXT NOT NULL,
    user_id            INTEGER NOT NULL,
    create_time        INTEGER,
    PRIMARY KEY (provider, subject)
);
CREATE INDEX identity_user ON identity (user_id);
