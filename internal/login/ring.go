package login

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/zalando/go-keyring"
)

// prompt is how long a keyring may take, which asks its owner for a password.
const prompt = time.Minute

// SystemRing returns the keyring of this machine's user, or nil if there is none.
// On Linux it is there if there is a session bus: without one, asking would start
// one, which in a job or on a server nobody expects.
func SystemRing() Ring {
	if runtime.GOOS == "linux" && os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		if _, err := os.Stat(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")); err != nil || os.Getenv("XDG_RUNTIME_DIR") == "" {
			return nil
		}
	}
	return systemRing{}
}

// systemRing is go-keyring, with a limit to its patience.
type systemRing struct{}

func (systemRing) Set(service, user, secret string) error {
	_, err := within(func() (string, error) { return "", keyring.Set(service, user, secret) })
	return err
}

func (systemRing) Get(service, user string) (string, error) {
	return within(func() (string, error) { return keyring.Get(service, user) })
}

func (systemRing) Delete(service, user string) error {
	_, err := within(func() (string, error) { return "", keyring.Delete(service, user) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}

// within leaves a call that takes too long to itself: the process ends soon.
func within(call func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := call()
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		return a.text, a.err
	case <-time.After(prompt):
		return "", errors.New("the keyring does not answer")
	}
}
