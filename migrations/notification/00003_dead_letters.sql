-- +goose Up
-- Who replayed or discarded which dead letter. The messages themselves are in
-- the broker's dead queue.
CREATE TABLE dead_letter_actions (
    id                   text        COLLATE "C" PRIMARY KEY,
    action               text        NOT NULL CHECK (action IN ('replay', 'discard')),
    operator             text        NOT NULL, -- the token's subject, or what the caller says
    letter_id            text        COLLATE "C" NOT NULL, -- stands for the message while it waits
    message_id           text        NOT NULL,
    type                 text        NOT NULL,
    order_id             text        COLLATE "C" NOT NULL,
    reason               text        NOT NULL,
    original_routing_key text        NOT NULL,
    outcome              text        NOT NULL CHECK (outcome IN ('requested', 'done', 'failed')),
    detail               text        NOT NULL, -- why it failed
    requested_at         timestamptz NOT NULL,
    finished_at          timestamptz CHECK ((finished_at IS NULL) = (outcome = 'requested'))
);

CREATE INDEX dead_letter_actions_newest ON dead_letter_actions (requested_at DESC, id DESC);
CREATE INDEX dead_letter_actions_of_order ON dead_letter_actions (order_id, requested_at DESC, id DESC);

-- +goose Down
DROP TABLE dead_letter_actions;
