package config

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Ref says where a secret is: "env:NAME" or "file:/path". It is safe to print.
type Ref string

var errRef = errors.New(`must be "env:NAME" or "file:/path": secrets do not stand in the config`)

// check says whether r has the form of a reference, without reading it.
func (r Ref) check() error {
	kind, rest, ok := strings.Cut(string(r), ":")
	if !ok || rest == "" || (kind != "env" && kind != "file") {
		return errRef
	}
	return nil
}

// Read returns the secret. A file that others may read is refused, and so is an
// empty one.
func (r Ref) Read() (string, error) {
	if err := r.check(); err != nil {
		return "", err
	}
	kind, rest, _ := strings.Cut(string(r), ":")
	if kind == "env" {
		if v := os.Getenv(rest); v != "" {
			return v, nil
		}
		return "", fmt.Errorf("the environment variable %s is empty or not set", rest)
	}
	info, err := os.Stat(rest)
	if err != nil {
		return "", err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0 {
		return "", fmt.Errorf("%s can be read by everybody on this machine: chmod 640 it", rest)
	}
	b, err := os.ReadFile(rest)
	if err != nil {
		return "", err
	}
	v := strings.TrimRight(string(b), "\r\n")
	if v == "" {
		return "", fmt.Errorf("%s is empty", rest)
	}
	return v, nil
}
