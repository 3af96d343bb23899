package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"dbaccess/approvals/policy"
	"dbaccess/internal/config"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
	"dbaccess/internal/identity/workload"
)

// settings is everything that is read from files before anything runs: the
// config, the people in it, and the policy.
type settings struct {
	config config.Config
	people *identity.Directory
	tokens *workload.Verifier // of tokens that others issued
	policy *policy.Set
}

const configEnv = "DBACCESS_CONFIG"

// configFlag adds --config to a command.
func configFlag(cmd *cobra.Command) {
	cmd.Flags().String("config", "", "the config file (default: $"+configEnv+", else config.yaml)")
}

func configPath(cmd *cobra.Command) string {
	if path, err := cmd.Flags().GetString("config"); err == nil && path != "" {
		return path
	}
	if path := os.Getenv(configEnv); path != "" {
		return path
	}
	return "config.yaml"
}

// loadSettings reads the files that the command's --config names. The error is
// one fault with every problem.
func loadSettings(cmd *cobra.Command) (settings, error) {
	c, ps := config.Load(configPath(cmd))
	return checkSettings(c, ps)
}

// checkSettings reads what the config names and checks one thing against the
// other: a policy rule that names an unknown group is as wrong as a bad port.
func checkSettings(c config.Config, ps config.Problems) (settings, error) {
	s := settings{config: c}
	var err error
	if s.people, err = identity.NewDirectory(persons(c), services(c)...); err != nil {
		addAll(&ps, err)
	} else if s.tokens, err = workload.New(believed(c, s.people)); err != nil {
		addAll(&ps, err)
	}
	if s.policy, err = readPolicy(c.Policy.Files); err != nil {
		addAll(&ps, err)
	} else if s.people != nil {
		for _, p := range s.policy.Check(known(c, s.people)) {
			if !p.Warning {
				ps.Add("policy", "%s", p)
			}
		}
	}
	return s, ps.Err()
}

// addAll adds each line of err as a problem; its lines carry their own places.
func addAll(ps *config.Problems, err error) {
	text := err.Error()
	var f *fault.Error
	if errors.As(err, &f) {
		text = f.Msg
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			ps.Add("", "%s", line)
		}
	}
}

// readPolicy parses the files, or the shipped policy if there are none.
func readPolicy(paths []string) (*policy.Set, error) {
	if len(paths) == 0 {
		return policy.Parse(policy.Shipped()...)
	}
	var files []policy.File
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("policy.files: %w", err)
		}
		files = append(files, policy.File{Name: path, Data: data})
	}
	return policy.Parse(files...)
}

func newConfigCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Look after the config"}
	check := &cobra.Command{
		Use:   "check",
		Short: "Report every problem of the config and its policy files, all at once",
		Long: `Reads the config, the policy files it names and the secrets it refers to, and
reports every problem with its place. Nothing is contacted: whether Slack, the
store, the issuers and the databases answer is what ` + "`dbaccess doctor`" + ` looks at.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, ps := config.Load(configPath(cmd))
			if noSecrets, _ := cmd.Flags().GetBool("no-secrets"); !noSecrets {
				ps = append(ps, c.Secrets()...)
			}
			s, err := checkSettings(c, ps)
			if err != nil {
				return exitError{1, err}
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "The config is fine. Databases: %d. People: %d. Policy: %s.\n",
				len(c.Databases), len(c.Identity.People), s.policy.Version)
			for _, p := range s.policy.Check(known(c, s.people)) {
				fmt.Fprintf(out, "  note: %s\n", p)
			}
			return nil
		},
	}
	configFlag(check)
	check.Flags().Bool("no-secrets", false, "do not read the secrets that the config refers to")
	cmd.AddCommand(check)
	return cmd
}

// known is what policy rules may name.
func known(c config.Config, people *identity.Directory) policy.Known {
	k := policy.Known{Databases: map[string][]string{}, Groups: map[string][]string{}}
	for _, d := range c.Databases {
		k.Tags = append(k.Tags, d.Tags...)
		for _, p := range d.Profiles {
			k.Databases[d.Name] = append(k.Databases[d.Name], p.Name)
		}
	}
	for _, ch := range c.Slack.Channels {
		k.Channels = append(k.Channels, ch.Name)
	}
	for _, g := range people.Groups() {
		for _, member := range people.Members(g) {
			k.Groups[g] = append(k.Groups[g], member.Name)
		}
	}
	for _, s := range c.Identity.Services {
		k.Services = append(k.Services, s.Groups...)
	}
	return k
}
