package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"dbaccess/credentials"
	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/identity"
	"dbaccess/internal/tokens"
)

// benchExecs is how many jobs run, one after the other.
const benchExecs = 20

// execs measures what `dbaccess exec` puts before a command under a rule that
// allows at once: from its start to the command's first byte, beside the command
// alone. In between a process starts, asks, claims (a role is made) and starts the
// command.
func (b *benchmark) execs(ctx context.Context) ([]figure, error) {
	token, err := b.jobToken(ctx)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", "dbaccess-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(home) }()
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "DBACCESS_KEYRING=no", "DBACCESS_URL=" + b.config.PublicURL, "DBACCESS_TOKEN=" + token,
	}
	job := []string{self, "exec", "-q", "-d", "shop", "-p", "masked-read", "-t", "5m", "-r", "bench", "--", "echo", "ready"}
	var with, alone, whole []time.Duration
	for i := range benchExecs + 1 {
		first, all, err := firstByte(ctx, env, job...)
		if err != nil {
			return nil, err
		}
		bare, _, err := firstByte(ctx, env, "echo", "ready")
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first one warms what is read from disk
			with, alone, whole = append(with, first), append(alone, bare), append(whole, all)
		}
	}
	over := figure{what: "of this, dbaccess's: exec less the command alone", beside: "  target: p50 < 300 ms"}
	for i := range with {
		over.values = append(over.values, with[i]-alone[i])
	}
	return []figure{
		{what: "exec → the command's first byte", values: with},
		{what: "the command alone", values: alone},
		over,
		{what: "exec, from start to the proven end", values: whole},
	}, nil
}

// firstByte runs a command and says when it first wrote something, and how long it
// ran.
func firstByte(ctx context.Context, env []string, command ...string) (first, all time.Duration, err error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env, cmd.Stderr = env, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	_, err = out.Read(make([]byte, 1))
	first = time.Since(began)
	_, rest := io.Copy(io.Discard, out)
	err = errors.Join(err, rest, cmd.Wait())
	return first, time.Since(began), err
}

// jobToken makes a token of the demo's pipeline, as if its runner had been asked.
func (b *benchmark) jobToken(ctx context.Context) (string, error) {
	rules := b.core.tokenRules()
	rules.Verify = func(context.Context, string) (tokens.Verified, error) {
		p, err := b.core.people.Principal(identity.ServiceName("nightly"))
		return tokens.Verified{Principal: p, Issuer: "bench", Subject: "bench", IssuedAt: time.Now(), Expires: time.Now().Add(time.Hour)}, err
	}
	secret, _, err := rules.Exchange(ctx, credentials.NewSecret("signed"))
	if err != nil {
		return "", fmt.Errorf("make the job's token: %w", err)
	}
	return fixed(secret)(ctx)
}

// overAPI is how many requests a second are asked, allowed and claimed over HTTP.
func (b *benchmark) overAPI(ctx context.Context) (float64, error) {
	token, err := b.jobToken(ctx)
	if err != nil {
		return 0, err
	}
	c := &client.Client{URL: b.config.PublicURL, Token: func(context.Context) (string, error) { return token, nil }}
	rate, err := perSecond(rateWorkers, make([]struct{}, rateGrants), func(struct{}) error {
		r, err := c.Ask(ctx, v1.Ask{Kind: "access", Database: "shop", Profile: "masked-read", Duration: "5m", Reason: "rate"})
		if err != nil {
			return err
		}
		_, err = c.Claim(ctx, r.Grant, false)
		return err
	})
	return rate, errors.Join(err, b.endAll(ctx))
}
