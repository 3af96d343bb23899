package v1

import (
	"bytes"
	"crypto/rand"
	"testing"

	"dbaccess/internal/fault"
)

func TestRowsOpenForTheirKeyAndRequestOnly(t *testing.T) {
	t.Parallel()
	seed := []byte(rand.Text())
	key, err := NewResultKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := decodeResultKey(EncodeResultKey(key.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	value := "alice@example.com"
	sealed, err := SealRows(raw, Rows{Request: "req_1", Columns: []ResultColumn{{Name: "email"}}, Rows: [][]*string{{&value}}})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte(value)) || bytes.Contains(sealed, []byte("email")) {
		t.Error("what is sealed can be read")
	}
	again, err := NewResultKey(seed) // the same seed at another time
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := OpenRows(again, "req_1", sealed); err != nil || *rows.Rows[0][0] != value {
		t.Errorf("opened: %v", err)
	}
	other, err := NewResultKey([]byte(rand.Text()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRows(other, "req_1", sealed); fault.KindOf(err) != fault.Denied {
		t.Errorf("with another key: %v", err)
	}
	if _, err := OpenRows(key, "req_2", sealed); fault.KindOf(err) != fault.Denied {
		t.Errorf("as another request's: %v", err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := OpenRows(key, "req_1", bad); err == nil {
			t.Fatalf("a change of byte %d is not noticed", i)
		}
	}
}

func TestKeysToWhichNothingCanBeSealedAreRefused(t *testing.T) {
	t.Parallel()
	one := append([]byte{1}, make([]byte, 31)...)
	for name, raw := range map[string][]byte{"zero": make([]byte, 32), "one": one, "short": make([]byte, 31), "long": make([]byte, 33)} {
		if _, err := resultPublic(raw); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := NewResultKey(make([]byte, 15)); err == nil {
		t.Error("a seed of 15 bytes is taken")
	}
	if _, err := decodeResultKey("not base64!"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("not base64: %v", err)
	}
}
