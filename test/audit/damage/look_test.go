package damage

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/test/audit"
)

const (
	ordering     = contracts.ServiceOrder
	inventory    = contracts.ServiceInventory
	paying       = contracts.ServicePayment
	notification = contracts.ServiceNotification
)

func endpoints() audit.Endpoints {
	return audit.Endpoints{
		Order: system.URL(ordering), Inventory: system.URL(inventory),
		Payment: system.URL(paying), Notification: system.URL(notification),
	}
}

// everything is a negative grace period: whatever is still going on is found.
const everything = -time.Hour

// look returns what an audit finds about the sample.
func (s sample) look(t *testing.T) audit.Report {
	t.Helper()
	r, err := audit.Run(t.Context(), endpoints(), audit.WithGrace(everything))
	if err != nil {
		t.Fatal(err)
	}
	r.Findings = slices.DeleteFunc(r.Findings, func(f audit.Finding) bool { return f.OrderID != s.order && f.ProductID != s.product })
	return r
}

// differs compares a report with findings, each "problem -> lost event".
func differs(r audit.Report, want ...string) error {
	var got []string
	for _, f := range r.Findings {
		problem, _, _ := strings.Cut(f.Problem, " shows ") // stock, less the numbers
		got = append(got, strings.TrimSuffix(problem+" -> "+f.LostEvent, " -> "))
	}
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		return fmt.Errorf("the audit found\n  %s\nnot\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	return nil
}

// finds waits until the sample stands still with just these findings.
func (s sample) finds(t *testing.T, want ...string) (r audit.Report) {
	t.Helper()
	eventually(t, func() error {
		r = s.look(t)
		return differs(r, want...)
	})
	return r
}

// repair publishes what the report says is lost, and waits until all is well.
func (s sample) repair(t *testing.T, r audit.Report, want ...string) {
	t.Helper()
	done, err := audit.Repair(t.Context(), system.AMQPURL(), r)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range done {
		got = append(got, d.Event)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("published %v again, want %v", got, want)
	}
	if len(want) > 0 {
		s.finds(t)
	}
}
