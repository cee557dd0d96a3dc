-- What a transaction writes arrives as one array of rows for each statement
-- (docs/decisions/0026-a-batch-is-an-array-of-rows.md). A type is what one version of the
-- service sends, while another one may run beside it: it is never altered. A version
-- that sends something else brings a type with another name.

-- +goose Up
CREATE TYPE new_order AS (
    id             uuid,
    customer_id    text,
    items          text, -- JSON
    total_minor    bigint,
    payment_method text,
    status         text,
    created_at     timestamptz,
    updated_at     timestamptz
);

CREATE TYPE order_change AS (
    id          uuid,
    status      text,
    reason      text,
    refunded_at timestamptz,
    updated_at  timestamptz
);

CREATE TYPE timeline_line AS (
    order_id     uuid,
    event_id     text,
    type         text,
    source       text,
    causation_id text,
    occurred_at  timestamptz,
    status       text,
    attempts     bigint,
    own          boolean -- the order has made the event itself
);

CREATE TYPE new_idempotency_key AS (
    caller     text,
    key        text,
    request    bytea,
    order_id   uuid,
    created_at timestamptz
);

CREATE TYPE outbox_message AS (
    event_id       text,
    type           text,
    routing_key    text,
    subject        text,
    correlation_id text,
    causation_id   text,
    traceparent    text,
    tracestate     text,
    occurred_at    timestamptz,
    body           bytea
);

-- +goose Down
DROP TYPE outbox_message, new_idempotency_key, timeline_line, order_change, new_order;
