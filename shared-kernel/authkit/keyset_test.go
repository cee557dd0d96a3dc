package authkit

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"orders.internal/shared-kernel/errs"
)

// issuer publishes keys, or is away.
type issuer struct {
	*httptest.Server
	keys atomic.Pointer[[]byte] // nil: it answers 500
	read atomic.Int32           // how often it was asked
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		i.read.Add(1)
		keys := i.keys.Load()
		if keys == nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(*keys) // fails only when nobody reads it
	}))
	t.Cleanup(i.Close)
	return i
}

// publish makes these the issuer's keys, by their ids.
func (i *issuer) publish(t *testing.T, keys map[string]any, use jwkset.USE) {
	t.Helper()
	var set jwkset.JWKSMarshal
	for id, key := range keys {
		jwk, err := jwkset.NewJWKFromKey(key, jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: id, USE: use}})
		if err != nil {
			t.Fatal(err)
		}
		set.Keys = append(set.Keys, jwk.Marshal())
	}
	content, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	i.keys.Store(&content)
}

type keySetTest struct {
	*issuer
	*Verifier
	clock atomic.Int64  // seconds after now
	tries chan struct{} // gets one for each time that the set was read in the background
}

// setupKeySet returns a verifier that reads the issuer's keys as soon as run is called.
func setupKeySet(t *testing.T) *keySetTest {
	f := &keySetTest{issuer: newIssuer(t), tries: make(chan struct{})}
	c := configOf(JWKS, "ES256")
	c.AuthJWKSURL = f.URL
	v, err := NewVerifier(c, func() time.Time { return now.Add(time.Duration(f.clock.Load()) * time.Second) }, quiet)
	if err != nil {
		t.Fatal(err)
	}
	f.Verifier = v
	v.set.firstRetry = time.Millisecond
	v.set.refreshed = func() {
		select {
		case f.tries <- struct{}{}:
		case <-t.Context().Done():
		}
	}
	return f
}

func (f *keySetTest) start(t *testing.T) {
	t.Helper()
	go f.Run(t.Context())
	<-f.tries
}

func (f *keySetTest) wantRefused(t *testing.T, token, why string) {
	t.Helper()
	_, err := f.Verify(t.Context(), token)
	var refusal Refusal
	if !errors.As(err, &refusal) || refusal.Error() != why {
		t.Errorf("error is %v, want %s", err, why)
	}
}

func (f *keySetTest) wantAccepted(t *testing.T, token string) {
	t.Helper()
	if caller, err := f.Verify(t.Context(), token); err != nil || caller.Subject != "customer-1" {
		t.Errorf("%+v, %v", caller, err)
	}
}

func (f *keySetTest) wantUnavailable(t *testing.T, token string) {
	t.Helper()
	if _, err := f.Verify(t.Context(), token); !errs.Is(err, errs.Unavailable) {
		t.Errorf("error is %v, want errs.Unavailable", err)
	}
}

func named(t *testing.T, id string, key any) string {
	return signed(t, "ES256", key, good(), map[string]any{"kid": id})
}

const unknownKey = "the token is signed with a key that is not known here"

func TestIssuerMayBeAwayAtTheStart(t *testing.T) {
	f, key := setupKeySet(t), newSigner("ES256")
	token := named(t, "k", key)
	f.wantUnavailable(t, token)
	f.start(t)
	f.wantUnavailable(t, token)
	if err := f.Ready(t.Context()); !errs.Is(err, errs.Unavailable) {
		t.Errorf("ready: %v", err)
	}

	f.publish(t, map[string]any{"k": key}, "")
	for f.Ready(t.Context()) != nil {
		<-f.tries
	}
	f.wantAccepted(t, token)
}

func TestKeyIsFoundByItsIDOrAmongAll(t *testing.T) {
	f, key := setupKeySet(t), newSigner("ES256")
	f.publish(t, map[string]any{"other": newSigner("ES256"), "k": key, "rsa": rsaKey()}, jwkset.UseSig)
	f.start(t)
	f.wantAccepted(t, named(t, "k", key))
	f.wantAccepted(t, signed(t, "ES256", key, good(), nil))
	f.wantRefused(t, named(t, "other", key), "the signature of the token is wrong")
	f.wantRefused(t, named(t, "rsa", key), "the signature of the token is wrong")
	f.wantRefused(t, signed(t, "ES256", newSigner("ES256"), good(), nil), "the signature of the token is wrong")
	f.wantRefused(t, signed(t, "ES256", key, good(), map[string]any{"kid": 5}), "no key here fits the token")
	f.wantRefused(t, signed(t, "RS256", rsaKey(), good(), map[string]any{"kid": "rsa"}), "the token must be signed with ES256")
	f.wantRefused(t, signed(t, "none", jwt.UnsafeAllowNoneSignatureType, good(), map[string]any{"kid": "k"}), "the token must be signed with ES256")
}

func TestKeyForEncryptionSignsNothing(t *testing.T) {
	f, key := setupKeySet(t), newSigner("ES256")
	f.publish(t, map[string]any{"k": key}, jwkset.UseEnc)
	f.start(t)
	f.wantRefused(t, named(t, "k", key), "no key here fits the token")
}

func TestNewKeyIsReadWhenItIsMet(t *testing.T) {
	f, first, second := setupKeySet(t), newSigner("ES256"), newSigner("ES256")
	f.publish(t, map[string]any{"1": first}, "")
	f.start(t)
	f.publish(t, map[string]any{"2": second}, "")
	f.wantAccepted(t, named(t, "1", first)) // the set was not read since
	f.wantAccepted(t, named(t, "2", second))
	f.wantRefused(t, named(t, "1", first), unknownKey) // gone from the set

	if f.wantRefused(t, named(t, "3", first), unknownKey); f.read.Load() != 2 {
		t.Errorf("the set was read %d times, though unknown keys may make it so once in %s", f.read.Load(), unknownEvery)
	}
	f.clock.Store(int64(unknownEvery / time.Second))
	if f.wantRefused(t, named(t, "3", first), unknownKey); f.read.Load() != 3 {
		t.Errorf("the set was read %d times", f.read.Load())
	}
}

func TestNobodyIsRefusedForTheIssuersOutage(t *testing.T) {
	f, key := setupKeySet(t), newSigner("ES256")
	f.publish(t, map[string]any{"k": key}, "")
	f.start(t)
	f.keys.Store(nil)
	f.wantUnavailable(t, named(t, "new", key))
	f.wantUnavailable(t, named(t, "new", key)) // not asked again so soon
	f.wantAccepted(t, named(t, "k", key))      // what was read once stays good
}
