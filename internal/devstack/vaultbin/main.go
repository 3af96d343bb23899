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
	path, err := devstack.FindOrBuildVault(ctx, func(line string) { fmt.Fprintln(os.Stderr, line) })
	if err != nil {
		f := fault.Show(err)
		fmt.Fprintln(os.Stderr, f.Msg, f.Hint)
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(path)
}
