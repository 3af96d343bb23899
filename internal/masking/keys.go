package masking

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
)

// secrets are the forms of keys, tokens and password hashes as their makers
// document them. One is enough.
var secrets = anyOf(
	`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`, // Amazon
	`\bgh[pousr]_[A-Za-z0-9]{30,}`, `\bgithub_pat_\w{20,}`, `\bgl(?:pat|ptt|rt|dt|soat)-[\w-]{18,}`, `\bATATT3[\w=-]{20,}`, `\bATBB\w{24,}`,
	`\bxox[abeoprs]-[\w-]{10,}`, `\bxapp-\d-[\w-]{10,}`, `hooks\.slack\.com/(?:services|workflows)/\w+/\w+/\w+`,
	`discord(?:app)?\.com/api/webhooks/\d+/[\w-]{20,}`, `webhook\.office\.com/webhookb2/[\w@-]{20,}`, `hooks\.zapier\.com/hooks/catch/\d+/\w+`,
	`\b\d{8,10}:AA[\w-]{32,35}\b`, // Telegram
	`\b[srp]k_(?:live|test)_[A-Za-z0-9]{10,}`, `\bwhsec_[A-Za-z0-9+/=]{16,}`, `\bsq0[a-z]{3}-[\w-]{22,}`, `\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}`, `\baccess_token\$(?:production|sandbox)\$\w+`,
	`\bAIza[\w-]{35}`, `\bya29\.[\w-]{20,}`, `\bGOCSPX-[\w-]{20,}`, `\b1//0[\w-]{30,}`, `\bEAA[A-Za-z0-9]{40,}`,
	`\bsk-[A-Za-z0-9_-]{20,}`, `\bhf_[A-Za-z0-9]{30,}`, `\br8_[A-Za-z0-9]{30,}`,
	`\bSG\.[\w-]{16,}\.[\w-]{16,}`, `\bxkeysib-[a-f0-9]{60,}`, `\bkey-[0-9a-f]{32}\b`, `\b[0-9a-f]{32}-us\d{1,2}\b`, `\bSK[0-9a-f]{32}\b`,
	`\bnpm_[A-Za-z0-9]{30,}`, `\bpypi-[\w-]{20,}`, `\brubygems_[a-f0-9]{40,}`, `\bdckr_pat_[\w-]{20,}`, `\boy2[a-z0-9]{43}\b`,
	`\bdop_v1_[a-f0-9]{60,}`, `\bdp\.(?:pt|st|ct|sa)\.[\w.-]{30,}`, `\bhv[sbr]\.[\w-]{20,}`, `\bs\.[A-Za-z0-9]{24}\b`, `\w{14}\.atlasv1\.[\w-]{40,}`, `\bpul-[a-f0-9]{40}`, `\bpscale_(?:tkn|pw|oauth)_[\w.-]{30,}`, `\bdapi[a-f0-9]{32}`,
	`\bgls?a_[\w-]{20,}`, `\bglc_[\w+/=]{30,}`, `\bNRAK-[A-Z0-9]{20,}`, `\bdt0c01\.[A-Z0-9]{20,}\.[A-Z0-9]{40,}`, `\bPMAK-[\w-]{30,}`, `\bfigd_[\w-]{30,}`, `\blin_api_\w{30,}`, `\b(?:secret|ntn)_[A-Za-z0-9]{40,}`,
	`\bAGE-SECRET-KEY-1[A-Z0-9]{50,}`, `-----BEGIN [A-Z ]*PRIVATE KEY`, `\bAccountKey=[A-Za-z0-9+/=]{40,}`,
	`^\$(?:2[abxy]?|argon2(?:id|i|d)|5|6|7|y|gy|scrypt|s0|bcrypt-sha256|pbkdf2[\w-]*|1|apr1|S|P|H)\$`, `^pbkdf2[_:]\w+[$:]`, `^(?:argon2|bcrypt(?:_sha256)?|scrypt|sha1|md5)\$`, `^\{(?:SSHA|SHA|MD5|SMD5|CRYPT|BCRYPT|PBKDF2|ARGON2)\w*\}`,
	`^SCRAM-SHA-(?:1|256|512)\$`, `^md5[0-9a-f]{32}$`, `^scrypt:\d`, `^\*[0-9A-F]{40}$`, `^0x0[12]00[0-9A-Fa-f]{48,}$`, `^AQAAAA[EI][A-Za-z0-9+/=]{50,}$`,
	`[?&](?:X-Amz-Signature|X-Goog-Signature|sig|Signature|access_token|refresh_token|token|api_key|apikey|key|secret|password)=[\w%./+-]{16,}`,
	`(?i:\b(?:authorization: *|^)(?:basic|bearer) +[\w+/=.~-]{16,})`,
)

func anyOf(forms ...string) *regexp.Regexp { return regexp.MustCompile(strings.Join(forms, "|")) }

var jwtText = regexp.MustCompile(`\beyJ[\w-]{6,}\.[\w-]{4,}\.[\w-]*`)

// secretIn reports whether a text holds a key, a token, a password's hash or an
// address with a password in it.
func secretIn(s string, sh shape) bool {
	if len(s) < 10 {
		return false
	}
	switch {
	case (sh.mixed || s[0] == '$' || s[0] == '{' || strings.Contains(s, "-----BEGIN ")) && secrets.MatchString(s):
		return true
	case strings.Contains(s, "eyJ") && token(s):
		return true
	case sh.at > 0 && strings.Contains(s, "://") && userinfo(s):
		return true
	}
	return strings.Contains(s, "=") && keyword.MatchString(s)
}

// token reports whether there is a JSON web token in s (RFC 7519).
func token(s string) bool {
	head, _, _ := strings.Cut(jwtText.FindString(s), ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	return err == nil && json.Valid(raw)
}

// userinfo reports whether there is a URL in s that logs somebody in.
func userinfo(s string) bool {
	for word := range strings.FieldsSeq(s) {
		u, err := url.Parse(strings.Trim(word, "\"'<>,;`"))
		if err != nil || u.User == nil {
			continue
		}
		password, has := u.User.Password()
		if has && password != "" || !has && u.User.Username() != "" && u.Scheme != "mailto" && u.Scheme != "ssh" && u.Scheme != "git" {
			return true
		}
	}
	return false
}

// keyword is a connection string with a password in it.
var keyword = regexp.MustCompile(`(?i)\b(password|pwd|passwd|secret|api[_-]?key|accountkey|sharedaccesskey)\s*=\s*[^\s;]{4,}`)

func secret(s string) bool { return secretIn(s, shapeOf(s)) }
