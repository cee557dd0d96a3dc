package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"orders.internal/inventory/internal/application"
	"orders.internal/inventory/internal/domain"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/pgkit"
)

// Products implements application.Products.
type Products struct {
	pool *pgxpool.Pool
}

var _ application.Products = (*Products)(nil)

// NewProducts returns the repository.
func NewProducts(pool *pgxpool.Pool) *Products { return &Products{pool: pool} }

// Update implements application.Products.
func (r *Products) Update(ctx context.Context, id domain.ProductID, change func(*domain.Product) error) error {
	return pgkit.InTx(ctx, r.pool, func(ctx context.Context, tx *pgkit.Tx) error {
		locked := state{products: map[domain.ProductID]domain.ProductSnapshot{}}
		tx.Queue(selectProduct+` FOR UPDATE`, string(id)).Query(locked.readProducts)
		if err := tx.Send(ctx); err != nil {
			return fmt.Errorf("lock product: %w", err)
		}
		p := domain.NewProduct(id)
		found, exists := locked.products[id]
		if exists {
			p = domain.RestoreProduct(found)
		}
		if err := change(p); err != nil {
			return err
		}
		if s := p.Snapshot(); exists {
			queueStock(tx, []domain.ProductSnapshot{s})
		} else {
			tx.InsertNew(insertProduct, string(s.ID), s.Available, s.Reserved, s.Sold, s.UpdatedAt)
		}
		return nil
	})
}

const insertProduct = `INSERT INTO products (` + productColumns + `) VALUES ($1, $2, $3, $4, $5)`

const selectProduct = `SELECT ` + productColumns + ` FROM products WHERE product_id = $1`

// ByID implements application.Products.
func (r *Products) ByID(ctx context.Context, id domain.ProductID) (*domain.Product, error) {
	rows, err := r.pool.Query(ctx, selectProduct, string(id))
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("read product: %w", err))
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[productRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errs.New(errs.NotFound, "there is no product %q", id)
	}
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("read product: %w", err))
	}
	return found.toDomain(), nil
}

const selectProducts = `SELECT ` + productColumns + ` FROM products WHERE product_id > $1 ORDER BY product_id LIMIT $2`

// List implements application.Products.
func (r *Products) List(ctx context.Context, after domain.ProductID, limit int) ([]*domain.Product, error) {
	rows, err := r.pool.Query(ctx, selectProducts, string(after), limit)
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("list products: %w", err))
	}
	products, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*domain.Product, error) {
		found, err := pgx.RowToStructByPos[productRow](row)
		return found.toDomain(), err
	})
	if err != nil {
		return nil, pgkit.Translate(fmt.Errorf("list products: %w", err))
	}
	return products, nil
}
