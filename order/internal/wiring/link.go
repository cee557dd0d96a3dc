package wiring

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/rabbitkit"
)

// link implements monitor.Link with what connects the service to its sagas.
type link struct {
	*rabbitkit.Consumer
	pool      *pgxpool.Pool
	publisher *rabbitkit.Publisher
}

func newLink(consumer *rabbitkit.Consumer, pool *pgxpool.Pool, publisher *rabbitkit.Publisher) link {
	return link{Consumer: consumer, pool: pool, publisher: publisher}
}

// Working implements monitor.Link.
func (l link) Working(ctx context.Context) error {
	return errors.Join(l.Consumer.Ready(), l.publisher.Ready(), pgkit.Ping(ctx, l.pool))
}

// backlog implements application.Backlog.
type backlog struct {
	monitor *outbox.Monitor
	most    int64 // rows
}

// Full implements application.Backlog.
func (b backlog) Full() bool { return b.monitor.Rows() > b.most }
