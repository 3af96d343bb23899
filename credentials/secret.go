package credentials

import (
	"fmt"
	"log/slog"
)

// Secret is a password, a code or a token. It prints as "[secret]" through fmt,
// slog and JSON; the only way out is Reveal, which a test allows in two files.
type Secret struct{ v string }

// NewSecret wraps v.
func NewSecret(v string) Secret { return Secret{v} }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return s.v }

// Format implements fmt.Formatter for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[secret]")) }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// MarshalText implements encoding.TextMarshaler, and so JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }
