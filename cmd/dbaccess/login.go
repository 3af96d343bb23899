package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/credentials"
	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
	"dbaccess/internal/login"
)

// loginOptions are the flags of `dbaccess login`.
type loginOptions struct {
	issuer    string
	device    bool
	noBrowser bool
	noKeyring bool
	port      int
	agent     string
	ttl       time.Duration
	print     bool
}

func newLoginCommand() *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in at a server, or give an agent a token of its own",
		Long: `Signs you in at your company's issuer, in the browser, and keeps the token that
dbaccess gives for it: in the system's keyring if there is one, else in a file that
only you can read. It is good for half a day.

With --agent it gives an agent of yours a token of its own, which acts for you, can
ask only for what you could, and can never review. It is kept in a file for
$DBACCESS_TOKEN_FILE; nobody else's program needs to see your own token.

Jobs need no login: their platform's identity token is exchanged by itself.
` + "`dbaccess whoami`" + ` says as whom the commands here run.`,
		Example: `  dbaccess login --url https://dbaccess.example.com
  dbaccess login --device              # no browser here
  dbaccess login --agent claude --ttl 72h`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m := thisMachine(cmd)
			if o.noKeyring {
				m.keep.Ring = nil
			}
			if o.noBrowser {
				m.browse = nil
			}
			at, err := m.server(cmd)
			if err != nil {
				return err
			}
			if o.agent != "" {
				return m.loginAgent(cmd, at, o)
			}
			return m.login(cmd, at, o)
		},
	}
	remoteFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.issuer, "issuer", "", "where to sign in, if the server takes several")
	f.BoolVar(&o.device, "device", false, "sign in through a browser on another device")
	f.BoolVar(&o.noBrowser, "no-browser", false, "only show the address")
	f.BoolVar(&o.noKeyring, "no-keyring", false, "keep the token in a file, though there is a keyring ($DBACCESS_KEYRING=no does the same)")
	f.IntVar(&o.port, "port", 0, "the port of 127.0.0.1 to come back to, if the issuer wants a fixed one")
	f.StringVar(&o.agent, "agent", "", "give the agent of this name a token")
	f.DurationVar(&o.ttl, "ttl", 0, "how long the agent's token is good (default 8h)")
	f.BoolVar(&o.print, "print", false, "print the agent's token instead of keeping it")
	return cmd
}

// login signs the person in and keeps what the server gives.
func (m machine) login(cmd *cobra.Command, at string, o loginOptions) error {
	ctx, out := cmd.Context(), cmd.ErrOrStderr()
	c := &client.Client{URL: at, HTTP: m.http}
	issuers, err := c.LoginIssuers(ctx)
	if err != nil {
		return err
	}
	issuer, err := choose(issuers, o.issuer)
	if err != nil {
		return err
	}
	flow := login.Flow{
		Issuer: login.Issuer{Name: issuer.Name, URL: issuer.URL, ClientID: issuer.ClientID, Scopes: issuer.Scopes},
		Out:    out, Open: m.browse, Port: o.port, HTTP: m.http, Now: m.now,
	}
	sign := flow.Browser
	if o.device {
		sign = flow.Device
	}
	id, err := sign(ctx)
	if err != nil {
		return err
	}
	issued, err := c.Exchange(ctx, id.Reveal())
	if err != nil {
		return err
	}
	l := login.Login{URL: at, Principal: issued.Principal, Expires: issued.Expires, Token: credentials.NewSecret(issued.AccessToken)}
	earlier, _ := m.keep.Find(at)
	where, err := m.keep.Save(l)
	if err != nil { // nobody will use it, so it should not be good
		return errors.Join(err, m.end(ctx, at, l.Token))
	}
	if earlier.URL != "" && m.now().Before(earlier.Expires) {
		_ = m.end(ctx, at, earlier.Token) // else it expires by itself
	}
	fmt.Fprintf(out, "You are %s at %s until %s. The token is in %s.\n", l.Principal, at, l.Expires.Local().Format("2 January 15:04"), where)
	return nil
}

// choose returns the issuer of that name; without a name, the only one.
func choose(list []v1.LoginIssuer, name string) (v1.LoginIssuer, error) {
	names := make([]string, len(list))
	for i, is := range list {
		if names[i] = is.Name; is.Name == name || name == "" && len(list) == 1 {
			return is, nil
		}
	}
	switch {
	case len(list) == 0:
		return v1.LoginIssuer{}, fault.New(fault.Unavailable, "Nobody can sign in at this server from a command line.", "Its owner can add an issuer for people under identity.issuers.")
	case name == "":
		return v1.LoginIssuer{}, fault.New(fault.Invalid, "There are several places to sign in: "+strings.Join(names, ", ")+".", "Say which one with --issuer.")
	}
	return v1.LoginIssuer{}, fault.New(fault.Invalid, fmt.Sprintf("There is no issuer %q for people.", name), "There is "+strings.Join(names, ", ")+".")
}

// end ends a token at its server.
func (m machine) end(ctx context.Context, at string, token credentials.Secret) error {
	c := &client.Client{URL: at, HTTP: m.http, Token: fixed(token)}
	return c.Logout(ctx)
}

