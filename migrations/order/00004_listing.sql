-- +goose NO TRANSACTION
-- A list reads the rows of its page and hardly another one, however many there
-- are. Everything is built beside the running shop: what an interrupted run has
-- left behind is not valid, and goes first.

-- +goose Up
-- Takes the place of orders_of_customer, whose columns ran in different directions:
-- here a page's place is one comparison of all three.
DROP INDEX CONCURRENTLY IF EXISTS orders_by_customer;
CREATE INDEX CONCURRENTLY orders_by_customer ON orders (customer_id, created_at, id);
DROP INDEX CONCURRENTLY IF EXISTS orders_of_customer;

-- For lists of one status, or for one reason. An order enters these when it ends,
-- one when it is completed and two when it is cancelled; taking it costs nothing
-- more. (One index on reason and time would be enough, but of an index the planner
-- knows only how its first column lies in the table: it would go through all orders
-- by time instead.)
DROP INDEX CONCURRENTLY IF EXISTS orders_completed;
CREATE INDEX CONCURRENTLY orders_completed ON orders (created_at, id)
    WHERE status = 'COMPLETED';

DROP INDEX CONCURRENTLY IF EXISTS orders_cancelled;
CREATE INDEX CONCURRENTLY orders_cancelled ON orders (created_at, id)
    WHERE status = 'CANCELLED';

DROP INDEX CONCURRENTLY IF EXISTS orders_out_of_stock;
CREATE INDEX CONCURRENTLY orders_out_of_stock ON orders (created_at, id)
    WHERE cancellation_reason = 'INVENTORY_UNAVAILABLE';

DROP INDEX CONCURRENTLY IF EXISTS orders_not_paid;
CREATE INDEX CONCURRENTLY orders_not_paid ON orders (created_at, id)
    WHERE cancellation_reason = 'PAYMENT_FAILED';

DROP INDEX CONCURRENTLY IF EXISTS orders_timed_out;
CREATE INDEX CONCURRENTLY orders_timed_out ON orders (created_at, id)
    WHERE cancellation_reason = 'TIMEOUT';

DROP INDEX CONCURRENTLY IF EXISTS orders_withdrawn;
CREATE INDEX CONCURRENTLY orders_withdrawn ON orders (created_at, id)
    WHERE cancellation_reason = 'CUSTOMER_REQUEST';

-- +goose Down
CREATE INDEX CONCURRENTLY orders_of_customer ON orders (customer_id, created_at DESC, id DESC);
DROP INDEX CONCURRENTLY orders_by_customer;
DROP INDEX CONCURRENTLY orders_completed;
DROP INDEX CONCURRENTLY orders_cancelled;
DROP INDEX CONCURRENTLY orders_out_of_stock;
DROP INDEX CONCURRENTLY orders_not_paid;
DROP INDEX CONCURRENTLY orders_timed_out;
DROP INDEX CONCURRENTLY orders_withdrawn;
