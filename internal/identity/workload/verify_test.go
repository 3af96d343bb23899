package workload_test

import (
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
	"dbaccess/internal/identity/workload"
)

func TestATokenOfAnIssuerIsItsServices(t *testing.T) {
	t.Parallel()
	w, k, v := plant(t)
	got, err := v.Verify(t.Context(), k.sign(w.job()))
	if err != nil {
		t.Fatal(err)
	}
	if got.Principal.ID() != "service:nightly" || !got.Principal.In("batch") || got.Principal.For != "" {
		t.Errorf("the principal is %+v", got.Principal)
	}
	want := []identity.Claim{{Name: "line", Value: "7"}, {Name: "sub", Value: "job"}}
	if len(got.Principal.Claims) != 2 || got.Principal.Claims[0] != want[0] || got.Principal.Claims[1] != want[1] {
		t.Errorf("the claims are %v, want %v", got.Principal.Claims, want)
	}
	now := w.clock.now()
	if got.Issuer != "plant" || got.Subject != "job" || got.ID != "id-1" || got.SingleUse || !got.IssuedAt.Equal(now) || !got.Expires.Equal(now.Add(5*time.Minute)) {
		t.Errorf("got %+v", got)
	}
}

// hmacToken signs with what is public as if it were a secret.
func hmacToken(alg string, secret []byte, c claims) string {
	payload, _ := json.Marshal(c)
	input := b64(`{"alg":"`+alg+`","kid":"k1","typ":"JWT"}`) + "." + b64(string(payload))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func TestForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	w, k, v := plant(t)
	good := k.sign(w.job())
	parts := strings.Split(good, ".")
	payload, _ := json.Marshal(w.job())
	der, err := x509.MarshalPKIXPublicKey(k.private.Public())
	if err != nil {
		t.Fatal(err)
	}
	public, _ := json.Marshal(k.public())
	stranger := newKey("k1") // the same name, another key
	embedded, _ := json.Marshal(stranger.public())
	elsewhere := "https://evil.example/keys"
	w.says(elsewhere, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{stranger.public()}})
	header := func(more string) string { return `{"alg":"ES256","kid":"k1","typ":"JWT"` + more + `}` }

	for name, c := range map[string]struct {
		token string
		kind  fault.Kind
		words string
	}{
		"no algorithm":                     {b64(`{"alg":"none"}`) + "." + b64(string(payload)) + ".", fault.Denied, `"none"`},
		"no algorithm, in other letters":   {b64(`{"alg":"nOnE","kid":"k1"}`) + "." + b64(string(payload)) + "." + parts[2], fault.Denied, `"nOnE"`},
		"no algorithm at all":              {b64(`{"kid":"k1"}`) + "." + b64(string(payload)) + "." + parts[2], fault.Denied, "is signed with"},
		"an algorithm that is a number":    {b64(`{"alg":1,"kid":"k1"}`) + "." + b64(string(payload)) + "." + parts[2], fault.Denied, `"1"`},
		"the public key as secret, in DER": {hmacToken("HS256", der, w.job()), fault.Denied, `"HS256"`},
		"the public key as secret, in PEM": {hmacToken("HS256", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), w.job()), fault.Denied, `"HS256"`},
		"the public key as secret, as JWK": {hmacToken("HS256", public, w.job()), fault.Denied, `"HS256"`},
		"a secret, called ES256":           {hmacToken("ES256", der, w.job()), fault.Denied, "signature is not plant's"},
		"another key of the same name":     {stranger.sign(w.job()), fault.Denied, "signature is not plant's"},
		"a key in the header":              {stranger.signHeader(header(`,"jwk":`+string(embedded)), w.job()), fault.Denied, "signature is not plant's"},
		"a place of keys in the header":    {stranger.signHeader(header(`,"jku":"`+elsewhere+`"`), w.job()), fault.Denied, "signature is not plant's"},
		"a certificate's place":            {stranger.signHeader(header(`,"x5u":"`+elsewhere+`"`), w.job()), fault.Denied, "signature is not plant's"},
		"a critical header":                {k.signHeader(header(`,"crit":["exp"],"exp":1`), w.job()), fault.Invalid, ""},
		"an unencoded payload":             {k.signHeader(header(`,"b64":false,"crit":["b64"]`), w.job()), fault.Invalid, ""},
		"two algorithms":                   {k.signHeader(header(`,"alg":"none"`), w.job()), fault.Invalid, ""},
		"a name of no key":                 {k.signHeader(`{"alg":"ES256","kid":"../../etc/passwd"}`, w.job()), fault.Denied, "does not publish"},
		"a name that is a query":           {k.signHeader(`{"alg":"ES256","kid":"' OR 1=1 --"}`, w.job()), fault.Denied, "does not publish"},
		"a name that is a list":            {k.signHeader(`{"alg":"ES256","kid":["k1"]}`, w.job()), fault.Invalid, ""},
		"an empty name":                    {k.signHeader(`{"alg":"ES256","kid":""}`, w.job()), fault.Invalid, ""},
		"a very long name":                 {k.signHeader(`{"alg":"ES256","kid":"`+strings.Repeat("k", 5000)+`"}`, w.job()), fault.Invalid, ""},
		"another use":                      {k.signHeader(`{"alg":"ES256","kid":"k1","typ":"logout+jwt"}`, w.job()), fault.Denied, "logout+jwt"},
		"another claim under a signature":  {parts[0] + "." + b64(strings.Replace(string(payload), `"7"`, `"8"`, 1)) + "." + parts[2], fault.Denied, "signature is not plant's"},
		"no signature":                     {parts[0] + "." + parts[1] + ".", fault.Denied, "signature is not plant's"},
		"half a signature":                 {parts[0] + "." + parts[1] + "." + parts[2][:40], fault.Denied, "signature is not plant's"},
		"a signature of nothing":           {parts[0] + "." + parts[1] + "." + strings.Repeat("A", 86), fault.Denied, "signature is not plant's"},
		"nothing":                          {"", fault.Invalid, "three parts"},
		"dots":                             {"..", fault.Invalid, ""},
		"two parts":                        {parts[0] + "." + parts[1], fault.Invalid, ""},
		"spaces around":                    {" " + good + "\n", fault.Invalid, ""},
		"padding":                          {parts[0] + "=." + parts[1] + "." + parts[2], fault.Invalid, ""},
		"JSON form":                        {`{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, fault.Invalid, ""},
		"encrypted":                        {"eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AAAA.AAAA.AAAA.AAAA", fault.Invalid, "encrypted"},
		"a token within a token":           {k.sign(`"` + good + `"`), fault.Invalid, ""},
		"very large":                       {k.sign(w.job().with("groups", strings.Repeat("x", 20_000))), fault.Invalid, "16 KB"},
		"very large before its signature":  {strings.Repeat("A", 1<<20), fault.Invalid, "16 KB"},
		"claims that are a list":           {k.sign(`[1]`), fault.Invalid, ""},
		"two objects":                      {k.sign(string(payload) + `{}`), fault.Invalid, ""},
		"deep":                             {k.sign(`{"a":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `}`), fault.Invalid, ""},
		"no UTF-8":                         {k.sign("{\"iss\":\"" + plantURL + "\xff\"}"), fault.Invalid, ""},
	} {
		_, err := v.Verify(t.Context(), c.token)
		t.Run(name, func(t *testing.T) { refused(t, err, c.kind, c.token, c.words) })
	}
	if n := w.count(elsewhere); n != 0 {
		t.Errorf("the place that tokens named was asked %d times", n)
	}
	if _, err := v.Verify(t.Context(), good); err != nil {
		t.Errorf("the good one is refused as well: %v", err)
	}
}

