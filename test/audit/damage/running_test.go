package damage

import (
	"testing"

	"golang.org/x/sync/errgroup"

	"orders.internal/test/audit"
)

func TestARunningSystemGivesNoFalseAlarm(t *testing.T) {
	const customers, each = 4, 60
	product := newProduct(t, customers*each) // for half of them
	var load errgroup.Group
	for range customers {
		load.Go(func() error {
			for range each {
				if _, err := order(product, "sim_success"); err != nil {
					return err
				}
			}
			return nil
		})
	}
	over := make(chan error, 1)
	go func() { over <- load.Wait() }()
	for {
		r, err := audit.Run(t.Context(), endpoints())
		if err != nil {
			t.Fatal(err)
		}
		if err := differs(r); err != nil {
			t.Error(err)
		}
		select {
		case err := <-over:
			if err != nil {
				t.Error(err)
			}
			return
		default:
		}
	}
}
