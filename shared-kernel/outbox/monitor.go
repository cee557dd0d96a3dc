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
	// samplePause is how many times as long as the last sample took the next one waits at
	// least: to count a million rows is work, too.
	samplePause = 9
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

// NewMonitor returns a monitor whose figures are as of its last sample, about a
// second ago at most; with so many rows that to count them takes longer than a tenth of
// that, nine times as long as it took.
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
		took := m.sample(ctx)
		if !sleep(ctx, max(sampleEvery, samplePause*took)) {
			return
		}
	}
}

// sample returns how long it took, 0 when it failed: whatever that took is no count's work.
func (m *Monitor) sample(ctx context.Context) (took time.Duration) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, m.limit)
	defer cancel()
	backlog, err := ReadBacklog(ctx, m.pool)
	if err != nil {
		// The last figures stand; readiness tells of the outage.
		m.log.DebugContext(ctx, "outbox backlog not read", "error", err)
		return 0
	}
	m.rows.Store(backlog.Rows)
	m.age.Store(int64(backlog.Oldest))
	m.size.Set(float64(backlog.Rows))
	m.oldest.Set(backlog.Oldest.Seconds())
	return time.Since(began)
}
