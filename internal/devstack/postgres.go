package devstack

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// PostgresOptions says what server to start. The zero value is a throw-away
// server with a free port.
type PostgresOptions struct {
	Binaries string            // a folder with postgres and initdb; empty: found, or installed
	Dir      string            // holds data and log and is kept; empty: a temporary folder, removed by Stop
	Port     int               // 0: a free one
	Fsync    bool              // whether commits survive a crash of the machine (never needed to survive Kill)
	Settings map[string]string // further settings, as in postgresql.conf, unquoted
	Progress func(string)      // told, in a sentence, what is being done when it may take long; may be nil
}

// Postgres is a running server of our own. URL may be called by many at once;
// Stop, Kill and Restart by one at a time.
type Postgres struct {
	Host    string // 127.0.0.1
	Port    int
	Version int    // the major version
	Dir     string // holds data/ and postgres.log

	password string // of the superuser "postgres"; made anew at every start of a cluster
	bin      binaries
	account  *account
	temp     bool
	proc     *process // nil while killed or stopped
}

// startTimeout bounds how long a server may take until it accepts connections;
// a cold disk and two busy cores need a few seconds.
const startTimeout = 60 * time.Second

// StartPostgres finds (or installs) Postgres, makes a cluster and starts it. It
// returns when the server accepts connections. ctx bounds the start only; the
// server runs until Stop, or until this process ends, however it does.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	bin, err := binariesFor(ctx, o)
	if err != nil {
		return nil, err
	}
	who, err := serverAccount()
	if err != nil {
		return nil, err
	}
	p := &Postgres{Host: "127.0.0.1", Version: bin.major, Dir: o.Dir, bin: bin, account: who, temp: o.Dir == ""}
	if err := p.makeDir(); err != nil {
		return nil, fmt.Errorf("make the server's folder: %w", err)
	}
	if err := p.launch(ctx, o); err != nil {
		return nil, errors.Join(err, p.removeTemp())
	}
	return p, nil
}

// launch makes the cluster if there is none, and starts the server on a port
// that is free.
func (p *Postgres) launch(ctx context.Context, o PostgresOptions) error {
	if err := p.makeCluster(ctx); err != nil {
		return fmt.Errorf("make a cluster: %w", err)
	}
	p.password = rand.Text()
	if err := p.configure(o); err != nil {
		return fmt.Errorf("configure the cluster: %w", err)
	}
	if err := p.setPassword(ctx); err != nil {
		return fmt.Errorf("set the superuser's password: %w", err)
	}
	if o.Port != 0 {
		p.Port = o.Port
		return p.run(ctx)
	}
	// Between finding a port free and the server taking it, somebody else may.
	var err error
	for range 5 {
		if p.Port, err = freePort(); err != nil {
			return err
		}
		if err = p.run(ctx); err == nil || !errors.Is(err, errExited) || !strings.Contains(err.Error(), "could not bind") {
			return err
		}
	}
	return err
}

// URL returns the superuser's connection string for a database, over TCP with
// its password.
func (p *Postgres) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword("postgres", p.password),
		Host: net.JoinHostPort(p.Host, strconv.Itoa(p.Port)), Path: "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// LogFile is where the server writes its log.
func (p *Postgres) LogFile() string { return filepath.Join(p.Dir, "postgres.log") }

// Stop ends the server, breaking its sessions, and removes its folder if that
// was a temporary one. Stopping a stopped server does nothing.
func (p *Postgres) Stop(ctx context.Context) error {
	var err error
	if p.proc != nil {
		err = p.proc.stop(ctx)
		p.proc = nil
	}
	return errors.Join(err, p.removeTemp())
}

// Kill takes the server away at once, as a crash would: sessions break, new
// connections are refused, nothing that was committed is lost. Restart brings it
// back.
func (p *Postgres) Kill() error {
	if p.proc == nil {
		return nil
	}
	err := p.proc.kill()
	p.proc = nil
	return err
}

// Restart brings a killed server back with the same data, port and passwords. A
// running one is killed first.
func (p *Postgres) Restart(ctx context.Context) error {
	if err := p.Kill(); err != nil {
		return err
	}
	return p.run(ctx)
}

// run starts the server process and waits until it accepts connections.
func (p *Postgres) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	proc, err := startProcess(p.account, p.LogFile(), p.bin.path("postgres"), "-D", p.dataDir(), "-p", strconv.Itoa(p.Port))
	if err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	if err := p.awaitReady(ctx, proc); err != nil {
		return errors.Join(err, proc.kill())
	}
	p.proc = proc
	return nil
}

// awaitReady returns when the server takes a connection, or when its process or
// ctx ends first.
func (p *Postgres) awaitReady(ctx context.Context, proc *process) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		select {
		case <-proc.done:
			return fmt.Errorf("postgres %w: %s", errExited, tail(p.LogFile()))
		case <-ctx.Done():
			return fmt.Errorf("wait for postgres: %w (last: %w): %s", ctx.Err(), last, tail(p.LogFile()))
		case <-tick.C:
		}
		conn, err := pgx.Connect(ctx, p.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		last = err
	}
}

// freePort finds a port below the range that systems give to outgoing
// connections, so that none of those takes it before the server does or while it
// is killed.
func freePort() (int, error) {
	var last error
	for range 50 {
		var b [2]byte
		_, _ = rand.Read(b[:])
		port := 15000 + (int(b[0])<<8|int(b[1]))%15000
		l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			last = err
			continue
		}
		return port, l.Close()
	}
	return 0, fmt.Errorf("find a free port: %w", last)
}

// tail returns the end of a log, for an error's text.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	const most = 1500
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return strings.TrimSpace(string(text))
}
