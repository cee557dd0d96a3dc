package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"orders.internal/test/stack"
)

// TableUse is what was done with a table.
type TableUse struct {
	Database string           `json:"database"`
	Table    string           `json:"table"`
	Inserted int64            `json:"inserted"`
	Updated  int64            `json:"updated"`
	HOT      int64            `json:"hot"` // updates that touched no index
	Deleted  int64            `json:"deleted"`
	Dead     int64            `json:"dead"`    // rows that wait for vacuum, in the end
	Bytes    int64            `json:"bytes"`   // with its indexes, in the end
	Indexes  map[string]int64 `json:"indexes"` // scans of each
}

type tableUses []TableUse

const selectTableUse = `
SELECT t.schemaname || '.' || t.relname, t.n_tup_ins, t.n_tup_upd, t.n_tup_hot_upd, t.n_tup_del, t.n_dead_tup,
	pg_total_relation_size(t.relid),
	(SELECT coalesce(jsonb_object_agg(indexrelname, idx_scan), '{}') FROM pg_stat_user_indexes AS i WHERE i.relid = t.relid)
FROM pg_stat_user_tables AS t
WHERE t.relname NOT LIKE '%\_migrations' AND t.relname <> 'dead_letter_actions'
ORDER BY t.schemaname DESC, t.relname`

// statisticsDelay is longer than a connection keeps what it has counted to itself.
const statisticsDelay = 2 * time.Second

func (s *system) tableUse(ctx context.Context) (all tableUses, err error) {
	if err := sleep(ctx, statisticsDelay); err != nil {
		return nil, err
	}
	for _, service := range stack.Services {
		rows, err := s.databases[service].Query(ctx, selectTableUse)
		if err != nil {
			return nil, fmt.Errorf("read the use of tables: %w", err)
		}
		tables, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u TableUse, err error) {
			u.Database = service
			err = row.Scan(&u.Table, &u.Inserted, &u.Updated, &u.HOT, &u.Deleted, &u.Dead, &u.Bytes, &u.Indexes)
			return u, err
		})
		if err != nil {
			return nil, fmt.Errorf("read the use of tables: %w", err)
		}
		all = append(all, tables...)
	}
	return all, nil
}

// since is what was done since an earlier reading.
func (all tableUses) since(before tableUses) []TableUse {
	var done []TableUse
	for _, u := range all {
		n := slices.IndexFunc(before, func(b TableUse) bool { return b.Database == u.Database && b.Table == u.Table })
		if n >= 0 {
			b := before[n]
			u.Inserted -= b.Inserted
			u.Updated -= b.Updated
			u.HOT -= b.HOT
			u.Deleted -= b.Deleted
			for index := range u.Indexes {
				u.Indexes[index] -= b.Indexes[index]
			}
		}
		done = append(done, u)
	}
	return done
}
