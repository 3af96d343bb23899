package masking

import (
	"encoding/base64"
	"strings"
	"testing"
)

// some is n characters of letters and digits, as keys have them.
func some(n int) string { return strings.Repeat("aZ3kP9xQ7m", n/10+1)[:n] }

func hexDigits(n int) string { return strings.Repeat("3fa94c07be", n/10+1)[:n] }

// TestKeysOfEveryMakerAreSecrets writes keys in their makers' forms. None of them
// opens anything; they are put together here so that nobody's scanner is alarmed.
func TestKeysOfEveryMakerAreSecrets(t *testing.T) {
	t.Parallel()
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256"}`))
	for maker, key := range map[string]string{
		"Amazon": "AKIA" + "IOSFODNN7EXAMPLE", "Amazon, temporary": "ASIA" + "IOSFODNN7EXAMPLE",
		"GitHub": "ghp_" + some(36), "GitHub, fine": "github_pat_" + some(40), "GitLab": "glpat-" + some(20), "Atlassian": "ATATT3" + some(60), "Bitbucket": "ATBB" + some(32),
		"Slack": "xoxb-" + "123456789012-" + some(24), "Slack, app": "xapp-1-" + some(20), "Slack, hook": "https://hooks.slack.com/services/T01ABCDEF/B01ABCDEF/" + some(24),
		"Discord": "https://discord.com/api/webhooks/123456789012345678/" + some(60), "Teams": "https://x.webhook.office.com/webhookb2/" + some(36), "Telegram": "123456789:AA" + some(33),
		"Stripe": "sk_" + "live_" + some(24), "Stripe, restricted": "rk_" + "test_" + some(24), "Stripe, hook": "whsec_" + some(32), "Square": "sq0" + "atp-" + some(22), "Shopify": "shpat_" + hexDigits(32),
		"Google": "AIza" + some(35), "Google, OAuth": "GOCSPX-" + some(28), "Google, access": "ya29." + some(40), "Facebook": "EAA" + some(60),
		"OpenAI": "sk-" + "proj-" + some(40), "Hugging Face": "hf_" + some(34), "SendGrid": "SG." + some(22) + "." + some(43), "Brevo": "xkeysib-" + hexDigits(64), "Mailgun": "key-" + hexDigits(32), "Mailchimp": hexDigits(32) + "-us12", "Twilio": "SK" + hexDigits(32),
		"npm": "npm_" + some(36), "PyPI": "pypi-" + some(60), "RubyGems": "rubygems_" + hexDigits(48), "Docker": "dckr_pat_" + some(27),
		"DigitalOcean": "dop_v1_" + hexDigits(64), "Doppler": "dp.pt." + some(40), "Vault": "hvs." + some(24), "Terraform": some(14) + ".atlasv1." + some(60), "Pulumi": "pul-" + hexDigits(40), "PlanetScale": "pscale_tkn_" + some(40), "Databricks": "dapi" + hexDigits(32),
		"Grafana": "glsa_" + some(32), "New Relic": "NRAK-" + strings.ToUpper(some(27)), "Postman": "PMAK-" + some(40), "Figma": "figd_" + some(40), "Linear": "lin_api_" + some(40), "Notion": "ntn_" + some(46), "age": "AGE-SECRET-KEY-1" + strings.ToUpper(some(58)),
		"Azure": "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=" + some(86) + "==", "SAS": "https://x.blob.core.windows.net/c?sv=2024&sig=" + some(44),
		"JWT": head + "." + some(30) + "." + some(43), "PEM": "-----BEGIN " + "RSA PRIVATE KEY-----\n" + some(64), "URL": "postgres://app:" + "hunter2@db/shop", "DSN": "https://" + hexDigits(32) + "@o1.ingest.example/2", "connection string": "Server=db;User=app;Password=" + "hunter22;", "presigned": "https://s3.example/a.pdf?X-Amz-Signature=" + hexDigits(64), "basic": "Basic " + some(24),
		"bcrypt": "$2b$12$" + some(53), "argon2": "$argon2id$v=19$m=65536,t=3,p=4$" + some(22) + "$" + some(43), "scrypt": "scrypt:32768:8:1$" + some(16), "PBKDF2": "pbkdf2_sha256$600000$" + some(22) + "$" + some(43), "sha512crypt": "$6$" + some(16) + "$" + some(86), "LDAP": "{SSHA}" + some(32), "SCRAM": "SCRAM-SHA-256$4096:" + some(24), "PostgreSQL": "md5" + hexDigits(32), "MySQL": "*" + strings.ToUpper(hexDigits(40)), "SQL Server": "0x0200" + hexDigits(64), "ASP.NET": "AQAAAAEA" + some(76), "phpass": "$P$B" + some(30),
	} {
		if !secret(key) {
			t.Errorf("%s: %.20s… is no secret", maker, key)
		}
		if sentence := "the key is " + key + " since Monday"; !strings.ContainsAny(key[:1], "$*{") && !strings.Contains(maker, "SQL") && !strings.Contains("scrypt PBKDF2 SCRAM ASP.NET basic", maker) && !secret(sentence) {
			t.Errorf("%s: it is no secret in a sentence", maker)
		}
	}
}

func TestWhatOnlyLooksLikeAKeyIsNone(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"cus_" + some(14), "pi_3" + some(23), "ch_3" + some(23), "price_" + some(24), "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", hexDigits(40), hexDigits(64), "V1StGXR8_Z5jdHi6B-myT", "01JABCDEFGHJKMNPQRSTVWXYZ0",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + some(43), "SHA256:" + some(43), "*/5 * * * *", "https://example.org/a?page=2&sort=name", "git@github.com:acme/shop.git", "ssh://git@example.org/shop.git", "registry.example/app@sha256:" + hexDigits(64),
		"1Z" + strings.ToUpper(some(16)), "INV-2026-000123", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "rgba(1,2,3,.5)", "$12.50", "SELECT a = b FROM t", "password reset requested", "key-value store", "sk-learn is a library", "AIza short", "xoxo-kisses",
	} {
		if secret(s) {
			t.Errorf("%q is taken for a secret", s)
		}
	}
}

// TestEveryFormOfAKeyHasItsMark holds what makes looking for keys cheap: the mark is
// in whatever the form matches. The forms are tried on all the keys above.
func TestEveryFormOfAKeyHasItsMark(t *testing.T) {
	t.Parallel()
	for _, k := range keyForms {
		if k.mark == "" || !strings.Contains(strings.ReplaceAll(k.form.String(), `\`, ""), strings.TrimSuffix(strings.TrimSuffix(k.mark, "live_"), "test_")) {
			t.Errorf("%q is not in %s", k.mark, k.form)
		}
	}
}

func secret(s string) bool { return secretIn(s, shapeOf(s)) }
