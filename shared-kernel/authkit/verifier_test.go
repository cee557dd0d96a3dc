package authkit

import (
	"errors"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var (
	now   = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	quiet = slog.New(slog.DiscardHandler)
)

func clock() time.Time { return now }

// good returns the claims of a good token, changed; nil takes one away.
func good(changes ...jwt.MapClaims) jwt.MapClaims {
	claims := jwt.MapClaims{
		"iss": "https://issuer.example", "aud": "orders", "sub": "customer-1", "scope": "orders:read orders:write",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	for _, c := range changes {
		maps.Copy(claims, c)
	}
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return claims
}

func signed(t *testing.T, algorithm string, key any, claims jwt.Claims, header map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.GetSigningMethod(algorithm), claims)
	maps.Copy(token.Header, header)
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func withSecret(t *testing.T) *Verifier {
	t.Helper()
	v, err := NewVerifier(configOf(SharedSecret, "HS256"), clock, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEveryAlgorithmVerifies(t *testing.T) {
	for _, algorithm := range append(slices.Clone(asymmetric), algorithms[SharedSecret]...) {
		c, key := configOf(SharedSecret, algorithm), any([]byte(secret))
		if slices.Contains(asymmetric, algorithm) {
			signer := newSigner(algorithm)
			c, key = configOf(PublicKey, algorithm), signer
			c.AuthPublicKey = publicPEM(signer)
		}
		v, err := NewVerifier(c, clock, quiet)
		if err != nil {
			t.Fatal(err)
		}
		caller, err := v.Verify(t.Context(), signed(t, algorithm, key, good(), nil))
		if err != nil || caller.Subject != "customer-1" || !slices.Equal(caller.Scopes, []string{OrdersRead, OrdersWrite}) {
			t.Errorf("%s: %+v, %v", algorithm, caller, err)
		}
		if v.Run(t.Context()); v.Ready(t.Context()) != nil {
			t.Errorf("%s is not ready", algorithm)
		}
	}
}

func TestScopesHaveSeveralForms(t *testing.T) {
	v := withSecret(t)
	for name, c := range map[string]struct {
		claims jwt.MapClaims
		want   []string
	}{
		"none":                {jwt.MapClaims{"scope": nil}, nil},
		"empty":               {jwt.MapClaims{"scope": ""}, nil},
		"one":                 {jwt.MapClaims{"scope": "ops"}, []string{"ops"}},
		"array":               {jwt.MapClaims{"scope": []string{"ops", "orders:read"}}, []string{"ops", "orders:read"}},
		"scp array":           {jwt.MapClaims{"scope": nil, "scp": []string{"ops"}}, []string{"ops"}},
		"scp text":            {jwt.MapClaims{"scope": nil, "scp": "ops orders:read"}, []string{"ops", "orders:read"}},
		"scope before scp":    {jwt.MapClaims{"scope": "orders:read", "scp": []string{"ops"}}, []string{"orders:read"}},
		"names to the letter": {jwt.MapClaims{"scope": "orders:read", "SCOPE": "ops", "Scp": "ops"}, []string{"orders:read"}},
	} {
		caller, err := v.Verify(t.Context(), signed(t, "HS256", []byte(secret), good(c.claims), nil))
		if err != nil || !slices.Equal(caller.Scopes, c.want) {
			t.Errorf("%s: %q, %v; want %q", name, caller.Scopes, err, c.want)
		}
	}
}

func TestClocksMayDifferByTheLeeway(t *testing.T) {
	v := withSecret(t)
	for _, c := range []struct {
		claim string
		off   time.Duration // from now
		ok    bool
	}{
		{"exp", -29 * time.Second, true}, {"exp", -30 * time.Second, false},
		{"nbf", 30 * time.Second, true}, {"nbf", 31 * time.Second, false},
		{"iat", 30 * time.Second, true}, {"iat", 31 * time.Second, false},
	} {
		token := signed(t, "HS256", []byte(secret), good(jwt.MapClaims{c.claim: now.Add(c.off).Unix()}), nil)
		if _, err := v.Verify(t.Context(), token); (err == nil) != c.ok {
			t.Errorf("%s %s from now: %v", c.claim, c.off, err)
		}
	}
}

func TestCallerIsGoodForAsLongAsItsToken(t *testing.T) {
	v := withSecret(t)
	caller, err := v.Verify(t.Context(), signed(t, "HS256", []byte(secret), good(), nil))
	if want := now.Add(time.Hour + v.leeway).Truncate(time.Second); err != nil || !caller.Until.Equal(want) || v.leeway == 0 {
		t.Errorf("until %s, %v; want %s", caller.Until, err, want)
	}
}

func TestRefusalsSayWhy(t *testing.T) {
	v := withSecret(t)
	with := func(changes jwt.MapClaims) string { return signed(t, "HS256", []byte(secret), good(changes), nil) }
	for token, want := range map[string]string{
		"":                                            "the token is not a JSON Web Token",
		"a.b.c":                                       "the token is not a JSON Web Token",
		with(nil) + ".e":                              "the token is not a JSON Web Token",
		with(nil) + "A":                               "the signature of the token is wrong",
		with(jwt.MapClaims{"exp": 1}):                 "the token has expired",
		with(jwt.MapClaims{"exp": nil}):               "the token must have exp, iss, aud and sub",
		with(jwt.MapClaims{"exp": "x"}):               "the token has a claim of the wrong type",
		with(jwt.MapClaims{"nbf": 1e10}):              "the token is not valid yet",
		with(jwt.MapClaims{"iat": 1e10}):              "the token is from the future",
		with(jwt.MapClaims{"iss": "x"}):               "the token is from another issuer",
		with(jwt.MapClaims{"iss": nil}):               "the token must have exp, iss, aud and sub",
		with(jwt.MapClaims{"aud": "x"}):               "the token is for another audience",
		with(jwt.MapClaims{"aud": nil}):               "the token must have exp, iss, aud and sub",
		with(jwt.MapClaims{"sub": nil}):               "the sub of the token must not be empty",
		with(jwt.MapClaims{"sub": 5}):                 "the sub of the token must be a string",
		with(jwt.MapClaims{"sub": "a\n"}):             "the sub of the token must not contain control characters",
		with(jwt.MapClaims{"scope": 5}):               "the scope of the token must be a string or an array of strings",
		with(jwt.MapClaims{"scope": []any{"ops", 5}}): "the scope of the token must be a string or an array of strings",

		signed(t, "HS256", []byte("another secret of some length"), good(), nil):    "the signature of the token is wrong",
		signed(t, "HS384", []byte(secret), good(), nil):                             "the token must be signed with HS256",
		signed(t, "none", jwt.UnsafeAllowNoneSignatureType, good(), nil):            "the token must be signed with HS256",
		signed(t, "HS256", []byte(secret), good(), map[string]any{"alg": "nOnE"}):   "the token must be signed with HS256",
		signed(t, "HS256", []byte(secret), good(), map[string]any{"crit": []any{}}): "the token has extensions that are not understood here",
	} {
		caller, err := v.Verify(t.Context(), token)
		var refusal Refusal
		if !errors.As(err, &refusal) || refusal.Error() != want {
			t.Errorf("%s: %v, want %s", token, err, want)
		}
		if caller.Subject != "" || caller.Scopes != nil {
			t.Errorf("%s: refused, but is %+v", token, caller)
		}
	}
}

func TestOffHasNoVerifier(t *testing.T) {
	if v, err := NewVerifier(Config{AuthMode: Off}, clock, quiet); v != nil || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	if _, err := NewVerifier(Config{AuthMode: PublicKey, AuthAlgorithm: "RS256"}, clock, quiet); err == nil {
		t.Error("a verifier without a key")
	}
}
