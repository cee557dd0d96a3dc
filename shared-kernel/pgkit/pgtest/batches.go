package pgtest

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Batches are those that a pool has sent. Each is a round trip.
type Batches struct {
	mu   sync.Mutex
	sent [][]string
}

// Traced returns a pool like the given one that notes what batches it sends.
func Traced(t *testing.T, like *pgxpool.Pool) (*pgxpool.Pool, *Batches) {
	t.Helper()
	noted := &Batches{}
	return Like(t, like, func(c *pgxpool.Config) { c.ConnConfig.Tracer = noted }), noted
}

// During returns the statements of each batch that is sent while do runs.
func (b *Batches) During(do func()) [][]string {
	b.mu.Lock()
	before := len(b.sent)
	b.mu.Unlock()
	do()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sent[before:len(b.sent):len(b.sent)]
}

// TraceBatchStart implements pgx.BatchTracer.
func (b *Batches) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent = append(b.sent, nil)
	return ctx
}

// TraceBatchQuery implements pgx.BatchTracer.
func (b *Batches) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := len(b.sent) - 1
	b.sent[last] = append(b.sent[last], data.SQL)
}

// TraceBatchEnd implements pgx.BatchTracer.
func (*Batches) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// TraceQueryStart implements pgx.QueryTracer.
func (*Batches) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (*Batches) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
