package login

import (
	"bytes"
	"testing"

	"dbaccess/internal/devstack/vaulttest"
	"dbaccess/internal/fault"
)

func atVault(p vaulttest.Person) Flow {
	return Flow{Issuer: Issuer{Name: "corp", URL: p.Issuer, ClientID: p.ClientID, Scopes: []string{p.Scope}}, Out: new(bytes.Buffer)}
}

func TestAPersonSignsInAtARealVault(t *testing.T) {
	t.Parallel()
	alice := vaulttest.NewPerson(t, vaulttest.Server(t), "login-browser", "alice@example.com")
	browsed := make(chan error, 1)
	f := atVault(alice)
	f.Open = func(address string) { go func() { browsed <- alice.SignsIn(address) }() }
	token, err := f.Browser(t.Context())
	if err := <-browsed; err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	got := payload(t, token.Reveal())
	if got["email"] != "alice@example.com" || got["email_verified"] != true || got["aud"] != alice.ClientID || got["iss"] != alice.Issuer {
		t.Errorf("got %v", got)
	}
}

func TestARealVaultHasNoDevices(t *testing.T) {
	t.Parallel()
	alice := vaulttest.NewPerson(t, vaulttest.Server(t), "login-device", "alice@example.com")
	if _, err := atVault(alice).Device(t.Context()); fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
}
