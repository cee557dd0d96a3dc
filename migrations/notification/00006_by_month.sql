-- +goose NO TRANSACTION
-- A customer's notifications are found month by month (docs/decisions/0030).
--
-- Versions of the service from before this one should have stopped: without the index that
-- goes, each of their lists of a customer's notifications reads all that there are.
-- What a build that was cut off has left is no index, and goes first.

-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS notifications_by_month;
CREATE INDEX CONCURRENTLY notifications_by_month ON notifications (date_bin('720 hours', created_at, 'epoch'), customer_id, created_at, event_id);
DROP INDEX CONCURRENTLY IF EXISTS notifications_of_customer;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS notifications_of_customer;
CREATE INDEX CONCURRENTLY notifications_of_customer ON notifications (customer_id, created_at DESC, event_id DESC);
DROP INDEX CONCURRENTLY IF EXISTS notifications_by_month;
