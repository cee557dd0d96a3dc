package config

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type settings struct {
	Common
	SagaTimeout time.Duration `env:"SAGA_TIMEOUT" envDefault:"60s"`
}

func (s settings) Faults() []string { return s.Common.Faults() }

var complete = []string{"DATABASE_URL=postgres://user:hunter2@db/orders", "AMQP_URL=amqp://user:hunter2@broker/"}

func load(environment ...string) (settings, error) {
	s := settings{Common: Common{Port: 8000}}
	return s, Load(&s, environment)
}

func TestDefaultsAreKept(t *testing.T) {
	s := settings{Common: Common{Port: 8000}}
	if err := Load(&s, complete); err != nil {
		t.Fatal(err)
	}
	if s.Port != 8000 || s.LogLevel != slog.LevelInfo || s.PprofPort != 0 || s.SagaTimeout != time.Minute {
		t.Errorf("settings = %+v", s)
	}
}

func TestVariablesAreRead(t *testing.T) {
	s := settings{}
	if err := Load(&s, append(complete, "PORT=9000", "LOG_LEVEL=debug", "PPROF_PORT=6060", "SAGA_TIMEOUT=2m")); err != nil {
		t.Fatal(err)
	}
	if s.Port != 9000 || s.LogLevel != slog.LevelDebug || s.PprofPort != 6060 || s.SagaTimeout != 2*time.Minute || s.AMQPURL != "amqp://user:hunter2@broker/" {
		t.Errorf("settings = %+v", s)
	}
}

func TestSecretsComeFromFilesToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(path, []byte("postgres://db/orders\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := settings{Common: Common{Port: 8000}}
	if err := Load(&s, []string{"DATABASE_URL_FILE=" + path, complete[1]}); err != nil {
		t.Fatal(err)
	}
	if s.DatabaseURL != "postgres://db/orders" {
		t.Errorf("DATABASE_URL = %q", s.DatabaseURL)
	}
}

func TestSecretOfTokensComesFromAFileToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(strings.Repeat("s", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := load(append(complete, "AUTH_MODE=shared-secret", "AUTH_ALGORITHM=HS256", "AUTH_ISSUER=i", "AUTH_AUDIENCE=a", "AUTH_SHARED_SECRET_FILE="+path)...)
	if err != nil || !s.Auth.On() || len(s.Auth.AuthSharedSecret) != 32 || s.Auth.AuthLeeway != 30*time.Second {
		t.Errorf("%v, authentication = %+v", err, s.Auth)
	}
}

func TestEveryFaultIsNamedInOneError(t *testing.T) {
	for name, c := range map[string]struct {
		environment []string
		want        []string
	}{
		"nothing is set":   {nil, []string{"DATABASE_URL", "AMQP_URL"}},
		"all is empty":     {[]string{"DATABASE_URL=", "AMQP_URL="}, []string{"DATABASE_URL", "AMQP_URL"}},
		"nothing parses":   {[]string{"PORT=http", "LOG_LEVEL=loud", "SAGA_TIMEOUT=soon"}, []string{"DATABASE_URL", "AMQP_URL", "PORT", "LOG_LEVEL", "SAGA_TIMEOUT"}},
		"values are odd":   {[]string{"DATABASE_URL=postgres://h:port/", "AMQP_URL=http://broker", "PORT=70000"}, []string{"DATABASE_URL", "AMQP_URL", "PORT"}},
		"both happens":     {[]string{"DATABASE_URL=postgres://h:port/", "PORT=http"}, []string{"DATABASE_URL", "AMQP_URL", "PORT"}},
		"file is missing":  {[]string{"DATABASE_URL_FILE=/nowhere", complete[1]}, []string{"DATABASE_URL_FILE"}},
		"callers unproved": {append(complete, "AUTH_MODE=jwks"), []string{"AUTH_ALGORITHM", "AUTH_ISSUER", "AUTH_AUDIENCE", "AUTH_JWKS_URL"}},
		"key is missing":   {append(complete, "AUTH_MODE=public-key", "AUTH_ALGORITHM=RS256", "AUTH_ISSUER=i", "AUTH_AUDIENCE=a", "AUTH_PUBLIC_KEY_FILE=/nowhere"), []string{"AUTH_PUBLIC_KEY_FILE"}},
		"numbers don't parse": {append(complete, "AUTH_LEEWAY=soon", "RATE_LIMIT_WRITES=few", "RATE_LIMIT_BURST=1.5"),
			[]string{"AUTH_LEEWAY", "RATE_LIMIT_WRITES", "RATE_LIMIT_BURST"}},
		"ports clash":       {append(complete, "PPROF_PORT=8000"), []string{"PPROF_PORT"}},
		"no batch":          {append(complete, "BATCH_MAX=0"), []string{"BATCH_MAX"}},
		"no event":          {append(complete, "PUBLISH_MAX=0"), []string{"PUBLISH_MAX"}},
		"too many events":   {append(complete, "PUBLISH_MAX=1001"), []string{"PUBLISH_MAX"}},
		"no connection":     {append(complete, "CONNECTIONS_MAX=0"), []string{"CONNECTIONS_MAX"}},
		"no consumer":       {append(complete, "CONSUMER_CONCURRENCY=0"), []string{"CONSUMER_CONCURRENCY"}},
		"no port":           {append(complete, "PPROF_PORT=-1"), []string{"PPROF_PORT"}},
		"both ways are set": {append(complete, "AMQP_URL_FILE=/nowhere"), []string{"AMQP_URL_FILE"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(c.environment...)
			if err == nil {
				t.Fatal("no error")
			}
			for _, variable := range c.want {
				if !strings.Contains(err.Error(), "- "+variable) {
					t.Errorf("%s is not named in: %v", variable, err)
				}
			}
			if got := strings.Count(err.Error(), "\n"); got != len(c.want) {
				t.Errorf("%d faults, want %d: %v", got, len(c.want), err)
			}
		})
	}
}

func TestFaultsDontTellPasswords(t *testing.T) {
	_, err := load("DATABASE_URL=postgres://user:hunter2@db:port/orders", "AMQP_URL=amqp://user:hunter2@broker:port/")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("err = %v", err)
	}
}
