-- +goose NO TRANSACTION
-- A customer's payments are found month by month (docs/decisions/0030).
--
-- Versions of the service from before this one should have stopped: without the index that
-- goes, each of their lists of a customer's payments reads all that there are.
-- What a build that was cut off has left is no index, and goes first.

-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS payments_by_month;
CREATE INDEX CONCURRENTLY payments_by_month ON payments (date_bin('720 hours', created_at, 'epoch'), customer_id, created_at, order_id);
DROP INDEX CONCURRENTLY IF EXISTS payments_of_customer;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS payments_of_customer;
CREATE INDEX CONCURRENTLY payments_of_customer ON payments (customer_id, created_at DESC, order_id DESC);
DROP INDEX CONCURRENTLY IF EXISTS payments_by_month;
