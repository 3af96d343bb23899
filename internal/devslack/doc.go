// Package devslack is a Slack that runs on this machine: enough of the real one
// for the demo, for end-to-end tests and for trying things by hand, and as strict
// as the real one wherever that catches mistakes.
//
// The app under test is not told that it talks to a stand-in. It gets another API
// address and other tokens, and from there everything is Slack's: the Web API with
// its errors and limits, Socket Mode with its three seconds, trigger ids that work
// once, view hashes, response URLs. People act in two ways that share one code
// path: tests call [Person], a browser uses the page at [Server.PageURL].
//
//	tests: Person.Command, Click, Submit, React          a browser: the page
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
//	      | workspace: users,  |              | delivery: Socket Mode, |
//	      | channels, messages,|              | 3 s timer, round robin,|
//	      | modals; one mutex  |              | duplicates, drops      |
//	      +--------------------+              +------------------------+
//	               ^                                   |
//	               | /api/METHOD, /response/ID         v
//	      +---------------------------------------------------------+
//	      | the app under test (slack-go, or anything else)         |
//	      +---------------------------------------------------------+
//
// Everything is in memory and gone with the process. Every change wakes those who
// wait ([Server.WaitFor], the page's event stream), so that tests need no sleep.
//
// What it refuses: to listen anywhere but on loopback; requests whose Host or
// Origin is not its own (a web page elsewhere must not act as Bob, not even by
// DNS rebinding); requests without the run's random tokens; Web API methods it
// does not know ([Server.Unknown] lists them, and tests check that the list
// is empty); to draw what the app should not send.
//
// What it leaves out, knowingly: rate limits of its own accord (they come by
// [Server.Fault] only), message events (the app does not subscribe to them),
// files, threads' own view, Enterprise Grid.
package devslack
