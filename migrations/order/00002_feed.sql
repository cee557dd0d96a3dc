-- +goose NO TRANSACTION
-- Makes the timeline one sequence over all orders in which nothing appears late
-- (docs/decisions/0010). No statement holds up the service's previous version for
-- longer than a moment, and all of them may run again after one has failed.

-- +goose Up
-- The rows of the previous version take positions from the sequence as soon as
-- the columns are there. It begins above the rows that are there already, with
-- room for those that come while they are counted.
-- +goose StatementBegin
DO $$
DECLARE
    present bigint;
BEGIN
    IF to_regclass('timeline_position') IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT count(*) INTO present FROM timeline;
    CREATE SEQUENCE timeline_position;
    PERFORM setval('timeline_position', 2 * present + 1000);
    ALTER TABLE timeline
        ADD COLUMN position bigint,
        ADD COLUMN status   text, -- of the order after the event; null: recorded by a version that didn't say
        ADD COLUMN attempts bigint; -- that the event took; null: it doesn't say
    ALTER TABLE timeline ALTER COLUMN position SET DEFAULT nextval('timeline_position');
    ALTER SEQUENCE timeline_position OWNED BY timeline.position;
END
$$;
-- +goose StatementEnd

UPDATE timeline SET position = numbered.position
FROM (
    SELECT order_id, event_id, row_number() OVER (ORDER BY occurred_at, order_id, event_id) AS position
    FROM timeline WHERE position IS NULL
) AS numbered
WHERE timeline.order_id = numbered.order_id AND timeline.event_id = numbered.event_id AND timeline.position IS NULL;

-- The first one removes what an interrupted run has left.
DROP INDEX CONCURRENTLY IF EXISTS timeline_in_order;
CREATE UNIQUE INDEX CONCURRENTLY timeline_in_order ON timeline (position);

-- Whoever inserts holds the lock from before its first position until after its
-- commit has become visible, so positions become visible in their order.
--
-- It can't deadlock as long as a transaction waits for nothing after this insert.
-- All writers wait for it, so one that falls silent before its commit is thrown
-- out sooner than others are.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION timeline_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('idle_in_transaction_session_timeout', '5s', true);
    PERFORM pg_advisory_xact_lock(hashtextextended('timeline', 0));
    PERFORM pg_notify('timeline', '');
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER timeline_turn BEFORE INSERT ON timeline
    FOR EACH STATEMENT EXECUTE FUNCTION timeline_turn();

-- +goose Down
DROP TRIGGER timeline_turn ON timeline;
DROP FUNCTION timeline_turn;
ALTER TABLE timeline DROP COLUMN position, DROP COLUMN status, DROP COLUMN attempts;
