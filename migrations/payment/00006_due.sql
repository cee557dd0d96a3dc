-- What waits for a call to the gateway has a row in a small table of its own. An index
-- on payments for it made each update of a payment write an entry into all of their
-- indexes; now a payment's row is rewritten in its page, where a share is left for
-- that (in pages that are new). Rows of payments_due live for a moment, like those of
-- the outbox, and are vacuumed like them.
--
-- Versions of the service from before this one must have stopped: what they make due
-- has no row here, and nobody would look for it.

-- +goose Up
LOCK TABLE payments IN ACCESS EXCLUSIVE MODE;
ALTER INDEX payments_due RENAME TO payments_until_now_due;

CREATE TABLE payments_due (
    next_attempt_at timestamptz NOT NULL, -- the payment's; also the end of a worker's lease
    order_id        text        COLLATE "C" NOT NULL,
    PRIMARY KEY (next_attempt_at, order_id)
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0,
    vacuum_truncate = off
);
INSERT INTO payments_due SELECT next_attempt_at, order_id FROM payments WHERE next_attempt_at IS NOT NULL;

DROP INDEX payments_until_now_due;
ALTER TABLE payments SET (fillfactor = 60);

-- +goose Down
LOCK TABLE payments IN ACCESS EXCLUSIVE MODE;
DROP TABLE payments_due;
CREATE INDEX payments_due ON payments (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
ALTER TABLE payments RESET (fillfactor);
