package postgres

import (
	"testing"

	"orders.internal/inventory/internal/adapters/porttest"
	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/event"
	"orders.internal/shared-kernel/outbox"
	"orders.internal/shared-kernel/outbox/outboxtest"
	"orders.internal/shared-kernel/pgkit/pgtest"
)

func TestReservationsAndProducts(t *testing.T) {
	porttest.Run(t, func(t *testing.T) porttest.Stores {
		f := setup(t)
		return porttest.Stores{
			Reservations: f, Products: f.products,
			Outbox: func(t *testing.T) []outbox.Message { return outboxtest.Rows(t, f.pool) },
		}
	})
}

func TestRelayIsWokenOfNewEvents(t *testing.T) {
	f := setup(t)
	o := porttest.Order("o-1", domain.Item{ProductID: "product-A", Quantity: 1})
	for _, err := range []error{
		f.reserve.Do(t.Context(), o), f.reserve.Do(t.Context(), o), // the second is a repetition
		f.commit.Do(t.Context(), o.ID), // a sale has no event
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if f.handed.Load() != 1 {
		t.Errorf("the relay was handed %d times", f.handed.Load())
	}
}

func TestMessageCarriesTheOriginOfItsCause(t *testing.T) {
	f := setup(t)
	origin := event.Origin{CorrelationID: "c-1", CausationID: "e-0", Traceparent: "tp", Tracestate: "ts"}
	o := porttest.Order("o-1", domain.Item{ProductID: "product-C", Quantity: 1})
	if err := f.reserve.Do(event.WithOrigin(t.Context(), origin), o); err != nil {
		t.Fatal(err)
	}
	m, err := contracts.Decode(outboxtest.Rows(t, f.pool)[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	if m.Origin != origin || m.Source != "/inventory" || !m.Time.Equal(porttest.Now) {
		t.Errorf("message is %+v", m)
	}
}

func TestUnreachableDatabaseIsUnavailable(t *testing.T) {
	pool := pgtest.Open(t, "postgres://127.0.0.1:1/none?connect_timeout=1")
	reservations, products := NewReservations(pool, nil, porttest.Clock, func([]outbox.Message) { t.Error("handed over") }), NewProducts(pool)
	_, listing := reservations.List(t.Context(), application.Filter{Limit: 1})
	_, reading := products.ByID(t.Context(), "product-A")
	_, browsing := products.List(t.Context(), "", 1)
	for name, err := range map[string]error{
		"update reservation": reservations.Update(t.Context(), "o-1", nil, nil),
		"list reservations":  listing,
		"update product":     products.Update(t.Context(), "product-A", nil),
		"read product":       reading,
		"list products":      browsing,
	} {
		if !errs.Is(err, errs.Unavailable) {
			t.Errorf("%s: got %v, want errs.Unavailable", name, err)
		}
	}
}
