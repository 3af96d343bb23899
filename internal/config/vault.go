package config

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// Vault is the Vault (or OpenBao) of the databases whose issuer is vault. What
// it must hold for them `dbaccess vault plan` shows and `apply` writes.
type Vault struct {
	// Address is https, except on loopback.
	Address string `mapstructure:"address"`
	// Namespace is for Vault Enterprise and OpenBao. Default the root one.
	Namespace string `mapstructure:"namespace"`
	// CACert is a file of PEM certificates that Vault's is checked against.
	// Default the system's.
	CACert string `mapstructure:"ca_cert"`
	// Mount is where the database engine is. Default database.
	Mount string    `mapstructure:"mount"`
	Auth  VaultAuth `mapstructure:"auth"`
}

// VaultAuth is how dbaccess logs in to Vault.
type VaultAuth struct {
	// Method is approle, kubernetes, jwt or token.
	Method string `mapstructure:"method"`
	// Mount is where the method is. Default its name.
	Mount string `mapstructure:"mount"`
	// Role is AppRole's role id, or the role of kubernetes and jwt.
	Role string `mapstructure:"role"`
	// Secret is AppRole's secret id, or the token. It is read anew at each
	// log-in, so a file may be rotated.
	Secret Ref `mapstructure:"secret"`
	// JWTPath is the file of the JWT for kubernetes and jwt. Default, for
	// kubernetes, the service account's.
	JWTPath string `mapstructure:"jwt_path"`
}

const serviceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token"

// Read returns what the log-in needs besides the role.
func (a VaultAuth) Read() (string, error) {
	if a.JWTPath == "" {
		return a.Secret.Read()
	}
	jwt, err := os.ReadFile(a.JWTPath)
	return strings.TrimSpace(string(jwt)), err
}

// UsesVault reports whether some database's credentials come from Vault.
func (c Config) UsesVault() bool {
	for _, d := range c.Databases {
		if d.Issuer == "vault" {
			return true
		}
	}
	return false
}

func (v Vault) check(ps *Problems) {
	checkHTTPS(ps, "vault.address", v.Address, "the issuer of some database is vault", "tokens and passwords are sent there")
	a := v.Auth
	oneOf(ps, "vault.auth.method", a.Method, "approle", "kubernetes", "jwt", "token")
	if a.Method != "token" && a.Role == "" {
		ps.Add("vault.auth.role", "is missing")
	}
	switch a.Method {
	case "approle", "token":
		checkRef(ps, "vault.auth.secret", a.Secret, true)
		if a.JWTPath != "" {
			ps.Add("vault.auth.jwt_path", "is for the methods kubernetes and jwt")
		}
	case "kubernetes", "jwt":
		if a.Secret != "" {
			ps.Add("vault.auth.secret", "is for the methods approle and token")
		}
		if a.JWTPath == "" {
			ps.Add("vault.auth.jwt_path", "is missing")
		}
	}
}

// checkIssuer looks at what one database says of who mints its credentials.
func (d Database) checkIssuer(ps *Problems, at string) {
	oneOf(ps, at+".issuer", d.Issuer, "postgres", "vault")
	checkRef(ps, at+".issuer_url", d.IssuerURL, d.Issuer == "postgres")
	if d.Issuer != "vault" {
		return
	}
	if d.IssuerURL != "" {
		ps.Add(at+".issuer_url", "is for the issuer postgres: with vault, only Vault knows that password")
	}
	for i, p := range d.Profiles {
		if p.Max > 31*24*time.Hour {
			ps.Add(fmt.Sprintf("%s.profiles[%d].max", at, i), "Vault's leases last 32 days at most, so a window may be 31 days long")
		}
	}
}
