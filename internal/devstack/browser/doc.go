// Package browser drives a real Chromium the way people do, for tests: controls
// are found by the role and name that assistive technology is told, pressed with
// the mouse or the keyboard, and what is awaited is what can be seen.
//
//	p := browser.Open(t, slack.PageURL())
//	p.Type("textbox", "Message", "/dbaccess shop masked-read 1h because INC-42")
//	p.Press("Enter")
//	p.Click("button", "Approve", "INC-42") // the Approve that stands closest to INC-42
//	p.SeesIn("article", "INC-42", "Approved by")
//
// One Chromium serves a test process; each [Open] has its own cookies and storage,
// as if it were another person's machine. Every wait is for a condition, up to
// [Patience]. A page that breaks its promises fails its test, whatever the test
// looks at: script errors, messages at level error on the console, and violations
// of the Content-Security-Policy.
//
// Whoever fails says what stood on the page, as an outline of the accessibility
// tree, and names a screenshot that is kept.
//
// It refuses to find things by CSS selectors: a page may be rebuilt from scratch
// under these tests, as long as people can still use it.
package browser
