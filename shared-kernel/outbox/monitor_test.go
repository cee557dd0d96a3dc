package outbox

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/shared-kernel/pgkit/pgtest"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

func TestMonitorOutlastsADatabaseThatNeverAnswers(t *testing.T) {
	direct := pgtest.New(t, table)
	proxy := pgtest.NewProxy(t, direct.Config().ConnString())
	pool := pgtest.Open(t, proxy.URL)
	monitor := NewMonitor(pool, prometheus.NewRegistry(), quiet)
	monitor.limit = 100 * time.Millisecond
	rabbittest.Eventually(t, "a connection", func() bool { // on a slow machine, not within the limit
		monitor.sample(t.Context())
		return pool.Stat().IdleConns() > 0
	})
	insert(t, direct, "e-1")
	defer proxy.Bury()
	proxy.Swallow()
	monitor.sample(t.Context())
	if got := monitor.Rows(); got != 0 {
		t.Errorf("%d rows without an answer", got)
	}
	rabbittest.Eventually(t, "a sample over a new connection", func() bool {
		monitor.sample(t.Context())
		return monitor.Rows() == 1
	})
}

func TestLongCountsAreFurtherApart(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		time.Millisecond:       time.Second,
		100 * time.Millisecond: time.Second,
		300 * time.Millisecond: 2700 * time.Millisecond,
		time.Second:            5 * time.Second,
		10 * time.Second:       5 * time.Second,
	} {
		if got := pauseAfter(took); got != want {
			t.Errorf("%v after %v, want %v", got, took, want)
		}
	}
}
