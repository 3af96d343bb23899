package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/credentials"
	"dbaccess/credentials/vault"
	"dbaccess/internal/config"
	"dbaccess/internal/fault"
	"dbaccess/internal/store"
)

// vaultRole is the Postgres role that Vault connects to targets as.
const vaultRole = "dbaccess_vault"

// openVault makes the issuer of all databases whose issuer is vault; nil if
// there are none.
func openVault(c config.Config, install string, eyes vault.Eyes, log *slog.Logger) (*vault.Vault, error) {
	if !c.UsesVault() {
		return nil, nil
	}
	vc := vaultConfig(c, install)
	vc.Eyes, vc.Log, vc.Now = eyes, log, time.Now
	return vault.Open(vc)
}

// vaultConfig says in the package's words what the config says in its own.
func vaultConfig(c config.Config, install string) vault.Config {
	v := vault.Config{
		Address: c.Vault.Address, Namespace: c.Vault.Namespace, CACert: c.Vault.CACert, Mount: c.Vault.Mount, Install: install,
		Auth: vault.Auth{Method: c.Vault.Auth.Method, Mount: c.Vault.Auth.Mount, Role: c.Vault.Auth.Role, Secret: c.Vault.Auth.Read},
	}
	for _, d := range c.Databases {
		if d.Issuer != "vault" {
			continue
		}
		t := vault.Target{Name: d.Name, Host: d.Host, Port: d.Port, Database: d.DBName, SSLMode: d.SSLMode}
		for _, p := range d.Profiles {
			t.Profiles = append(t.Profiles, vault.Profile{
				Name: p.Name, Max: max(p.Max, d.Statements.Timeout+15*time.Minute), Groups: p.Roles, SearchPath: p.SearchPath, ReadOnly: p.ReadOnly,
				StatementTimeout: p.StatementTimeout, IdleTimeout: p.IdleTimeout, ConnectionLimit: p.ConnectionLimit,
			})
		}
		v.Targets = append(v.Targets, t)
	}
	return v
}

// issuer is what mints the credentials of a database.
func (c *core) issuer(database string) (credentials.Issuer, error) {
	if d, ok := c.config.Database(database); ok && d.Issuer == "vault" {
		return c.vault.Issuer(database)
	}
	return c.targets.Issuer(database)
}

// warnVault says at start what the server may not do in Vault and should, or may
// and should not.
func (s *server) warnVault(ctx context.Context) {
	if s.vault == nil {
		return
	}
	problems, err := s.vault.Check(ctx)
	if err != nil && ctx.Err() == nil {
		s.log.Warn("vault is not ready", "err", err)
	}
	for _, p := range problems {
		s.log.Warn("vault", "problem", p)
	}
}

func newVaultCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "vault",
		Short: "Prepare Vault for the databases whose issuer it is",
		Long: `Shows, writes and compares what Vault must hold for the databases with
"issuer: vault": connections, roles with their SQL, policies, token roles. The
server itself has none of the rights that this takes: run it with the token of
whoever administers Vault.`,
	}
	cmd.AddCommand(newVaultPlanCommand(), newVaultApplyCommand(), newVaultStatusCommand())
	return cmd
}

// vaultFlags are what the three have in common.
type vaultFlags struct {
	install   string
	token     string
	passwords []string
}

func (f *vaultFlags) add(cmd *cobra.Command) {
	configFlag(cmd)
	cmd.Flags().StringVar(&f.install, "install", "", "the installation's id (default: asked of the store)")
}

func (f *vaultFlags) addToken(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.token, "token", "env:VAULT_TOKEN", "where the administrator's token is: env:NAME or file:/path")
}

// config reads the config, and the installation's id if it was not given.
func (f *vaultFlags) config(cmd *cobra.Command) (vault.Config, error) {
	s, err := loadSettings(cmd)
	if err != nil {
		return vault.Config{}, err
	}
	if !s.config.UsesVault() {
		return vault.Config{}, fault.New(fault.Invalid, "No database in the config has `issuer: vault`.", "Give it to those whose credentials should come from Vault.")
	}
	if f.install == "" {
		if f.install, err = installation(cmd.Context(), s); err != nil {
			return vault.Config{}, err
		}
	}
	return vaultConfig(s.config, f.install), nil
}

