package masking

import (
	"fmt"
	"testing"
)

// BenchmarkPlanOfAThousandColumns looks at fifty tables of twenty columns, with 500
// rows each of which is different.
func BenchmarkPlanOfAThousandColumns(b *testing.B) {
	var s shelf
	for i := range 50 {
		s.add(fmt.Sprintf("t%d", i), "id bigint, order_no text, mail text, tel text, who text, street text, iban text, note text, doc jsonb, token text, sha text, ref text, ip text, state text, qty integer, price numeric, at timestamp, url text, product text, body text",
			rows(500, `#|2025000000#|jane#@example.org|+49 30 90#18|Jane Smith #|# Station Road|DE8937040044053201#|called about the parcel # twice and was not pleased with it|{"a":{"b":"x#"},"n":#}|tok_#aBcDeFgHiJkLmNoPqRsTuVwXyZ|`+hexDigits(36)+`#|AB-#-CD|10.1.2.#|open|3|#.50|2025-01-01 10:00:00|https://example.org/p/#?page=2|Blue Chair #|A text about the order # that goes on for a while, and says nothing of anybody at all, as most do.`)...)
	}
	for b.Loop() {
		if _, err := Detect(b.Context(), &s, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
