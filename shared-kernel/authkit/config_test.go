package authkit

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// newSigner makes a private key for an asymmetric algorithm.
func newSigner(algorithm string) crypto.Signer {
	switch algorithm {
	case "ES256":
		return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	case "ES384":
		return must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	case "ES512":
		return must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))
	case "EdDSA":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return must(key, err)
	}
	return rsaKey()
}

func toPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func publicPEM(key crypto.Signer) string {
	return toPEM("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(key.Public())))
}

const secret = "a secret of sixty-four bytes, which is as many as HS512 asks for"

// configOf returns a complete configuration.
func configOf(mode Mode, algorithm string) Config {
	c := Config{
		AuthMode: mode, AuthAlgorithm: algorithm, AuthIssuer: "https://issuer.example", AuthAudience: "orders",
		AuthLeeway: 30 * time.Second,
	}
	switch mode {
	case SharedSecret:
		c.AuthSharedSecret = secret
	case PublicKey:
		c.AuthPublicKey = publicPEM(newSigner(algorithm))
	case JWKS:
		c.AuthJWKSURL = "https://issuer.example/keys"
	}
	return c
}

func TestEveryAlgorithmFitsItsModesAlone(t *testing.T) {
	for _, algorithm := range append(jwt.GetAlgorithms(), "", "None", "hs256", "RS1") {
		for mode, allowed := range map[Mode]bool{
			SharedSecret: strings.HasPrefix(algorithm, "HS"),
			PublicKey:    len(algorithm) == 5 && !strings.HasPrefix(algorithm, "HS") && algorithm != "hs256",
			JWKS:         len(algorithm) == 5 && !strings.HasPrefix(algorithm, "HS") && algorithm != "hs256",
		} {
			faults := configOf(mode, algorithm).Faults()
			if allowed != (len(faults) == 0) || !allowed && !strings.HasPrefix(faults[0], "AUTH_ALGORITHM: ") {
				t.Errorf("%s with %q: faults %q", mode, algorithm, faults)
			}
		}
	}
}

func TestOffNeedsNothing(t *testing.T) {
	for _, c := range []Config{{}, {AuthMode: Off}, {AuthMode: Off, AuthAlgorithm: "none", AuthLeeway: -1}} {
		if faults := c.Faults(); c.On() || len(faults) > 0 {
			t.Errorf("%+v is on: %t, faults %q", c, c.On(), faults)
		}
	}
}

func TestFaultsOfTheConfiguration(t *testing.T) {
	weak := must(rsa.GenerateKey(rand.Reader, 1024))
	for name, c := range map[string]struct {
		mode      Mode
		algorithm string
		change    func(*Config)
		faults    []string
	}{
		"unknown mode":           {"jwt", "", func(*Config) {}, []string{"AUTH_MODE: must be off, jwks, public-key or shared-secret"}},
		"nothing but the mode":   {JWKS, "", func(c *Config) { *c = Config{AuthMode: JWKS} }, []string{"AUTH_ALGORITHM:", "AUTH_ISSUER:", "AUTH_AUDIENCE:", "AUTH_JWKS_URL:"}},
		"odd leeway":             {JWKS, "RS256", func(c *Config) { c.AuthLeeway = time.Hour }, []string{"AUTH_LEEWAY: must be from 0 to 5m0s"}},
		"negative leeway":        {JWKS, "RS256", func(c *Config) { c.AuthLeeway = -1 }, []string{"AUTH_LEEWAY:"}},
		"no web address":         {JWKS, "RS256", func(c *Config) { c.AuthJWKSURL = "file:///keys" }, []string{"AUTH_JWKS_URL: must be an http"}},
		"no key":                 {PublicKey, "RS256", func(c *Config) { c.AuthPublicKey = "" }, []string{"AUTH_PUBLIC_KEY: must be a public key in PEM"}},
		"key of another kind":    {PublicKey, "RS256", func(c *Config) { c.AuthPublicKey = publicPEM(newSigner("ES256")) }, []string{"AUTH_PUBLIC_KEY: must be an RSA key of 2048 bits or more for RS256"}},
		"weak key":               {PublicKey, "PS256", func(c *Config) { c.AuthPublicKey = publicPEM(weak) }, []string{"AUTH_PUBLIC_KEY: must be an RSA key of 2048 bits"}},
		"key on another curve":   {PublicKey, "ES256", func(c *Config) { c.AuthPublicKey = publicPEM(newSigner("ES384")) }, []string{"AUTH_PUBLIC_KEY: must be a key on the curve P-256"}},
		"no Ed25519 key":         {PublicKey, "EdDSA", func(c *Config) { c.AuthPublicKey = publicPEM(rsaKey()) }, []string{"AUTH_PUBLIC_KEY: must be an Ed25519 key"}},
		"private key":            {PublicKey, "RS256", func(c *Config) { c.AuthPublicKey = toPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey())) }, []string{"AUTH_PUBLIC_KEY: must be the public key"}},
		"certificate of nothing": {PublicKey, "RS256", func(c *Config) { c.AuthPublicKey = toPEM("CERTIFICATE", []byte("x")) }, []string{"AUTH_PUBLIC_KEY: holds a certificate"}},
		"key of nothing":         {PublicKey, "RS256", func(c *Config) { c.AuthPublicKey = toPEM("PUBLIC KEY", []byte("x")) }, []string{"AUTH_PUBLIC_KEY: "}},
		"short secret":           {SharedSecret, "HS256", func(c *Config) { c.AuthSharedSecret = secret[:31] }, []string{"AUTH_SHARED_SECRET: must have at least 32 bytes for HS256, not 31"}},
		"shorter than the hash":  {SharedSecret, "HS512", func(c *Config) { c.AuthSharedSecret = secret[:63] }, []string{"AUTH_SHARED_SECRET: must have at least 64 bytes for HS512"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := configOf(c.mode, c.algorithm)
			c.change(&config)
			got := config.Faults()
			if len(got) != len(c.faults) {
				t.Fatalf("faults are %q", got)
			}
			for i, want := range c.faults {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("fault %q, want %q", got[i], want)
				}
			}
			if strings.Contains(strings.Join(got, ""), secret[:20]) {
				t.Errorf("the faults tell the secret: %q", got)
			}
		})
	}
}

func TestPublicKeyMayHaveOtherFormats(t *testing.T) {
	certificate := &x509.Certificate{SerialNumber: must(rand.Int(rand.Reader, rsaKey().N))}
	der := must(x509.CreateCertificate(rand.Reader, certificate, certificate, rsaKey().Public(), rsaKey()))
	for name, text := range map[string]string{
		"PKCS #1":     toPEM("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey().PublicKey)),
		"certificate": toPEM("CERTIFICATE", der),
	} {
		c := configOf(PublicKey, "RS256")
		c.AuthPublicKey = text
		if faults := c.Faults(); len(faults) > 0 {
			t.Errorf("%s: %q", name, faults)
		}
	}
}
