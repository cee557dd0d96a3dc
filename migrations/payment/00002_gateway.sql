-- The books of the simulated payment provider. They are in a schema of their
-- own and never in one transaction with the tables of the service: a real
-- provider's books are somewhere else altogether.

-- +goose Up
CREATE SCHEMA gateway;

-- The first operation under a key is the only one, and decides what every later
-- call with that key is answered.
CREATE TABLE gateway.operations (
    key          text        COLLATE "C" PRIMARY KEY,
    number       bigint      GENERATED ALWAYS AS IDENTITY, -- tells apart what has the same time
    order_id     text        COLLATE "C" NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('charge', 'decline', 'cancel', 'refund')),
    amount_minor bigint      NOT NULL, -- minor units; 0 for a cancel
    reference    text        NOT NULL, -- the id that the caller is given
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX operations_newest ON gateway.operations (created_at DESC, number DESC);
CREATE INDEX operations_of_order ON gateway.operations (order_id);

-- What the provider shows its customers; a decline moves no money.
CREATE VIEW gateway.ledger AS
SELECT number, order_id, kind, amount_minor, created_at FROM gateway.operations WHERE kind <> 'decline';

-- +goose Down
DROP SCHEMA gateway CASCADE;
