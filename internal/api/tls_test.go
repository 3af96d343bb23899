package api

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/internal/fault"
)

// writeCertificate writes a certificate of its own for that name.
func writeCertificate(t *testing.T, dir, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestAReplacedCertificateServesTheNextConnection(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := writeCertificate(t, dir, "one.example")
	log := &lines{}
	c, err := LoadCertificate(cert, key, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	now := time.Now()
	c.now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	later := func() {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(2 * lookAgain)
		for _, path := range []string{cert, key} { // as of another moment, on any file system
			if err := os.Chtimes(path, now, now); err != nil {
				t.Error(err)
			}
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	l := newListener(t)
	served := make(chan error, 1)
	go func() {
		served <- ServeOn(ctx, c.Listen(l), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.Proto)) }))
	}()
	shown := func() string {
		t.Helper()
		conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}) //nolint:gosec // the test looks at the certificate itself
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() //nolint:errcheck // it has shown its certificate
		if s := conn.ConnectionState(); s.NegotiatedProtocol != "h2" {
			t.Errorf("protocol %q", s.NegotiatedProtocol)
		}
		return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	if got := shown(); got != "one.example" {
		t.Errorf("at first %s", got)
	}
	writeCertificate(t, dir, "two.example")
	later()
	if got := shown(); got != "two.example" {
		t.Errorf("after it was replaced %s", got)
	}
	if err := os.WriteFile(cert, []byte("half a"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		later()
		if got := shown(); got != "two.example" {
			t.Errorf("while the file is broken %s", got)
		}
	}
	if !strings.Contains(log.String(), "not used") {
		t.Error("the log does not say that the new one is not used")
	}
	writeCertificate(t, dir, "three.example")
	later()
	if got := shown(); got != "three.example" {
		t.Errorf("after it was mended %s", got)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}}} //nolint:gosec // what must be refused
	if res, err := client.Get("https://" + l.Addr().String()); err == nil {
		_ = res.Body.Close()
		t.Error("TLS 1.1 was spoken")
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestACertificateThatCannotServeRefusesToStart(t *testing.T) {
	t.Parallel()
	one, two := t.TempDir(), t.TempDir()
	cert, key := writeCertificate(t, one, "one.example")
	otherCert, _ := writeCertificate(t, two, "two.example")
	for name, files := range map[string][2]string{
		"no files":          {filepath.Join(one, "none"), filepath.Join(one, "none")},
		"another one's key": {otherCert, key},
		"swapped":           {key, cert},
	} {
		if _, err := LoadCertificate(files[0], files[1], nil); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadCertificate(cert, key, nil); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "chmod 640") {
		t.Errorf("a key that everybody can read: %v", err)
	}
}

func TestTheEndOfAServerIsToldToWhoWaits(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	l := newListener(t)
	waits := make(chan struct{})
	served := make(chan error, 1)
	go func() {
		served <- ServeOn(ctx, l, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			close(waits)
			select {
			case <-Stopping(r.Context()):
			case <-time.After(time.Minute):
				t.Error("nobody told it")
			}
			if r.Context().Err() != nil {
				t.Error("what is under way was broken off")
			}
		}))
	}()
	go func() { <-waits; stop() }()
	res, err := http.Get("http://" + l.Addr().(*net.TCPAddr).String())
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if Stopping(t.Context()) != nil {
		t.Error("a context of no server is stopping")
	}
}
