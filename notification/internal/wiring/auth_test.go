package wiring

import (
	"strings"
	"testing"

	"go.uber.org/fx"
)

func TestModuleIsCompleteWithAuthentication(t *testing.T) {
	c, err := Load([]string{
		"DATABASE_URL=postgres://db/notification", "AMQP_URL=amqp://broker", "RATE_LIMIT_WRITES=5", "AUTH_MODE=jwks",
		"AUTH_ALGORITHM=RS256", "AUTH_ISSUER=issuer", "AUTH_AUDIENCE=orders", "AUTH_JWKS_URL=https://issuer/keys",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := fx.ValidateApp(Module(c)); err != nil {
		t.Fatal(err)
	}
}

func TestFaultsOfAuthenticationAreNamed(t *testing.T) {
	_, err := Load([]string{
		"DATABASE_URL=postgres://db/notification", "AMQP_URL=amqp://broker", "RATE_LIMIT_WRITES=-1", "AUTH_MODE=jwks", "AUTH_LEEWAY=soon",
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"RATE_LIMIT_WRITES", "AUTH_LEEWAY", "AUTH_ALGORITHM", "AUTH_ISSUER", "AUTH_AUDIENCE", "AUTH_JWKS_URL"} {
		if !strings.Contains(err.Error(), "- "+name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
}
