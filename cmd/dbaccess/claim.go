package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/internal/api"
	"dbaccess/internal/fault"
	"dbaccess/internal/job"
)

// exitBadCode is how `claim` ends when the code is not good, or not any more.
const exitBadCode = 4

// claimFormats are what --format knows beside the text for people.
var claimFormats = map[string]func(api.Claimed) (string, error){
	"dsn":     func(c api.Claimed) (string, error) { return c.Forms().URI, nil },
	"uri":     func(c api.Claimed) (string, error) { return c.Forms().URI, nil },
	"env":     func(c api.Claimed) (string, error) { return c.Forms().Env, nil },
	"pgpass":  func(c api.Claimed) (string, error) { return c.Forms().Pgpass, nil },
	"jdbc":    func(c api.Claimed) (string, error) { return c.Forms().JDBC, nil },
	"service": func(c api.Claimed) (string, error) { return job.ServiceFile(c, "") },
	"psql":    func(c api.Claimed) (string, error) { return c.PsqlWithPassword(), nil },
	"json": func(c api.Claimed) (string, error) {
		b, err := json.MarshalIndent(c, "", "  ")
		return string(b), err
	},
}

func newClaimCommand() *cobra.Command {
	var server, format string
	cmd := &cobra.Command{
		Use:   "claim ID|CODE|LINK|-",
		Short: "Get your credential, for approved access or a one-time code from Slack",
		Long: `Has the credential made for access of yours that is approved, named by its grant
(grt_…) or its request (req_…), or by the one-time code that "Get credentials" in
Slack gave you. It is printed once.

CODE may be the whole link (https://…/claim#CODE). With "-" it is read from
standard input, so that it never stands in the process list; an ID is no secret.

  dbaccess claim req_k3v9… --format service > pg_service.conf
  dbaccess claim 'https://dbaccess.example.com/claim#k3v9…'
  eval "$(dbaccess claim - --format env)" && psql
  dbaccess claim - --format pgpass >> ~/.pgpass

Formats: dsn or uri, env (export lines), pgpass (a line), service (a section of
pg_service.conf), jdbc, json, and psql: a command for eval, with the password in
psql's environment and not among its arguments. All of them hold the password.
Without --format the answer is for people. Claiming again by ID makes a new role
and ends the one before.

A code works once. Using it a second time ends the access that it gave, so after
a lost answer get a new code rather than trying again.

Exit codes: 0 done, 1 an error at the server, 2 wrong input, 3 denied (a code that
was used before, too), 4 the code is not known or too old, or its access is over,
5 something is away (the text says whether the code may have been used), 6 nobody
has decided yet.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fault.New(fault.Invalid, "One ID or code is needed.", "`dbaccess claim CODE`, or `-` to read it from standard input.")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if id := args[0]; strings.HasPrefix(id, "grt_") || strings.HasPrefix(id, "req_") {
				return claimByID(cmd, id, format)
			}
			return claim(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout(), args[0], server, format)
		},
	}
	cmd.Flags().StringVar(&server, "url", os.Getenv("DBACCESS_URL"), "dbaccess's address, as in the link ($DBACCESS_URL)")
	cmd.Flags().StringVar(&format, "format", "", "print only: dsn (or uri), env, pgpass, service, jdbc, psql or json")
	return cmd
}

func claim(ctx context.Context, stdin io.Reader, out io.Writer, arg, server, format string) error {
	if err := claimFormat(format); err != nil { // before the code is used, which is for good
		return err
	}
	if arg == "-" {
		line, err := bufio.NewReader(io.LimitReader(stdin, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the code: %w", err)
		}
		arg = line
	}
	address, code, err := claimTarget(arg, server)
	if err != nil {
		return err
	}
	c, err := postCode(ctx, address, code)
	if err != nil {
		if k := fault.KindOf(err); k == fault.NotFound || k == fault.Conflict || k == fault.Expired {
			return exitError{exitBadCode, err}
		}
		return err
	}
	return showClaimed(out, c, format)
}

// claimByID claims what is approved, without a code.
func claimByID(cmd *cobra.Command, id, format string) error {
	if err := claimFormat(format); err != nil {
		return err
	}
	c, err := apiClient(cmd)
	if err != nil {
		return err
	}
	if strings.HasPrefix(id, "req_") {
		r, err := c.Request(cmd.Context(), id, 0)
		if err != nil {
			return err
		}
		if !r.Settled {
			return exitError{exitPending, fault.New(fault.Conflict, id+" "+waitsFor(r)+".", "`dbaccess status "+id+"` shows how it stands.")}
		}
		if err := unmet(r); err != nil {
			return err
		}
		id = r.Grant
	}
	claimed, err := c.Claim(cmd.Context(), id, false)
	if err != nil {
		return err
	}
	return showClaimed(cmd.OutOrStdout(), claimed, format)
}

func claimFormat(format string) error {
	if _, ok := claimFormats[format]; ok || format == "" {
		return nil
	}
	return fault.New(fault.Invalid, fmt.Sprintf("There is no format %q.", format),
		"It is one of "+strings.Join(slices.Sorted(maps.Keys(claimFormats)), ", ")+".")
}

// showClaimed prints a credential, for people unless there is a format.
func showClaimed(out io.Writer, c api.Claimed, format string) error {
	if format == "" {
		return printClaimed(out, c)
	}
	text, err := claimFormats[format](c)
	if err != nil {
		return fmt.Errorf("write the credential: %w", err)
	}
	_, err = fmt.Fprintln(out, strings.TrimSuffix(text, "\n"))
	return err
}

// claimTarget finds out where to send which code. Its errors do not repeat what
// was given: it may be a code.
func claimTarget(arg, server string) (address, code string, err error) {
	arg = strings.TrimSpace(arg)
	page := strings.TrimSuffix(server, "/") + "/claim"
	if strings.Contains(arg, "://") {
		page, arg, _ = strings.Cut(arg, "#")
	} else if server == "" {
		return "", "", fault.New(fault.Invalid, "It is not known where dbaccess answers.",
			"Give the whole link instead of the code, or --url, or set DBACCESS_URL.")
	}
	u, err := url.Parse(page)
	if err != nil || u.Host == "" {
		return "", "", fault.New(fault.Invalid, "The address is not one.", "It looks like https://dbaccess.example.com.")
	}
	if err := api.CheckTransport(u); err != nil {
		return "", "", err
	}
	if !strings.HasSuffix(u.Path, "/claim") {
		return "", "", fault.New(fault.Invalid, "This link is not for claiming a credential.",
			"Links for that contain /claim#; open others in a browser.")
	}
	if arg == "" {
		return "", "", fault.New(fault.Invalid, "There is no code.", "It is what follows the # in the link.")
	}
	return u.String(), arg, nil
}

// postCode uses the code, once.
func postCode(ctx context.Context, address, code string) (api.Claimed, error) {
	body, err := json.Marshal(map[string]string{"code": code})
	if err != nil {
		return api.Claimed{}, fmt.Errorf("encode the code: %w", err)
	}
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return api.Claimed{}, fmt.Errorf("ask %s: %w", address, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "dbaccess-claim")
	client := http.Client{
		Timeout: 75 * time.Second, // longer than the server gives itself
		// A code is for one address: it does not follow to another.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		return api.Claimed{}, notAnswered(sent.Load(), err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return api.Claimed{}, notAnswered(true, err)
	}
	return readClaimed(res, answer)
}

func notAnswered(sent bool, err error) error {
	if !sent {
		return fault.New(fault.Unavailable, "dbaccess cannot be reached.",
			"The code was not used: try again while it is good, or check the address.").With(err)
	}
	return fault.New(fault.Unavailable, "The answer did not arrive.",
		"The code may have been used, so do not try it again: get a new one in Slack.").With(err)
}

// readClaimed turns the server's answer into the credential or into the fault
// that the server told.
func readClaimed(res *http.Response, body []byte) (api.Claimed, error) {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	var c api.Claimed
	if res.StatusCode == http.StatusOK && kind == "application/json" && json.Unmarshal(body, &c) == nil && c.Role != "" {
		return c, nil
	}
	var p api.Problem
	if kind == "application/problem+json" && json.Unmarshal(body, &p) == nil && p.Detail != "" {
		for k := fault.Invalid; k <= fault.Unavailable; k++ {
			if k.String() == p.Kind {
				return c, fault.New(k, p.Detail, p.Hint)
			}
		}
		return c, fmt.Errorf("the server answered: %s Quote reference %s to whoever runs dbaccess", p.Detail, p.Ref)
	}
	return c, fault.New(fault.Unavailable, fmt.Sprintf("What answers there is not dbaccess (HTTP %d).", res.StatusCode),
		"Check the address. The code may have been used: get a new one in Slack.")
}

// printClaimed prints the credential for a person.
func printClaimed(out io.Writer, c api.Claimed) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s, %s, until %s (%s from now)\n\n", c.Name, c.Profile,
		c.Until.Local().Format("2006-01-02 15:04:05 MST"), c.Until.Sub(c.Now).Round(time.Second))
	for _, f := range [][2]string{
		{"host", c.Host},
		{"port", fmt.Sprint(c.Port)},
		{"database", c.Database},
		{"role", c.Role},
		{"password", c.Password},
		{"sslmode", c.SSLMode},
	} {
		fmt.Fprintf(w, "  %s\t%s\n", f[0], f[1])
	}
	fmt.Fprintf(w, "\n  %s\n\nShown once. Claimed again, by a new code from Slack or by ID, there is a new role and this one ends.\n", c.Forms().Psql)
	return w.Flush()
}
