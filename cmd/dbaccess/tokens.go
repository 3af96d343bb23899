package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/internal/fault"
	"dbaccess/internal/store"
	"dbaccess/internal/tokens"
)

// operatorTokens are the rules of tokens as operators need them: nothing is
// exchanged or issued here.
func operatorTokens(s *store.Store) *tokens.Service {
	return &tokens.Service{Store: s, Now: time.Now, NewID: newID}
}

func newTokensCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tokens",
		Short: "List and end tokens of the API, on the server's machine",
		Long: `Lists and ends the tokens with which people, jobs and agents use the API. Whoever can
read the server's config acts as operator:<login>, on record. The tokens themselves
are not kept, and nobody can list them.`,
	}
	cmd.AddCommand(newTokensListCommand(), newTokensEndCommand())
	return cmd
}

func newTokensListCommand() *cobra.Command {
	var of, format string
	var all bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List tokens, newest first",
		Example: `  dbaccess tokens list
  dbaccess tokens list --of alice --all --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f := tokens.Filter{Of: of, Limit: 1000}
			if !all {
				f.LiveAt = time.Now()
			}
			s, err := openAudit(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			list, err := operatorTokens(s).All(cmd.Context(), f)
			if err != nil {
				return err
			}
			return tokenListing(time.Now()).print(cmd.OutOrStdout(), format, list)
		},
	}
	configFlag(cmd)
	cmd.Flags().StringVar(&of, "of", "", "only this principal's and its agents': alice, service/nightly, claude@alice")
	cmd.Flags().BoolVar(&all, "all", false, "those too that are over, for a week")
	formatFlag(cmd, &format)
	return cmd
}

// tokenRow is one token as --format json prints it.
type tokenRow struct {
	ID        string          `json:"id"`
	Principal string          `json:"principal"`
	For       string          `json:"for,omitempty"`
	Audience  tokens.Audience `json:"audience"`
	Issuer    string          `json:"issuer,omitempty"`
	Subject   string          `json:"subject,omitempty"`
	At        time.Time       `json:"at"`
	Expires   time.Time       `json:"expires"`
	Ended     *time.Time      `json:"ended,omitempty"`
	EndedBy   string          `json:"ended_by,omitempty"`
}

func tokenListing(now time.Time) listing[tokens.Token] {
	return listing[tokens.Token]{
		none: "No tokens.", head: "TOKEN\tOF\tFOR\tFROM\tISSUED (UTC)\tSTATE",
		object: func(t tokens.Token) any {
			return tokenRow{t.ID, t.Principal, t.For, t.Audience, t.Issuer, t.Subject, t.At, t.Expires, timeOrNil(t.EndedAt), t.EndedBy}
		},
		line: func(t tokens.Token) string {
			from := t.Issuer
			if from == "" {
				from = "its person"
			}
			return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", t.ID, t.Principal, t.Audience, oneLine(from, 30), t.At.UTC().Format("01-02 15:04"), tokenState(t, now))
		},
	}
}

func tokenState(t tokens.Token, now time.Time) string {
	switch {
	case !t.EndedAt.IsZero():
		return "ended by " + t.EndedBy
	case t.Live(now):
		return t.Expires.Sub(now).Round(time.Second).String() + " left"
	default:
		return "expired"
	}
}

func newTokensEndCommand() *cobra.Command {
	var of string
	cmd := &cobra.Command{
		Use:   "end [TOKEN…]",
		Short: "End tokens now, for all servers at once",
		Long: `Ends tokens by their ids, or with --of all of a principal's and of its agents'. They
are refused from this moment on; grants that were claimed with them stay, and are
ended with ` + "`dbaccess grants end`" + `. Whoever may still sign in can get new ones: to shut
somebody out, take them out of the config as well.`,
		Example: `  dbaccess tokens end tok_7c2r4v…
  dbaccess tokens end --of alice`,
		RunE: func(cmd *cobra.Command, ids []string) error {
			s, err := openAudit(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			rules := operatorTokens(s)
			if of != "" {
				list, err := rules.All(cmd.Context(), tokens.Filter{Of: of, LiveAt: time.Now(), Limit: 10_000})
				if err != nil {
					return err
				}
				for _, t := range list {
					ids = append(ids, t.ID)
				}
			} else if len(ids) == 0 {
				return errNoTokens
			}
			return endTokens(cmd, rules, ids)
		},
	}
	configFlag(cmd)
	cmd.Flags().StringVar(&of, "of", "", "all of this principal's and its agents'")
	return cmd
}

var errNoTokens = fault.New(fault.Invalid, "No token is named.", "Give ids of `dbaccess tokens list`, or --of NAME.")

func endTokens(cmd *cobra.Command, rules *tokens.Service, ids []string) error {
	failed := false
	for _, id := range ids {
		err := rules.End(cmd.Context(), operator(), id)
		if errors.Is(err, tokens.ErrNoToken) {
			err = fault.New(fault.NotFound, "There is no such token.", "`dbaccess tokens list --all` shows them.").With(err)
		}
		if err != nil {
			failed = true
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", id, notEndedSentence(err))
			continue
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s: ended.\n", id)
	}
	if failed {
		return exitError{1, nil}
	}
	return nil
}
