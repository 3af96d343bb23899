package main

import (
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"dbaccess/internal/config"
	"dbaccess/internal/fault"
	"dbaccess/internal/store"
)

// storeURLs loads the config as far as commands about the store need it: one
// with another mistake in it must not keep anybody from reading the record.
func storeURLs(cmd *cobra.Command) (config.Store, error) {
	c, ps := config.Load(configPath(cmd))
	if c.Store.URL == "" {
		return config.Store{}, ps.Err()
	}
	return c.Store, nil
}

// openAudit opens the store that the config names.
func openAudit(cmd *cobra.Command) (*store.Store, error) {
	c, err := storeURLs(cmd)
	if err != nil {
		return nil, err
	}
	at, err := c.URL.Read()
	if err != nil {
		return nil, fault.New(fault.Invalid, fmt.Sprintf("store.url: %v.", err), "")
	}
	return store.Open(cmd.Context(), at, store.Options{Now: time.Now})
}

// migrateURLs returns the owner's URL and the name of the role that the server
// runs as, which store.url knows.
func migrateURLs(cmd *cobra.Command) (owner, runtime string, err error) {
	c, err := storeURLs(cmd)
	if err != nil {
		return "", "", err
	}
	if owner, err = c.MigrateURL.Read(); err != nil {
		return "", "", fault.New(fault.Invalid, fmt.Sprintf("store.migrate_url: %v.", err), "")
	}
	at, err := c.URL.Read()
	if err != nil {
		return "", "", fault.New(fault.Invalid, fmt.Sprintf("store.url: %v.", err), "")
	}
	parsed, err := pgx.ParseConfig(at)
	if err != nil {
		return "", "", fault.New(fault.Invalid, "store.url is not a Postgres connection string.", "")
	}
	return owner, parsed.User, nil
}

// loopbackOnly refuses an address that leaves this machine.
func loopbackOnly(raw string) error {
	u, err := url.Parse(raw)
	if err == nil {
		if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() {
			return nil
		}
	}
	return fault.New(fault.Invalid, "slack.api_url must be a local Slack on loopback here.", "")
}
