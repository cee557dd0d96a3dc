package deadkit

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/rabbitkit"
)

// turnLock is the key of the advisory lock that replicas take turns by. Each
// service has a database of its own.
const turnLock = 0x6465_6164 // "dead"

const unlockTimeout = 2 * time.Second

// hold calls do with what waits in the dead queue, while nobody else looks into
// it: two who look at once would see half of the queue each. The lock is for
// that alone. Should it get lost, nothing worse happens, because the broker
// gives each message to one of them only.
func (k *Keeper) hold(ctx context.Context, do func(*rabbitkit.Held) error) error {
	// Those of this process wait here and not at the database, where each would
	// take a connection away from the service's own work.
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return errs.Wrap(errs.Unavailable, ctx.Err(), "others are looking at the dead letters")
	}
	conn, err := k.pool.Acquire(ctx)
	if err != nil {
		return pgkit.Translate(fmt.Errorf("connect: %w", err))
	}
	defer conn.Release()
	// The other one may take all the time that its caller has.
	if _, err := conn.Exec(ctx, "SELECT set_config('lock_timeout', '0', true), pg_advisory_lock($1)", turnLock); err != nil {
		return pgkit.Translate(fmt.Errorf("wait for the turn at the dead letters: %w", err))
	}
	defer k.unlock(ctx, conn)
	return k.letters.Hold(ctx, func(held *rabbitkit.Held) error {
		defer func() { k.metrics.waiting.Set(float64(held.Left())) }()
		return do(held)
	})
}

func (k *Keeper) unlock(ctx context.Context, conn *pgxpool.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockTimeout)
	defer cancel()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", turnLock); err != nil {
		k.log.WarnContext(ctx, "the turn at the dead letters ends with its connection", "error", err)
		_ = conn.Conn().Close(ctx) // the session ends, and its locks with it
	}
}

// each shows the messages that are held, oldest first, until see returns false.
func each(ctx context.Context, held *rabbitkit.Held, see func(message) bool) error {
	for seen := 0; seen < mostSeen; {
		batch, err := held.Next(ctx, inHand)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			return nil
		}
		seen += len(batch)
		for _, d := range batch {
			if !see(message{d}) {
				return nil
			}
		}
	}
	return nil
}
