-- What is to be sent is a table of its own, next to nothing in size, and no partial
-- index of notifications: an update of what an index asks for writes an entry into
-- every index of the table. Without it the two or three updates of a notification are
-- HOT ones, as far as its page has room, which fillfactor leaves for them.
--
-- Versions of the service from before this one must have stopped: what they add has no
-- row here, and nobody would look for it.

-- +goose Up
LOCK TABLE notifications IN ACCESS EXCLUSIVE MODE;
ALTER INDEX notifications_due RENAME TO notifications_until_now_due;

CREATE TABLE notifications_due (
    next_attempt_at timestamptz NOT NULL, -- that of the notification, which is pending
    order_id        text        COLLATE "C" NOT NULL,
    type            text        COLLATE "C" NOT NULL,
    PRIMARY KEY (next_attempt_at, order_id, type)
) WITH ( -- its rows live for a moment, as those of the outbox
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0,
    vacuum_truncate = off
);
INSERT INTO notifications_due SELECT next_attempt_at, order_id, type FROM notifications WHERE delivered_at IS NULL;
DROP INDEX notifications_until_now_due;
ALTER TABLE notifications SET (fillfactor = 60);

-- +goose Down
LOCK TABLE notifications IN ACCESS EXCLUSIVE MODE;
ALTER TABLE notifications RESET (fillfactor);
DROP TABLE notifications_due;
CREATE INDEX notifications_due ON notifications (next_attempt_at) WHERE delivered_at IS NULL;
