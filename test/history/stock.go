package history

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// stock is what was sold of each product. It is not for concurrent use.
type stock map[string]int64

// counting is the table, whose rows are counted on their way.
func (s stock) counting(t table) table {
	write := t.rows
	t.rows = func(o *order) [][]any {
		if o.end.reservation == "COMMITTED" {
			for _, i := range o.items {
				s[i.product] += int64(i.quantity)
			}
		}
		return write(o)
	}
	return t
}

// save puts the products on the shelf, with nothing left of them until somebody
// stocks them.
func (s stock) save(ctx context.Context, database *pgxpool.Pool, now time.Time) error {
	var products []string
	var sold []int64
	for product, pieces := range s {
		products, sold = append(products, product), append(sold, pieces)
	}
	_, err := database.Exec(ctx, `
		INSERT INTO products (product_id, available, reserved, sold, updated_at)
		SELECT product_id, 0, 0, sold, $3 FROM unnest($1::text[], $2::bigint[]) AS old (product_id, sold)
		ON CONFLICT (product_id) DO UPDATE SET sold = products.sold + excluded.sold, updated_at = excluded.updated_at`,
		products, sold, now)
	if err != nil {
		return fmt.Errorf("save what was sold: %w", err)
	}
	return nil
}
