// Package config reads a service's settings from environment variables, and
// names every fault in one error.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
	"github.com/jackc/pgx/v5/pgxpool"
	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/limitkit"
)

// Common is what every service is told. Embed it.
type Common struct {
	DatabaseURL string     `env:"DATABASE_URL,required,notEmpty"`
	AMQPURL     string     `env:"AMQP_URL,required,notEmpty"`
	Port        int        `env:"PORT"` // of the HTTP interface; set the default before Load
	LogLevel    slog.Level `env:"LOG_LEVEL" envDefault:"INFO"`
	BatchMax    int        `env:"BATCH_MAX" envDefault:"256"`            // calls that share one transaction
	PublishMax  int        `env:"PUBLISH_MAX" envDefault:"500"`          // events that are published together
	Consumers   int        `env:"CONSUMER_CONCURRENCY" envDefault:"128"` // deliveries that are handled at the same time
	PprofPort   int        `env:"PPROF_PORT"`                            // of the profiles, on loopback alone; 0: none

	ConnectionsMax int `env:"CONNECTIONS_MAX" envDefault:"5000"` // of HTTP clients, open at a time; past it idle ones go, or the new one gets a 503

	Auth  authkit.Config
	Limit limitkit.Config
}

// secrets may also come from a file that NAME_FILE names, as container
// orchestrators hand them out.
var secrets = []string{"DATABASE_URL", "AMQP_URL", "AUTH_PUBLIC_KEY", "AUTH_SHARED_SECRET"}

const fileSuffix = "_FILE"

// Settings is a service's configuration struct.
type Settings interface {
	// Faults returns what is wrong with the values, one text for each, beginning
	// with the variable's name and a colon. Those of a variable that could not be
	// read at all are left out.
	Faults() []string
}

// Load fills settings, a pointer to a struct with env tags, from the environment.
// Fields keep their value when their variable is not set and has no default.
func Load(settings Settings, environment []string) error {
	variables := env.ToMap(environment)
	unreadable := readSecretFiles(variables)
	err := env.ParseWithOptions(settings, env.Options{Environment: variables})
	var all env.AggregateError
	switch {
	case errors.As(err, &all):
		for _, e := range all.Errors {
			unreadable = append(unreadable, explain(e))
		}
	case err != nil:
		unreadable = append(unreadable, err.Error())
	}
	faults := unreadable
	for _, fault := range settings.Faults() {
		if variable, _, _ := strings.Cut(fault, ":"); !names(unreadable, variable) {
			faults = append(faults, fault)
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("the configuration has %d fault(s):\n  - %s", len(faults), strings.Join(faults, "\n  - "))
	}
	return nil
}

// names reports whether one of the faults is about the variable, or about the
// file that stands for it.
func names(faults []string, variable string) bool {
	return slices.ContainsFunc(faults, func(fault string) bool { return strings.HasPrefix(fault, variable) })
}

func readSecretFiles(variables map[string]string) (faults []string) {
	for _, name := range secrets {
		path := variables[name+fileSuffix]
		if path == "" {
			continue
		}
		if variables[name] != "" {
			faults = append(faults, fmt.Sprintf("%s%s and %s are both set; set one", name, fileSuffix, name))
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			faults = append(faults, fmt.Sprintf("%s%s: %v", name, fileSuffix, err))
			variables[name] = "unreadable" // named already; not missing as well
			continue
		}
		variables[name] = strings.TrimSpace(string(content))
	}
	return faults
}

// explain names the variable rather than the struct's field.
func explain(err error) string {
	var missing env.VarIsNotSetError
	var empty env.EmptyVarError
	var parse env.ParseError
	switch {
	case errors.As(err, &missing):
		return missing.Key + " is not set"
	case errors.As(err, &empty):
		return empty.Key + " is empty"
	case errors.As(err, &parse):
		return fmt.Sprintf("%s: %v", variableOf(parse.Name), parse.Err)
	}
	return err.Error()
}

// variableOf turns a field's name into its variable's: SagaTimeout into
// SAGA_TIMEOUT. Fields are named so that this holds.
func variableOf(field string) string {
	var name strings.Builder
	for i, r := range field {
		upper := r >= 'A' && r <= 'Z'
		if i > 0 && upper && field[i-1] >= 'a' && field[i-1] <= 'z' {
			name.WriteByte('_')
		}
		name.WriteString(strings.ToUpper(string(r)))
	}
	return name.String()
}

// HTTPPort returns the port of the HTTP interface.
func (c Common) HTTPPort() int { return c.Port }

const (
	mostBatched   = 10_000
	mostPublished = 1_000 // a broker that does 200 a second confirms them in the 5 s that rabbitkit's publisher waits
	mostConsumers = 10_000
)

// Faults implements Settings for the common part.
func (c Common) Faults() []string {
	var faults []string
	if _, err := pgxpool.ParseConfig(c.DatabaseURL); err != nil {
		faults = append(faults, "DATABASE_URL: "+err.Error())
	}
	if _, err := amqp.ParseURI(c.AMQPURL); err != nil {
		faults = append(faults, "AMQP_URL: "+withoutURL(err).Error())
	}
	if c.Port < 1 || c.Port > 65535 {
		faults = append(faults, fmt.Sprintf("PORT: must be 1 to 65535, not %d", c.Port))
	}
	if c.PprofPort < 0 || c.PprofPort > 65535 {
		faults = append(faults, fmt.Sprintf("PPROF_PORT: must be 1 to 65535, or 0 for no profiles, not %d", c.PprofPort))
	} else if c.PprofPort != 0 && c.PprofPort == c.Port {
		faults = append(faults, fmt.Sprintf("PPROF_PORT: must not be PORT, %d", c.Port))
	}
	if c.BatchMax < 1 || c.BatchMax > mostBatched {
		faults = append(faults, fmt.Sprintf("BATCH_MAX: must be 1 to %d, not %d", mostBatched, c.BatchMax))
	}
	if c.PublishMax < 1 || c.PublishMax > mostPublished {
		faults = append(faults, fmt.Sprintf("PUBLISH_MAX: must be 1 to %d, not %d", mostPublished, c.PublishMax))
	}
	if c.Consumers < 1 || c.Consumers > mostConsumers {
		faults = append(faults, fmt.Sprintf("CONSUMER_CONCURRENCY: must be 1 to %d, not %d", mostConsumers, c.Consumers))
	}
	if c.ConnectionsMax < 1 {
		faults = append(faults, fmt.Sprintf("CONNECTIONS_MAX: must be at least 1, not %d", c.ConnectionsMax))
	}
	return slices.Concat(faults, c.Auth.Faults(), c.Limit.Faults())
}

// withoutURL keeps the URL, and the password in it, out of the message.
func withoutURL(err error) error {
	var parse *url.Error
	if errors.As(err, &parse) {
		return parse.Err
	}
	return err
}
