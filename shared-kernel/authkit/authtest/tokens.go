// Package authtest makes tokens, good and bad, and holds a service's routes
// against a table of who may call them.
package authtest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"orders.internal/shared-kernel/authkit"
)

// Customer is the subject of the tokens, unless another one is asked for.
const Customer = "customer-1"

const (
	issuer   = "https://issuer.example"
	audience = "orders"
	lifetime = time.Hour
)

// Now is the time at which the tests happen.
var Now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func clock() time.Time { return Now }

// newKey is slow, so each test binary makes two: the issuer's, and that of
// somebody who would like to be the issuer.
func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // the random source never fails
	}
	return key
}

var (
	issuersKey  = sync.OnceValue(newKey)
	strangerKey = sync.OnceValue(newKey)
)

// publicKey is the issuer's, in PEM.
func publicKey(t *testing.T) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(issuersKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// Verifier returns one that takes the tokens of this package.
func Verifier(t *testing.T) *authkit.Verifier {
	t.Helper()
	v, err := authkit.NewVerifier(authkit.Config{
		AuthMode: authkit.PublicKey, AuthAlgorithm: "RS256", AuthIssuer: issuer, AuthAudience: audience,
		AuthPublicKey: publicKey(t),
	}, clock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Token returns a good token of the subject.
func Token(t *testing.T, subject string, scopes ...string) string {
	t.Helper()
	return sign(t, jwt.SigningMethodRS256, issuersKey(), claims(subject, scopes))
}

// badTokens returns tokens that are like a good one but for one thing, each, by
// what that is.
func badTokens(t *testing.T, subject string, scopes []string) map[string]string {
	t.Helper()
	with := func(name string, value any) string {
		changed := claims(subject, scopes)
		changed[name] = value
		return sign(t, jwt.SigningMethodRS256, issuersKey(), changed)
	}
	good := claims(subject, scopes)
	return map[string]string{
		"expired":                   with("exp", Now.Add(-lifetime).Unix()),
		"without an end":            with("exp", nil),
		"not valid yet":             with("nbf", Now.Add(lifetime).Unix()),
		"wrong issuer":              with("iss", "https://other.example"),
		"wrong audience":            with("aud", "elsewhere"),
		"without a subject":         with("sub", ""),
		"wrong key":                 sign(t, jwt.SigningMethodRS256, strangerKey(), good),
		"other algorithm":           sign(t, jwt.SigningMethodRS512, issuersKey(), good),
		"alg none":                  sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good),
		"public key used as secret": sign(t, jwt.SigningMethodHS256, []byte(publicKey(t)), good),
		"no token at all":           "nonsense",
	}
}

func claims(subject string, scopes []string) jwt.MapClaims {
	return jwt.MapClaims{
		"iss": issuer, "aud": audience, "sub": subject, "scope": strings.Join(scopes, " "),
		"iat": Now.Unix(), "exp": Now.Add(lifetime).Unix(),
	}
}

func sign(t *testing.T, method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
	t.Helper()
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}
