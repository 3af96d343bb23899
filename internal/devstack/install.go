package devstack

import (
	"context"
	"fmt"

	"dbaccess/internal/fault"
)

func (m machine) install(_ context.Context, _ func(string)) (binaries, error) {
	return binaries{}, fault.New(fault.Unavailable, fmt.Sprintf("There is no Postgres %d or newer on this machine.", oldest), "Install it with your system's package manager.")
}
