package workload_test

import (
	"errors"
	"strings"
	"testing"

	"dbaccess/internal/fault"
	"dbaccess/internal/identity/workload"
)

// FuzzVerify feeds texts as they come, and as the claims of well signed tokens, to a
// verifier: it answers with a fault that can be shown, or with a principal that the
// claims explain.
func FuzzVerify(f *testing.F) {
	w, k := newWorld(), newKey("k1")
	for _, url := range []string{github, kubernetes, corp} {
		w.publish(url, k)
	}
	v := w.verifier(f, workload.Config{
		Issuers: []workload.Issuer{
			{Name: "github", Type: "github", URL: github},
			{Name: "cluster", Type: "kubernetes", URL: kubernetes},
			{Name: "corp", URL: corp, People: true, ClientID: "dbaccess-cli"},
		},
		Services: []workload.Service{{Name: "nightly", Tokens: []workload.Rule{
			{Issuer: "github", When: `claims.repository == "acme/shop"`},
			{Issuer: "cluster", When: `claims.namespace == "batch"`},
		}}},
	})
	for _, c := range []claims{w.github(), w.kubernetes(), w.person("f:1234:alice", "alice@acme.example")} {
		token := k.sign(c)
		f.Add(token, false)
		payload := decode(strings.Split(token, ".")[1])
		f.Add(payload, true)
		f.Add(strings.Replace(payload, `"exp"`, `"Exp":1,"exp"`, 1), true)
		f.Add(strings.ReplaceAll(payload, `"acme/shop"`, `["acme/shop"]`), true)
		f.Add(strings.Replace(token, ".", "..", 1), false)
	}
	f.Fuzz(func(t *testing.T, text string, sign bool) {
		token := text
		if sign {
			token = k.sign(text)
		}
		got, err := v.Verify(t.Context(), token)
		if err != nil {
			var shown *fault.Error
			if !errors.As(err, &shown) || shown.Kind == fault.Internal {
				t.Fatalf("not a fault: %v", err)
			}
			if len(shown.Msg) > 4000 || strings.ContainsAny(shown.Msg+shown.Hint, "\n\r\x00\x1b\u202e") {
				t.Fatalf("cannot be shown: %q", shown.Msg)
			}
			return
		}
		payload := decode(strings.Split(token, ".")[1])
		explained := map[string]string{"github": "acme/shop", "cluster": "batch", "corp": "acme.example"}[got.Issuer]
		if got.Issuer == "corp" && got.Subject == "f:1234:alice" {
			explained = got.Subject
		}
		if !strings.Contains(strings.ToLower(payload), explained) && !strings.Contains(payload, `\`) {
			t.Fatalf("%s came in with %q", got.Principal.ID(), payload)
		}
		if got.ID == "" || got.Subject == "" || got.Expires.Before(got.IssuedAt) && got.Expires.Add(workload.Skew).Before(w.clock.now()) {
			t.Fatalf("proves too little: %+v", got)
		}
		for _, c := range got.Principal.Claims {
			if c.Value == "" || len(c.Value) > 1024 || strings.ContainsAny(c.Value, "\n\x00") {
				t.Fatalf("keeps %q", c)
			}
		}
	})
}
