-- +goose NO TRANSACTION
-- A customer's orders are found month by month (docs/decisions/0030): the place in an
-- index by customer alone is anywhere in it, and what is written anywhere costs more the
-- more there is. It is built beside the running shop: what an interrupted run has left
-- behind is not valid, and goes first. The service's previous version lists a customer's
-- orders slowly until it has stopped.

-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS orders_by_month;
CREATE INDEX CONCURRENTLY orders_by_month ON orders (date_bin('720 hours', created_at, 'epoch'), customer_id, created_at, id);
DROP INDEX CONCURRENTLY IF EXISTS orders_by_customer;

-- +goose Down
CREATE INDEX CONCURRENTLY orders_by_customer ON orders (customer_id, created_at, id);
DROP INDEX CONCURRENTLY orders_by_month;
