package storetest

import (
	"testing"

	"dbaccess/internal/tokens"
)

func TestMemoryIsAStore(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) tokens.Store { return NewMemory() })
}
