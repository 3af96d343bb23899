package vault_test

import (
	"testing"

	"dbaccess/credentials/issuertest"
	"dbaccess/internal/devstack/vaulttest"
)

func TestVaultKeepsWhatAnIssuerPromises(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	issuertest.Run(t, func(t *testing.T) issuertest.Target { return newRig(t, server).target() })
}

func (r *rig) target() issuertest.Target {
	return issuertest.Target{
		Issuer: r.issuer, Prover: r.targets, Install: r.install, Database: "shop", Profile: "masked-read", Admin: r.admin,
		Reads: "SELECT id, email FROM people", Refused: "SELECT email FROM crm.people",
	}
}
