-- +goose Up
-- Which order a request made, for the time in which it may be sent again. A row
-- is written in its order's transaction and deleted a day later; so many are, that
-- dead rows have to be cleared away sooner than usual.
CREATE TABLE idempotency_keys (
    caller     text        COLLATE "C" NOT NULL, -- the token's subject; '' for anonymous ones
    key        text        COLLATE "C" NOT NULL,
    request    bytea       NOT NULL, -- SHA-256 of what was asked
    order_id   uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
) WITH (autovacuum_vacuum_scale_factor = 0.02);

CREATE INDEX idempotency_keys_oldest ON idempotency_keys (created_at);

-- +goose Down
DROP TABLE idempotency_keys;
