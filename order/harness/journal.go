package harness

import (
	"context"
	"slices"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/outbox"
)

// journal implements application.Journal. It is part of the store, and read only
// to see what is in it.
type journal struct {
	entries []application.Entry
}

var _ application.Journal = (*journal)(nil)

// record adds what an order has observed and the service's own events; what is
// redelivered has its entry already.
func (j *journal) record(o domain.Snapshot, observed []domain.Observation, own []outbox.Message) {
	for _, m := range own {
		observed = append(observed, domain.Observation{
			EventID: m.EventID, Type: m.Type, Source: "/" + contracts.ServiceOrder,
			CausationID: m.Origin.CausationID, OccurredAt: m.OccurredAt,
		})
	}
	for _, seen := range observed {
		if !j.has(o.ID, seen.EventID) {
			j.entries = append(j.entries, application.Entry{
				Position: int64(len(j.entries)) + 1, OrderID: o.ID, CustomerID: o.CustomerID, Status: o.Status, Event: seen,
			})
		}
	}
}

func (j *journal) has(id domain.OrderID, eventID string) bool {
	return slices.ContainsFunc(j.entries, func(e application.Entry) bool { return e.OrderID == id && e.Event.EventID == eventID })
}

// OfOrder implements application.Journal.
func (j *journal) OfOrder(_ context.Context, id domain.OrderID) (found []application.Entry, err error) {
	for _, e := range j.entries {
		if e.OrderID == id {
			found = append(found, e)
		}
	}
	if len(found) == 0 {
		err = notFound(id)
	}
	return found, err
}

// After implements application.Journal.
func (j *journal) After(_ context.Context, position int64, limit int) ([]application.Entry, error) {
	from := min(position, int64(len(j.entries)))
	rest := j.entries[from:]
	return rest[:min(limit, len(rest))], nil
}

// OfCustomer implements application.Journal.
func (j *journal) OfCustomer(_ context.Context, customer string, position int64, limit int) (found []application.Entry, err error) {
	for _, e := range j.entries {
		if e.CustomerID == customer && e.Position > position && len(found) < limit {
			found = append(found, e)
		}
	}
	return found, nil
}

// Head implements application.Journal.
func (j *journal) Head(context.Context) (int64, error) { return int64(len(j.entries)), nil }
