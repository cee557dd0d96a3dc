// Package pgkit is what every service needs of PostgreSQL: a pool, a
// transaction that survives serialization failures, migrations at start-up and
// one translation of driver errors.
package pgkit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	defaultMaxConns = 16
	connectTimeout  = 3 * time.Second
	prepareTimeout  = time.Second // after that: one look into the server's catalog
	// A connection that was idle is asked first whether it is alive. One to a
	// machine that is gone would never answer, and would use up the time of
	// whoever wanted to use it; many would, one after the other.
	aliveTimeout    = 3 * time.Second
	maxConnLifetime = 30 * time.Minute
	lifetimeJitter  = 5 * time.Minute
	// The server ends a transaction whose client went silent in the middle (a
	// paused process), so that its locks don't hold up the other replicas.
	idleInTransaction = 15 * time.Second
	// The server says by itself that somebody keeps a lock, before the transaction
	// has waited for so long that it would be taken for a silent server.
	lockTimeout = txTimeout / 2
)

// NewPool returns a pool for the database that url names (a postgres:// URL or
// a keyword/value string, https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING).
// It connects when it is first used, so the database may still be starting.
// pool_max_conns in the URL overrides the default size of 16; pool_min_conns and
// pool_min_idle_conns have no effect.
// The error says what is wrong with the URL and never contains its password.
func NewPool(url, application string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = defaultMaxConns
	}
	config.MaxConnLifetime = maxConnLifetime
	config.MaxConnLifetimeJitter = lifetimeJitter
	config.ConnConfig.ConnectTimeout = connectTimeout
	config.PingTimeout = aliveTimeout
	config.AfterConnect = prepare
	// Before it is first used the database may lack types that a migration brings, and
	// a connection keeps what it has found.
	config.MinConns, config.MinIdleConns = 0, 0
	parameters := config.ConnConfig.RuntimeParams
	parameters["application_name"] = application
	parameters["timezone"] = "UTC"
	// Statements are planned once for a connection: planning anew was a sixth of
	// what the database did. The plan may stem from a time when the tables were
	// empty, and knows no values; without sequential scans, and without joins that
	// read a table whole, it is the one that fits them full, too. Such a scan is
	// still made where there is no index, at an absurd cost that must not make the
	// server compile it. Bitmap scans have no order: where only the first rows are wanted
	// they would read, and sort, all of them.
	parameters["plan_cache_mode"] = "force_generic_plan"
	parameters["enable_seqscan"] = "off"
	parameters["enable_bitmapscan"] = "off"
	parameters["enable_hashjoin"] = "off"
	parameters["enable_mergejoin"] = "off"
	parameters["jit"] = "off"
	parameters["idle_in_transaction_session_timeout"] = fmt.Sprint(idleInTransaction.Milliseconds())
	parameters["lock_timeout"] = fmt.Sprint(lockTimeout.Milliseconds())
	return pgxpool.NewWithConfig(context.Background(), config)
}

// prepare has a connection that was just made know what is sent through it. The context
// outlives the one of the caller who wanted the connection: by itself it would wait for a
// server that has fallen silent for ever, and the pool would be one connection smaller.
func prepare(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, prepareTimeout)
	defer cancel()
	registerKeys(conn.TypeMap())
	return registerRows(ctx, conn)
}

// Ping reports whether the database answers, within ten seconds; its error is
// errs.Unavailable.
func Ping(ctx context.Context, pool *pgxpool.Pool) error {
	ctx, cancel := context.WithTimeout(ctx, txTimeout)
	defer cancel()
	return Translate(pool.Ping(ctx))
}
