package application

import (
	"context"
	"errors"
	"testing"

	"github.com/golang/mock/gomock"

	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/errs"
)

func TestSetStock(t *testing.T) {
	port := NewMockProducts(gomock.NewController(t))
	port.EXPECT().Update(gomock.Any(), domain.ProductID("A"), gomock.Any()).DoAndReturn(
		func(_ context.Context, id domain.ProductID, change func(*domain.Product) error) error {
			return change(domain.RestoreProduct(domain.ProductSnapshot{ID: id, Available: 1, Reserved: 2, Sold: 3}))
		}).Times(2)
	set := NewSetStock(port, clock)

	got, err := set.Do(t.Context(), "A", 9)
	want := domain.ProductSnapshot{ID: "A", Available: 9, Reserved: 2, Sold: 3, UpdatedAt: noon}
	if err != nil {
		t.Fatal(err)
	}
	if got.Snapshot() != want {
		t.Errorf("got %+v, want %+v", got.Snapshot(), want)
	}

	if got, err := set.Do(t.Context(), "A", -1); !errs.Is(err, errs.Invalid) || got != nil {
		t.Errorf("got %+v, %v; want errs.Invalid", got, err)
	}
}

func TestReadProducts(t *testing.T) {
	product := domain.NewProduct("B")
	broken := errors.New("broken")
	port := NewMockProducts(gomock.NewController(t))
	port.EXPECT().ByID(gomock.Any(), domain.ProductID("B")).Return(product, nil)
	port.EXPECT().ByID(gomock.Any(), domain.ProductID("C")).Return(nil, errs.New(errs.NotFound, "no product C"))
	port.EXPECT().List(gomock.Any(), domain.ProductID("A"), 2).Return([]*domain.Product{product}, nil)
	port.EXPECT().List(gomock.Any(), domain.ProductID(""), 1).Return(nil, broken)
	read := NewReadProducts(port)

	if got, err := read.ByID(t.Context(), "B"); err != nil || got != product {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := read.ByID(t.Context(), "C"); !errs.Is(err, errs.NotFound) {
		t.Errorf("got %v, want errs.NotFound", err)
	}
	if got, err := read.List(t.Context(), "A", 2); err != nil || len(got) != 1 || got[0] != product {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := read.List(t.Context(), "", 1); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
