package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/credentials"
)

// How much is claimed, and by how many at once, when claims are counted a second.
const (
	rateGrants  = 100
	rateWorkers = 16
)

// rates prints how many grants a second become credentials, beside how many the
// issuer alone makes: Vault's own reads of database/creds, or roles by hand. The
// difference is what the record, the rules and the proofs cost.
func (b *benchmark) rates(ctx context.Context, out io.Writer) error {
	codes, err := b.codes(ctx)
	if err != nil {
		return err
	}
	ours, err := perSecond(rateWorkers, codes, func(code credentials.Secret) error {
		_, _, err := b.core.grants.Redeem(ctx, code)
		return err
	})
	if err != nil {
		return err
	}
	if err := b.endAll(ctx); err != nil {
		return err
	}
	api, err := b.overAPI(ctx)
	if err != nil {
		return err
	}
	alone, what, err := b.issuerAlone(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  claims: %.0f a second · beside, %s: %.0f a second · ratio %.2f\n", ours, what, alone, ours/alone)
	fmt.Fprintf(out, "  asked, allowed and claimed over the API: %.0f a second · ratio %.2f\n", api, api/alone)
	return nil
}

// codes brings Alice so many approved grants, each with its claim code.
func (b *benchmark) codes(ctx context.Context) ([]credentials.Secret, error) {
	alice, err := b.core.people.Person("alice")
	if err != nil {
		return nil, err
	}
	bob, err := b.core.people.Person("bob")
	if err != nil {
		return nil, err
	}
	codes := make([]credentials.Secret, rateGrants)
	for i := range codes {
		r, err := b.core.requests.Submit(ctx, alice, approvals.Ask{
			Kind: approvals.Access, Database: "shop", Profile: "masked-read", Duration: time.Hour, Reason: fmt.Sprintf("rate %d", i),
		})
		if err == nil {
			r, err = b.core.requests.Review(ctx, bob, approvals.Opinion{Request: r.ID, Digest: r.Digest, Answer: approvals.Approve, Via: approvals.ByButton})
		}
		if err == nil {
			codes[i], _, err = b.core.grants.IssueCode(ctx, alice, r.Grant)
		}
		if err != nil {
			return nil, err
		}
	}
	return codes, b.settled(ctx, 0)
}

// issuerAlone makes as many roles without dbaccess.
func (b *benchmark) issuerAlone(ctx context.Context) (float64, string, error) {
	if b.issuer == "vault" {
		rate, err := b.vaultAlone(ctx)
		return rate, "Vault's own database/creds reads", err
	}
	conns := make([]*pgx.Conn, rateWorkers)
	free := make(chan *pgx.Conn, rateWorkers)
	for i := range conns {
		conn, err := pgx.Connect(ctx, b.shop)
		if err != nil {
			return 0, "", err
		}
		defer conn.Close(context.WithoutCancel(ctx))
		conns[i] = conn
		free <- conn
	}
	names := make([]string, rateGrants)
	for i := range names {
		names[i] = fmt.Sprintf("by_hand_%d", i)
	}
	rate, err := perSecond(rateWorkers, names, func(name string) error {
		conn := <-free
		defer func() { free <- conn }()
		_, err := conn.Exec(ctx, "CREATE ROLE "+name+" LOGIN PASSWORD 'by hand' IN ROLE dbaccess_reader_shop")
		return err
	})
	for _, name := range names {
		_, dropErr := conns[0].Exec(ctx, "DROP ROLE IF EXISTS "+name)
		err = errors.Join(err, dropErr)
	}
	return rate, "CREATE ROLE by hand", err
}

// vaultAlone reads credentials as somebody without dbaccess would, each with a
// token of its own so that the roles' names differ; making the tokens does not
// count.
func (b *benchmark) vaultAlone(ctx context.Context) (float64, error) {
	role := fmt.Sprintf("dbaccess-%s-shop-masked-read", b.core.grants.Install)
	tokens := make([]string, rateGrants)
	for i := range tokens {
		made, err := b.vault.Call(ctx, http.MethodPost, "auth/token/create", map[string]any{
			"display_name": fmt.Sprintf("dba-%s-alone-%d", b.core.grants.Install, i), "policies": []string{role}, "ttl": "10m", "no_parent": true,
		})
		if err != nil {
			return 0, err
		}
		auth, _ := made["auth"].(map[string]any)
		tokens[i], _ = auth["client_token"].(string)
	}
	rate, err := perSecond(rateWorkers, tokens, func(token string) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.vault.Addr+"/v1/database/creds/"+role, nil)
		if err != nil {
			return err
		}
		req.Header.Set("X-Vault-Token", token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("vault answers %s", resp.Status)
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	})
	_, revokeErr := b.vault.Call(ctx, http.MethodPut, "sys/leases/revoke-prefix/database/creds/"+role, nil)
	return rate, errors.Join(err, revokeErr)
}

// perSecond does f for each item, so many at once, and returns the rate.
func perSecond[T any](workers int, items []T, f func(T) error) (float64, error) {
	work := make(chan T)
	errs := make([]error, workers)
	var wg sync.WaitGroup
	began := time.Now()
	for w := range workers {
		wg.Go(func() {
			for item := range work {
				errs[w] = errors.Join(errs[w], f(item))
			}
		})
	}
	for _, item := range items {
		work <- item
	}
	close(work)
	wg.Wait()
	return float64(len(items)) / time.Since(began).Seconds(), errors.Join(errs...)
}
