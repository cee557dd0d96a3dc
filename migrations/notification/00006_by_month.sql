-- +goose NO TRANSACTION
-- A customer's notifications are found month by month (docs/decisions/0030).

-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS notifications_by_month;
CREATE INDEX CONCURRENTLY notifications_by_month ON notifications (date_bin('720 hours', created_at, 'epoch'), customer_id, created_at, event_id);
DROP INDEX CONCURRENTLY IF EXISTS notifications_of_customer;

-- +goose Down
CREATE INDEX CONCURRENTLY notifications_of_customer ON notifications (customer_id, created_at DESC, event_id DESC);
DROP INDEX CONCURRENTLY notifications_by_month;
