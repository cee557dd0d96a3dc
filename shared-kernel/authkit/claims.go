package authkit

import (
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/httpkit"
)

// callerOf reads a good token's claims. The subject of a customer's token is the
// customer's id, so it keeps the rules for ids. A token is good for the leeway
// longer than it says.
func callerOf(claims jwt.MapClaims, leeway time.Duration) (httpkit.Caller, error) {
	subject, err := claims.GetSubject()
	if err != nil {
		return httpkit.Caller{}, Refusal("the sub of the token must be a string")
	}
	if problem := contracts.CheckID(subject); problem != "" {
		return httpkit.Caller{}, Refusal("the sub of the token " + problem)
	}
	scopes, ok := scopesOf(claims)
	if !ok {
		return httpkit.Caller{}, Refusal("the scope of the token must be a string or an array of strings")
	}
	expires, err := claims.GetExpirationTime()
	if err != nil || expires == nil {
		return httpkit.Caller{}, Refusal("the token must have exp") // it was checked for that
	}
	return httpkit.Caller{Subject: subject, Scopes: scopes, Until: expires.Add(leeway)}, nil
}

// scopesOf reads scope (RFC 8693, section 4.2: names with spaces between), or
// scp, as some issuers call it, an array. Each may have either form.
func scopesOf(claims jwt.MapClaims) ([]string, bool) {
	value, there := claims["scope"]
	if !there {
		value, there = claims["scp"]
	}
	if !there {
		return nil, true
	}
	switch value := value.(type) {
	case string:
		return strings.Fields(value), true
	case []any:
		scopes := make([]string, len(value))
		for i, v := range value {
			scope, ok := v.(string)
			if !ok {
				return nil, false
			}
			scopes[i] = scope
		}
		return scopes, true
	}
	return nil, false
}
