package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"dbaccess/credentials"
	"dbaccess/internal/fault"
)

// maxBody bounds what may be posted: a code and its wrapping.
const maxBody = 1 << 10

// pageTimeout bounds what one exchange of a code may take: a mint on a slow
// target, but no more than the server's write timeout.
const pageTimeout = 45 * time.Second

// withCode answers a POST that carries a code with what use makes of it. Every
// code that is not known gets the same answer, unknown; what cannot be a code at
// all is refused as misshapen, which tells only what everybody knows.
func (a *API) withCode(unknown, misshapen *fault.Error, use func(context.Context, credentials.Secret) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := a.cross.Check(r); err != nil {
			a.refuse(w, r, errForeign)
			return
		}
		text, err := readCode(w, r)
		if err != nil {
			a.refuse(w, r, err)
			return
		}
		from := Network(a.remote(r))
		if ok, wait := a.limit.Take(from, a.Now()); !ok {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			a.refuse(w, r, errTooMany)
			return
		}
		if !looksLikeCode(text) {
			a.refuse(w, r, misshapen)
			return
		}
		// Once begun it is finished, though the browser may have gone: half a
		// mint is work for the sweep.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), pageTimeout)
		defer cancel()
		answer, err := use(ctx, credentials.NewSecret(text))
		kind := fault.KindOf(err)
		if err == nil || kind == fault.Unavailable || kind == fault.Internal {
			a.limit.GiveBack(from, a.Now())
		}
		if err != nil && kind == fault.NotFound {
			err = unknown
		}
		if err != nil {
			a.refuse(w, r, err)
			return
		}
		a.answer(w, r, answer)
	})
}

// answer writes v as JSON.
func (a *API) answer(w http.ResponseWriter, r *http.Request, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// readCode reads {"code": "…"} and nothing else. Its errors never quote what
// was sent.
func readCode(w http.ResponseWriter, r *http.Request) (string, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return "", errNotJSON
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	var in struct {
		Code string `json:"code"`
	}
	err = dec.Decode(&in)
	if err == nil {
		_, err = dec.Token() // nothing may follow
		if errors.Is(err, io.EOF) {
			return strings.TrimSpace(in.Code), nil
		}
	}
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return "", errTooLong
	}
	return "", errShape
}

// looksLikeCode keeps what cannot be a code away from the rules. They know
// better what one is, and people type them with dashes and spaces.
func looksLikeCode(s string) bool {
	if len(s) < 16 || len(s) > 128 {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == ' ':
		default:
			return false
		}
	}
	return true
}
