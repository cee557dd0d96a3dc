-- +goose NO TRANSACTION

-- For the lists of customers, who see their own alone. It is built while the
-- service goes on; what a build that was cut off has left is no index.

-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS payments_of_customer;
CREATE INDEX CONCURRENTLY payments_of_customer ON payments (customer_id, created_at DESC, order_id DESC);

-- +goose Down
DROP INDEX payments_of_customer;
