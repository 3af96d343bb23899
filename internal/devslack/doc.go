// Package devslack is a Slack that runs on this machine: enough of the real one
// for the demo, for end-to-end tests and for trying things by hand, and as strict
// as the real one wherever that catches mistakes.
//
// The app under test is not told that it talks to a stand-in. It gets another API
// address and other tokens, and from there everything is Slack's: the Web API with
// its errors, limits and rates, both deliveries with their three seconds (sockets,
// and signed requests once [Server.DeliverOverHTTP] is called), trigger ids that
// work once, view hashes, response URLs, events of what changes. People act in two
// ways that share one code path: tests call [Person], a browser uses the page at
// [Server.PageURL].
//
//	tests: Person.Command, Click, Shortcut, OpenHome …   a browser: the page
//	               |                                         | /page/* (cookie)
//	               |      other programs: /_test/* (token)   |
//	               v                    v                    v
//	      +---------------------------------------------------------+
//	      | people   who may see and touch what; what is typed,     |
//	      |          chosen, submitted; the payloads Slack makes    |
//	      +---------------------------------------------------------+
//	               |                                   ^
//	               v payload                           | ack, events retried
//	      +--------------------+              +------------------------+
//	      | workspace: users,  |              | delivery: sockets in   |
//	      | channels, messages,|              | turn, or signed HTTP;  |
//	      | modals, Home, files|              | 3 s timer, retries;    |
//	      | events; one mutex  |              | the fault switches     |
//	      +--------------------+              +------------------------+
//	               ^                                   |
//	               | /api/METHOD, /response/ID,        |
//	               | /upload/ID, /files/ID             v
//	      +---------------------------------------------------------+
//	      | the app under test (slack-go, or anything else)         |
//	      +---------------------------------------------------------+
//
// Everything is in memory and gone with the process. Every change wakes those who
// wait ([Server.WaitFor], the page's event stream), so that tests need no sleep.
//
// The page (TypeScript in page/, bundled into dist/) calls things as Slack does, for
// people, screen readers and browser tests; data-channel, data-ts, data-user,
// data-person, data-view-id, data-block-id, data-action-id and data-value carry the
// ids. A block it cannot draw is shown as such and told ([Server.Undrawn]). It is
// checked by tsc with page/tsconfig.json, by whoever has one; its font is Lato, under
// the licence in page/font.
//
// What goes wrong on the real Slack can be switched on here, from Go and over the
// test API, for both deliveries alike: payloads twice, late, in another order;
// acknowledgements and answers that get lost; sockets and requests that are cut;
// calls that are slow, answered with 429 or 5xx, or done and not answered; tokens
// that are revoked; a clock that is elsewhere. [Server.ClearFaults] ends it.
//
// What it refuses: to listen anywhere but on loopback; requests whose Host or
// Origin is not its own (a web page elsewhere must not act as Bob, not even by
// DNS rebinding); requests without the run's random tokens; Web API methods,
// arguments and keys of blocks it does not know ([Server.Unknown] lists the first
// two, and tests check that the list is empty); manifests that Slack would refuse.
//
// What it leaves out, knowingly: message events and history (the app does not
// subscribe to them), attachments, group messages, workflows, user tokens, a
// messages tab that is read only, Enterprise Grid. Bursts beyond Slack's rates are
// not documented; this one takes as much again.
package devslack
