package devslack_test

import (
	"testing"

	"go.uber.org/goleak"

	chromium "dbaccess/internal/devstack/browser"
)

// tests are all tests, and the end of the browser that some of them use.
type tests struct{ *testing.M }

func (t tests) Run() int { return max(t.M.Run(), chromium.Stop()) }

func TestMain(m *testing.M) { goleak.VerifyTestMain(tests{m}) }
