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
	return pgkit.InTx(ctx, r.pool, func(ctx context.Context, tx pgx.Tx) error {
		p, err := readProduct(ctx, tx, selectProduct+` FOR UPDATE`, id)
		if errs.Is(err, errs.NotFound) {
			return insertProduct(ctx, tx, domain.NewProduct(id), change)
		}
		if err != nil {
			return err
		}
		if err := change(p); err != nil {
			return err
		}
		statements := &pgx.Batch{}
		queueStock(statements, []domain.ProductSnapshot{p.Snapshot()})
		if err := tx.SendBatch(ctx, statements).Close(); err != nil {
			return fmt.Errorf("save product: %w", err)
		}
		return nil
	})
}

const insertProductRow = `
INSERT INTO products (` + productColumns + `) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING`

func insertProduct(ctx context.Context, tx pgx.Tx, p *domain.Product, change func(*domain.Product) error) error {
	if err := change(p); err != nil {
		return err
	}
	s := p.Snapshot()
	inserted, err := tx.Exec(ctx, insertProductRow, string(s.ID), s.Available, s.Reserved, s.Sold, s.UpdatedAt)
	if err != nil {
		return fmt.Errorf("add product: %w", err)
	}
	if inserted.RowsAffected() == 0 {
		return pgkit.ErrRetry // it was added a moment ago, and may have been reserved from
	}
	return nil
}

const selectProduct = `SELECT ` + productColumns + ` FROM products WHERE product_id = $1`

// ByID implements application.Products.
func (r *Products) ByID(ctx context.Context, id domain.ProductID) (*domain.Product, error) {
	p, err := readProduct(ctx, r.pool, selectProduct, id)
	return p, pgkit.Translate(err)
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func readProduct(ctx context.Context, db querier, statement string, id domain.ProductID) (*domain.Product, error) {
	rows, err := db.Query(ctx, statement, string(id))
	if err != nil {
		return nil, fmt.Errorf("read product: %w", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[productRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errs.New(errs.NotFound, "there is no product %q", id)
	}
	if err != nil {
		return nil, fmt.Errorf("read product: %w", err)
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
