-- +goose Up
CREATE TABLE products (
    product_id text        COLLATE "C" PRIMARY KEY,
    available  bigint      NOT NULL CHECK (available >= 0), -- pieces
    reserved   bigint      NOT NULL CHECK (reserved >= 0),
    sold       bigint      NOT NULL CHECK (sold >= 0),
    updated_at timestamptz NOT NULL
) WITH (fillfactor = 50); -- a popular product changes with every order: its versions stay on its page, and no index is touched

INSERT INTO products (product_id, available, reserved, sold, updated_at)
VALUES ('product-A', 10, 0, 0, now()),
       ('product-B', 5, 0, 0, now()),
       ('product-C', 0, 0, 0, now());

-- Rows stay for ever: they are what makes a late redelivery harmless.
CREATE TABLE reservations (
    order_id   text        COLLATE "C" PRIMARY KEY,
    status     text        NOT NULL CHECK (status IN ('RESERVED', 'REJECTED', 'COMMITTED', 'RELEASED')),
    items      jsonb       NOT NULL, -- [{"product_id": text, "quantity": int}]; [] when cancelled before it arrived
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
) WITH (fillfactor = 85); -- room for the one update that ends a reservation

CREATE INDEX reservations_newest ON reservations (created_at DESC, order_id DESC);

CREATE TABLE outbox (
    event_id       text        COLLATE "C" PRIMARY KEY, -- a UUID version 7: grows with time
    type           text        NOT NULL,
    routing_key    text        NOT NULL,
    subject        text        NOT NULL,
    correlation_id text        NOT NULL,
    causation_id   text        NOT NULL,
    traceparent    text        NOT NULL,
    tracestate     text        NOT NULL,
    occurred_at    timestamptz NOT NULL,
    body           bytea       NOT NULL
);

-- +goose Down
DROP TABLE outbox, reservations, products;
