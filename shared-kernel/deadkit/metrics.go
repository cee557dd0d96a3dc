package deadkit

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"orders.internal/shared-kernel/pgkit"
)

const sampleEvery = 15 * time.Second

type metrics struct {
	waiting prometheus.Gauge
	actedOn map[Verb]prometheus.Counter
}

func newMetrics(registerer prometheus.Registerer) metrics {
	factory := promauto.With(registerer)
	return metrics{
		waiting: factory.NewGauge(prometheus.GaugeOpts{
			Name: "dead_letters_waiting",
			Help: "Messages in the service's dead queue, by the last sample. All replicas tell the same: don't add them up.",
		}),
		actedOn: map[Verb]prometheus.Counter{
			Replay: factory.NewCounter(prometheus.CounterOpts{
				Name: "dead_letters_replayed_total", Help: "Dead letters that were put back into the service's queue."}),
			Discard: factory.NewCounter(prometheus.CounterOpts{
				Name: "dead_letters_discarded_total", Help: "Dead letters that were thrown away."}),
		},
	}
}

// Run samples how many messages wait, until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		if err := k.sample(ctx); err != nil {
			// The last figure stands; readiness tells of the outage.
			k.log.DebugContext(ctx, "dead letters not counted", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// sample counts, unless somebody holds the messages at the moment: then they
// would seem to be gone.
func (k *Keeper) sample(ctx context.Context) error {
	return pgkit.InTx(ctx, k.pool, func(ctx context.Context, tx *pgkit.Tx) error {
		var free bool
		tx.Queue("SELECT pg_try_advisory_xact_lock($1)", turnLock).QueryRow(func(row pgx.Row) error { return row.Scan(&free) })
		if err := tx.Send(ctx); err != nil || !free {
			return err
		}
		count, err := k.letters.Waiting(ctx)
		if err == nil {
			k.metrics.waiting.Set(float64(count))
		}
		return err
	})
}
