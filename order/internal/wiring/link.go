package wiring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/rabbitkit"
)

// mostWait is for how long an event may wait to be published while the link
// works. A broker that is short of memory keeps the connection and takes nothing;
// after a long outage it takes the backlog first.
const mostWait = 5 * time.Second

// link implements monitor.Link with what connects the service to its sagas.
type link struct {
	*rabbitkit.Consumer
	pool      *pgxpool.Pool
	publisher *rabbitkit.Publisher
	outbox    interface{ Oldest() time.Duration }
}

func newLink(consumer *rabbitkit.Consumer, pool *pgxpool.Pool, publisher *rabbitkit.Publisher, m *outbox.Monitor) link {
	return link{Consumer: consumer, pool: pool, publisher: publisher, outbox: m}
}

// Working implements monitor.Link.
func (l link) Working(ctx context.Context) error {
	return errors.Join(l.published(), l.Consumer.Ready(), l.publisher.Ready(), pgkit.Ping(ctx, l.pool))
}

func (l link) published() error {
	if waited := l.outbox.Oldest(); waited > mostWait {
		return fmt.Errorf("an event has waited for %s to be published", waited.Round(time.Second))
	}
	return nil
}

// backlog implements application.Backlog.
type backlog struct {
	monitor *outbox.Monitor
	most    int64 // rows
}

// Full implements application.Backlog.
func (b backlog) Full() bool { return b.monitor.Rows() > b.most }