func TestWhatATokenSaysMustFit(t *testing.T) {
	t.Parallel()
	w, k, v := plant(t)
	twice := func(name, first, second string) string {
		payload, _ := json.Marshal(w.job().without(strings.ToLower(name)))
		return strings.TrimSuffix(string(payload), "}") + `,"` + strings.ToLower(name) + `":` + first + `,"` + name + `":` + second + `}`
	}
	payload, _ := json.Marshal(w.job())
	long := string(payload)
	for name, c := range map[string]struct {
		claims any
		kind   fault.Kind
		words  string
	}{
		"another issuer, signed with the same key": {w.job().with("iss", "https://evil.example"), fault.Denied, `"https://evil.example"`},
		"a slash at the end":                       {w.job().with("iss", plantURL+"/"), fault.Denied, "none of the issuers"},
		"another case":                             {w.job().with("iss", "https://plant.example/ID"), fault.Denied, "none of the issuers"},
		"another path":                             {w.job().with("iss", "https://plant.example/id/../id"), fault.Denied, "none of the issuers"},
		"a port that is the same":                  {w.job().with("iss", "https://plant.example:443/id"), fault.Denied, "none of the issuers"},
		"no issuer":                                {w.job().without("iss"), fault.Denied, "none of the issuers"},
		"an issuer that is a list":                 {w.job().with("iss", []string{plantURL}), fault.Invalid, ""},
		"an issuer that would write the log":       {w.job().with("iss", "x\n\x1b[2Jroot logged in "+strings.Repeat("y", 3000)), fault.Denied, `\n`},
		"for somebody else":                        {w.job().with("aud", "https://vault.acme.example"), fault.Denied, `"https://vault.acme.example"`},
		"for us and somebody else":                 {w.job().with("aud", []string{us, "sts.amazonaws.com"}), fault.Denied, "alone"},
		"for us twice":                             {w.job().with("aud", []string{us, us}), fault.Denied, "alone"},
		"for nobody":                               {w.job().without("aud"), fault.Denied, "nobody"},
		"for an empty list":                        {w.job().with("aud", []string{}), fault.Denied, "nobody"},
		"for us with a slash":                      {w.job().with("aud", us+"/"), fault.Denied, "alone"},
		"for a number":                             {w.job().with("aud", 5), fault.Invalid, ""},
		"without an end":                           {w.job().without("exp"), fault.Denied, "when it ends"},
		"without a beginning":                      {w.job().without("iat"), fault.Denied, "when it was issued"},
		"with a text for a time":                   {w.job().with("exp", "2030-01-01"), fault.Invalid, ""},
		"with a time beyond all time":              {w.job().with("exp", 1e300), fault.Invalid, ""},
		"issued beyond all time":                   {w.job().with("iat", 9e18), fault.Invalid, ""},
		"issued before all time":                   {w.job().with("iat", -1), fault.Invalid, ""},
		"with a number that is none":               {`{"exp":1e999}`, fault.Invalid, ""},
		"a subject twice":                          {twice("sub", `"other"`, `"job"`), fault.Invalid, ""},
		"a subject twice, once in capitals":        {twice("SUB", `"job"`, `"other"`), fault.Invalid, ""},
		"an issuer twice, once with a long s":      {strings.Replace(long, `{`, `{"iſs":"https://evil.example",`, 1), fault.Invalid, ""},
		"a claim within a claim twice":             {twice("line", `{"a":1}`, `{"a":1,"a":2}`), fault.Invalid, ""},
		"no subject":                               {w.job().without("sub"), fault.Denied, "no subject"},
		"a subject of control characters":          {w.job().with("sub", "job\x00"), fault.Denied, "no subject"},
		"a subject that is a number":               {w.job().with("sub", 7), fault.Invalid, ""},
		"a subject of nobody":                      {w.job().with("sub", "stranger"), fault.Denied, `No service is for this token of plant: sub "stranger", line "7"`},
		"a kept claim with a line end":             {w.job().with("line", "7\nrepository acme/shop"), fault.Denied, "characters that do not show"},
		"a kept claim that turns the text round":   {w.job().with("line", "7\u202e7"), fault.Denied, "characters that do not show"},
		"a kept claim of half a character":         {strings.Replace(twice("line", "1", "2"), `,"line":1,"line":2`, `,"line":"7\ud800"`, 1), fault.Denied, "characters that do not show"},
		"a kept claim that is very long":           {w.job().with("line", strings.Repeat("7", 1025)), fault.Denied, "longer than"},
		"a kept claim that is an object":           {w.job().with("line", map[string]string{"a": "b"}), fault.Denied, "neither a text nor a list"},
		"only the names in capitals":               {claims{"ISS": plantURL, "AUD": us}, fault.Denied, "none of the issuers"},
	} {
		token := k.sign(c.claims)
		_, err := v.Verify(t.Context(), token)
		t.Run(name, func(t *testing.T) { refused(t, err, c.kind, token, c.words) })
	}
}

