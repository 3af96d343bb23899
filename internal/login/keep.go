package login

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dbaccess/credentials"
	"dbaccess/internal/fault"
)

// ErrNone means that nobody has signed in here.
var ErrNone = fault.New(fault.Denied, "You are not signed in.", "`dbaccess login` does that.")

// Login is one server at which somebody is signed in.
type Login struct {
	URL       string
	Principal string
	Expires   time.Time
	Token     credentials.Secret
}

// Ring is the system's keyring. Errors mean that there is none that can be used.
type Ring interface {
	Set(service, user, secret string) error
	Get(service, user string) (string, error)
	Delete(service, user string) error
}

// Keep is where this machine's user keeps logins.
type Keep struct {
	Dir  string // its own folder; others must not be able to write to it
	Ring Ring   // nil: tokens are kept in the file too
}

// service is our name in keyrings.
const service = "dbaccess"

// entry is a login as the file has it.
type entry struct {
	URL       string    `json:"url"`
	Principal string    `json:"principal"`
	Expires   time.Time `json:"expires"`
	Token     string    `json:"token,omitempty"`   // empty if it is in the keyring
	Keyring   bool      `json:"keyring,omitempty"` // whether it is
}

type book struct {
	Last   string  `json:"last"` // the server signed in at last
	Logins []entry `json:"logins"`
}

func (k Keep) path() string { return filepath.Join(k.Dir, "logins.json") }

func (k Keep) read() (book, error) {
	var b book
	data, err := readPrivate(k.path())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return b, nil
	case err != nil:
		return b, err
	}
	if err := json.Unmarshal(data, &b); err != nil { // whose text may hold a part of a token
		return b, fault.New(fault.Invalid, k.path()+" cannot be read.", "Remove it and sign in again.")
	}
	return b, nil
}

func (k Keep) write(b book) error {
	data, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return fmt.Errorf("encode logins: %w", err)
	}
	return writePrivate(k.path(), append(data, '\n'))
}

// Save keeps the login instead of an earlier one at that server, and says where
// its token is: the keyring if there is one that works, else the file.
func (k Keep) Save(l Login) (where string, err error) {
	b, err := k.read()
	if err != nil {
		return "", err
	}
	e := entry{URL: l.URL, Principal: l.Principal, Expires: l.Expires}
	where = k.path()
	if k.Ring != nil && k.Ring.Set(service, l.URL, reveal(l.Token)) == nil {
		e.Keyring, where = true, "the keyring"
	} else {
		e.Token = reveal(l.Token)
	}
	b.Logins = append(slices.DeleteFunc(b.Logins, at(l.URL)), e)
	b.Last = l.URL
	return where, k.write(b)
}

// Find returns the login at that server, or with an empty url the last one.
// ErrNone if there is none.
func (k Keep) Find(url string) (Login, error) {
	b, err := k.read()
	if err != nil {
		return Login{}, err
	}
	if url == "" {
		url = b.Last
	}
	i := slices.IndexFunc(b.Logins, at(url))
	if i < 0 {
		return Login{}, ErrNone
	}
	e := b.Logins[i]
	if e.Keyring {
		if k.Ring == nil {
			return Login{}, errRing.With(errors.New("there is no keyring here"))
		}
		if e.Token, err = k.Ring.Get(service, url); err != nil {
			return Login{}, errRing.With(err)
		}
	}
	return Login{URL: e.URL, Principal: e.Principal, Expires: e.Expires, Token: credentials.NewSecret(e.Token)}, nil
}

var errRing = fault.New(fault.Unavailable, "The keyring does not give out the token that it keeps.", "Unlock it, or sign in again with --no-keyring.")

// Holder returns who has signed in at that server, be the login over or its token in
// a keyring that is locked; ErrNone if nobody has.
func (k Keep) Holder(url string) (string, error) {
	b, err := k.read()
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(b.Logins, at(url))
	if i < 0 {
		return "", ErrNone
	}
	return b.Logins[i].Principal, nil
}

// Last returns the server signed in at last, empty if there is none.
func (k Keep) Last() (string, error) {
	b, err := k.read()
	return b.Last, err
}

// Forget forgets the login at that server.
func (k Keep) Forget(url string) error {
	b, err := k.read()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(b.Logins, at(url))
	if i < 0 {
		return nil
	}
	if b.Logins[i].Keyring && k.Ring != nil {
		err = k.Ring.Delete(service, url) // the token is ended; what is left of it opens nothing
	}
	b.Logins = slices.Delete(b.Logins, i, i+1)
	if b.Last == url {
		b.Last = ""
		if n := len(b.Logins); n > 0 {
			b.Last = b.Logins[n-1].URL
		}
	}
	return errors.Join(err, k.write(b))
}

func at(url string) func(entry) bool { return func(e entry) bool { return e.URL == url } }

// agentPath is where the token of an agent ("claude@alice") at that server is.
func (k Keep) agentPath(url, principal string) string {
	_, host, _ := strings.Cut(url, "://")
	host = strings.Map(func(r rune) rune {
		if r == '/' || r == ':' || r == os.PathSeparator {
			return '_'
		}
		return r
	}, host)
	return filepath.Join(k.Dir, "agents", host, filepath.Base(principal)+".token")
}

// SaveAgent keeps an agent's token in a file of its own, for DBACCESS_TOKEN_FILE,
// and returns its path.
func (k Keep) SaveAgent(l Login) (path string, err error) {
	path = k.agentPath(l.URL, l.Principal)
	return path, writePrivate(path, []byte(reveal(l.Token)+"\n"))
}

// Agent returns the kept token of an agent at that server and the path of its
// file; ErrNone if there is none.
func (k Keep) Agent(url, principal string) (credentials.Secret, string, error) {
	path := k.agentPath(url, principal)
	token, err := ReadToken(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNone
	}
	return token, path, err
}

// ForgetAgent removes an agent's file.
func (k Keep) ForgetAgent(url, principal string) error {
	err := os.Remove(k.agentPath(url, principal))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// ReadToken reads a token from a file that only its owner can read.
func ReadToken(path string) (credentials.Secret, error) {
	data, err := readPrivate(path)
	if err != nil {
		return credentials.Secret{}, err
	}
	return credentials.NewSecret(strings.TrimSpace(string(data))), nil
}

// Seed returns secret bytes of this machine's user, made when they are first asked
// for: what keys are derived from that must outlive a token.
func (k Keep) Seed() ([]byte, error) {
	path := filepath.Join(k.Dir, "seed")
	seed, err := readPrivate(path)
	if err == nil && len(seed) >= 32 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return seed, err
	}
	seed = make([]byte, 32)
	_, _ = rand.Read(seed)                // it never fails
	if err == nil || !first(path, seed) { // it is too short, or the folder takes no links
		return seed, writePrivate(path, seed)
	}
	return readPrivate(path)
}

// first puts the file there unless it is: of several at once, all then read the same.
// False means that no file is there.
func first(path string, data []byte) bool {
	own := path + "." + strings.ToLower(rand.Text())
	if writePrivate(own, data) != nil {
		return false
	}
	err := os.Link(own, path)
	_ = os.Remove(own)
	return err == nil || errors.Is(err, fs.ErrExist)
}

// reveal is the one place in this package where a secret is text: to be kept.
func reveal(s credentials.Secret) string { return s.Reveal() }
