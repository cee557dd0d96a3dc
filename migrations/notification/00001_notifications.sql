-- +goose Up
-- Rows stay for ever: they are what makes a late redelivery harmless.
CREATE TABLE notifications (
    order_id        text        COLLATE "C" NOT NULL,
    type            text        COLLATE "C" NOT NULL, -- of the event that the customer is told of
    event_id        text        COLLATE "C" NOT NULL,
    customer_id     text        NOT NULL,
    channel         text        NOT NULL,
    body            text        NOT NULL,
    attempts        int         NOT NULL CHECK (attempts >= 0), -- that failed
    next_attempt_at timestamptz NOT NULL, -- also the end of a worker's lease
    created_at      timestamptz NOT NULL,
    delivered_at    timestamptz, -- null while it is pending
    correlation_id  text        NOT NULL,
    causation_id    text        NOT NULL,
    traceparent     text        NOT NULL,
    tracestate      text        NOT NULL,
    PRIMARY KEY (order_id, type)
);

CREATE INDEX notifications_due ON notifications (next_attempt_at) WHERE delivered_at IS NULL;
CREATE INDEX notifications_newest ON notifications (created_at DESC, event_id DESC);

-- +goose Down
DROP TABLE notifications;
