-- What a transaction writes arrives as one array of rows for each statement
-- (docs/decisions/0026-a-batch-is-an-array-of-rows.md). A type is what one version of the
-- service sends, while another one may run beside it: it is never altered. A version
-- that sends something else brings a type with another name.

-- +goose Up
CREATE TYPE new_payment AS (
    order_id         text,
    customer_id      text,
    amount_minor     bigint, -- minor units
    method           text,
    claimed          boolean,
    status           text,
    cancel_requested boolean,
    attempts         bigint,
    postponed        bigint,
    transaction_id   text,
    refund_id        text,
    failure_reason   text,
    next_attempt_at  timestamptz,
    updated_at       timestamptz,
    created_at       timestamptz,
    correlation_id   text,
    causation_id     text,
    traceparent      text,
    tracestate       text
);

CREATE TYPE payment_change AS (
    order_id             text,
    status               text,
    cancel_requested     boolean,
    attempts             bigint,
    postponed            bigint,
    transaction_id       text,
    refund_id            text,
    failure_reason       text,
    next_attempt_at      timestamptz,
    updated_at           timestamptz,
    correlation_id       text,
    causation_id         text,
    traceparent          text,
    tracestate           text,
    was_claimed          boolean, -- from here on: as the change found it
    was_status           text,
    was_cancel_requested boolean,
    had_attempts         bigint,
    was_postponed        bigint,
    had_transaction_id   text,
    had_refund_id        text,
    had_failure_reason   text,
    was_due_at           timestamptz,
    was_updated_at       timestamptz
);

CREATE TYPE due_payment AS (
    next_attempt_at timestamptz,
    order_id        text
);

CREATE TYPE gateway.new_operation AS (
    key          text,
    order_id     text,
    kind         text,
    amount_minor bigint, -- minor units
    reference    text
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
DROP TYPE outbox_message, gateway.new_operation, due_payment, payment_change, new_payment;
