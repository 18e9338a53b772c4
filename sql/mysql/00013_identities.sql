-- +goose Up

-- How other systems, with which people log in, know users.
CREATE TABLE identity (
    provider           VARCHAR(255) NOT NULL,
    subject            VARCHAR(500) NOT NULL,
    user_id            BIGINT NOT NULL,
    create_time        DATETIME(3) NULL,
    PRIMARY KEY (provider, subject),
    KEY identity_user (user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
