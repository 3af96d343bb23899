package devstack

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	frontLooks   = 25 * time.Millisecond // how often the front asks which node is active
	frontPatient = 500 * time.Millisecond
)

// front is what stands before a cluster in production: it takes connections and
// leads them to the node that says it is active. When there is none, or another,
// it breaks what it had; it never sends anything twice.
type front struct {
	listener net.Listener
	backends []string // host:port
	cancel   context.CancelFunc
	done     sync.WaitGroup

	mu     sync.Mutex
	target string                // "" while no node is active
	open   map[net.Conn]struct{} // both ends of what is led through
}

func startFront(backends []string) (*front, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &front{listener: listener, backends: backends, cancel: cancel, open: map[net.Conn]struct{}{}}
	f.done.Go(f.accept)
	f.done.Go(func() { f.watch(ctx) })
	return f, nil
}

func (f *front) addr() string { return f.listener.Addr().String() }

func (f *front) active() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.target
}

func (f *front) stop() {
	f.cancel()
	_ = f.listener.Close()
	f.lead("")
	f.done.Wait()
}

// watch asks all nodes, again and again, whether they are active.
func (f *front) watch(ctx context.Context) {
	client := &http.Client{Timeout: frontPatient, Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(frontLooks)
	defer tick.Stop()
	for {
		f.lead(f.find(ctx, client))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// find returns the node that is active; the one that was, if it still is: a
// node that was cut off may believe it for a moment longer.
func (f *front) find(ctx context.Context, client *http.Client) string {
	was := f.active()
	if was != "" && isActive(ctx, client, was) {
		return was
	}
	for _, backend := range f.backends {
		if backend != was && isActive(ctx, client, backend) {
			return backend
		}
	}
	return ""
}

// isActive asks Vault's own health check: 200 is the active node's only.
func isActive(ctx context.Context, client *http.Client, backend string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+backend+"/v1/sys/health", nil)
	if err != nil {
		return false
	}
	answer, err := client.Do(req)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// lead sends new connections to target, and breaks the old ones if they went
// elsewhere.
func (f *front) lead(target string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.target == target {
		return
	}
	f.target = target
	for conn := range f.open {
		_ = conn.Close()
	}
	clear(f.open)
}

func (f *front) accept() {
	for {
		conn, err := f.listener.Accept()
		if err != nil {
			return
		}
		f.done.Go(func() { f.through(conn) })
	}
}

// through leads one connection, until either end or lead breaks it.
func (f *front) through(in net.Conn) {
	defer func() { _ = in.Close() }()
	target := f.active()
	if target == "" {
		return
	}
	out, err := net.DialTimeout("tcp4", target, frontPatient)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	f.mu.Lock()
	if f.target != target {
		f.mu.Unlock()
		return
	}
	f.open[in], f.open[out] = struct{}{}, struct{}{}
	f.mu.Unlock()
	var both sync.WaitGroup
	for from, to := range map[net.Conn]net.Conn{in: out, out: in} {
		both.Go(func() {
			_, _ = io.Copy(to, from)
			_, _ = in.Close(), out.Close() // HTTP has no use for half a connection
		})
	}
	both.Wait()
	f.mu.Lock()
	delete(f.open, in)
	delete(f.open, out)
	f.mu.Unlock()
}
