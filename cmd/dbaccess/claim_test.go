package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/api"
	"dbaccess/internal/fault"
)

const claimCode = "k3v9w2m7q4x8z5t6r1p0ndhbca"

// teller redeems claimCode once.
type teller struct {
	used atomic.Bool
	err  error
}

func (b *teller) Redeem(_ context.Context, code credentials.Secret) (credentials.Credential, credentials.Grant, error) {
	switch {
	case b.err != nil:
		return credentials.Credential{}, credentials.Grant{}, b.err
	case api.CodeSum(code) != api.CodeSum(credentials.NewSecret(claimCode)):
		return credentials.Credential{}, credentials.Grant{}, credentials.ErrNoCode
	case b.used.Swap(true):
		return credentials.Credential{}, credentials.Grant{}, fault.New(fault.Conflict, "This code was used before.", "The access was ended.")
	}
	return credentials.Credential{
		Host: "db.example.com", Port: 5432, Database: "shop", SSLMode: "require",
		Role: "dba-q-1", Password: credentials.NewSecret("pa:ss'word"), Until: time.Now().Add(time.Hour),
	}, credentials.Grant{Grant: approvals.Grant{ID: "grt_1", Database: "shop-prod", Profile: "masked-read"}}, nil
}

// claimServer is the HTTP door with t in the place of the rules.
func claimServer(t *testing.T, b *teller) string {
	t.Helper()
	a, err := api.New(api.Config{Grants: b, PublicURL: "http://127.0.0.1", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(a.Handler())
	t.Cleanup(s.Close)
	return s.URL
}

// runClaim runs the command as main does, and returns its exit code.
func runClaim(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := newClaimCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	var out, errs bytes.Buffer
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	err := cmd.ExecuteContext(t.Context())
	if err == nil {
		return 0, out.String(), errs.String()
	}
	showError(&errs, err)
	var exit exitError
	if errors.As(err, &exit) {
		return exit.code, out.String(), errs.String()
	}
	return exitCode(err), out.String(), errs.String()
}

func TestClaimPrintsTheCredentialForPeople(t *testing.T) {
	t.Parallel()
	for name, args := range map[string]func(url string) (stdin string, args []string){
		"code and url": func(u string) (string, []string) { return "", []string{claimCode, "--url", u} },
		"slash at end": func(u string) (string, []string) { return "", []string{claimCode, "--url", u + "/"} },
		"whole link":   func(u string) (string, []string) { return "", []string{u + "/claim#" + claimCode} },
		"from stdin":   func(u string) (string, []string) { return claimCode + "\n", []string{"-", "--url", u} },
		"link, stdin":  func(u string) (string, []string) { return u + "/claim#" + claimCode, []string{"-"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdin, a := args(claimServer(t, &teller{}))
			code, out, errs := runClaim(t, stdin, a...)
			if code != 0 || errs != "" {
				t.Fatalf("exit %d: %s", code, errs)
			}
			for _, want := range []string{"shop-prod, masked-read, until ", "password  pa:ss'word", "psql 'postgresql://dba-q-1@db.example.com:5432/shop?sslmode=require'"} {
				if !strings.Contains(out, want) {
					t.Errorf("%q is missing in\n%s", want, out)
				}
			}
		})
	}
}

func TestClaimPrintsEachFormatAndNothingElse(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"uri":    "postgresql://dba-q-1:pa%3Ass%27word@db.example.com:5432/shop?sslmode=require\n",
		"pgpass": "db.example.com:5432:shop:dba-q-1:pa\\:ss'word\n",
		"jdbc":   "jdbc:postgresql://db.example.com:5432/shop?user=dba-q-1&password=pa%3Ass%27word&sslmode=require\n",
		"psql":   "PGPASSWORD='pa:ss'\\''word' psql 'postgresql://dba-q-1@db.example.com:5432/shop?sslmode=require'\n",
		"env": "export PGHOST=db.example.com\nexport PGPORT=5432\nexport PGDATABASE=shop\nexport PGUSER=dba-q-1\n" +
			"export PGPASSWORD='pa:ss'\\''word'\nexport PGSSLMODE=require\n",
	} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			code, out, errs := runClaim(t, "", claimCode, "--url", claimServer(t, &teller{}), "--format", format)
			if code != 0 || out != want {
				t.Errorf("exit %d\n%s%s", code, out, errs)
			}
		})
	}
	t.Run("json", func(t *testing.T) {
		t.Parallel()
		_, out, _ := runClaim(t, "", claimCode, "--url", claimServer(t, &teller{}), "--format", "json")
		var c api.Claimed
		if err := json.Unmarshal([]byte(out), &c); err != nil || c.Password != "pa:ss'word" || c.Port != 5432 {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

func TestClaimEndsWithACodeForEachRefusal(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		exit int
		says string
	}{
		"unknown code": {nil, 4, "This code is not known."},
		"used code":    {fault.New(fault.Conflict, "This code was used before.", ""), 4, "used before"},
		"too late":     {fault.New(fault.Expired, "This code is too old.", "Get another."), 4, "hint: Get another."},
		"denied":       {fault.New(fault.Denied, "The policy denies this now.", ""), 3, "denies"},
		"away":         {fault.New(fault.Unavailable, "The database is away.", ""), 5, "is away"},
		"internal":     {errors.New("a secret cause"), 1, "Quote reference "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := runClaim(t, "", strings.Repeat("a", 26), "--url", claimServer(t, &teller{err: tt.err}))
			if code != tt.exit || out != "" || !strings.Contains(errs, tt.says) || strings.Contains(errs, "secret cause") {
				t.Errorf("exit %d, want %d: %s", code, tt.exit, errs)
			}
		})
	}
}

func TestClaimRefusesWrongInputBeforeTheCodeIsUsed(t *testing.T) {
	t.Setenv("DBACCESS_URL", "")
	b := &teller{}
	u := claimServer(t, b)
	for name, args := range map[string][]string{
		"no code":          {},
		"two codes":        {claimCode, claimCode, "--url", u},
		"empty stdin":      {"-", "--url", u},
		"no address":       {claimCode},
		"address is none":  {claimCode, "--url", "dbaccess"},
		"plain http":       {claimCode, "--url", "http://dbaccess.example.com"},
		"plain http link":  {"http://dbaccess.example.com/claim#" + claimCode},
		"a result's link":  {u + "/result#" + claimCode},
		"link, no code":    {u + "/claim"},
		"an unknown form":  {claimCode, "--url", u, "--format", "yaml"},
		"another protocol": {"ftp://127.0.0.1/claim#" + claimCode},
	} {
		code, out, errs := runClaim(t, "", args...)
		if code != 2 || out != "" || !strings.Contains(errs, "dbaccess: ") {
			t.Errorf("%s: exit %d, %q", name, code, errs)
		}
		if strings.Contains(errs, claimCode) {
			t.Errorf("%s: the error repeats the code: %s", name, errs)
		}
	}
	if b.used.Load() {
		t.Error("the code was used")
	}
}

func TestClaimTakesTheAddressFromTheEnvironment(t *testing.T) {
	t.Setenv("DBACCESS_URL", claimServer(t, &teller{}))
	if code, _, errs := runClaim(t, "", claimCode); code != 0 {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestClaimSaysWhetherTheCodeMayHaveBeenUsed(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	if code, _, errs := runClaim(t, "", claimCode, "--url", gone.URL); code != 5 || !strings.Contains(errs, "The code was not used") {
		t.Errorf("nobody listens: exit %d: %s", code, errs)
	}
	var asked atomic.Int32
	dies := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(dies.Close)
	if code, _, errs := runClaim(t, "", claimCode, "--url", dies.URL); code != 5 || !strings.Contains(errs, "do not try it again") {
		t.Errorf("the answer is lost: exit %d: %s", code, errs)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the code was sent %d times", n)
	}
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	if code, _, errs := runClaim(t, "", claimCode, "--url", other.URL); code != 5 || !strings.Contains(errs, "not dbaccess (HTTP 404)") {
		t.Errorf("another server: exit %d: %s", code, errs)
	}
}

func TestClaimDoesNotCarryTheCodeToAnotherAddress(t *testing.T) {
	t.Parallel()
	b := &teller{}
	server := claimServer(t, b)
	moved := httptest.NewServer(http.RedirectHandler(server+"/claim", http.StatusTemporaryRedirect))
	t.Cleanup(moved.Close)
	if code, out, _ := runClaim(t, "", claimCode, "--url", moved.URL); code != 5 || out != "" || b.used.Load() {
		t.Errorf("exit %d, used %v", code, b.used.Load())
	}
}
