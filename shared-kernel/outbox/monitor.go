package outbox

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

const (
	sampleEvery = time.Second
	// longestPause bounds the pause after a sample that took long: to count a million rows is
	// work, too, but figures that are too old hide that nothing moves.
	longestPause = 5 * time.Second
	// sampleFor bounds a sample, which a database that never answers would make
	// the last one.
	sampleFor = 10 * time.Second
)

// Monitor watches how much waits in the outbox.
type Monitor struct {
	pool   *pgxpool.Pool
	limit  time.Duration // of a sample
	rows   atomic.Int64
	age    atomic.Int64 // nanoseconds
	log    *slog.Logger
	size   prometheus.Gauge
	oldest prometheus.Gauge
}

// NewMonitor returns a monitor whose figures are as of its last sample. They are about a second
// old at most; where it takes long to count the rows, five seconds and as long as that takes.
func NewMonitor(pool *pgxpool.Pool, registry prometheus.Registerer, log *slog.Logger) *Monitor {
	metrics := promauto.With(registry)
	return &Monitor{
		pool: pool, limit: sampleFor, log: log,
		size: metrics.NewGauge(prometheus.GaugeOpts{
			Name: "outbox_backlog_rows", Help: "Events that wait to be published."}),
		oldest: metrics.NewGauge(prometheus.GaugeOpts{
			Name: "outbox_oldest_age_seconds", Help: "Age of the event that waits longest, 0 when none waits."}),
	}
}

// Rows returns how many events wait.
func (m *Monitor) Rows() int64 { return m.rows.Load() }

// Oldest returns for how long the oldest of them has waited, 0 when none waits.
func (m *Monitor) Oldest() time.Duration { return time.Duration(m.age.Load()) }

// Run samples until ctx ends.
func (m *Monitor) Run(ctx context.Context) {
	for {
		began := time.Now()
		m.sample(ctx)
		if !sleep(ctx, pauseAfter(time.Since(began))) {
			return
		}
	}
}

// pauseAfter has samples take no more than a tenth of the time, unless the pause would be too
// long for that.
func pauseAfter(took time.Duration) time.Duration {
	return min(max(9*took, sampleEvery), longestPause)
}

func (m *Monitor) sample(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, m.limit)
	defer cancel()
	backlog, err := ReadBacklog(ctx, m.pool)
	if err != nil {
		// The last figures stand; readiness tells of the outage.
		m.log.DebugContext(ctx, "outbox backlog not read", "error", err)
		return
	}
	m.rows.Store(backlog.Rows)
	m.age.Store(int64(backlog.Oldest))
	m.size.Set(float64(backlog.Rows))
	m.oldest.Set(backlog.Oldest.Seconds())
}
