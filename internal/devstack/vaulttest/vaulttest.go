package vaulttest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"dbaccess/internal/devstack"
)

const limit = time.Minute // for stopping a server

var (
	mu        sync.Mutex // guards what follows, and is held while the server starts
	server    *devstack.Vault
	serverErr error // why it could not be started, so that each test says it
	said      sync.Once
)

// Stop stops the process's server, if there is one, and returns 1 if that fails:
// for TestMain, after the tests.
func Stop() (code int) {
	mu.Lock()
	defer mu.Unlock()
	if server == nil {
		return 0
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := server.Stop(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "stop the tests' Vault:", err)
		return 1
	}
	return 0
}

// Server returns the process's server, which all its tests share: for one that
// may be taken away, see Own.
func Server(t testing.TB) *devstack.Vault {
	t.Helper()
	skip(t)
	mu.Lock()
	defer mu.Unlock()
	if server == nil && serverErr == nil {
		server, serverErr = start(devstack.VaultOptions{})
	}
	if serverErr != nil {
		t.Fatalf("start Vault: %v", serverErr)
	}
	return server
}

// Own returns a server that belongs to this test alone, stopped at its end.
func Own(t testing.TB, o devstack.VaultOptions) *devstack.Vault {
	t.Helper()
	skip(t)
	v, err := start(o)
	if err != nil {
		t.Fatalf("start Vault: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := v.Stop(ctx); err != nil {
			t.Errorf("stop Vault: %v", err)
		}
	})
	return v
}

// Cluster returns a cluster of n nodes that belongs to this test alone, stopped
// at its end.
func Cluster(t testing.TB, n int) *devstack.VaultCluster {
	t.Helper()
	skip(t)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute) // it may have to be built
	defer cancel()
	c, err := devstack.StartVaultCluster(ctx, n, options(devstack.VaultOptions{}))
	if err != nil {
		t.Fatalf("start a cluster of Vaults: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := c.Stop(ctx); err != nil {
			t.Errorf("stop the cluster of Vaults: %v", err)
		}
	})
	return c
}

// skip leaves a test out if that is wanted; never because there is no Vault.
func skip(t testing.TB) {
	t.Helper()
	if os.Getenv("VAULT") != "no" {
		return
	}
	said.Do(func() { fmt.Fprintln(os.Stderr, "VAULT=no: tests that need a Vault server are left out.") })
	t.Skip("VAULT=no")
}

func start(o devstack.VaultOptions) (*devstack.Vault, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute) // it may have to be built
	defer cancel()
	return devstack.StartVault(ctx, options(o))
}

func options(o devstack.VaultOptions) devstack.VaultOptions {
	if o.Progress == nil {
		o.Progress = func(line string) { fmt.Fprintln(os.Stderr, line) }
	}
	return o
}
