package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"dbaccess/internal/devstack"
	"dbaccess/internal/fault"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	_, err := devstack.FindOrInstallChromium(ctx, func(line string) { fmt.Fprintln(os.Stderr, line) })
	if err == nil {
		return
	}
	f := fault.Show(err)
	if os.Getenv("CI") == "" {
		fmt.Fprintln(os.Stderr, f.Msg, "They are left out.", f.Hint)
		return
	}
	fmt.Fprintln(os.Stderr, f.Msg, f.Hint)
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
