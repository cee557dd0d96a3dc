package authkit

import (
	"errors"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

// Refusal says to its sender why a token is not accepted. It is printable ASCII
// without quotes, so that it fits into a header.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// refusals are tried from top to bottom. What a token claims is looked at only
// when its signature is good, so they tell nothing to anybody else.
var refusals = []struct {
	cause error
	text  Refusal
}{
	{jwkset.ErrKeyNotFound, "the token is signed with a key that is not known here"},
	{jwt.ErrTokenUnverifiable, "no key here fits the token"},
	{jwt.ErrTokenSignatureInvalid, "the signature of the token is wrong"},
	{jwt.ErrTokenExpired, "the token has expired"},
	{jwt.ErrTokenNotValidYet, "the token is not valid yet"},
	{jwt.ErrTokenUsedBeforeIssued, "the token is from the future"},
	{jwt.ErrTokenInvalidIssuer, "the token is from another issuer"},
	{jwt.ErrTokenInvalidAudience, "the token is for another audience"},
	{jwt.ErrTokenRequiredClaimMissing, "the token must have exp, iss, aud and sub"},
}

// explain turns the parser's error into the caller's.
func (v *Verifier) explain(token *jwt.Token, err error) error {
	var own Refusal
	switch {
	case errors.Is(err, errKeysUnknown):
		return errKeysUnknown
	case errors.As(err, &own):
		return own
	case errors.Is(err, jwt.ErrTokenMalformed):
		return Refusal("the token is not a JSON Web Token")
	case token.Header["alg"] != v.algorithm:
		return Refusal("the token must be signed with " + v.algorithm)
	}
	for _, r := range refusals {
		if errors.Is(err, r.cause) {
			return r.text
		}
	}
	return Refusal("the token has a claim of the wrong type")
}
