package v1_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

// waitsAtOnce is ten times what the store's pool has of connections.
const waitsAtOnce = 200

func TestManyWaitsLeaveTheStoreItsConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.as("alice")
	r := ask(t, alice, "masked-read")
	type answer struct {
		r   v1.Request
		err error
	}
	got := make(chan answer, waitsAtOnce)
	for range waitsAtOnce {
		go func() {
			r, err := alice.Request(t.Context(), r.ID, time.Minute)
			got <- answer{r, err}
		}()
	}
	carol := w.as("carol")
	for range 20 { // while they wait, or come to wait
		began := time.Now()
		if _, err := carol.Requests(t.Context(), client.List{}); err != nil || time.Since(began) > 5*time.Second {
			t.Fatalf("beside the waits a list took %v, %v", time.Since(began), err)
		}
	}
	w.approve(r.ID)
	for range waitsAtOnce {
		if a := <-got; a.err != nil || a.r.State != "approved" {
			t.Fatalf("a wait ended with %s, %v", a.r.State, a.err)
		}
	}
}

func TestOnePrincipalCannotWaitForEverythingAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := ask(t, w.as("alice"), "masked-read")
	token := w.token("alice")
	var refused sync.Map
	var wg sync.WaitGroup
	for i := range 300 {
		wg.Go(func() {
			res, body := w.send("GET", "/v1/requests/"+r.ID+"?wait=3s", token, nil)
			if res.StatusCode != http.StatusOK {
				refused.Store(i, fmt.Sprint(res.StatusCode, " ", string(body)))
			}
		})
	}
	wg.Wait()
	n := 0
	refused.Range(func(_, v any) bool {
		if n++; !strings.HasPrefix(v.(string), "429 ") {
			t.Errorf("refused with %s", v)
		}
		return true
	})
	if n > 300-256 { // fewer, if some were over before others began
		t.Errorf("%d of 300 were refused, of which 256 may wait", n)
	}
}

func TestAServerThatStopsEndsItsWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := ask(t, w.as("alice"), "masked-read")
	res := make(chan *http.Response, 1)
	req, _ := http.NewRequestWithContext(t.Context(), "GET", w.url+"/v1/requests/"+r.ID+"?wait=60s", nil)
	req.Header.Set("Authorization", "Bearer "+w.token("alice"))
	arrived := make(chan struct{})
	go func() {
		close(arrived)
		got, err := w.http().Do(req)
		if err != nil {
			t.Error(err)
		}
		res <- got
	}()
	<-arrived
	for w.door.Waiting() == 0 {
		select {
		case <-t.Context().Done():
			t.Fatal("the wait has not begun")
		case <-time.After(10 * time.Millisecond):
		}
	}
	began := time.Now()
	w.stop()
	got := <-res
	if got == nil || got.StatusCode != http.StatusOK || time.Since(began) > 10*time.Second {
		t.Errorf("the wait ended after %v with %+v", time.Since(began), got)
	}
	if err := <-w.stopped; err != nil {
		t.Error(err)
	}
}

func TestWhoeverAsksTooOftenIsToldForHowLongToWait(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w := newWorld(t, func(c *v1.Config) { c.Rate, c.Now = 2, func() time.Time { return now } })
	alice, carol := w.token("alice"), w.token("carol")
	status := func(token string) (int, string) {
		res, _ := w.send("GET", "/v1/whoami", token, nil)
		return res.StatusCode, res.Header.Get("Retry-After")
	}
	for i := range 20 {
		if got, _ := status(alice); got != http.StatusOK {
			t.Fatalf("call %d of a burst of 20: %d", i+1, got)
		}
	}
	if got, after := status(w.token("alice")); got != http.StatusTooManyRequests || after != "1" {
		t.Errorf("after the burst, with another token of hers: %d, again after %q", got, after)
	}
	if got, _ := status(carol); got != http.StatusOK {
		t.Errorf("somebody else: %d", got)
	}
}

func TestBadTokensOfOneNetworkAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	last := 0
	for range 70 {
		res, _ := w.send("GET", "/v1/whoami", "garbage", nil)
		last = res.StatusCode
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the 70th: %d", last)
	}
	if res, _ := w.send("GET", "/v1/whoami", w.token("alice"), nil); res.StatusCode != http.StatusOK {
		t.Errorf("a good token of the same network: %d", res.StatusCode)
	}
}

func TestWhatIsTooLongIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token("alice")
	for path, size := range map[string]int{"/v1/agents": 70 << 10, "/v1/token": 70 << 10, "/v1/requests": 9 << 20} {
		res, body := w.send("POST", path, token, []byte(`{"name":"`+strings.Repeat("a", size)+`"}`))
		if res.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(body), "too long") {
			t.Errorf("%s: %d %.200s", path, res.StatusCode, body)
		}
	}
}

// What comes drop by drop holds nobody's connection for long.
func TestSlowSendersAreCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, begun := range map[string]string{
		"header": "GET /v1/whoami HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"body":   "POST /v1/requests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nAuthorization: Bearer " + w.token("alice") + "\r\n\r\n{",
		"no one": "POST /v1/requests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close() //nolint:errcheck // it is over
			began := time.Now()
			_ = conn.SetDeadline(began.Add(30 * time.Second))
			if _, err := io.WriteString(conn, begun); err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(bufio.NewReader(conn))
			if err != nil || time.Since(began) > 20*time.Second {
				t.Errorf("cut off after %v: %v", time.Since(began), err)
			}
			if name == "no one" && time.Since(began) > 4*time.Second {
				t.Errorf("without a token it took %v", time.Since(began))
			}
			if name == "no one" && !strings.HasPrefix(string(answer), "HTTP/1.1 401") {
				t.Errorf("without a token the body is waited for: %.100s", answer)
			}
		})
	}
}

func TestWhatCannotBeAskedForIsSaidInASentence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, job := w.as("alice"), w.as("service/nightly")
	for name, c := range map[string]struct {
		by   *client.Client
		ask  v1.Ask
		kind fault.Kind
		says string
	}{
		"a duration":    {alice, v1.Ask{Kind: "access", Database: "shop", Profile: "open", Reason: "x", Duration: "soon"}, fault.Invalid, "duration is not a length of time."},
		"a low order":   {alice, v1.Ask{Kind: "statement", Database: "shop", Statement: "SELECT 1", ResultKey: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, fault.Invalid, "The result key is not an X25519 public key."},
		"no such thing": {alice, v1.Ask{Kind: "access", Database: "nothing", Reason: "x"}, fault.NotFound, "There is no such database."},
		"a strange one": {alice, v1.Ask{Kind: "party", Database: "shop"}, fault.Invalid, "body.kind"},
		"for too long":  {job, v1.Ask{Kind: "access", Database: "shop", Profile: "open", Reason: "x", Duration: "9h"}, fault.Invalid, "at most 1h"},
	} {
		_, err := c.by.Ask(t.Context(), c.ask)
		if fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	res, body := w.send("POST", "/v1/requests", w.token("service/nightly"), []byte(`{"kind":"statement","database":"shop","statement":"SELECT 1"}`))
	if res.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "result_key") {
		t.Errorf("a service's statement without a key: %d %s", res.StatusCode, body)
	}
	denied, err := alice.Ask(t.Context(), v1.Ask{Kind: "access", Database: "ledger", Reason: "x", Profile: "read"})
	if err != nil || denied.State != "denied" || denied.Route.Sentence != "The ledger is not for people." {
		t.Errorf("what the policy denies: %+v, %v", denied, err)
	}
	if p, err := alice.Ask(t.Context(), v1.Ask{Kind: "statement", Database: "shop", Statement: "DELETE FROM customers", Preview: true}); err != nil || p.ID != "" || p.State != "pending" || p.Verdict == nil {
		t.Errorf("a preview: %+v, %v", p, err)
	}
}
