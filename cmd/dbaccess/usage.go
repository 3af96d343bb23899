package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"dbaccess/internal/fault"
)

// plainUsage makes every wrong use of cmd and of the commands below it a fault:
// one sentence, one hint, and the exit code of wrong input.
func plainUsage(cmd *cobra.Command) {
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		text := err.Error()
		return fault.New(fault.Invalid, strings.ToUpper(text[:1])+text[1:]+".",
			fmt.Sprintf("`%s --help` lists the flags.", cmd.CommandPath()))
	})
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			if f := (*fault.Error)(nil); err == nil || errors.As(err, &f) {
				return err
			}
			return fault.New(fault.Invalid, fmt.Sprintf("`%s` is not used like this.", cmd.CommandPath()),
				fmt.Sprintf("Use it as `%s`.", cmd.UseLine()))
		}
	}
	for _, sub := range cmd.Commands() {
		plainUsage(sub)
	}
}

// unknownCommand returns a fault if args name a command that does not exist.
// Cobra alone would answer `config chekc` with help and success, and a script
// would go on as if the config had been checked.
func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		return nil // the shell asks what could be typed; cobra adds that command when it runs
	}
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd(args...)
	cmd, rest, err := root.Find(args)
	if err == nil && (cmd == root || cmd.Runnable() || len(rest) == 0 || rest[0] == "help" || strings.HasPrefix(rest[0], "-")) {
		return nil
	}
	for len(rest) > 1 && strings.HasPrefix(rest[0], "-") {
		rest = rest[1:]
	}
	hint := fmt.Sprintf("`%s --help` lists the commands.", cmd.CommandPath())
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(rest[0]); len(near) > 0 {
		hint = fmt.Sprintf("Did you mean `%s %s`?", cmd.CommandPath(), near[0])
	}
	return fault.New(fault.Invalid, fmt.Sprintf("There is no command `%s %s`.", cmd.CommandPath(), rest[0]), hint)
}
