package workload

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"dbaccess/internal/fault"
)

// Bounds on tokens. Those of GitHub and GitLab have 2 KB, those of large
// companies' log-ins, which list groups, up to 8.
const (
	maxToken = 16 << 10
	maxDepth = 8 // of JSON
	maxText  = 1 << 10
)

// algorithms are the signatures that are believed: asymmetric ones only, so that
// what an issuer publishes can check tokens and never make them.
var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// ErrNotAToken means that the text is no signed JWT of the usual kind.
var ErrNotAToken = fault.New(fault.Invalid, "This is not a token that dbaccess can read.",
	"It takes a signed JWT (three parts with dots between them) of at most 16 KB.")

// token is a JWT as it reads before anything in it is believed.
type token struct {
	raw    string
	alg    string
	kid    string
	claims map[string]any // string, bool, int64, float64, nil, []any, map[string]any
}

// readToken takes a JWT apart. It is stricter than JSON: a name that is there
// twice, in any case of letters, could be read in one way here and in another by
// the library that checks the signature.
func readToken(raw string) (token, error) {
	if len(raw) > maxToken {
		return token{}, ErrNotAToken.With(fmt.Errorf("%d bytes", len(raw)))
	}
	parts := strings.Split(raw, ".")
	switch len(parts) {
	case 3:
	case 5:
		return token{}, fault.New(fault.Invalid, "This token is encrypted, and dbaccess holds no key for it.",
			"Have its issuer sign tokens without encrypting them.")
	default:
		return token{}, ErrNotAToken.With(fmt.Errorf("%d parts", len(parts)))
	}
	header, err := readPart(parts[0])
	if err != nil {
		return token{}, ErrNotAToken.With(fmt.Errorf("header: %w", err))
	}
	t := token{raw: raw}
	if err := t.readHeader(header); err != nil {
		return token{}, err
	}
	if t.claims, err = readPart(parts[1]); err != nil {
		return token{}, ErrNotAToken.With(fmt.Errorf("claims: %w", err))
	}
	return t, nil
}

// readHeader looks at a header. The keys that it may carry or point to (jwk, jku,
// x5c, x5u) are never looked at: keys come from the issuer alone.
func (t *token) readHeader(header map[string]any) error {
	var isText bool
	if t.alg, isText = header["alg"].(string); !isText || !slices.Contains(algorithms, t.alg) {
		return fault.New(fault.Denied, fmt.Sprintf("This token is signed with %s, which dbaccess does not believe.", quote(header["alg"])),
			"It takes "+strings.Join(algorithms, ", ")+".")
	}
	if kid, ok := header["kid"]; ok {
		if t.kid, isText = kid.(string); !isText || t.kid == "" || len(t.kid) > maxText {
			return ErrNotAToken.With(errors.New("kid is not a short text"))
		}
	}
	if _, ok := header["crit"]; ok { // what must be understood, and is not
		return ErrNotAToken.With(errors.New("has critical headers"))
	}
	typ, ok := header["typ"]
	if !ok {
		return nil
	}
	text, isText := typ.(string)
	text = strings.TrimPrefix(strings.ToLower(text), "application/")
	if !isText || (text != "jwt" && text != "at+jwt") { // one made to log somebody out is not one to log in with
		return fault.New(fault.Denied, fmt.Sprintf("This token is a %s, which is not for saying who somebody is.", quote(typ)), "")
	}
	return nil
}

// readPart decodes one part of a JWT.
func readPart(part string) (map[string]any, error) {
	data, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := readValue(d, 0)
	if err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("not an object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one object")
	}
	return object, nil
}

// readValue reads one value of JSON, refusing objects with a name twice.
func readValue(d *json.Decoder, depth int) (any, error) {
	tok, err := d.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, errors.New("too deep")
	}
	switch v := tok.(type) {
	case json.Delim:
		if v == '{' {
			return readObject(d, depth)
		}
		return readList(d, depth)
	case json.Number:
		return number(v)
	default:
		return v, nil
	}
}

func readObject(d *json.Decoder, depth int) (map[string]any, error) {
	object := map[string]any{}
	folded := map[string]bool{}
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := tok.(string)
		fold := folding(name)
		if folded[fold] {
			return nil, fmt.Errorf("%.100q twice", name)
		}
		folded[fold] = true
		if object[name], err = readValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return object, err
}

// folding is the same for all names that encoding/json, which the library uses,
// takes for one another: also "iſs" and "iss".
func folding(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
		}
		return least
	}, name)
}

func readList(d *json.Decoder, depth int) ([]any, error) {
	list := []any{}
	for d.More() {
		v, err := readValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.Token()
	return list, err
}

// number is a whole number where it is one, so that conditions may compare it.
func number(n json.Number) (any, error) {
	if i, err := n.Int64(); err == nil {
		return i, nil
	}
	f, err := n.Float64()
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, fmt.Errorf("%.100q is no number", n.String())
	}
	return f, nil
}

// text is a claim that is a string; "" if it is not there.
func (t token) text(name string) (string, error) {
	v, ok := t.claims[name]
	if !ok || v == nil {
		return "", nil
	}
	s, ok := v.(string)
	if !ok {
		return "", ErrNotAToken.With(fmt.Errorf("%s is not text", name))
	}
	return s, nil
}

// audience is whom the token is for: one or several.
func (t token) audience() ([]string, error) {
	list, isList := t.claims["aud"].([]any)
	if !isList {
		one, err := t.text("aud")
		if one == "" || err != nil {
			return nil, err
		}
		return []string{one}, nil
	}
	var all []string
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			return nil, ErrNotAToken.With(errors.New("aud is not a list of texts"))
		}
		all = append(all, s)
	}
	return all, nil
}

// lastSecond is the end of year 9999: what is later is no time.
const lastSecond = 253402300799

// time is a claim that is a time; zero if it is not there.
func (t token) time(name string) (time.Time, error) {
	var seconds float64
	switch v := t.claims[name].(type) {
	case nil:
		return time.Time{}, nil
	case int64:
		seconds = float64(v)
	case float64:
		seconds = v
	default:
		return time.Time{}, ErrNotAToken.With(fmt.Errorf("%s is no time", name))
	}
	if seconds < 1 || seconds > lastSecond {
		return time.Time{}, ErrNotAToken.With(fmt.Errorf("%s is no time", name))
	}
	return time.Unix(int64(seconds), 0).UTC(), nil
}

// id is the token's own, or one made of what is signed. Not of the whole token:
// an elliptic signature has a twin that is as good, and would count as another.
func (t token) id() (string, error) {
	jti, err := t.text("jti")
	if err != nil {
		return "", err
	}
	if jti != "" && len(jti) <= 128 && plain(jti) {
		return jti, nil
	}
	sum := sha256.Sum256([]byte(t.raw[:strings.LastIndex(t.raw, ".")]))
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}
