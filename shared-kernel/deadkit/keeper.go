// Package deadkit lets people look into a service's dead queue, handle what
// waits there once more, or throw it away, and keeps a record of who did what.
//
// A message leaves the dead queue only after what was asked for is recorded and,
// for a replay, after the broker has confirmed the new copy. So a crash at any
// point leaves it where it was. It may then be replayed twice, which the handlers
// of events take as the redelivery that it is.
package deadkit

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"orders.internal/shared-kernel/rabbitkit"
)

const (
	// mostSeen is how many messages one look goes through, from the oldest on.
	mostSeen = 10_000
	// inHand is how many are in memory at once.
	inHand = 500
	// mostActedOn bounds what one call replays or discards.
	mostActedOn = 100
)

// Config is what a Keeper is made of.
type Config struct {
	Service    string
	BrokerURL  string
	Publish    func(context.Context, []rabbitkit.Message) []error // as rabbitkit.Publisher does
	Pool       *pgxpool.Pool                                      // of a database with the table dead_letter_actions
	Now        func() time.Time
	NewID      func() string
	Log        *slog.Logger
	Registerer prometheus.Registerer
}

// Keeper keeps one service's dead letters. It is safe for concurrent use, and
// the Keepers of several replicas take turns.
type Keeper struct {
	service string
	letters *rabbitkit.DeadLetters
	publish func(context.Context, []rabbitkit.Message) []error
	pool    *pgxpool.Pool
	now     func() time.Time
	newID   func() string
	log     *slog.Logger
	metrics metrics
	turn    chan struct{}
}

// New returns a Keeper. It connects to the broker anew for each call.
func New(c Config) *Keeper {
	return &Keeper{
		service: c.Service,
		letters: rabbitkit.NewDeadLetters(c.BrokerURL, c.Service),
		publish: c.Publish,
		pool:    c.Pool,
		now:     c.Now,
		newID:   c.NewID,
		log:     c.Log,
		metrics: newMetrics(c.Registerer),
		turn:    make(chan struct{}, 1),
	}
}
