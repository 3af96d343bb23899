// Command chromiumbin finds a Chromium for tests in a browser, or installs one as
// root on Debian, for `make test`. Where there is none it says in one line that
// those tests are left out, and fails only where CI is set.
package main
