package devstack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"dbaccess/internal/fault"
)

// ChromiumVariable names the environment variable that says which Chromium to
// run, before any search.
const ChromiumVariable = "DBACCESS_CHROMIUM"

// chromiumPlaces are the names on PATH and the files that packagers give it.
var chromiumPlaces = []string{
	"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
}

// noChromium is the error of a machine without one.
var noChromium = &fault.Error{
	Kind: fault.Unavailable,
	Msg:  "There is no Chromium on this machine, which tests in a browser need.",
	Hint: "Install it (`apt-get install chromium`, `brew install --cask chromium`), or set " + ChromiumVariable + " to a Chromium or Chrome.",
}

// FindChromium returns the path of a Chromium or Chrome: what the environment
// names, else what is installed. Without one the error says how to get it.
func FindChromium() (string, error) {
	return findChromium(os.Getenv(ChromiumVariable), exec.LookPath)
}

func findChromium(named string, lookPath func(string) (string, error)) (string, error) {
	if named != "" {
		path, err := lookPath(named)
		if err != nil {
			return "", fault.New(fault.Invalid, fmt.Sprintf("%s is %q, which cannot be run.", ChromiumVariable, named),
				"Set it to a Chromium or Chrome, or unset it.").With(err)
		}
		return path, nil
	}
	for _, place := range chromiumPlaces {
		if path, err := lookPath(place); err == nil {
			return path, nil
		}
	}
	return "", noChromium
}

// FindOrInstallChromium is FindChromium on machines where nothing is prepared: as
// root on Debian it installs one by apt-get, with a font for emoji; elsewhere it
// only finds. progress is told what takes long.
func FindOrInstallChromium(ctx context.Context, progress func(string)) (string, error) {
	path, err := FindChromium()
	if err == nil || !errors.Is(err, noChromium) || os.Geteuid() != 0 {
		return path, err
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return "", noChromium
	}
	unlock, err := lockInstall()
	if err != nil {
		return "", fmt.Errorf("wait for another installation: %w", err)
	}
	defer unlock()
	if path, err := FindChromium(); err == nil {
		return path, nil
	}
	progress("Chromium is not installed: installing it with apt-get, which takes a minute or two and happens once.")
	// Lists that cannot be refreshed may still do; the installation will say.
	updateErr := aptGet(ctx, "update")
	if err := aptGet(ctx, "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-color-emoji"); err != nil {
		return "", noChromium.With(errors.Join(err, updateErr))
	}
	if path, err = FindChromium(); err != nil {
		return "", err
	}
	// Ubuntu's package holds a script that only says how to get the real one.
	if out, err := exec.CommandContext(ctx, path, "--version").CombinedOutput(); err != nil {
		return "", noChromium.With(fmt.Errorf("%s --version: %w: %s", path, err, bytes.TrimSpace(out)))
	}
	return path, nil
}
