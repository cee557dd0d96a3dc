package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

// statements shows how PostgreSQL executes what the services send it: it has
// the server write down the plan of each statement (auto_explain), while orders of
// all kinds are placed, each with an idempotency key, and then looks how tables and
// indexes were used.
func (b *bench) statements(ctx context.Context) error {
	keyed := *b
	keyed.plan.Keys = true
	return keyed.explainStatements(ctx)
}

func (b *bench) explainStatements(ctx context.Context) error {
	done := b.progress.Step("restarting the services: PostgreSQL explains their statements")
	if err := b.explainable(ctx); err != nil {
		done("")
		return fmt.Errorf("explain statements: %w", err)
	}
	done("ready")
	if _, err := b.run(ctx, "warming up", Phase{Name: "before-explain"}, mixed, b.plan.Clients, b.closedFor(time.Second)); err != nil {
		return err
	}
	log, err := os.Open(b.system.stack.Database.Log().Path)
	if err != nil {
		return err
	}
	defer log.Close()
	if _, err := log.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	before, err := b.system.tableUse(ctx)
	if err != nil {
		return err
	}
	if err := b.explain(ctx, 0); err != nil {
		return err
	}
	p, err := b.run(ctx, fmt.Sprintf("explaining the statements of orders that are placed for %v", b.plan.Explain),
		Phase{Name: "explain"}, mixed, b.plan.Clients, b.closedFor(b.plan.Explain))
	if err = errors.Join(err, b.explain(ctx, -1)); err != nil {
		return err
	}
	after, err := b.system.tableUse(ctx)
	if err != nil {
		return err
	}
	b.report.Statements = &StatementReport{Orders: p.endedOrders(), Tables: after.since(before)}
	executed, err := readPlans(log)
	b.report.Statements.Statements = summarise(executed)
	return err
}

// explainable has every new connection load auto_explain, and makes the services
// connect anew.
func (b *bench) explainable(ctx context.Context) error {
	err := b.admin(ctx,
		"ALTER SYSTEM SET session_preload_libraries = 'auto_explain'",
		"ALTER SYSTEM SET log_line_prefix = '%m [%p] %d '", // the database
		"SELECT pg_reload_conf()")
	if err != nil {
		return err
	}
	b.system.services["payment"].Setenv("PAYMENT_SUCCESS_RATE", mixedSuccessRate)
	for _, p := range b.system.services {
		if err := p.Restart(ctx); err != nil {
			return err
		}
	}
	return nil
}

// explain has statements explained that take so many milliseconds; -1: none.
func (b *bench) explain(ctx context.Context, milliseconds int) error {
	return b.admin(ctx,
		"LOAD 'auto_explain'", // or its settings are not known
		"ALTER SYSTEM SET auto_explain.log_analyze = on",
		"ALTER SYSTEM SET auto_explain.log_timing = off", // reading the clock for each row would cost the most
		"ALTER SYSTEM SET auto_explain.log_format = 'json'",
		fmt.Sprintf("ALTER SYSTEM SET auto_explain.log_min_duration = %d", milliseconds),
		"SELECT pg_reload_conf()")
}

// admin executes statements as the superuser.
func (b *bench) admin(ctx context.Context, statements ...string) error {
	return b.asAdmin(ctx, func(conn *pgx.Conn) error {
		for _, sql := range statements {
			if _, err := conn.Exec(ctx, sql); err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
		}
		return nil
	})
}

// asAdmin does something as the superuser.
func (b *bench) asAdmin(ctx context.Context, do func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, b.system.stack.AdminURL())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return do(conn)
}
