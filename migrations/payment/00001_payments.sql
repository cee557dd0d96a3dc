-- +goose Up
-- Rows stay for ever: they are what makes a late redelivery harmless. Pages are
-- filled up: an update that ends or leases a payment changes next_attempt_at,
-- which is indexed, so room beside the old row would not make it a HOT one.
CREATE TABLE payments (
    order_id         text        COLLATE "C" PRIMARY KEY,
    customer_id      text        NOT NULL, -- '' when the order was cancelled before its payment was requested
    amount_minor     bigint      CHECK (amount_minor > 0), -- minor units; null then, too
    method           text        NOT NULL, -- '' for the customer's usual one
    status           text        NOT NULL CHECK (status IN ('PENDING', 'PROCESSED', 'FAILED', 'REFUNDING', 'REFUNDED', 'VOIDED')),
    cancel_requested boolean     NOT NULL,
    claimed          boolean     NOT NULL, -- a charge may have been sent
    attempts         int         NOT NULL CHECK (attempts >= 0),
    postponed        int         NOT NULL CHECK (postponed >= 0),
    transaction_id   text        CHECK ((transaction_id IS NOT NULL) = (status IN ('PROCESSED', 'REFUNDING', 'REFUNDED'))),
    refund_id        text        CHECK ((refund_id IS NOT NULL) = (status = 'REFUNDED')),
    failure_reason   text        CHECK ((failure_reason IS NOT NULL) = (status = 'FAILED')),
    next_attempt_at  timestamptz CHECK ((next_attempt_at IS NOT NULL) = (status IN ('PENDING', 'REFUNDING'))), -- also the end of a worker's lease
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    correlation_id   text        NOT NULL, -- with the next three: what made the next call due
    causation_id     text        NOT NULL,
    traceparent      text        NOT NULL,
    tracestate       text        NOT NULL,
    CHECK (amount_minor IS NOT NULL OR status = 'VOIDED')
);

-- What waits for a call to the gateway.
CREATE INDEX payments_due ON payments (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX payments_newest ON payments (created_at DESC, order_id DESC);

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
DROP TABLE outbox, payments;