// loginAgent gives an agent of whoever is signed in a token.
func (m machine) loginAgent(cmd *cobra.Command, at string, o loginOptions) error {
	c, err := m.client(at)
	if err != nil {
		return err
	}
	issued, err := c.IssueAgent(cmd.Context(), o.agent, o.ttl)
	if err != nil {
		return err
	}
	l := login.Login{URL: at, Principal: issued.Principal, Expires: issued.Expires, Token: credentials.NewSecret(issued.AccessToken)}
	until := l.Expires.Local().Format("2 January 15:04")
	if o.print {
		fmt.Fprintln(cmd.OutOrStdout(), l.Token.Reveal())
		fmt.Fprintf(cmd.ErrOrStderr(), "%s acts for you at %s until %s.\n", l.Principal, at, until)
		return nil
	}
	earlier, _, _ := m.keep.Agent(at, l.Principal)
	path, err := m.keep.SaveAgent(l)
	if err != nil {
		return errors.Join(err, m.end(cmd.Context(), at, l.Token))
	}
	if earlier != (credentials.Secret{}) { // nobody could end it any more once it is forgotten
		_ = m.end(cmd.Context(), at, earlier) // else it expires by itself
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s acts for you at %s until %s. Give the agent this surrounding:\n\n", l.Principal, at, until)
	fmt.Fprintf(cmd.OutOrStdout(), "DBACCESS_URL=%s\nDBACCESS_TOKEN_FILE=%s\n", at, path)
	return nil
}

func newLogoutCommand() *cobra.Command {
	var agent string
	var here bool
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "End your token at the server, and forget it here",
		Long: `Ends the token that login has kept, first at the server, so that no copy of it is
good any more, and then forgets it here. If the server is away, nothing is
forgotten: try again, or forget it only here with --only-here.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m := thisMachine(cmd)
			at, err := m.server(cmd)
			if err != nil {
				return err
			}
			return m.logout(cmd, at, agent, here)
		},
	}
	remoteFlags(cmd)
	cmd.Flags().StringVar(&agent, "agent", "", "end the token of your agent of this name instead")
	cmd.Flags().BoolVar(&here, "only-here", false, "do not tell the server: the token stays good until it expires")
	return cmd
}

func (m machine) logout(cmd *cobra.Command, at, agent string, here bool) error {
	l, err := m.keep.Find(at)
	if err != nil {
		return err
	}
	who, token, forget := l.Principal, l.Token, func() error { return m.keep.Forget(at) }
	if agent != "" {
		who = agent + "@" + l.Principal
		if token, _, err = m.keep.Agent(at, who); err != nil {
			return err
		}
		forget = func() error { return m.keep.ForgetAgent(at, who) }
	}
	if !here {
		// A server that does not know the token, or has ended it, is content.
		if err := m.end(cmd.Context(), at, token); err != nil && fault.KindOf(err) != fault.Denied {
			return err
		}
	}
	if err := forget(); err != nil {
		return err
	}
	if here {
		fmt.Fprintf(cmd.ErrOrStderr(), "The token of %s is forgotten here. It stays good until it expires.\n", who)
		return nil
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "The token of %s at %s is ended.\n", who, at)
	return nil
}

func newWhoAmICommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "Say as whom commands run here, and where",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := apiClient(cmd)
			if err != nil {
				return err
			}
			me, err := c.WhoAmI(cmd.Context())
			if err != nil {
				return err
			}
			return printWhoAmI(cmd.OutOrStdout(), format, c.URL, me)
		},
	}
	remoteFlags(cmd)
	formatFlag(cmd, &format)
	return cmd
}

func printWhoAmI(w io.Writer, format, at string, me v1.WhoAmI) error {
	switch format {
	case "json":
		return json.NewEncoder(w).Encode(me)
	case "table":
	default:
		return fault.New(fault.Invalid, fmt.Sprintf("There is no format %q.", format), "Use table or json.")
	}
	fmt.Fprintf(w, "%s at %s\n", me.ID, at)
	var lines [][2]string
	switch {
	case me.For != "" && strings.HasPrefix(me.ID, "service:"):
		lines = append(lines, [2]string{"started by", me.For})
	case me.For != "":
		lines = append(lines, [2]string{"acts for", me.For})
	}
	if len(me.Groups) > 0 {
		lines = append(lines, [2]string{"groups", strings.Join(me.Groups, ", ")})
	}
	for _, name := range slices.Sorted(maps.Keys(me.Claims)) {
		lines = append(lines, [2]string{name, oneLine(me.Claims[name], 100)})
	}
	lines = append(lines, [2]string{"token", fmt.Sprintf("%s, for %s, until %s", me.Token.ID, me.Token.Audience, me.Token.Expires.UTC().Format(time.RFC3339))})
	width := 0
	for _, l := range lines {
		width = max(width, len(l[0]))
	}
	for _, l := range lines {
		fmt.Fprintf(w, "  %-*s  %s\n", width, l[0], l[1])
	}
	return nil
}
