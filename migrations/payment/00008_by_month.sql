-- +goose NO TRANSACTION
-- A customer's payments are found month by month (docs/decisions/0030).

-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS payments_by_month;
CREATE INDEX CONCURRENTLY payments_by_month ON payments (date_bin('720 hours', created_at, 'epoch'), customer_id, created_at, order_id);
DROP INDEX CONCURRENTLY IF EXISTS payments_of_customer;

-- +goose Down
CREATE INDEX CONCURRENTLY payments_of_customer ON payments (customer_id, created_at DESC, order_id DESC);
DROP INDEX CONCURRENTLY payments_by_month;
