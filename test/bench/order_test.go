package bench

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

// placement is what the order service is sent.
type placement struct {
	CustomerID string `json:"customer_id"`
	Items      []struct {
		ProductID string `json:"product_id"`
		Quantity  int    `json:"quantity"`
	} `json:"items"`
	TotalAmount   json.Number `json:"total_amount"`
	PaymentMethod string      `json:"payment_method"`
}

func TestBodiesAreOrders(t *testing.T) {
	const products = 120
	shelf := map[string]bool{}
	for n := range products {
		shelf[product(n)] = true
	}
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	for n := range 3000 {
		i := []mix{mixed, hot}[n%2].pick(r)
		var p placement
		if err := json.Unmarshal(i.write(nil, r, "phase", n, products), &p); err != nil {
			t.Fatal(err)
		}
		if p.CustomerID != customer("phase", n) || p.PaymentMethod != i.method || len(p.Items) < 1 || len(p.Items) > mostLines {
			t.Fatalf("got %+v", p)
		}
		if total, err := p.TotalAmount.Float64(); err != nil || total < 1 || len(p.TotalAmount)-strings.IndexByte(string(p.TotalAmount), '.') != 3 {
			t.Fatalf("total amount %s", p.TotalAmount)
		}
		if i.wants != "" && p.Items[0].ProductID != i.wants {
			t.Fatalf("it wants %s, not %+v", i.wants, p.Items)
		}
		lines := map[string]bool{}
		for _, line := range p.Items {
			if lines[line.ProductID] || line.Quantity < 1 || line.Quantity > 3 || (line.ProductID != i.wants && !shelf[line.ProductID]) {
				t.Fatalf("lines %+v", p.Items)
			}
			lines[line.ProductID], seen[line.ProductID] = true, true
		}
	}
	if len(seen) != products+2 { // and the hot one, and what is sold out
		t.Errorf("%d products were ordered, want %d", len(seen), products+2)
	}
}

func TestSameSeedSameOrders(t *testing.T) {
	write := func() string {
		r := rand.New(rand.NewPCG(7, 0))
		return string(ordinary.pick(r).write(nil, r, "a", 1, 300))
	}
	if a, b := write(), write(); a != b {
		t.Errorf("%s and %s", a, b)
	}
}

func TestWeightsAddUp(t *testing.T) {
	for name, m := range map[string]mix{"ordinary": ordinary, "hot": hot, "patient": patient, "mixed": mixed} {
		sum := 0
		for _, i := range m {
			sum += i.weight
		}
		if sum != 100 {
			t.Errorf("%s: the weights add up to %d", name, sum)
		}
	}
}

func TestWhoAlwaysCompletes(t *testing.T) {
	for name, c := range map[string]struct {
		mix  mix
		want bool
	}{"ordinary": {ordinary, true}, "hot": {hot, true}, "patient": {patient, true}, "mixed": {mixed, false}} {
		if got := c.mix.alwaysCompletes(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestOrderID(t *testing.T) {
	for answer, want := range map[string]string{
		`{"id":"01a2","customer_id":"c"}`: "01a2",
		`{"status":503}`:                  "",
		`{"id":"01a2`:                     "",
		``:                                "",
	} {
		if got := orderID([]byte(answer)); got != want {
			t.Errorf("%s: got %q, want %q", answer, got, want)
		}
	}
}

func TestRowsAreFoundByTheirNumber(t *testing.T) {
	for name, want := range map[string]int{customer("post-30", 17): 17, "0000-post-3-17": -1, "0000-post-30-x": -1, "0000-warm-up-1": -1} {
		n, ours := row{CustomerID: name}.number("post-30")
		if ours != (want >= 0) || ours && n != want {
			t.Errorf("%s: got %d, %v", name, n, ours)
		}
	}
}
