package e2e

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

func TestOrderForWhatIsSoldOutIsCancelled(t *testing.T) {
	before := stockOf(t, "product-C")
	placed := place(t, of(line{"product-C", 1}))
	waitFor(t, placed.ID, short)
	expectStock(t, "product-C", before)
}

func TestOrderForAnUnknownProductIsCancelled(t *testing.T) {
	t.Parallel()
	placed := place(t, of(line{"product-" + newID(), 1}))
	waitFor(t, placed.ID, short)
}

func TestOneShortLineReservesNothing(t *testing.T) {
	t.Parallel()
	plenty, scarce := newProduct(t, 10), newProduct(t, 1)
	placed := place(t, of(line{plenty, 2}, line{scarce, 2}))
	waitFor(t, placed.ID, short)
	expectStock(t, plenty, stock{Available: 10})
	expectStock(t, scarce, stock{Available: 1})
}

func TestLinesWithTheSameProductAreSummed(t *testing.T) {
	t.Parallel()
	p := newProduct(t, 5)
	tooMany := place(t, of(line{p, 3}, line{p, 3}))
	waitFor(t, tooMany.ID, short)
	expectStock(t, p, stock{Available: 5})

	placed := place(t, of(line{p, 3}, line{p, 2}))
	waitFor(t, placed.ID, sold)
	expectStock(t, p, stock{Sold: 5})
}

func TestConcurrentOrdersSellExactlyWhatIsThere(t *testing.T) {
	const customers, pieces = 200, 10
	p := newProduct(t, pieces)

	answers, failures := make([]answer, customers), make([]error, customers)
	var all sync.WaitGroup
	for i := range customers {
		all.Go(func() { answers[i], failures[i] = tryPlace(of(line{p, 1})) })
	}
	all.Wait()

	count := map[outcome]int{}
	for i := range customers {
		if failures[i] != nil {
			t.Fatal(failures[i])
		}
		id := accepted(t, answers[i]).ID
		eventually(t, func() error {
			got, err := outcomeOf(id)
			if err == nil && got != sold && got != short {
				err = fmt.Errorf("order %s is %+v", id, got)
			}
			if err == nil {
				count[got]++
			}
			return err
		})
	}
	if count[sold] != pieces || count[short] != customers-pieces {
		t.Errorf("%d orders were completed and %d cancelled", count[sold], count[short])
	}
	expectStock(t, p, stock{Sold: pieces})
}

func TestStockCanBeSet(t *testing.T) {
	t.Parallel()
	p := newProduct(t, 3)
	placed := place(t, of(line{p, 2}))
	waitFor(t, placed.ID, sold)
	expectStock(t, p, stock{Available: 1, Sold: 2})

	a := call(t, http.MethodPut, inventory, "/api/products/"+p, `{"available":7}`, "Content-Type", "application/json")
	if a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	stocked.Store(p, 9)
	expectStock(t, p, stock{Available: 7, Sold: 2})
}
