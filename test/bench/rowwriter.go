package bench

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"orders.internal/shared-kernel/contracts"
)

// execer is a pool or a connection.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// tableName is a table's name without its schema.
func tableName(table string) string { return table[strings.LastIndexByte(table, '.')+1:] }

// rowWriter writes what a batch of orders leaves in the four databases over its
// life. A saga commits each of its steps before the next one begins, so each step
// is a transaction: one for all orders of the batch, in one round trip.
type rowWriter struct {
	conns    map[string]*pgx.Conn
	batch    int
	products []string // nobody else's
	rand     *rand.Rand
	bodies   map[string][]byte // a message of each type
}

func (b *bench) newRowWriter(ctx context.Context, number, batch int) (*rowWriter, error) {
	w := &rowWriter{conns: map[string]*pgx.Conn{}, batch: batch, rand: rand.New(rand.NewPCG(b.plan.Seed, uint64(number)))}
	for n := range b.plan.Products {
		w.products = append(w.products, fmt.Sprintf("%s-of-%d", product(n), number))
	}
	var err error
	if w.bodies, err = sampleBodies(); err != nil {
		return nil, err
	}
	for service := range copied {
		config, err := pgx.ParseConfig(b.system.stack.DatabaseURL(service))
		if err != nil {
			return nil, err
		}
		config.RuntimeParams["search_path"] = limitSchema
		if w.conns[service], err = pgx.ConnectConfig(ctx, config); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *rowWriter) close(ctx context.Context) {
	for _, conn := range w.conns {
		_ = conn.Close(ctx) // it has nothing unsaved
	}
}

// step is one transaction.
type step struct {
	service    string
	statements *pgx.Batch
	publishes  string // the type of the events that are to be published after it; "": none
	cleansUp   bool   // it deletes what is published by then
}

// write writes one batch.
func (w *rowWriter) write(ctx context.Context) error {
	for _, s := range w.steps() {
		if err := w.transact(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (w *rowWriter) transact(ctx context.Context, s step) error {
	if err := w.conns[s.service].SendBatch(ctx, s.statements).Close(); err != nil {
		return fmt.Errorf("rows of %s: %w", s.service, err)
	}
	return nil
}

// steps are those of the saga of a completed order.
func (w *rowWriter) steps() []step {
	var steps []step
	transaction := func(service string) *pgx.Batch {
		steps = append(steps, step{service: service, statements: &pgx.Batch{}})
		return steps[len(steps)-1].statements
	}
	ids, now := w.newIDs(), time.Now()
	stock := w.pickProducts()
	// publish adds an event of each order to the latest step, and deletes them as if they
	// were confirmed.
	publish := func(eventType string) {
		events := w.newIDs()
		route, _ := contracts.RouteOf(eventType)
		saved := len(steps) - 1
		steps[saved].statements.Queue(insertMessages, ids, events, eventType, route.Key, now, w.bodies[eventType])
		steps[saved].publishes = eventType
		transaction(steps[saved].service).Queue(deletePublished, events)
		steps[saved+1].cleansUp = true
	}

	placed := transaction("order")
	placed.Queue(insertOrders, ids, now)
	placed.Queue(insertTimeline, ids, []string{contracts.TypeOrderCreated}, now)
	publish(contracts.TypeOrderCreated)

	reserved := transaction("inventory")
	reserved.Queue(insertReservations, ids, now)
	reserved.Queue(reserveProducts, stock, now)
	publish(contracts.TypeInventoryReserved)

	requested := transaction("payment")
	requested.Queue(insertPayments, ids, now)
	requested.Queue(insertDuePayments, ids, now)
	transaction("payment").Queue(insertOperations, ids, now)
	charged := transaction("payment")
	charged.Queue(endPayments, ids, now)
	charged.Queue(deleteDuePayments, ids, now)
	publish(contracts.TypePaymentProcessed)

	confirmed := transaction("order")
	confirmed.Queue(endOrders, ids, now)
	confirmed.Queue(insertTimeline, ids, []string{contracts.TypeInventoryReserved, contracts.TypePaymentProcessed, contracts.TypeOrderConfirmed}, now)
	publish(contracts.TypeOrderConfirmed)

	sold := transaction("inventory")
	sold.Queue(endReservations, ids, now)
	sold.Queue(sellProducts, stock, now)

	told := []string{contracts.TypePaymentProcessed, contracts.TypeOrderConfirmed}
	recorded := transaction("notification")
	recorded.Queue(insertNotifications, ids, told, now)
	recorded.Queue(insertDueNotifications, ids, told, now)
	delivered := transaction("notification")
	delivered.Queue(endNotifications, ids, told, now)
	delivered.Queue(deleteDueNotifications, ids, told, now)
	return steps
}

func (w *rowWriter) newIDs() []string {
	ids := make([]string, w.batch)
	for i := range ids {
		ids[i] = uuid.Must(uuid.NewV7()).String()
	}
	return ids
}

// pickProducts are the products that the lines of a batch of orders want.
func (w *rowWriter) pickProducts() []string {
	wanted := map[string]bool{}
	for range w.batch {
		for range 1 + w.rand.IntN(mostLines) {
			wanted[w.products[w.rand.IntN(len(w.products))]] = true
		}
	}
	return slices.Collect(maps.Keys(wanted))
}
