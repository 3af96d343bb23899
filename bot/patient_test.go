package bot

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestOnlyCallsThatCannotHappenTwiceAreRepeated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, trouble string
		calls, status   int
	}{
		{"users.info", "down twice", 3, 200},
		{"users.info", "lost twice", 3, 200},
		{"users.info", "down", 3, 503},
		{"users.info", "too many", 1, 429},
		{"views.open", "down twice", 3, 200},
		{"views.open", "lost twice", 1, 0},
		{"chat.postMessage", "down twice", 1, 503},
		{"chat.postMessage", "lost twice", 1, 0},
		{"chat.delete", "down twice", 1, 503},
	} {
		t.Run(c.method+" "+c.trouble, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				p := patient{roundTrip(func(r *http.Request) (*http.Response, error) {
					calls++
					if body, _ := io.ReadAll(r.Body); string(body) != "user=U1" {
						t.Errorf("call %d has the body %q", calls, body)
					}
					answer := &http.Response{StatusCode: 200, Body: http.NoBody}
					switch {
					case c.trouble == "too many":
						answer.StatusCode = 429
					case strings.HasPrefix(c.trouble, "down") && (calls < 3 || c.trouble == "down"):
						answer.StatusCode = 503
					case c.trouble == "lost twice" && calls < 3:
						return nil, errors.New("connection reset by peer")
					}
					return answer, nil
				})}
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://slack.com/api/"+c.method, strings.NewReader("user=U1"))
				if err != nil {
					t.Fatal(err)
				}
				status := 0
				if resp, err := p.RoundTrip(r); err == nil {
					status = resp.StatusCode
					_ = resp.Body.Close()
				}
				if calls != c.calls || status != c.status {
					t.Errorf("%d calls ended in %d, want %d in %d", calls, status, c.calls, c.status)
				}
			})
		})
	}
}
