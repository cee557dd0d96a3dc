package authkit

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Mode says what tokens are checked with.
type Mode string

// The modes. While it is off, everybody may do everything.
const (
	Off          Mode = "off"
	JWKS         Mode = "jwks"          // the keys that an issuer publishes (RFC 7517)
	PublicKey    Mode = "public-key"    // one key, of which the issuer has the private half
	SharedSecret Mode = "shared-secret" // one secret, which the issuer has too
)

// maxLeeway keeps a mistyped leeway from making tokens last for ever.
const maxLeeway = 5 * time.Minute

// Config says how callers prove who they are. The zero value is off.
type Config struct {
	AuthMode         Mode          `env:"AUTH_MODE" envDefault:"off"`
	AuthAlgorithm    string        `env:"AUTH_ALGORITHM"` // the only one that is accepted: RFC 7518, section 3.1
	AuthIssuer       string        `env:"AUTH_ISSUER"`    // what iss must be
	AuthAudience     string        `env:"AUTH_AUDIENCE"`  // what aud must contain
	AuthLeeway       time.Duration `env:"AUTH_LEEWAY" envDefault:"30s"`
	AuthJWKSURL      string        `env:"AUTH_JWKS_URL"`
	AuthPublicKey    string        `env:"AUTH_PUBLIC_KEY"` // PEM: a public key or a certificate
	AuthSharedSecret string        `env:"AUTH_SHARED_SECRET"`
}

// On reports whether callers have to prove who they are.
func (c Config) On() bool { return c.AuthMode != Off && c.AuthMode != "" }

// Faults returns what is wrong with the values, one text for each variable.
func (c Config) Faults() []string {
	if !c.On() {
		return nil
	}
	var faults []string
	add := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }

	allowed, known := algorithms[c.AuthMode]
	if !known {
		add("AUTH_MODE: must be %s, %s, %s or %s, not %q", Off, JWKS, PublicKey, SharedSecret, c.AuthMode)
		return faults
	}
	algorithmFits := slices.Contains(allowed, c.AuthAlgorithm)
	if !algorithmFits {
		add("AUTH_ALGORITHM: must be one of %s with AUTH_MODE %s, not %q", strings.Join(allowed, ", "), c.AuthMode, c.AuthAlgorithm)
	}
	if c.AuthIssuer == "" {
		add("AUTH_ISSUER: must be set with AUTH_MODE %s", c.AuthMode)
	}
	if c.AuthAudience == "" {
		add("AUTH_AUDIENCE: must be set with AUTH_MODE %s", c.AuthMode)
	}
	if c.AuthLeeway < 0 || c.AuthLeeway > maxLeeway {
		add("AUTH_LEEWAY: must be from 0 to %s, not %s", maxLeeway, c.AuthLeeway)
	}
	if c.AuthMode == JWKS {
		if fault := urlFault(c.AuthJWKSURL); fault != "" {
			add("AUTH_JWKS_URL: %s", fault)
		}
	} else if algorithmFits {
		if _, err := c.fixedKey(); err != nil {
			add("%s: %v", c.keyVariable(), err)
		}
	}
	return faults
}

func (c Config) keyVariable() string {
	if c.AuthMode == SharedSecret {
		return "AUTH_SHARED_SECRET"
	}
	return "AUTH_PUBLIC_KEY"
}

func urlFault(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "must be an http or https URL"
	}
	return ""
}
