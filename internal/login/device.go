package login

import (
	"context"
	"fmt"

	"golang.org/x/oauth2"

	"dbaccess/credentials"
	"dbaccess/internal/fault"
)

// Device signs the person in through a browser on another device (RFC 8628) and
// returns the identity token.
func (f Flow) Device(ctx context.Context) (credentials.Secret, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ctx, s, err := f.find(ctx)
	if err != nil {
		return credentials.Secret{}, err
	}
	if s.oauth.Endpoint.DeviceAuthURL == "" {
		return credentials.Secret{}, fault.New(fault.Invalid, "The issuer "+f.Issuer.Name+" has no sign-in for other devices.",
			"Sign in without --device, on a machine with a browser.")
	}
	// The challenge binds the device's code to this process (RFC 7636), for issuers
	// that look at it here; others ignore it.
	proof := oauth2.GenerateVerifier()
	answer, err := s.oauth.DeviceAuth(ctx, oauth2.S256ChallengeOption(proof))
	if err != nil {
		return credentials.Secret{}, f.refused(err)
	}
	at := answer.VerificationURIComplete
	if at == "" {
		at = answer.VerificationURI
	}
	if !safe(at) {
		return credentials.Secret{}, fault.New(fault.Invalid, "The issuer "+f.Issuer.Name+" names an address that is not https.", "Tell whoever runs it.")
	}
	fmt.Fprintf(f.Out, "Open %s\non any device, and make sure that it shows this code: %s\n", clean(at), clean(answer.UserCode))
	token, err := s.oauth.DeviceAccessToken(ctx, answer, oauth2.VerifierOption(proof))
	if err != nil {
		return credentials.Secret{}, f.refused(err)
	}
	return f.identity(ctx, s, token, "")
}