func installation(ctx context.Context, s settings) (string, error) {
	url, err := s.config.Store.URL.Read()
	if err != nil {
		return "", fault.New(fault.Invalid, fmt.Sprintf("store.url: %v.", err), "It holds the installation's id; or give --install.")
	}
	st, err := store.Open(ctx, url, store.Options{Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return "", fmt.Errorf("open store: %w", err)
	}
	defer st.Close()
	return st.Installation(ctx)
}

// plan makes the plan, with the passwords that were given.
func (f *vaultFlags) plan(c vault.Config) (vault.Plan, error) {
	byTarget := map[string]config.Ref{}
	for _, text := range f.passwords {
		target, ref, ok := strings.Cut(text, "=")
		if !ok {
			return vault.Plan{}, fault.New(fault.Invalid, fmt.Sprintf("--password %q is not DATABASE=env:NAME or DATABASE=file:/path.", text), "")
		}
		byTarget[target] = config.Ref(ref)
	}
	return vault.NewPlan(c, vault.Admin{Role: vaultRole, Password: func(target string) (string, error) {
		ref, ok := byTarget[target]
		if !ok {
			return "", nil
		}
		return ref.Read()
	}})
}

func (f *vaultFlags) administrator(c vault.Config) (*vault.Administrator, error) {
	token, err := config.Ref(f.token).Read()
	if err != nil {
		return nil, fault.New(fault.Invalid, fmt.Sprintf("--token: %v.", err), "It is the token of whoever administers Vault.")
	}
	return vault.NewAdministrator(c, token)
}

func newVaultPlanCommand() *cobra.Command {
	var f vaultFlags
	var format string
	cmd := &cobra.Command{
		Use:     "plan",
		Short:   "Show what Vault must hold",
		Long:    "Shows what `dbaccess vault apply` writes, policies as HCL. Nothing is contacted but the\nstore, for the installation's id.",
		Example: "  dbaccess vault plan\n  dbaccess vault plan --format terraform > vault.tf",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.config(cmd)
			if err != nil {
				return err
			}
			plan, err := f.plan(c)
			if err != nil {
				return err
			}
			draw := map[string]func() string{"text": plan.Text, "json": plan.JSON, "terraform": plan.Terraform}[format]
			if draw == nil {
				return fault.New(fault.Invalid, fmt.Sprintf("There is no format %q.", format), "There are text, json and terraform.")
			}
			_, err = io.WriteString(cmd.OutOrStdout(), strings.TrimRight(draw(), "\n")+"\n")
			return err
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&format, "format", "text", "text, json or terraform")
	return cmd
}

// prepare reads the config, makes the plan of it, and logs in to compare or write.
func (f *vaultFlags) prepare(cmd *cobra.Command) (vault.Config, vault.Plan, *vault.Administrator, error) {
	c, err := f.config(cmd)
	if err != nil {
		return c, vault.Plan{}, nil, err
	}
	plan, err := f.plan(c)
	if err != nil {
		return c, plan, nil, err
	}
	a, err := f.administrator(c)
	return c, plan, a, err
}

func newVaultApplyCommand() *cobra.Command {
	var f vaultFlags
	var rotate bool
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Write to Vault what differs from the plan",
		Long: `Writes what differs from the plan, and nothing else: a second run writes nothing.
The role that Vault connects as is ` + vaultRole + `, which ` + "`dbaccess target sql`" + ` makes; it is
never a superuser. Its password is needed once; with --rotate-root Vault then gives
it one that nobody else knows.`,
		Example: "  dbaccess vault apply --password shop=env:SHOP_VAULT_PASSWORD --rotate-root",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, plan, a, err := f.prepare(cmd)
			if err != nil {
				return err
			}
			written, err := a.Apply(cmd.Context(), plan)
			out := cmd.OutOrStdout()
			for _, path := range written {
				fmt.Fprintln(out, "written:", path)
			}
			if err != nil {
				return err
			}
			if rotate {
				for _, t := range c.Targets {
					if err := a.RotateRoot(cmd.Context(), c, t.Name); err != nil {
						return err
					}
					fmt.Fprintf(out, "rotated: the password of %s on %s\n", vaultRole, t.Name)
				}
			}
			fmt.Fprintf(out, "Vault holds what it must. The policy %s belongs to what dbaccess logs in with, and no other.\n", plan.Bot)
			return nil
		},
	}
	f.add(cmd)
	f.addToken(cmd)
	cmd.Flags().StringArrayVar(&f.passwords, "password", nil, "DATABASE=env:NAME or DATABASE=file:/path: the password of "+vaultRole+" there")
	cmd.Flags().BoolVar(&rotate, "rotate-root", false, "then make Vault change those passwords to ones that only it knows")
	return cmd
}

func newVaultStatusCommand() *cobra.Command {
	var f vaultFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Compare Vault with the plan",
		Long:  "Compares Vault with the plan. Exit code 0 if nothing differs, 1 if something does.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, plan, a, err := f.prepare(cmd)
			if err != nil {
				return err
			}
			drift, err := a.Status(cmd.Context(), plan)
			if err != nil {
				return err
			}
			for _, d := range drift {
				fmt.Fprintln(cmd.OutOrStdout(), d)
			}
			if len(drift) > 0 {
				return exitError{1, fault.New(fault.Conflict, "Vault differs from the plan.", "`dbaccess vault apply` writes what differs.")}
			}
			fmt.Fprintln(cmd.OutOrStdout(), "Vault holds what it must.")
			return nil
		},
	}
	f.add(cmd)
	f.addToken(cmd)
	return cmd
}
