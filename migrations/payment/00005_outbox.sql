-- Rows of the outbox live for a moment, so the table is little else than dead rows
-- between one vacuum and the next. That should come at each look of autovacuum and
-- be over at once, whatever else is to be vacuumed; and it should leave the table
-- its pages, which are needed again: to give them back it would lock everybody out.

-- +goose Up
ALTER TABLE outbox SET (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0,
    vacuum_truncate = off
);

-- +goose Down
ALTER TABLE outbox RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_vacuum_cost_delay, vacuum_truncate);
