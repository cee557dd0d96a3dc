-- What a transaction writes arrives as one array of rows for each statement
-- (docs/decisions/0026-a-batch-is-an-array-of-rows.md). A type is what one version of the
-- service sends, while another one may run beside it: it is never altered. A version
-- that sends something else brings a type with another name.

-- +goose Up
CREATE TYPE new_reservation AS (
    order_id   text,
    status     text,
    items      text, -- JSON
    created_at timestamptz,
    updated_at timestamptz
);

CREATE TYPE reservation_change AS (
    order_id   text,
    status     text,
    updated_at timestamptz
);

CREATE TYPE product_belief AS (
    product_id text,
    available  bigint, -- pieces
    reserved   bigint,
    sold       bigint
);

CREATE TYPE product_change AS (
    product_id text,
    available  bigint,
    reserved   bigint,
    sold       bigint,
    updated_at timestamptz
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
DROP TYPE outbox_message, product_change, product_belief, reservation_change, new_reservation;
