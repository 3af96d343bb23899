package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker in released binaries.
var version = "dev"

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print which dbaccess this is",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			fmt.Fprintf(cmd.OutOrStdout(), "dbaccess %s (%s %s/%s)\n", version, revision(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}

// revision returns the commit that the binary was built from, if Go knows it,
// and the Go version.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return runtime.Version()
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12] + ", " + runtime.Version()
		}
	}
	return runtime.Version()
}
