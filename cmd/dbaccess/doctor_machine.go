package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/checkup"
	"dbaccess/internal/config"
)

// This file looks at what is nobody else's: files and names on this machine, and
// the address that claim links lead to.

func (d *doctor) machineChecks() []checkup.Check {
	return []checkup.Check{
		{Name: "files", Look: func(context.Context) []checkup.Finding { return d.lookAtFiles() }},
		{Name: "names", Look: d.lookAtNames},
	}
}

// secrets are the references of the config, by their paths.
func (d *doctor) secrets() map[string]config.Ref {
	c := d.config
	refs := map[string]config.Ref{
		"store.url": c.Store.URL, "store.migrate_url": c.Store.MigrateURL, "slack.bot_token": c.Slack.BotToken, "slack.app_token": c.Slack.AppToken,
	}
	for i, ref := range c.Slack.SigningSecrets {
		refs[fmt.Sprintf("slack.signing_secrets[%d]", i)] = ref
	}
	if c.UsesVault() {
		refs["vault.auth.secret"] = c.Vault.Auth.Secret
	}
	for _, db := range c.Databases {
		refs[db.Name+": issuer_url"], refs[db.Name+": monitor_url"], refs[db.Name+": preview_url"] = db.IssuerURL, db.MonitorURL, db.PreviewURL
	}
	return refs
}

// lookAtFiles looks at who may read secrets, and change what decides.
func (d *doctor) lookAtFiles() (list []checkup.Finding) {
	if runtime.GOOS == "windows" {
		return nil
	}
	refs, seen := d.secrets(), 0
	for _, path := range slices.Sorted(maps.Keys(refs)) {
		name, isFile := strings.CutPrefix(string(refs[path]), "file:")
		if !isFile {
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			continue // whoever needs it says so
		}
		seen++
		switch mode := info.Mode().Perm(); {
		case mode&0o007 != 0:
			list = append(list, checkup.Wrong("chmod 640 "+name+", and change the secret: others may have read it.", "%s: everybody on this machine can read %s.", path, name))
		case mode&0o020 != 0:
			list = append(list, checkup.Warn("chmod g-w "+name, "%s: its group can change %s.", path, name))
		}
	}
	for _, name := range append([]string{d.path}, d.config.Policy.Files...) {
		if info, err := os.Stat(name); err == nil && info.Mode().Perm()&0o002 != 0 {
			list = append(list, checkup.Wrong("chmod o-w "+name, "Everybody on this machine can change %s, and so who may approve what.", name))
		}
	}
	return checkup.Or(list, "%d files with secrets are closed to others; nobody else can change config and policy.", seen)
}

// lookAtNames looks up every host that the config names.
func (d *doctor) lookAtNames(ctx context.Context) []checkup.Finding {
	hosts := d.hosts()
	var list []checkup.Finding
	var mu sync.Mutex // guards list
	var all sync.WaitGroup
	for host, path := range hosts {
		all.Go(func() {
			_, err := net.DefaultResolver.LookupHost(ctx, host)
			if err == nil {
				return
			}
			why := "it did not answer in time"
			var dns *net.DNSError
			if errors.As(err, &dns) && dns.IsNotFound {
				why = "there is no such host"
			}
			mu.Lock()
			defer mu.Unlock()
			list = append(list, checkup.Wrong(fmt.Sprintf("Is %s right, and does this machine's resolver know it?", path), "%s cannot be looked up: %s.", host, why))
		})
	}
	all.Wait()
	slices.SortFunc(list, func(a, b checkup.Finding) int { return strings.Compare(a.Sentence, b.Sentence) })
	if len(hosts) == 0 {
		return []checkup.Finding{checkup.Fine("The config names no host that has to be looked up.")}
	}
	return checkup.Or(list, "All %d hosts have addresses.", len(hosts))
}

// hosts are the names in the config that are no addresses, each with where it
// stands.
func (d *doctor) hosts() map[string]string {
	hosts := map[string]string{}
	add := func(path, host string) {
		if host != "" && net.ParseIP(host) == nil && !strings.HasPrefix(host, "/") && hosts[host] == "" {
			hosts[host] = path
		}
	}
	for path, ref := range d.secrets() {
		if !strings.HasSuffix(path, "url") {
			continue
		}
		if text, err := ref.Read(); err == nil {
			if c, err := pgx.ParseConfig(text); err == nil {
				add(path, c.Host)
			}
		}
	}
	for _, db := range d.config.Databases {
		add(db.Name+": host", db.Host)
	}
	addresses := map[string]string{"public_url": d.config.PublicURL, "slack.com": "https://slack.com"}
	if d.config.Slack.APIURL != "" {
		delete(addresses, "slack.com")
	}
	if d.config.UsesVault() {
		addresses["vault.address"] = d.config.Vault.Address
	}
	for path, text := range addresses {
		if u, err := url.Parse(text); err == nil {
			add(path, u.Hostname())
		}
	}
	return hosts
}

// certificateWarning is how long before its end a certificate is worth a word.
const certificateWarning = 14 * 24 * time.Hour

// lookAtPublicURL asks the address that claim links lead to, as a browser would.
func (d *doctor) lookAtPublicURL(ctx context.Context) []checkup.Finding {
	at := strings.TrimRight(d.config.PublicURL, "/")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at+"/healthz", nil)
	if err != nil {
		return []checkup.Finding{checkup.Wrong("Correct public_url.", "%s is no address.", at)}
	}
	client := &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return []checkup.Finding{publicTrouble(at, err)}
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 16))
	if resp.StatusCode != http.StatusOK || string(body) != "ok\n" {
		return []checkup.Finding{checkup.Wrong("Let the proxy pass the whole of "+at+" to `listen`.", "What answers at %s/healthz (%s) is not dbaccess: claim links lead elsewhere.", at, resp.Status)}
	}
	if t := resp.TLS; t != nil && len(t.PeerCertificates) > 0 {
		if left := t.PeerCertificates[0].NotAfter.Sub(d.now()); left < certificateWarning {
			return []checkup.Finding{checkup.Warn("Renew it.", "dbaccess answers at %s, but its certificate ends in %d days.", at, int(left.Hours()/24))}
		}
		return []checkup.Finding{checkup.Fine("dbaccess answers at %s.", at)}
	}
	return []checkup.Finding{checkup.Fine("dbaccess answers at %s, which is on this machine only.", at)}
}

func publicTrouble(at string, err error) checkup.Finding {
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &cert):
		return checkup.Wrong("Give the proxy a certificate for that name.", "Browsers will refuse the certificate of %s: %v.", at, cert.Err)
	case errors.Is(err, context.DeadlineExceeded):
		return checkup.Warn("Is the server running, and does the proxy lead to it? From this machine the address may not be reachable at all.", "%s does not answer in time.", at)
	}
	var dns *net.DNSError
	var op *net.OpError
	why := "it cannot be reached"
	switch {
	case errors.As(err, &dns):
		why = "its name cannot be looked up"
	case errors.As(err, &op):
		why = op.Err.Error()
	}
	return checkup.Warn("Is the server running, and does the proxy lead to it? From this machine the address may not be reachable at all.", "%s does not answer: %s.", at, why)
}
