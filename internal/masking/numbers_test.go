package masking

import (
	"strings"
	"testing"
)

// published are numbers that the issuers or standards print as examples, or that
// follow from their rules; people's own are none of them.
var published = []struct {
	name    string
	check   func(string) bool
	numbers []string
	// most is the share of single-digit mistakes that may go unnoticed: what has one
	// check digit modulo 11 notices all, what has none notices few.
	most float64
	not  []string
}{
	{"card", cardNumber, []string{"4111 1111 1111 1111", "5555555555554444", "378282246310005", "6011111111111117", "3530111333300000", "30569309025904", "2223003122003222"}, .02, []string{"4111111111111112", "1234567890123452", "0000000000000000", "411111111111111", "4111a11111111111"}},
	{"iban", iban, []string{"DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "FR1420041010050500013M02606", "ES9121000418450200051332", "NL91ABNA0417164300", "IT60X0542811101000000123456", "PT50000201231234567890154", "CH9300762011623852957"}, 0, []string{"DE88370400440532013000", "DE8937040044053201300", "XX89370400440532013000", "de"}},
	{"DNI and NIE", func(s string) bool { return spanishID(s, "") }, []string{"12345678Z", "X1234567L", "12.345.678-Z"}, 0, []string{"12345678A", "1234567Z", "A2345678Z"}},
	{"NIR", func(s string) bool { return frenchNIR(s, "") }, []string{"2 55 08 14 168 025 38"}, 0, []string{"255081416802539", "955081416802538", "25508141680253"}},
	{"CPF", withDigits(brazilianCPF), []string{"529.982.247-25", "11144477735"}, 0, []string{"52998224724", "11111111111", "1114447773"}},
	{"BSN", withDigits(dutchBSN), []string{"111222333", "123456782"}, 0, []string{"123456789", "000000000", "12345678"}},
	{"Steuer-IdNr.", withDigits(germanTaxID), []string{"86095742719", "47036892816"}, 0, []string{"86095742718", "06095742719"}},
	{"NIF", withDigits(portugueseNIF), []string{"123456789", "501442600"}, .05, []string{"123456780", "423456789"}},
	{"PESEL", withDigits(polishPESEL), []string{"44051401359"}, .1, []string{"44051401358"}},
	{"AHV", withDigits(swissAHV), []string{"756.9217.0769.85"}, .1, []string{"756.9217.0769.84", "7659217076985"}},
	{"codice fiscale", func(s string) bool { return italianFiscalCode(s, "") }, []string{"RSSMRA85T10A562S", "MRTMTT91D08F205J"}, 1, []string{"RSSMRA85Z10A562S", "RSSMRA85T10A562", "1SSMRA85T10A562S"}},
	{"NINO", func(s string) bool { return britishNINO(s, "") }, []string{"AB 12 34 56 C", "CE123456D"}, 1, []string{"DB123456C", "AB123456E", "QQ123456C"}},
	{"SSN", func(s string) bool { return usSSN(s, "") }, []string{"078-05-1120"}, 1, []string{"000-05-1120", "666-05-1120", "900-05-1120", "078-00-1120", "078051120"}},
	{"rijksregisternummer", withDigits(belgianID), []string{"85.07.30-033.28"}, .02, []string{"85.07.30-033.29"}},
	{"personnummer", withDigits(swedishID), []string{"811228-9874"}, .02, []string{"811228-9875"}},
	{"IMEI", imei, []string{"352099001761481"}, .02, []string{"352099001761482", "112099001761481"}},
}

func withDigits(check func(s, digits string) bool) func(string) bool {
	return func(s string) bool {
		d, _ := digitsOf(s)
		return check(s, d)
	}
}

func TestPublishedNumbersPassTheirChecks(t *testing.T) {
	t.Parallel()
	for _, p := range published {
		for _, n := range p.numbers {
			if !p.check(n) {
				t.Errorf("%s: %s is refused", p.name, n)
			}
		}
		for _, n := range p.not {
			if p.check(n) {
				t.Errorf("%s: %s is taken", p.name, n)
			}
		}
	}
}

// TestAWrongDigitIsNoticed changes every digit of the published numbers into every
// other one.
func TestAWrongDigitIsNoticed(t *testing.T) {
	t.Parallel()
	for _, p := range published {
		var tried, taken int
		for _, n := range p.numbers {
			for i := range n {
				if n[i] < '0' || n[i] > '9' {
					continue
				}
				for d := byte('0'); d <= '9'; d++ {
					if d != n[i] {
						tried++
						if p.check(n[:i] + string(d) + n[i+1:]) {
							taken++
						}
					}
				}
			}
		}
		if float64(taken) > p.most*float64(tried) {
			t.Errorf("%s: of %d wrong numbers %d are taken", p.name, tried, taken)
		}
	}
}

// TestOrderNumbersAreNoNationalIDs measures how many random numbers pass as ids that
// are recognised without a name.
func TestOrderNumbersAreNoNationalIDs(t *testing.T) {
	t.Parallel()
	next := uint64(88172645463325252)
	random := func(n int) string { // xorshift: the same numbers every time
		var b strings.Builder
		for range n {
			next ^= next << 13
			next ^= next >> 7
			next ^= next << 17
			b.WriteByte('0' + byte(next%10))
		}
		return b.String()
	}
	for _, length := range []int{8, 9, 10, 11, 12, 13, 15, 16} {
		c := newContent()
		for range 2000 {
			number := random(length)
			c.weigh(number, 1, shapeOf(number))
		}
		if share := c.hits[NationalID] / 2000; share > .05 {
			t.Errorf("of numbers with %d digits %.0f %% pass as national ids", length, 100*share)
		}
	}
}
