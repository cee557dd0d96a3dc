// Package authkit finds out who makes a request, from a JSON Web Token, and
// whether that token allows it. It knows no service: each says at its routes
// what they need.
package authkit

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"orders.internal/shared-kernel/httpkit"
)

// Verifier tells good tokens from others.
type Verifier struct {
	algorithm string
	leeway    time.Duration
	parser    *jwt.Parser
	key       func(context.Context, *jwt.Token) (any, error)
	set       *keySet // nil when the key is fixed
}

// NewVerifier returns a verifier, or nil when authentication is off. With a
// JWKS URL it answers nothing until Run has read the keys.
func NewVerifier(c Config, now func() time.Time, log *slog.Logger) (*Verifier, error) {
	if !c.On() {
		return nil, nil
	}
	v := &Verifier{
		algorithm: c.AuthAlgorithm, leeway: c.AuthLeeway,
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{c.AuthAlgorithm}), jwt.WithStrictDecoding(),
			jwt.WithIssuer(c.AuthIssuer), jwt.WithAudience(c.AuthAudience),
			jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(c.AuthLeeway), jwt.WithTimeFunc(now),
		),
	}
	if c.AuthMode == JWKS {
		v.set = newKeySet(c.AuthJWKSURL, now, log)
		v.key = v.set.key
		return v, nil
	}
	fixed, err := c.fixedKey()
	if err != nil {
		return nil, fmt.Errorf("%s %w", c.keyVariable(), err)
	}
	v.key = func(context.Context, *jwt.Token) (any, error) { return fixed, nil }
	return v, nil
}

// Run keeps the issuer's keys up to date until ctx ends. It does nothing when
// the key is fixed.
func (v *Verifier) Run(ctx context.Context) {
	if v.set != nil {
		v.set.run(ctx)
	}
}

// Ready returns an errs.Unavailable error while there is no key yet to check a
// token with.
func (v *Verifier) Ready(context.Context) error {
	if v.set == nil {
		return nil
	}
	return v.set.ready()
}

// Verify returns whom a token speaks for. Its error is a Refusal, or
// errs.Unavailable while the issuer's keys can't be read.
func (v *Verifier) Verify(ctx context.Context, token string) (httpkit.Caller, error) {
	claims := jwt.MapClaims{} // and no struct: that would take "SCOPE" for "scope"
	parsed, err := v.parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		if _, there := t.Header["crit"]; there {
			return nil, Refusal("the token has extensions that are not understood here") // RFC 7515, section 4.1.11
		}
		return v.key(ctx, t)
	})
	if err != nil {
		return httpkit.Caller{}, v.explain(parsed, err)
	}
	return callerOf(claims, v.leeway)
}
