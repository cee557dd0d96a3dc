-- What a transaction writes arrives as one array of rows for each statement
-- (docs/decisions/0026-a-batch-is-an-array-of-rows.md). A type is what one version of the
-- service sends, while another one may run beside it: it is never altered. A version
-- that sends something else brings a type with another name.

-- +goose Up
CREATE TYPE new_notification AS (
    order_id        text,
    type            text,
    event_id        text,
    customer_id     text,
    channel         text,
    body            text,
    attempts        bigint,
    next_attempt_at timestamptz,
    created_at      timestamptz,
    delivered_at    timestamptz,
    correlation_id  text,
    causation_id    text,
    traceparent     text,
    tracestate      text
);

CREATE TYPE notification_change AS (
    order_id         text,
    type             text,
    attempts         bigint,
    next_attempt_at  timestamptz,
    delivered_at     timestamptz,
    known_attempts   bigint,
    known_attempt_at timestamptz
);

CREATE TYPE due_notification AS (
    next_attempt_at timestamptz,
    order_id        text,
    type            text
);

-- +goose Down
DROP TYPE due_notification, notification_change, new_notification;
