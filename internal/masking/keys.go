package masking

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
)

// keyForm is the form of one maker's keys, as documented by them.
type keyForm struct {
	mark string // stands in every one of them: asked for first, it is a hundred times faster
	form *regexp.Regexp
}

// keyForms are the forms of keys, tokens and password hashes. One value is enough.
var keyForms = formsOf(
	"AKIA", `\bAKIA[A-Z0-9]{16}\b`, "ASIA", `\bASIA[A-Z0-9]{16}\b`, // Amazon
	"gh", `\bgh[pousr]_[A-Za-z0-9]{30,}`, "github_pat_", `\bgithub_pat_\w{20,}`, "gl", `\bgl(?:pat|ptt|rt|dt|soat)-[\w-]{18,}`, "ATATT3", `\bATATT3[\w=-]{20,}`, "ATBB", `\bATBB\w{24,}`,
	"xox", `\bxox[abeoprs]-[\w-]{10,}`, "xapp-", `\bxapp-\d-[\w-]{10,}`, "hooks.slack", `hooks\.slack\.com/(?:services|workflows)/\w+/\w+/\w+`,
	"/api/webhooks/", `discord(?:app)?\.com/api/webhooks/\d+/[\w-]{20,}`, "webhookb2/", `webhook\.office\.com/webhookb2/[\w@-]{20,}`, "hooks.zapier", `hooks\.zapier\.com/hooks/catch/\d+/\w+`,
	":AA", `\b\d{8,10}:AA[\w-]{32,35}\b`, // Telegram
	"k_live_", `\b[srp]k_live_[A-Za-z0-9]{10,}`, "k_test_", `\b[srp]k_test_[A-Za-z0-9]{10,}`, "whsec_", `\bwhsec_[A-Za-z0-9+/=]{16,}`, "sq0", `\bsq0[a-z]{3}-[\w-]{22,}`,
	"shp", `\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}`, "access_token$", `\baccess_token\$(?:production|sandbox)\$\w+`,
	"AIza", `\bAIza[\w-]{35}`, "ya29.", `\bya29\.[\w-]{20,}`, "GOCSPX-", `\bGOCSPX-[\w-]{20,}`, "1//0", `\b1//0[\w-]{30,}`, "EAA", `\bEAA[A-Za-z0-9]{40,}`,
	"sk-", `\bsk-[A-Za-z0-9_-]{20,}`, "hf_", `\bhf_[A-Za-z0-9]{30,}`, "r8_", `\br8_[A-Za-z0-9]{30,}`,
	"SG.", `\bSG\.[\w-]{16,}\.[\w-]{16,}`, "xkeysib-", `\bxkeysib-[a-f0-9]{60,}`, "key-", `\bkey-[0-9a-f]{32}\b`, "-us", `\b[0-9a-f]{32}-us\d{1,2}\b`, "SK", `\bSK[0-9a-f]{32}\b`,
	"npm_", `\bnpm_[A-Za-z0-9]{30,}`, "pypi-", `\bpypi-[\w-]{20,}`, "rubygems_", `\brubygems_[a-f0-9]{40,}`, "dckr_pat_", `\bdckr_pat_[\w-]{20,}`, "oy2", `\boy2[a-z0-9]{43}\b`,
	"dop_v1_", `\bdop_v1_[a-f0-9]{60,}`, "dp.", `\bdp\.(?:pt|st|ct|sa)\.[\w.-]{30,}`, "hv", `\bhv[sbr]\.[\w-]{20,}`, "s.", `\bs\.[A-Za-z0-9]{24}\b`, ".atlasv1.", `\w{14}\.atlasv1\.[\w-]{40,}`,
	"pul-", `\bpul-[a-f0-9]{40}`, "pscale_", `\bpscale_(?:tkn|pw|oauth)_[\w.-]{30,}`, "dapi", `\bdapi[a-f0-9]{32}`,
	"gl", `\bgl(?:sa_[\w-]{20,}|c_[\w+/=]{30,})`, "NRAK-", `\bNRAK-[A-Z0-9]{20,}`, "dt0c01.", `\bdt0c01\.[A-Z0-9]{20,}\.[A-Z0-9]{40,}`, "PMAK-", `\bPMAK-[\w-]{30,}`, "figd_", `\bfigd_[\w-]{30,}`, "lin_api_", `\blin_api_\w{30,}`,
	"secret_", `\bsecret_[A-Za-z0-9]{40,}`, "ntn_", `\bntn_[A-Za-z0-9]{40,}`, "AGE-SECRET-KEY-1", `\bAGE-SECRET-KEY-1[A-Z0-9]{50,}`, "PRIVATE KEY", `-----BEGIN [A-Z ]*PRIVATE KEY`, "AccountKey=", `\bAccountKey=[A-Za-z0-9+/=]{40,}`,
	// hashes of passwords, as the libraries write them
	"$", `^\$(?:2[abxy]?|argon2(?:id|i|d)|5|6|7|y|gy|scrypt|s0|bcrypt-sha256|pbkdf2[\w-]*|1|apr1|S|P|H)\$`, "pbkdf2", `^pbkdf2[_:]\w+[$:]`, "$", `^(?:argon2|bcrypt(?:_sha256)?|scrypt|sha1|md5)\$`,
	"}", `^\{(?:SSHA|SHA|MD5|SMD5|CRYPT|BCRYPT|PBKDF2|ARGON2)\w*\}`, "SCRAM-SHA-", `^SCRAM-SHA-(?:1|256|512)\$`, "md5", `^md5[0-9a-f]{32}$`, "scrypt:", `^scrypt:\d`, "*", `^\*[0-9A-F]{40}$`, "0x0", `^0x0[12]00[0-9A-Fa-f]{48,}$`, "AQAAAA", `^AQAAAA[EI][A-Za-z0-9+/=]{50,}$`,
	// what opens something for whoever has the address
	"=", `[?&](?:X-Amz-Signature|X-Goog-Signature|sig|Signature|access_token|refresh_token|token|api_key|apikey|key|secret|password)=[\w%./+-]{16,}`,
	"asic ", `(?:^|: *)[Bb]asic +[\w+/=]{16,}`, "earer ", `(?:^|: *)[Bb]earer +[\w+/=.~-]{16,}`,
)

func formsOf(pairs ...string) (list []keyForm) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, keyForm{pairs[i], regexp.MustCompile(pairs[i+1])})
	}
	return list
}

// keyed reports whether there is something of the form of a key in s.
func keyed(s string) bool {
	for _, k := range keyForms {
		if strings.Contains(s, k.mark) && k.form.MatchString(s) {
			return true
		}
	}
	return false
}

var jwtText = regexp.MustCompile(`\beyJ[\w-]{6,}\.[\w-]{4,}\.[\w-]*`)

// secretIn reports whether a text holds a key, a token, a password's hash or an
// address with a password in it.
func secretIn(s string, sh shape) bool {
	if len(s) < 10 {
		return false
	}
	switch {
	case (sh.mixed || s[0] == '$' || s[0] == '{' || strings.Contains(s, "-----BEGIN ")) && keyed(s):
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
