package v1

import (
	"time"

	"dbaccess/credentials"
	"dbaccess/internal/tokens"
)

// This file is the only one of the package in which a secret is read: a token, for
// whom it was just made.

// issued shows a new token, once.
func issued(secret credentials.Secret, t tokens.Token, now time.Time) IssuedToken {
	return IssuedToken{
		AccessToken: secret.Reveal(), IssuedTokenType: TypeAccessToken, TokenType: "Bearer",
		ExpiresIn: int64(t.Expires.Sub(now) / time.Second), ID: t.ID,
		Principal: t.Principal, For: t.For, Audience: string(t.Audience), Expires: t.Expires,
	}
}