func TestClocksMayBeAMinuteApartAndNoMore(t *testing.T) {
	t.Parallel()
	w, k, v := plant(t, func(i *workload.Issuer) { i.MaxAge = time.Hour })
	now := w.clock.now()
	at := func(issued, before, end time.Duration) claims {
		return w.job().with("iat", now.Add(issued).Unix()).with("nbf", now.Add(before).Unix()).with("exp", now.Add(end).Unix())
	}
	for name, c := range map[string]struct {
		claims claims
		words  string // "" = it passes
	}{
		"ended less than a minute ago":       {at(-10*time.Minute, -10*time.Minute, -59*time.Second), ""},
		"ended more than a minute ago":       {at(-10*time.Minute, -10*time.Minute, -61*time.Second), "ended 1m1s ago"},
		"begins within a minute":             {at(0, 59*time.Second, time.Hour), ""},
		"begins later":                       {at(0, 61*time.Second, time.Hour), "not good before"},
		"issued within a minute from now":    {at(59*time.Second, 0, time.Hour), ""},
		"issued later":                       {at(61*time.Second, 0, time.Hour), "not good before"},
		"issued far in the future":           {at(24*365*time.Hour, 0, 24*366*time.Hour), "not good before"},
		"older than max_age, with the skew":  {at(-61*time.Minute+time.Second, 0, time.Hour), ""},
		"older than max_age":                 {at(-61*time.Minute-time.Second, 0, 10*365*24*time.Hour), "taken for 1h0m0s after they were issued"},
		"ended before it was issued":         {at(0, 0, -2*time.Minute), "ended 2m0s ago"},
		"without a beginning, as is allowed": {at(0, 0, time.Hour).without("nbf"), ""},
	} {
		token := k.sign(c.claims)
		_, err := v.Verify(t.Context(), token)
		t.Run(name, func(t *testing.T) {
			if c.words != "" {
				refused(t, err, fault.Denied, token, c.words)
			} else if err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

func TestATokenWithoutAnIDIsKnownByWhatIsSigned(t *testing.T) {
	t.Parallel()
	w, k, v := plant(t)
	token := k.sign(w.job().without("jti"))
	first, err := v.Verify(t.Context(), token)
	if err != nil || !strings.HasPrefix(first.ID, "sha256:") {
		t.Fatalf("got %+v, %v", first, err)
	}
	// The twin of an elliptic signature, n - s, is as good as s.
	cut := strings.LastIndex(token, ".") + 1
	signature, err := base64.RawURLEncoding.DecodeString(token[cut:])
	if err != nil {
		t.Fatal(err)
	}
	n := k.private.(*ecdsa.PrivateKey).Params().N
	s := new(big.Int).Sub(n, new(big.Int).SetBytes(signature[32:]))
	s.FillBytes(signature[32:])
	twin := token[:cut] + base64.RawURLEncoding.EncodeToString(signature)
	second, err := v.Verify(t.Context(), twin)
	if err != nil {
		t.Fatalf("the twin is refused, so that this test shows nothing: %v", err)
	}
	if twin == token || first.ID != second.ID {
		t.Errorf("a token counts as two: %s and %s", first.ID, second.ID)
	}
	if other, err := v.Verify(t.Context(), k.sign(w.job().without("jti").with("line", "8"))); err != nil || other.ID == first.ID {
		t.Errorf("two tokens count as one: %+v, %v", other, err)
	}
	if long, err := v.Verify(t.Context(), k.sign(w.job().with("jti", strings.Repeat("j", 500)))); err != nil || len(long.ID) > 128 {
		t.Errorf("a long id is kept as it is: %d bytes, %v", len(long.ID), err)
	}
}

func TestOtherSignaturesAreBelievedToo(t *testing.T) {
	t.Parallel()
	w := newWorld()
	k := rsaKey()
	w.publish(plantURL, k)
	v := w.verifier(t, workload.Config{
		Issuers:  []workload.Issuer{{Name: "plant", URL: plantURL}},
		Services: []workload.Service{{Name: "nightly", Tokens: []workload.Rule{{Issuer: "plant", When: `claims.sub == "job"`}}}},
	})
	if _, err := v.Verify(t.Context(), k.sign(w.job())); err != nil {
		t.Error(err)
	}
	// The key says that it is for RS256: the same key with PS256 is not meant.
	other := key{kid: k.kid, alg: jose.PS256, private: k.private}
	token := other.sign(w.job())
	_, err := v.Verify(t.Context(), token)
	refused(t, err, fault.Denied, token, "signature is not plant's")
}
