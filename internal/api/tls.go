package api

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"sync"
	"time"

	"dbaccess/internal/fault"
)

// Certificate is a certificate with its key, in files that somebody replaces from
// time to time: cert-manager, certbot, a person. It is read anew when they change;
// while they cannot be read, or do not fit each other, the last good one serves.
type Certificate struct {
	cert, key string
	log       *slog.Logger
	now       func() time.Time

	mu      sync.Mutex // guards what follows; held while files are read, once a second at most
	held    *tls.Certificate
	seen    [2]stamp  // of the files as they were last read
	checked time.Time // when they were last looked at
}

// stamp tells a file's versions apart.
type stamp struct {
	size int64
	at   time.Time
}

// lookAgain is how often the files are looked at, when somebody connects.
const lookAgain = time.Second

// LoadCertificate reads a certificate, with its chain, and its key, both PEM. A key
// that others on this machine can read is refused. nil for log: slog.Default.
func LoadCertificate(cert, key string, log *slog.Logger) (*Certificate, error) {
	if log == nil {
		log = slog.Default()
	}
	c := &Certificate{cert: cert, key: key, log: log, now: time.Now}
	if err := c.load(); err != nil {
		return nil, err
	}
	return c, nil
}

// Listen puts TLS on a listener: version 1.2 or later, HTTP/2 where it is spoken.
func (c *Certificate) Listen(l net.Listener) net.Listener {
	return tls.NewListener(l, &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(), nil },
	})
}

// current is the certificate as it stands in the files, or did when it was good.
func (c *Certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.checked) >= lookAgain {
		c.checked = now
		if seen := c.look(); seen != c.seen {
			if err := c.load(); err != nil {
				c.seen = seen // said once
				c.log.Error("the new TLS certificate is not used", "err", err)
			}
		}
	}
	return c.held
}

// look stats both files; what cannot be is the zero stamp.
func (c *Certificate) look() (seen [2]stamp) {
	for i, path := range []string{c.cert, c.key} {
		if info, err := os.Stat(path); err == nil {
			seen[i] = stamp{info.Size(), info.ModTime()}
		}
	}
	return seen
}

// load reads the files. c.mu is held, or c is not shared yet.
func (c *Certificate) load() error {
	seen := c.look() // before: what is written meanwhile is seen as new the next time
	info, err := os.Stat(c.key)
	if err != nil {
		return badCertificate("the key cannot be read", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0 {
		return badCertificate(fmt.Sprintf("%s can be read by everybody on this machine: chmod 640 it", c.key), nil)
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return badCertificate(err.Error(), err)
	}
	c.held, c.seen = &pair, seen
	until := expiry(pair)
	c.log.Info("TLS certificate read", "until", until)
	if until.Sub(c.now()) < 7*24*time.Hour {
		c.log.Warn("the TLS certificate ends soon", "until", until)
	}
	return nil
}

func expiry(pair tls.Certificate) time.Time {
	leaf := pair.Leaf
	if leaf == nil {
		var err error
		if leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return time.Time{}
		}
	}
	return leaf.NotAfter
}

func badCertificate(what string, cause error) error {
	return fault.New(fault.Invalid, "The TLS certificate cannot be used: "+what+".", "tls.cert and tls.key of the config name two PEM files.").With(cause)
}
