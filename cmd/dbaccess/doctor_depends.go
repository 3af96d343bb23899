package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"dbaccess/bot"
	"dbaccess/credentials"
	"dbaccess/credentials/postgres"
	"dbaccess/credentials/vault"
	"dbaccess/internal/checkup"
	"dbaccess/internal/config"
	"dbaccess/internal/fault"
	"dbaccess/internal/store"
	"dbaccess/internal/target"
)

// This file asks the packages that know what the server depends on.

// store returns the store's checks, and asks it for the installation's id, which
// others need.
func (d *doctor) store(ctx context.Context) []checkup.Check {
	url, err := d.config.Store.URL.Read()
	if err != nil {
		return []checkup.Check{missingSecret("store.url", err)}
	}
	st, err := store.NewDoctor(ctx, url, d.now)
	if err != nil {
		f := fault.Show(err)
		return []checkup.Check{found("connection", checkup.Wrong(f.Hint, "%s", f.Msg))}
	}
	d.closing = append(d.closing, st.Close)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second) // the checks wait for it; they have their own time
	defer cancel()
	if d.install, err = st.Installation(ctx); err != nil {
		d.install = ""
	}
	return st.Checks()
}

// missingSecret says that a secret which the config refers to is not there.
func missingSecret(path string, err error) checkup.Check {
	return found(path, checkup.Wrong("Set it, or correct the reference in the config. Does the doctor run as the server's user, with its environment?", "It cannot be read: %v.", err))
}

// unknownInstall stands for the installation where the store did not tell which
// it is: nothing has such a prefix.
const unknownInstall = "doctor"

func (d *doctor) databaseChecks(db config.Database) []checkup.Check {
	one := d.config
	one.Databases = []config.Database{db}
	list, err := targets(one)
	if err != nil {
		return []checkup.Check{missingSecret("secrets", errors.Unwrap(err))}
	}
	install := d.install
	if install == "" {
		install = unknownInstall
	}
	ts, err := postgres.Open(postgres.Config{Install: install, Targets: list, Now: d.now})
	if err != nil {
		return []checkup.Check{found("connection", checkup.Wrong("Correct what it names.", "%v.", err))}
	}
	d.closing = append(d.closing, ts.Close)
	checks, err := ts.Checks(db.Name)
	if err != nil {
		return []checkup.Check{found("connection", checkup.Wrong("", "%v.", err))}
	}
	return append(checks, checkup.Check{Name: "preview", Look: func(ctx context.Context) []checkup.Finding { return lookAtPreview(ctx, db) }})
}

// lookAtPreview looks at the role that looks at pending statements: it must be
// able to read, and to do nothing else.
func lookAtPreview(ctx context.Context, db config.Database) (list []checkup.Finding) {
	if db.PreviewURL == "" {
		if len(db.Statements.Runs) == 0 {
			return nil
		}
		return []checkup.Finding{checkup.Warn("Set preview_url: `dbaccess target sql "+db.Name+"` prints how to make its role.",
			"There is no preview role, so reviewers see no estimate of what a statement would touch.")}
	}
	url, err := db.PreviewURL.Read()
	if err != nil {
		return []checkup.Finding{checkup.Wrong("Set it, or correct the reference in the config.", "preview_url cannot be read: %v.", err)}
	}
	rights, err := target.CheckPreview(ctx, credentials.NewSecret(url))
	if err != nil {
		return []checkup.Finding{checkup.Wrong("Is the server up, and are role and password in preview_url right? `dbaccess target sql "+db.Name+"` makes the role.", "The preview role cannot be looked at: %v.", err)}
	}
	for _, said := range rights.Wrong {
		list = append(list, checkup.Wrong("Take that from "+rights.Role+", or use a role of its own: it looks at statements that nobody has approved.", "%s", said))
	}
	for _, said := range rights.Unsafe {
		list = append(list, checkup.Warn("`dbaccess target sql "+db.Name+"` prints how the role should be.", "%s", said))
	}
	return checkup.Or(list, "%s can read, and write nothing.", rights.Role)
}

// blind are the eyes of a Vault that mints nothing.
type blind struct{ vault.Eyes }

func (d *doctor) vaultChecks() []checkup.Check {
	if !d.config.UsesVault() {
		return nil
	}
	install := d.install
	if install == "" {
		install = unknownInstall
	}
	vc := vaultConfig(d.config, install)
	vc.Eyes, vc.Log, vc.Now = blind{}, slog.New(slog.DiscardHandler), d.now
	v, err := vault.Open(vc)
	if err != nil {
		return []checkup.Check{found("config", checkup.Wrong("Correct what it names.", "%v.", err))}
	}
	checks := []checkup.Check{{Name: "health", Look: func(ctx context.Context) []checkup.Finding {
		if err := v.Health(ctx); err != nil {
			return []checkup.Finding{vaultTrouble(err)}
		}
		return []checkup.Finding{checkup.Fine("It answers at %s and is unsealed.", d.config.Vault.Address)}
	}}}
	if d.install == "" {
		return append(checks, found("rights", checkup.Warn("Mend the store first.", "Not looked at: the installation's id, which Vault's paths carry, is in the store.")))
	}
	return append(checks,
		checkup.Check{Name: "rights", Look: func(ctx context.Context) []checkup.Finding { return lookAtVaultRights(ctx, v, vc) }},
		checkup.Check{Name: "roles and policies", Look: func(ctx context.Context) []checkup.Finding { return lookAtVaultPlan(ctx, vc, os.Getenv("VAULT_TOKEN")) }},
	)
}

