-- +goose NO TRANSACTION
-- A customer's orders are found month by month (docs/decisions/0030): a new entry's place in
-- an index by customer alone is anywhere in it, and what is written anywhere costs more the
-- more there is.
--
-- Versions of the service from before this one should have stopped: without the index that
-- goes, each of their lists of a customer's orders reads all that there are.
-- What a build that was cut off has left is no index, and goes first.

-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS orders_by_month;
CREATE INDEX CONCURRENTLY orders_by_month ON orders (date_bin('720 hours', created_at, 'epoch'), customer_id, created_at, id);
DROP INDEX CONCURRENTLY IF EXISTS orders_by_customer;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS orders_by_customer;
CREATE INDEX CONCURRENTLY orders_by_customer ON orders (customer_id, created_at, id);
DROP INDEX CONCURRENTLY IF EXISTS orders_by_month;
