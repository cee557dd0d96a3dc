package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"orders.internal/inventory/internal/adapters/porttest"
	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

// trusting has all products known, and no doubt that outlives a transaction.
func (f fixture) trusting(t *testing.T) fixture {
	t.Helper()
	var seconds atomic.Int64
	f.known.now = func() time.Time { return porttest.Now.Add(time.Duration(seconds.Add(2)) * time.Second) }
	f.look(t)
	return f
}

// look makes all products known as they are.
func (f fixture) look(t *testing.T) {
	t.Helper()
	products, err := f.products.List(t.Context(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range products {
		f.known.products[p.Snapshot().ID] = p.Snapshot()
	}
}

// traced returns the repository over connections whose batches are noted.
func (f fixture) traced(t *testing.T) (fixture, *pgtest.Batches) {
	t.Helper()
	pool, batches := pgtest.Traced(t, f.pool)
	f.pool = pool
	return f.on(f.replica()), batches
}

// on returns the fixture with another one's repository.
func (f fixture) on(r *Reservations) fixture {
	f.Reservations = r
	f.reserve = application.NewReserveStock(r, porttest.Clock)
	f.release = application.NewReleaseStock(r, porttest.Clock)
	f.commit = application.NewCommitStock(r, porttest.Clock)
	return f
}

func (f fixture) set(t *testing.T, id domain.ProductID, available int) {
	t.Helper()
	if _, err := application.NewSetStock(f.products, porttest.Clock).Do(t.Context(), id, available); err != nil {
		t.Fatal(err)
	}
}

func order(id string, pieces int, products ...domain.ProductID) domain.Order {
	var items []domain.Item
	for _, p := range products {
		items = append(items, domain.Item{ProductID: p, Quantity: pieces})
	}
	return porttest.Order(id, items...)
}

func (op *operation) update(ctx context.Context, r *Reservations) error {
	return r.Update(ctx, op.id, op.products, op.change)
}

// reads reports whether one of the statements reads stock to decide by it.
func reads(sent [][]string) bool { return slices.Contains(slices.Concat(sent...), lockProducts) }

func TestWhatIsKnownIsNotRead(t *testing.T) {
	f, batches := setup(t).traced(t)
	ctx := t.Context()
	for i, c := range []struct {
		op   *operation
		want int
	}{
		{reserving(ctx, order("o-1", 1, "product-A")), 2}, // nothing is known yet
		{reserving(ctx, order("o-2", 2, "product-A")), 1},
		{reserving(ctx, order("o-3", 3, "product-A", "product-B")), 2}, // what is product-B?
		{reserving(ctx, order("o-4", 1, "product-B")), 1},
		{reserving(ctx, order("o-5", 5, "product-A", "product-B")), 1}, // refused
		{reserving(ctx, order("o-6", 1, "never-stocked")), 2},
		{reserving(ctx, order("o-7", 1, "never-stocked")), 2},
		{reserving(ctx, order("o-2", 2, "product-A")), 1}, // delivered again
		{committing(ctx, "o-1"), 1},
		{releasing(ctx, "o-2"), 1},
		{committing(ctx, "o-3"), 1},
		{committing(ctx, "o-1"), 2},                           // delivered again, when it has ended
		{releasing(ctx, "o-9"), 2},                            // before the order
		{reserving(ctx, order("o-2", 2, "product-A")), 2 + 1}, // which isn't new; nothing is to be written then
		{reserving(ctx, order("o-8", 1, "product-A")), 2},     // in doubt
	} {
		var err error
		sent := batches.During(func() { err = c.op.update(ctx, f.Reservations) })
		if err != nil || len(sent) != c.want || reads(sent) != (c.want > 1) {
			t.Errorf("event %d: %v; sent %d times, want %d:\n%s", i, err, len(sent), c.want, strings.Join(slices.Concat(sent...), "\n"))
		}
	}
	for id, want := range map[domain.OrderID]domain.Status{
		"o-1": domain.Committed, "o-2": domain.Released, "o-3": domain.Committed, "o-4": domain.Reserved,
		"o-5": domain.Rejected, "o-6": domain.Rejected, "o-8": domain.Reserved, "o-9": domain.Released,
	} {
		f.wantStatus(t, id, want)
	}
	if a, b := f.stock(t, "product-A"), f.stock(t, "product-B"); a != [3]int{5, 1, 4} || b != [3]int{1, 1, 3} {
		t.Errorf("product-A %v, product-B %v", a, b)
	}
	if n := len(f.events(t)); n != 9 || f.handed.Load() != 9 { // 5 reserved, 3 refused, 1 released
		t.Errorf("%d events, and the relay was handed %d", n, f.handed.Load())
	}
}

// What others have made of the stock meanwhile is what counts.
func TestWhatHasChangedSinceItWasSeen(t *testing.T) {
	elsewhere := func(op func(context.Context) *operation) func(*testing.T, fixture) {
		return func(t *testing.T, f fixture) {
			if err := op(t.Context()).update(t.Context(), f.replica()); err != nil {
				t.Fatal(err)
			}
		}
	}
	setting := func(id domain.ProductID, available int) func(*testing.T, fixture) {
		return func(t *testing.T, f fixture) { f.set(t, id, available) }
	}
	bySQL := func(sql string) func(*testing.T, fixture) {
		return func(t *testing.T, f fixture) { pgtest.Execute(t, f.pool, sql) }
	}
	reserve := func(o domain.Order) func(context.Context) *operation {
		return func(ctx context.Context) *operation { return reserving(ctx, o) }
	}
	release := func(ctx context.Context) *operation { return releasing(ctx, "here") }
	commit := func(ctx context.Context) *operation { return committing(ctx, "here") }
	releaseNew := func(ctx context.Context) *operation { return releasing(ctx, "new") }
	one := reserve(order("new", 1, "product-A"))
	// Of product-A 1 is reserved for "here", and 9 are available.
	for name, c := range map[string]struct {
		meanwhile func(*testing.T, fixture)
		op        func(context.Context) *operation
		code      errs.Code
		want      domain.Status // of the operation's order
		stock     [3]int        // of product-A
		events    int
	}{
		"the last ones reserved":     {elsewhere(reserve(order("other", 9, "product-A"))), one, "", domain.Rejected, [3]int{0, 10, 0}, 3},
		"some reserved":              {elsewhere(reserve(order("other", 8, "product-A"))), one, "", domain.Reserved, [3]int{0, 10, 0}, 3},
		"stock set to less":          {setting("product-A", 0), one, "", domain.Rejected, [3]int{0, 1, 0}, 2},
		"stock set to more":          {setting("product-A", 99), reserve(order("new", 50, "product-A")), "", domain.Reserved, [3]int{49, 51, 0}, 2},
		"reserved changed by hand":   {bySQL("UPDATE products SET reserved = 5"), one, "", domain.Reserved, [3]int{8, 6, 0}, 2},
		"sold changed by hand":       {bySQL("UPDATE products SET sold = 5"), one, "", domain.Reserved, [3]int{8, 2, 5}, 2},
		"the product is gone":        {bySQL("DELETE FROM products WHERE product_id = 'product-B'"), reserve(order("new", 1, "product-A", "product-B")), "", domain.Rejected, [3]int{9, 1, 0}, 2},
		"the same order reserved":    {elsewhere(one), one, "", domain.Reserved, [3]int{8, 2, 0}, 2},
		"the new order cancelled":    {elsewhere(releaseNew), one, "", domain.Released, [3]int{9, 1, 0}, 1},
		"released, then committed":   {elsewhere(release), commit, errs.Contradiction, domain.Released, [3]int{10, 0, 0}, 2},
		"committed, then released":   {elsewhere(commit), release, errs.Contradiction, domain.Committed, [3]int{9, 0, 1}, 1},
		"committed, then again":      {elsewhere(commit), commit, "", domain.Committed, [3]int{9, 0, 1}, 1},
		"released by hand":           {bySQL("UPDATE reservations SET status = 'RELEASED'"), release, "", domain.Released, [3]int{9, 1, 0}, 1},
		"ended, then ordered again":  {elsewhere(commit), reserve(order("here", 1, "product-A")), "", domain.Committed, [3]int{9, 0, 1}, 1},
		"gone, in a restored backup": {bySQL("DELETE FROM reservations"), commit, errs.Contradiction, "", [3]int{9, 1, 0}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f, batches := setup(t).traced(t)
			f.look(t)
			ctx := t.Context()
			if err := f.reserve.Do(ctx, order("here", 1, "product-A")); err != nil {
				t.Fatal(err)
			}
			c.meanwhile(t, f)
			op, runs := c.op(ctx), 0
			change := op.change
			op.change = func(r *domain.Reservation, shelf domain.Shelf) error {
				runs++
				return change(r, shelf)
			}
			var err error
			sent := batches.During(func() { err = op.update(ctx, f.Reservations) })
			if (c.code == "") != (err == nil) || err != nil && !errs.Is(err, c.code) {
				t.Errorf("err = %v, want %q", err, c.code)
			}
			// In vain; to read; to write, or to end.
			if runs != 2 || len(sent) != 3 || reads(sent[:1]) || !reads(sent[1:2]) {
				t.Errorf("%d runs, sent %q", runs, sent)
			}
			if c.want != "" {
				f.wantStatus(t, op.id, c.want)
			}
			if got := f.stock(t, "product-A"); got != c.stock {
				t.Errorf("product-A %v, want %v", got, c.stock)
			}
			if got := f.events(t); len(got) != c.events {
				t.Errorf("events = %v, want %d", got, c.events)
			}
			// Without a reservation no product was looked at.
			if got, known := f.known.products["product-A"]; known != (c.want != "") || known && [3]int{got.Available, got.Reserved, got.Sold} != c.stock {
				t.Errorf("known is %+v, %t", got, known)
			}
			if _, known := f.known.reserved.Get("here"); known && op.id == "here" {
				t.Error("it is still believed to be reserved")
			}
		})
	}
}

// While another replica has the product, a reservation waits, and is decided by what
// that one has made of it.
func TestKnownProductIsWaitedFor(t *testing.T) {
	base := setup(t)
	replica := base.replica()
	f, batches := base.traced(t)
	f.look(t)
	done := make(chan error, 1)
	sent := batches.During(func() {
		err := pgkit.InTx(t.Context(), base.pool, func(ctx context.Context, tx *pgkit.Tx) error {
			if _, err := replica.transact(ctx, tx, []*operation{reserving(ctx, order("there", 10, "product-A"))}); err != nil {
				return err
			}
			if err := tx.Send(ctx); err != nil {
				return err
			}
			go func() { done <- f.reserve.Do(context.WithoutCancel(ctx), order("here", 1, "product-A")) }()
			pgtest.AwaitBlocked(t, base.pool)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if len(sent) != 3 || reads(sent[:1]) || !reads(sent[1:2]) { // in vain; to read; to write
		t.Errorf("sent %q", sent)
	}
	f.wantStatus(t, "here", domain.Rejected)
	if got := f.stock(t, "product-A"); got != [3]int{0, 10, 0} {
		t.Errorf("product-A %v", got)
	}
}

// A call that makes its transaction fail has those around it run again, in parts; what
// is known afterwards, if anything, is what was committed.
func TestPoisonAmongWhatIsKnown(t *testing.T) {
	f, batches := setup(t).traced(t)
	f.set(t, "product-A", 150)
	f.look(t)
	var tasks []func(context.Context) error
	for i := range 100 {
		o := order(fmt.Sprintf("o-%03d", i), 1, "product-A")
		tasks = append(tasks, func(ctx context.Context) error { return f.reserve.Do(ctx, o) })
	}
	tasks = append(tasks, func(ctx context.Context) error {
		if err := f.reserve.Do(ctx, order("o-\x00", 1, "product-A")); err == nil || errs.Is(err, errs.Unavailable) {
			return fmt.Errorf("the order whose id can't be stored: %v", err)
		}
		return nil
	})
	sent := batches.During(func() { atOnce(t, tasks...) })
	if !slices.ContainsFunc(sent, func(b []string) bool { return strings.Contains(strings.Join(b, " "), lockStock) }) {
		t.Error("nothing was believed")
	}
	if got := f.stock(t, "product-A"); got != [3]int{50, 100, 0} {
		t.Errorf("product-A %v", got)
	}
	if got, known := f.known.products["product-A"]; known && [3]int{got.Available, got.Reserved, got.Sold} != [3]int{50, 100, 0} {
		t.Errorf("known is %+v", got)
	}
}

// That an order is new is found out by inserting it. Where a change fails nothing is
// inserted, so what it was given is read.
func TestFailureIsNotDecidedByBelief(t *testing.T) {
	f, batches := setup(t).traced(t)
	f.look(t)
	if err := application.NewReserveStock(f.replica(), porttest.Clock).Do(t.Context(), order("o-1", 1, "product-A")); err != nil {
		t.Fatal(err)
	}
	f.look(t)
	needed := func(r *domain.Reservation, _ domain.Shelf) error {
		if r.Status() == domain.None {
			return errRefused
		}
		return nil
	}
	for id, want := range map[domain.OrderID]error{"o-1": nil, "o-2": errRefused} {
		var err error
		sent := batches.During(func() { err = f.Update(t.Context(), id, []domain.ProductID{"product-A"}, needed) })
		if !errors.Is(err, want) || len(sent) != 2 {
			t.Errorf("%s: %v, want %v; sent %q", id, err, want, sent)
		}
	}
}

func TestKnownInOneTransaction(t *testing.T) {
	f, batches := setup(t).traced(t)
	f.look(t)
	ctx := t.Context()
	f.together(t, reserving(ctx, order("sold", 2, "product-A")), reserving(ctx, order("back", 3, "product-A", "product-B")),
		reserving(ctx, order("again", 1, "product-A")))
	var outcomes []error
	sent := batches.During(func() {
		outcomes = f.together(t,
			reserving(ctx, order("short", 5, "product-A")), // 4 are left
			reserving(ctx, order("again", 1, "product-A")),
			committing(ctx, "sold"),
			releasing(ctx, "back"),
			reserving(ctx, order("new", 5, "product-A")),
			failing(committing(ctx, "again")),
			reserving(ctx, order("new", 5, "product-A")),
			releasing(ctx, "back"),
		)
	})
	for i, err := range outcomes {
		if (i == 5) != errors.Is(err, errRefused) || i != 5 && err != nil {
			t.Errorf("operation %d: %v", i, err)
		}
	}
	if len(sent) != 1 || reads(sent) {
		t.Fatalf("sent %q", sent)
	}
	at := func(sql string) int {
		return slices.IndexFunc(sent[0], func(statement string) bool { return strings.Contains(statement, sql) })
	}
	if r, p, n := at(lockReserved), at(lockStock), at(insertReservations); r < 0 || p < r || n < p { // as whoever reads locks them
		t.Errorf("sent %q", sent[0])
	}
	for id, want := range map[domain.OrderID]domain.Status{
		"short": domain.Rejected, "again": domain.Reserved, "sold": domain.Committed, "back": domain.Released, "new": domain.Reserved,
	} {
		f.wantStatus(t, id, want)
	}
	if a, b := f.stock(t, "product-A"), f.stock(t, "product-B"); a != [3]int{2, 6, 2} || b != [3]int{5, 0, 0} {
		t.Errorf("product-A %v, product-B %v", a, b)
	}
}

// What is known is locked in the order of its keys, and found by them in a table that is
// too large to be read whole.
func TestPlansOfLockingWhatIsKnown(t *testing.T) {
	f := setup(t)
	for _, sql := range []string{
		`INSERT INTO products SELECT 'p-' || n, 1, 1, 1, now() FROM generate_series(1, 5000) n`,
		`INSERT INTO reservations SELECT 'o-' || n, CASE WHEN n > 2000 THEN 'COMMITTED' ELSE 'RESERVED' END, '[]', now(), now() FROM generate_series(1, 5000) n`,
		`VACUUM ANALYZE products, reservations`,
	} {
		pgtest.Execute(t, f.pool, sql)
	}
	plan := pgtest.PlanWithoutValues(t, f.pool, lockStock, "NULL")
	if !strings.HasPrefix(plan, "LockRows") || !strings.Contains(plan, "Sort Key: products.product_id") {
		t.Errorf("not locked in order:\n%s", plan)
	}
	if !strings.Contains(plan, "Index Cond: (product_id = (believed.product_id)::text)") || strings.Contains(plan, "Seq Scan") {
		t.Errorf("plan:\n%s", plan)
	}
	pgtest.WantPlan(t, pgtest.PlanWithoutValues(t, f.pool, lockReserved, "NULL", "NULL"),
		map[string]int{"Index Scan using reservations_pkey": 1, "Index Cond: (order_id = ANY ($1))": 1, "Index": 2})
}
