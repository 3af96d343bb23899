package workload_test

import (
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// BenchmarkVerify compares a whole verification, keys at hand, with what checking
// the same signature and reading the same claims takes by go-jose alone.
func BenchmarkVerify(b *testing.B) {
	for _, k := range []key{newKey("k1"), rsaKey()} {
		w := newWorld()
		w.publish(github, k)
		w.publish(gitlab, k)
		w.publish(kubernetes, k)
		v := w.places(b)
		token := k.sign(w.github())
		if _, err := v.Verify(b.Context(), token); err != nil {
			b.Fatal(err)
		}
		b.Run(string(k.alg)+"/dbaccess", func(b *testing.B) {
			for b.Loop() {
				if _, err := v.Verify(b.Context(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
		public := k.public()
		b.Run(string(k.alg)+"/go-jose", func(b *testing.B) {
			for b.Loop() {
				jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{k.alg})
				if err != nil {
					b.Fatal(err)
				}
				payload, err := jws.Verify(&public)
				if err != nil {
					b.Fatal(err)
				}
				var c map[string]any
				if err := json.Unmarshal(payload, &c); err != nil {
					b.Fatal(err)
				}
			}
		})
		if n := w.count(keysAt(github)); n != 1 {
			b.Errorf("warm verifications asked %d times", n-1)
		}
	}
}
