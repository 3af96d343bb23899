// Command vault is a real Vault server, made of Vault's own packages: the core,
// its HTTP API, memory or raft storage, and of plugins only what dbaccess meets
// (the database engine with PostgreSQL; AppRole, JWT and Kubernetes log-ins).
// It takes a quarter of the official binary's time to build. It is for tests
// and the demo, understands the official `vault server -config=FILE`, and
// listens on loopback addresses only. Like the official server it starts
// sealed, and is initialised and unsealed through its API.
//
// The flag -revoke-retry, a duration, replaces the ten seconds after which Vault
// tries a failed revocation again for the first time, so that a test can see a
// lease become irrevocable without waiting ten minutes for it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	credJWT "github.com/hashicorp/vault-plugin-auth-jwt"
	credKubernetes "github.com/hashicorp/vault-plugin-auth-kubernetes"
	"github.com/hashicorp/vault/audit"
	credAppRole "github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/builtin/logical/database"
	"github.com/hashicorp/vault/command/server"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/physical/raft"
	"github.com/hashicorp/vault/plugins/database/postgresql"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "vault:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 || args[0] != "server" {
		return errors.New("usage: vault server -config=FILE")
	}
	flags := flag.NewFlagSet("vault server", flag.ContinueOnError)
	file := flags.String("config", "", "the server's configuration, HCL or JSON")
	retry := flags.Duration("revoke-retry", 0, "when a failed revocation is first tried again; 0 is Vault's own 10s")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	config, err := server.LoadConfigFile(*file)
	if err != nil {
		return fmt.Errorf("read %s: %w", *file, err)
	}
	return serve(config, *retry)
}

// serve runs the server until it is told to stop.
func serve(config *server.Config, revokeRetry time.Duration) error {
	if len(config.Listeners) != 1 {
		return errors.New("the configuration must have one listener")
	}
	listener, err := listen(config.Listeners[0].Address)
	if err != nil {
		return err
	}
	core, err := newCore(config, revokeRetry)
	if err != nil {
		return fmt.Errorf("start the core: %w", err)
	}
	handler := func(l *configutil.Listener) http.Handler {
		return vaulthttp.Handler.Handler(&vault.HandlerProperties{Core: core, ListenerConfig: l})
	}
	if config.ClusterAddr != "" {
		address, err := clusterAddress(config.ClusterAddr)
		if err != nil {
			return err
		}
		core.SetClusterListenerAddrs([]*net.TCPAddr{address})
	}
	core.SetClusterHandler(handler(&configutil.Listener{}))

	web := &http.Server{Handler: handler(config.Listeners[0]), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 5 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	fmt.Printf("vault: listening on %s\n", listener.Addr())

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	select {
	case err := <-failed:
		return err
	case <-stop:
	}
	return errors.Join(web.Close(), core.Shutdown())
}

// listen takes the API's address, which nobody outside this machine may reach.
func listen(address string) (net.Listener, error) {
	tcp, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, err
	}
	if !tcp.IP.IsLoopback() {
		return nil, fmt.Errorf("%s is not a loopback address", address)
	}
	return net.ListenTCP("tcp", tcp)
}

func clusterAddress(raw string) (*net.TCPAddr, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, err
	}
	tcp, err := net.ResolveTCPAddr("tcp", u.Host)
	if err == nil && !tcp.IP.IsLoopback() {
		err = fmt.Errorf("cluster address %s is not a loopback address", raw)
	}
	return tcp, err
}

func newCore(config *server.Config, revokeRetry time.Duration) (*vault.Core, error) {
	logger := hclog.New(&hclog.LoggerOptions{Output: os.Stderr, Level: hclog.LevelFromString(config.LogLevel), JSONFormat: false})
	storage, err := newStorage(config, logger)
	if err != nil {
		return nil, err
	}
	conf := &vault.CoreConfig{
		RawConfig:    config,
		Physical:     storage,
		StorageType:  config.Storage.Type,
		RedirectAddr: config.APIAddr,
		ClusterAddr:  config.ClusterAddr,
		ClusterName:  config.ClusterName,

		LogLevel: config.LogLevel, Logger: logger, AllLoggers: []hclog.Logger{logger},
		DisableMlock:    true,
		DefaultLeaseTTL: config.DefaultLeaseTTL,
		MaxLeaseTTL:     config.MaxLeaseTTL,

		BuiltinRegistry:    plugins{},
		LogicalBackends:    map[string]logical.Factory{"database": database.Factory},
		CredentialBackends: map[string]logical.Factory{"approle": credAppRole.Factory, "jwt": credJWT.Factory, "kubernetes": credKubernetes.Factory},
		AuditBackends:      map[string]audit.Factory{"file": audit.NewFileBackend},

		ExpirationRevokeRetryBase: revokeRetry,
	}
	if ha, ok := storage.(physical.HABackend); ok {
		conf.HAPhysical = ha
	}
	core, err := vault.NewCore(conf)
	if err != nil && vault.IsFatalError(err) {
		return nil, err
	}
	if config.Storage.Type == "raft" {
		if err := core.InitiateRetryJoin(context.Background()); err != nil {
			return nil, err
		}
	}
	return core, nil
}

func newStorage(config *server.Config, logger hclog.Logger) (physical.Backend, error) {
	if config.Storage == nil {
		return nil, errors.New("the configuration names no storage")
	}
	logger = logger.Named("storage")
	switch config.Storage.Type {
	case "inmem":
		return inmem.NewInmem(config.Storage.Config, logger)
	case "raft":
		return raft.NewRaftBackend(config.Storage.Config, logger)
	}
	return nil, fmt.Errorf("storage %q is neither inmem nor raft", config.Storage.Type)
}

// plugins is the registry of what this server has built in.
type plugins struct{}

var builtin = map[consts.PluginType]map[string]func() (any, error){
	consts.PluginTypeDatabase: {"postgresql-database-plugin": postgresql.New},
	consts.PluginTypeSecrets:  {"database": backend(database.Factory)},
	consts.PluginTypeCredential: {
		"approle":    backend(credAppRole.Factory),
		"jwt":        backend(credJWT.Factory),
		"kubernetes": backend(credKubernetes.Factory),
	},
}

func backend(f logical.Factory) func() (any, error) {
	return func() (any, error) { return f, nil }
}

func (plugins) Get(name string, kind consts.PluginType) (func() (any, error), bool) {
	f, ok := builtin[kind][name]
	return f, ok
}

func (p plugins) Contains(name string, kind consts.PluginType) bool {
	_, ok := p.Get(name, kind)
	return ok
}

func (plugins) Keys(kind consts.PluginType) []string {
	var names []string
	for name := range builtin[kind] {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (p plugins) DeprecationStatus(name string, kind consts.PluginType) (consts.DeprecationStatus, bool) {
	if !p.Contains(name, kind) {
		return consts.Unknown, false
	}
	return consts.Supported, true
}

func (plugins) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }
