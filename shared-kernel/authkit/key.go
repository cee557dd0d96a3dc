package authkit

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// algorithms are those that fit a mode. A public key never meets an algorithm
// that would take it for a secret, and "none" fits nothing.
var algorithms = map[Mode][]string{
	SharedSecret: {"HS256", "HS384", "HS512"},
	PublicKey:    asymmetric,
	JWKS:         asymmetric,
}

var asymmetric = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// minRSABits is the least that RFC 7518, section 3.3, allows.
const minRSABits = 2048

// fixedKey returns the key that the configuration holds, if it fits the algorithm.
func (c Config) fixedKey() (any, error) {
	if c.AuthMode == SharedSecret {
		return secretKey(c.AuthSharedSecret, jwt.GetSigningMethod(c.AuthAlgorithm))
	}
	key, err := parsePublicKey(c.AuthPublicKey)
	if err != nil {
		return nil, err
	}
	return key, fits(key, jwt.GetSigningMethod(c.AuthAlgorithm))
}

// secretKey: as long as the hash at least (RFC 7518, section 3.2).
func secretKey(secret string, method jwt.SigningMethod) (any, error) {
	if least := method.(*jwt.SigningMethodHMAC).Hash.Size(); len(secret) < least {
		return nil, fmt.Errorf("must have at least %d bytes for %s, not %d", least, method.Alg(), len(secret))
	}
	return []byte(secret), nil
}

func parsePublicKey(text string) (any, error) {
	block, _ := pem.Decode([]byte(text))
	switch {
	case block == nil:
		return nil, errors.New("must be a public key in PEM")
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, errors.New("must be the public key, not the private one")
	case block.Type == "CERTIFICATE":
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("holds a certificate that can't be read")
		}
		return certificate.PublicKey, nil
	case block.Type == "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	}
	return x509.ParsePKIXPublicKey(block.Bytes)
}

// fits returns an error when tokens that are signed by the method can't be
// checked with the key.
func fits(key any, method jwt.SigningMethod) error {
	var needed string
	switch m := method.(type) {
	case *jwt.SigningMethodRSA, *jwt.SigningMethodRSAPSS:
		if k, ok := key.(*rsa.PublicKey); ok && k.N.BitLen() >= minRSABits {
			return nil
		}
		needed = fmt.Sprintf("an RSA key of %d bits or more", minRSABits)
	case *jwt.SigningMethodECDSA:
		if k, ok := key.(*ecdsa.PublicKey); ok && k.Curve.Params().BitSize == m.CurveBits {
			return nil
		}
		needed = fmt.Sprintf("a key on the curve P-%d", m.CurveBits)
	default:
		if _, ok := key.(ed25519.PublicKey); ok {
			return nil
		}
		needed = "an Ed25519 key"
	}
	return fmt.Errorf("must be %s for %s", needed, method.Alg())
}