// vaultTrouble says an error of Vault's in its own words.
func vaultTrouble(err error) checkup.Finding {
	if f := fault.Show(err); f.Kind != fault.Internal {
		return checkup.Wrong(f.Hint, "%s", f.Msg)
	}
	return checkup.Wrong("docs/operations.md says what to do by symptom.", "%v.", err)
}

func lookAtVaultRights(ctx context.Context, v *vault.Vault, vc vault.Config) (list []checkup.Finding) {
	problems, err := v.Check(ctx)
	if err != nil {
		return []checkup.Finding{vaultTrouble(err)}
	}
	for _, p := range problems {
		list = append(list, checkup.Wrong("Run `dbaccess vault apply`, and give what dbaccess logs in with the policy "+vc.BotPolicy()+" and no other.", "%s", p))
	}
	return checkup.Or(list, "dbaccess logs in, may do what it must, and nothing that would make it more.")
}

// lookAtVaultPlan compares Vault with the plan if there is a token for it: the
// server's own may not read what it must not change.
func lookAtVaultPlan(ctx context.Context, vc vault.Config, token string) (list []checkup.Finding) {
	if token == "" {
		return []checkup.Finding{checkup.Fine("Left out: the server's token cannot read them. With an administrator's in $VAULT_TOKEN they are compared, as by `dbaccess vault status`.")}
	}
	plan, err := vault.NewPlan(vc, vault.Admin{Role: vaultRole, Password: func(string) (string, error) { return "", nil }})
	if err != nil {
		return []checkup.Finding{vaultTrouble(err)}
	}
	a, err := vault.NewAdministrator(vc, token)
	if err != nil {
		return []checkup.Finding{vaultTrouble(err)}
	}
	drift, err := a.Status(ctx, plan)
	if err != nil {
		return []checkup.Finding{vaultTrouble(err)}
	}
	for _, one := range drift {
		list = append(list, checkup.Wrong("`dbaccess vault apply` writes what differs.", "%v.", one))
	}
	return checkup.Or(list, "They are what `dbaccess vault plan` shows.")
}

func (d *doctor) slackChecks() (list []checkup.Check) {
	sl := d.config.Slack
	if sl.APIURL != "" {
		if err := loopbackOnly(sl.APIURL); err != nil { // the tokens would go there
			f := fault.Show(err)
			return []checkup.Check{found("api_url", checkup.Wrong("Leave it out: the server then talks to Slack.", "%s Nothing was asked there.", f.Msg))}
		}
		list = append(list, found("api_url", checkup.Warn("Leave slack.api_url out for a real server.", "This is a local Slack, for the demo: `dbaccess serve` refuses it.")))
	}
	d2 := bot.Doctor{APIURL: sl.APIURL, Channels: channels(d.config), People: d.patients()}
	var err error
	if d2.BotToken, err = sl.BotToken.Read(); err != nil {
		list = append(list, missingSecret("bot token", err))
	}
	if sl.OverHTTP() {
		d2.RequestURL = d.config.RequestURL()
		for i, ref := range sl.SigningSecrets {
			secret, err := ref.Read()
			if err != nil {
				list = append(list, missingSecret(fmt.Sprintf("signing_secrets[%d]", i), err))
				continue
			}
			d2.SigningSecrets = append(d2.SigningSecrets, secret)
		}
	} else if d2.AppToken, err = sl.AppToken.Read(); err != nil {
		list = append(list, missingSecret("app token", err))
	}
	return append(list, d2.Checks()...)
}

// patients are the people of the config, those whom policy asks first.
func (d *doctor) patients() (list []bot.Patient) {
	asked := d.policy.Groups()
	var rest []bot.Patient
	for _, p := range d.config.Identity.People {
		one := bot.Patient{Name: p.Name, Slack: p.Slack}
		if slices.ContainsFunc(p.Groups, func(g string) bool { return slices.Contains(asked, g) }) {
			list = append(list, one)
		} else {
			rest = append(rest, one)
		}
	}
	return append(list, rest...)
}

func (d *doctor) configChecks() []checkup.Check {
	c := d.config
	return []checkup.Check{
		found("file", checkup.Fine("%s loads. Databases: %d. People: %d.", d.path, len(c.Databases), len(c.Identity.People))),
		found("policy", d.lookAtPolicy()...),
		found("claim", d.lookAtClaim()),
	}
}

func (d *doctor) lookAtPolicy() (list []checkup.Finding) {
	for _, p := range d.policy.Check(known(d.config, d.people)) {
		list = append(list, checkup.Warn("Correct the rule, or put somebody in: docs/policy.md.", "%s", p))
	}
	for _, group := range d.policy.Groups() {
		if len(d.people.Members(group)) == 0 && !slices.Contains(d.people.Groups(), group) {
			list = append(list, checkup.Warn("Put people into it, in identity.people.", "Nobody is in %s, which the policy asks.", group))
		}
	}
	which := fmt.Sprintf("%d files", len(d.config.Policy.Files))
	if len(d.config.Policy.Files) == 0 {
		which = "The shipped one"
	}
	return checkup.Or(list, "%s, version %s: every group that it asks has somebody in it.", which, d.policy.Version)
}

func (d *doctor) lookAtClaim() checkup.Finding {
	if d.config.Claim.InSlack {
		return checkup.Warn("Set claim.in_slack: false where people's browsers reach public_url; docs/security.md says what it risks.", "Credentials are shown in Slack, and so pass through it.")
	}
	return checkup.Fine("Credentials are shown on the claim page only, never in Slack.")
}
