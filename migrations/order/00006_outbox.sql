-- Rows of the outbox live for a moment, so the table is little else than dead rows
-- between one vacuum and the next. That should come at each look of autovacuum and
-- be over at once, whatever else is to be vacuumed; and it should leave the table
-- its pages, which are needed again: to give them back it would lock everybody out.
--
-- Orders fill their pages up: their only update changes the status, which indexes
-- ask for, so room beside the old row would not make it a HOT one (1 in 100 was).

-- +goose Up
ALTER TABLE outbox SET (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0,
    vacuum_truncate = off
);
ALTER TABLE orders RESET (fillfactor);

-- +goose Down
ALTER TABLE orders SET (fillfactor = 85);
ALTER TABLE outbox RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_vacuum_cost_delay, vacuum_truncate);
