package bot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What Slack signs a request with: docs.slack.dev/authentication/verifying-requests-from-slack.
const (
	headerSignature = "X-Slack-Signature"
	headerTimestamp = "X-Slack-Request-Timestamp"
	signatureWindow = 5 * time.Minute // either way, as Slack recommends
	maxDelivery     = 1 << 20         // bytes; a modal at its limit is a quarter of that
	leastSecret     = 16              // bytes; Slack's have 32
)

var (
	errUnsigned = errors.New("no signature of Slack's form")
	errStale    = errors.New("signed more than 5 minutes ago, or ahead: compare this machine's clock")
	errForged   = errors.New("the signature is by none of the signing secrets")
	errTooLong  = errors.New("longer than 1 MiB")
)

// signers check that requests come from Slack. There are two during a rotation:
// the old secret goes on being used for a while.
type signers struct {
	secrets [][]byte
	now     func() time.Time
}

func newSigners(secrets []string, now func() time.Time) (signers, error) {
	s := signers{now: now}
	if len(secrets) < 1 || len(secrets) > 2 {
		return s, errors.New("bot: one signing secret is needed, or two during a rotation")
	}
	for _, secret := range secrets {
		if len(secret) < leastSecret || strings.TrimSpace(secret) != secret {
			return s, errors.New("bot: a signing secret is empty, too short, or has space around it")
		}
		s.secrets = append(s.secrets, []byte(secret))
	}
	return s, nil
}

// signed is a request that Slack signed.
type signed struct {
	body []byte
	key  string // names these bytes at that second, however often they come
}

// read returns the body of a request if Slack signed it. What is not of the right
// form is refused before its body is read.
func (s signers) read(w http.ResponseWriter, r *http.Request) (signed, error) {
	claimed, stamp, err := s.claim(r.Header)
	if err != nil {
		return signed{}, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDelivery))
	if err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return signed{}, errTooLong
		}
		return signed{}, err
	}
	mac, ok := s.verify(claimed, stamp, body)
	if !ok {
		return signed{}, errForged
	}
	return signed{body: body, key: once("http", string(mac))}, nil
}

// claim reads the signature and its time, which must be near.
func (s signers) claim(h http.Header) (mac []byte, stamp string, err error) {
	signature, stamps := h.Values(headerSignature), h.Values(headerTimestamp)
	if len(signature) != 1 || len(stamps) != 1 {
		return nil, "", errUnsigned
	}
	digits, ok := strings.CutPrefix(signature[0], "v0=")
	if mac, err = hex.DecodeString(digits); !ok || err != nil || len(mac) != sha256.Size {
		return nil, "", errUnsigned
	}
	seconds, err := strconv.ParseUint(stamps[0], 10, 40) // to the year 36812
	if err != nil {
		return nil, "", errUnsigned
	}
	if off := s.now().Sub(time.Unix(int64(seconds), 0)).Abs(); off > signatureWindow {
		return nil, "", errStale
	}
	return mac, stamps[0], nil
}

// verify compares in constant time, with every secret whichever fits.
func (s signers) verify(claimed []byte, stamp string, body []byte) (mac []byte, ok bool) {
	for _, secret := range s.secrets {
		own := signature(secret, stamp, body)
		if hmac.Equal(own, claimed) {
			mac, ok = own, true
		}
	}
	return mac, ok
}

// signature is Slack's version 0.
func signature(secret []byte, stamp string, body []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("v0:" + stamp + ":"))
	h.Write(body)
	return h.Sum(nil)
}

// sign puts Slack's headers on a request of our own: the doctor's.
func sign(h http.Header, secret string, now time.Time, body []byte) {
	stamp := strconv.FormatInt(now.Unix(), 10)
	h.Set(headerTimestamp, stamp)
	h.Set(headerSignature, "v0="+hex.EncodeToString(signature([]byte(secret), stamp, body)))
}
