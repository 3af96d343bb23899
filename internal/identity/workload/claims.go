package workload

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// kept returns the claims that are kept, as texts, sorted by name. What is not in
// the token, or empty, is left out. Nothing is shortened: what is approved is
// compared with these texts, and two long ones that begin alike must stay two.
func kept(keep []string, claims map[string]any) ([]identity.Claim, error) {
	var list []identity.Claim
	for _, name := range keep {
		text, err := claimText(claims[name])
		switch {
		case err != nil:
			return nil, fault.New(fault.Denied, fmt.Sprintf("The token's claim %q %v, so it cannot be shown to anybody.", name, err), "")
		case text != "":
			list = append(list, identity.Claim{Name: name, Value: text})
		}
	}
	slices.SortFunc(list, func(a, b identity.Claim) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// claimText is a claim as text. Lists of texts stand as JSON, so that two lists
// never look the same.
func claimText(v any) (string, error) {
	var text string
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		text = v
	case bool:
		text = strconv.FormatBool(v)
	case int64:
		text = strconv.FormatInt(v, 10)
	case float64:
		text = strconv.FormatFloat(v, 'g', -1, 64)
	case []any:
		data, err := json.Marshal(v)
		if err != nil {
			return "", err
		}
		text = string(data)
	default:
		return "", fmt.Errorf("is neither a text nor a list")
	}
	if len(text) > maxText {
		return "", fmt.Errorf("is longer than %d bytes", maxText)
	}
	if !plain(text) {
		return "", fmt.Errorf("has characters that do not show")
	}
	return text, nil
}

// plain reports whether all of a text shows: no control characters, no marks that
// turn the direction of what follows, nothing that was no text.
func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r == unicode.ReplacementChar || (r != ' ' && !unicode.IsPrint(r))
	})
}

// quote shows a value of a token in a sentence: short, and with nothing in it that
// could be taken for the sentence.
func quote(v any) string {
	s, isText := v.(string)
	if !isText {
		s = fmt.Sprint(v)
	}
	if len(s) > 100 {
		s = strings.ToValidUTF8(s[:100], "") + "…"
	}
	return strconv.QuoteToGraphic(s)
}
