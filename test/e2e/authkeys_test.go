package e2e

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"orders.internal/shared-kernel/contracts"
)

// firstList is a path of each service that takes a token with the scope ops.
var firstList = map[string]string{
	orders: "/api/orders", inventory: "/api/products", payments: "/api/payments", notifications: "/api/notifications",
}

// expectAt asks a service's replica with a token.
func expectAt(t *testing.T, replica, service, who string, status int, token string) {
	t.Helper()
	a := call(t, http.MethodGet, replica, firstList[service], "", "Authorization", "Bearer "+token)
	if a.Status != status {
		t.Errorf("%s, %s: %d %s, want %d", service, who, a.Status, a.Body, status)
	}
}

// operatorsToken makes a token for an operator.
func operatorsToken(t *testing.T, header string, sign func(text []byte) ([]byte, error)) string {
	t.Helper()
	text := unsigned(t, header, "operator", time.Now().Add(time.Hour), "ops")
	signature, err := sign([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// signer is a key of an issuer.
type signer struct {
	*rsa.PrivateKey
	id string
}

func newSigner(t *testing.T, id string) signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, id}
}

// token is signed with RS256 (RFC 7518, section 3.3).
func (s signer) token(t *testing.T) string {
	t.Helper()
	return operatorsToken(t, `{"alg":"RS256","typ":"JWT","kid":"`+s.id+`"}`, func(text []byte) ([]byte, error) {
		sum := sha256.Sum256(text)
		return rsa.SignPKCS1v15(rand.Reader, s.PrivateKey, crypto.SHA256, sum[:])
	})
}

// published is the key as a set (RFC 7517, appendix A.1).
func (s signer) published(t *testing.T) []byte {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	set, err := json.Marshal(map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": s.id,
		"n": encode(s.N.Bytes()), "e": encode(big.NewInt(int64(s.E)).Bytes()),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// The services learn of an issuer's new key by the first token that was signed with it.
func TestKeysOfAnIssuerAreTakenFromItsSet(t *testing.T) {
	first, second, wrong := newSigner(t, "key-1"), newSigner(t, "key-2"), newSigner(t, "key-1")
	var set atomic.Value
	set.Store(first.published(t))
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/jwk-set+json")
		_, _ = w.Write(set.Load().([]byte)) // whoever asks would notice
	}))
	defer issuer.Close()
	replicas := map[string]string{}
	for _, service := range contracts.Services {
		replicas[service] = addReplica(t, service, "AUTH_MODE=jwks", "AUTH_ALGORITHM=RS256", "AUTH_JWKS_URL="+issuer.URL,
			"AUTH_ISSUER="+tokenIssuer, "AUTH_AUDIENCE="+tokenAudience)
		expectAt(t, replicas[service], service, "the issuer's key", http.StatusOK, first.token(t))
		expectAt(t, replicas[service], service, "a wrong key", http.StatusUnauthorized, wrong.token(t))
	}
	set.Store(second.published(t))
	for service, replica := range replicas {
		expectAt(t, replica, service, "the issuer's new key", http.StatusOK, second.token(t))
		expectAt(t, replica, service, "its old one", http.StatusUnauthorized, first.token(t))
		expectAt(t, replica, service, "a wrong key", http.StatusUnauthorized, wrong.token(t))
	}
}

func TestKeyOfAnIssuerIsTakenFromAFile(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, wrong, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	file, text := filepath.Join(t.TempDir(), "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	signedBy := func(key ed25519.PrivateKey) string { // RFC 8037, section 3.1
		return operatorsToken(t, `{"alg":"EdDSA","typ":"JWT"}`, func(text []byte) ([]byte, error) { return ed25519.Sign(key, text), nil })
	}
	asSecret := operatorsToken(t, `{"alg":"HS256","typ":"JWT"}`, func(signed []byte) ([]byte, error) {
		mac := hmac.New(sha256.New, text)
		mac.Write(signed) // never fails
		return mac.Sum(nil), nil
	})
	for _, service := range contracts.Services {
		replica := addReplica(t, service, "AUTH_MODE=public-key", "AUTH_ALGORITHM=EdDSA", "AUTH_PUBLIC_KEY_FILE="+file,
			"AUTH_ISSUER="+tokenIssuer, "AUTH_AUDIENCE="+tokenAudience)
		expectAt(t, replica, service, "the issuer's key", http.StatusOK, signedBy(private))
		expectAt(t, replica, service, "a wrong key", http.StatusUnauthorized, signedBy(wrong))
		expectAt(t, replica, service, "the public key as a secret", http.StatusUnauthorized, asSecret)
	}
}
