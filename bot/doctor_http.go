package bot

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"dbaccess/internal/checkup"
)

// This file asks the running server what Slack asks it: whether the request URLs
// lead to it, and whether it takes what is signed with the config's secrets.

// requestChecks are what there is to look at where Slack sends requests.
func (d Doctor) requestChecks() (list []checkup.Check) {
	for i, secret := range d.SigningSecrets {
		name := "signing secret"
		if len(d.SigningSecrets) > 1 {
			name = fmt.Sprintf("signing secret %d", i+1)
		}
		list = append(list, checkup.Check{Name: name, Look: func(ctx context.Context) []checkup.Finding {
			return []checkup.Finding{d.lookAtSecret(ctx, secret)}
		}})
	}
	if len(d.SigningSecrets) > 0 {
		list = append(list, checkup.Check{Name: "request URLs", Look: d.lookAtRequestURLs})
	}
	return list
}

// lookAtSecret does the handshake that Slack does with an events URL. It has no
// effect.
func (d Doctor) lookAtSecret(ctx context.Context, secret string) checkup.Finding {
	challenge := rand.Text()
	body, _ := json.Marshal(map[string]string{"type": "url_verification", "challenge": challenge}) // a map of strings
	status, answer, err := d.knock(ctx, pathEvents, contentJSON, secret, body)
	if err != nil {
		return d.unreached(err)
	}
	var said struct{ Challenge string }
	switch {
	case status == http.StatusOK && json.Unmarshal(answer, &said) == nil && said.Challenge == challenge:
		return checkup.Fine("The server at %s takes what is signed with it.", d.RequestURL)
	case status == http.StatusUnauthorized:
		return checkup.Wrong("Restart the server if the config is newer than it. Is the clock of this machine right, and does the proxy pass Slack's headers and the body as they are?",
			"The server at %s does not take what is signed with it.", d.RequestURL)
	}
	return d.strange(pathEvents, status)
}

// lookAtRequestURLs looks whether all addresses lead to the server: proxies are
// often told of one path only.
func (d Doctor) lookAtRequestURLs(ctx context.Context) (list []checkup.Finding) {
	secret := d.SigningSecrets[0]
	for _, path := range []string{pathCommands, pathInteractivity, pathOptions} {
		status, _, err := d.knock(ctx, path, contentForm, secret, []byte("ssl_check=1"))
		switch {
		case err != nil:
			return []checkup.Finding{d.unreached(err)}
		case status == http.StatusUnauthorized: // lookAtSecret says why
		case status != http.StatusOK:
			list = append(list, d.strange(path, status))
		}
	}
	return checkup.Or(list, "Slack's four addresses under %s/slack/ lead to the server, as seen from here.", d.RequestURL)
}

func (d Doctor) strange(path string, status int) checkup.Finding {
	return checkup.Wrong("Let the proxy pass POST to all of "+d.RequestURL+"/slack/ on to `listen`, and run the server with slack.transport: http.",
		"What answers at %s%s (status %d) is not dbaccess waiting for Slack.", d.RequestURL, path, status)
}

func (d Doctor) unreached(err error) checkup.Finding {
	why := "it cannot be reached"
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		why = "no answer in time"
	case errors.As(err, &dns):
		why = "its name cannot be looked up"
	case errors.As(err, &op):
		why = op.Err.Error()
	}
	return checkup.Warn("Is the server running, and does the proxy lead to it? From this machine the address may not be reachable at all; Slack has to reach it.",
		"%s does not answer: %s.", d.RequestURL, why)
}

// knock sends what Slack would.
func (d Doctor) knock(ctx context.Context, path, kind, secret string, body []byte) (status int, answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.RequestURL+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", kind)
	sign(r.Header, secret, time.Now(), body)
	client := &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, 4096))
	return resp.StatusCode, answer, err
}

// lookAtSettings says what the doctor cannot see: Slack tells an app little of how
// it is set up.
func lookAtSettings(context.Context) []checkup.Finding {
	return []checkup.Finding{checkup.Fine("Left out: Slack does not tell an app which events, shortcuts and tabs it has. Compare them with `dbaccess slack manifest`.")}
}
