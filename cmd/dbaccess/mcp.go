package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"dbaccess/credentials"
	"dbaccess/internal/api/client"
	"dbaccess/internal/config"
	"dbaccess/internal/fault"
	"dbaccess/internal/login"
	"dbaccess/internal/mcp"
	"dbaccess/internal/tokens"
)

func newMCPCommand() *cobra.Command {
	var agent string
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "Give an AI agent the tools of dbaccess, over standard input and output",
		Long: `Speaks the Model Context Protocol over standard input and output, for agents that
start their tools as programs. The agent asks with a token of its own, never with
yours: "dbaccess login --agent NAME" makes one, and this command uses the one that
--agent, $DBACCESS_TOKEN_FILE or $DBACCESS_TOKEN names. A token that is renewed
there is taken up while this runs.

Agents that speak HTTP need no program: they use PUBLIC_URL/mcp with the same token.
docs/agents.md has the settings of the usual ones.`,
		Example: `  dbaccess login --agent claude --ttl 72h
  claude mcp add dbaccess -- dbaccess mcp --agent claude`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := thisMachine(cmd).agentClient(cmd, agent)
			if err != nil {
				return err
			}
			log := newLogger(config.Log{Level: "warn"}, cmd.ErrOrStderr())
			return mcp.Serve(cmd.Context(), version, log, c, io.NopCloser(cmd.InOrStdin()), stdout{cmd.OutOrStdout()})
		},
	}
	remoteFlags(cmd)
	cmd.Flags().StringVar(&agent, "agent", "", "the agent of that `NAME`, whose token login --agent has kept")
	return cmd
}

// stdout is closed with the process.
type stdout struct{ io.Writer }

func (stdout) Close() error { return nil }

// errAgentOnly is what whoever gives this command another token reads.
var errAgentOnly = fault.New(fault.Denied, "This token is not an agent's, and an agent must not hold yours.",
	"Give the agent a token of its own: `dbaccess login --agent NAME`, then `dbaccess mcp --agent NAME`.")

// agentClient returns a client of the server as an agent. No network is touched: an
// agent that is started while the server is away has its tools all the same.
func (m machine) agentClient(cmd *cobra.Command, agent string) (*client.Client, error) {
	at, err := m.server(cmd)
	if err != nil {
		return nil, err
	}
	read, err := m.agentToken(at, agent)
	if err != nil {
		return nil, err
	}
	token := func(ctx context.Context) (string, error) { // read at each call: login renews it
		secret, err := read()
		if err != nil {
			return "", err
		}
		text, err := fixed(secret)(ctx)
		if err == nil && !tokens.OfAgent(text) {
			err = errAgentOnly
		}
		return text, err
	}
	if _, err := token(cmd.Context()); err != nil {
		return nil, err
	}
	seed := func(ctx context.Context) ([]byte, error) { // outlives the token, so that a result does
		if kept, err := m.keep.Seed(); err == nil {
			return kept, nil
		}
		text, err := token(ctx)
		return []byte(text), err
	}
	return &client.Client{URL: at, HTTP: m.http, Token: token, Seed: seed}, nil
}

// agentToken says where the agent's token is.
func (m machine) agentToken(at, agent string) (func() (credentials.Secret, error), error) {
	switch file, text := m.env("DBACCESS_TOKEN_FILE"), m.env("DBACCESS_TOKEN"); {
	case agent != "":
		who, err := m.keep.Holder(at)
		if errors.Is(err, login.ErrNone) {
			return nil, fault.New(fault.Denied, "Nobody is signed in here, so whose agent "+agent+" is cannot be told.",
				"`dbaccess login`, then `dbaccess login --agent "+agent+"`; or leave --agent out, and name the file of its token in $DBACCESS_TOKEN_FILE.").With(err)
		}
		if err != nil {
			return nil, err
		}
		return func() (credentials.Secret, error) {
			token, _, err := m.keep.Agent(at, agent+"@"+who)
			if fault.KindOf(err) == fault.Denied {
				err = fault.New(fault.Denied, "There is no token of "+agent+" here.", "`dbaccess login --agent "+agent+"` makes one.").With(err)
			}
			return token, err
		}, nil
	case text != "":
		return func() (credentials.Secret, error) { return credentials.NewSecret(strings.TrimSpace(text)), nil }, nil
	case file != "":
		return func() (credentials.Secret, error) {
			token, err := login.ReadToken(file)
			if err != nil {
				err = fault.New(fault.Invalid, "The token of $DBACCESS_TOKEN_FILE cannot be read.", "`dbaccess login --agent NAME` writes such a file.").With(err)
			}
			return token, err
		}, nil
	}
	return nil, fault.New(fault.Denied, "Which agent is this for?", "Name it with --agent, after `dbaccess login --agent NAME`; or set $DBACCESS_TOKEN_FILE.")
}
