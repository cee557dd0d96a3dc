-- +goose Up
CREATE TABLE orders (
    id                  uuid        PRIMARY KEY,
    customer_id         text        NOT NULL,
    items               jsonb       NOT NULL, -- [{"product_id": text, "quantity": int}]
    total_minor         bigint      NOT NULL CHECK (total_minor > 0), -- minor units
    payment_method      text        NOT NULL, -- '' for the provider's default
    status              text        NOT NULL CHECK (status IN ('PENDING', 'COMPLETED', 'CANCELLED')),
    cancellation_reason text        CHECK ((cancellation_reason IS NOT NULL) = (status = 'CANCELLED')),
    refunded_at         timestamptz,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL
) WITH (fillfactor = 85); -- room for the one update that ends an order

CREATE INDEX orders_newest ON orders (created_at DESC, id DESC);
CREATE INDEX orders_of_customer ON orders (customer_id, created_at DESC, id DESC);

-- What is in flight, for the search for overdue orders.
CREATE INDEX orders_pending ON orders (created_at) WHERE status = 'PENDING';

-- Every event of an order over all services, each once.
CREATE TABLE timeline (
    order_id     uuid        NOT NULL,
    event_id     text        NOT NULL,
    type         text        NOT NULL,
    source       text        NOT NULL,
    causation_id text        NOT NULL,
    occurred_at  timestamptz NOT NULL,
    PRIMARY KEY (order_id, event_id)
);

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
DROP TABLE outbox, timeline, orders;
