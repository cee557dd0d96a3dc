package servers

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// CreateDatabases makes, for each name, the database NAME_db owned by the user
// NAME_service, who may use no other one. Those there are stay as they are.
func (p Postgres) CreateDatabases(ctx context.Context, names []string) error {
	conn, err := pgx.Connect(ctx, p.AdminURL())
	if err != nil {
		return fmt.Errorf("create databases: %w", err)
	}
	defer conn.Close(ctx)
	for _, name := range names {
		if err := p.createDatabase(ctx, conn, name); err != nil {
			return fmt.Errorf("create database %s_db: %w", name, err)
		}
	}
	return nil
}

func (p Postgres) createDatabase(ctx context.Context, conn *pgx.Conn, name string) error {
	user, database := quoted(name+"_service"), quoted(name+"_db")
	var hasUser, hasDatabase bool
	err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1), EXISTS (SELECT FROM pg_database WHERE datname = $2)`,
		name+"_service", name+"_db").Scan(&hasUser, &hasDatabase)
	if err != nil {
		return err
	}
	if !hasUser {
		// The password is hexadecimal: DDL takes no parameters.
		if _, err := conn.Exec(ctx, "CREATE ROLE "+user+" LOGIN PASSWORD '"+p.Password+"'"); err != nil {
			return err
		}
	}
	if !hasDatabase {
		if _, err := conn.Exec(ctx, "CREATE DATABASE "+database+" OWNER "+user); err != nil {
			return err
		}
	}
	_, err = conn.Exec(ctx, "REVOKE CONNECT ON DATABASE "+database+" FROM PUBLIC")
	return err
}

func quoted(identifier string) string { return pgx.Identifier{identifier}.Sanitize() }
