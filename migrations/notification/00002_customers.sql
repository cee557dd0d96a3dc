-- +goose NO TRANSACTION

-- For the lists of customers, who see their own alone. It is built while the
-- service goes on; what a build that was cut off has left is no index.

-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS notifications_of_customer;
CREATE INDEX CONCURRENTLY notifications_of_customer ON notifications (customer_id, created_at DESC, event_id DESC);

-- +goose Down
DROP INDEX notifications_of_customer;
