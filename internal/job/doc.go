// Package job runs a command that holds a credential, and takes the credential
// back when the command ends, however it ends.
//
//	     claim, attended
//	│   ◀──────────────── server
//	├─ a folder of its own, 0700, in memory if there is such a place:
//	│      pgpass, pg_service.conf
//	├─ the command ── PGHOST PGPORT PGDATABASE PGUSER PGPASSFILE PGSERVICE …
//	│      ▲ signals          │ its end
//	│   signs of life ───────▶│       server: "it is over" ── SIGTERM to the command
//	│      (renewed: another grant, the files written anew)
//	├─ the folder is removed ◀┘
//	└─ end ─────────────────▶ server: proven ended
//
// Whatever happens, somebody ends the grant: Run itself, on every way out of it; if
// Run was killed, the server, which hears no sign of life any more; if the server
// is away, Run keeps trying for a while, and the window's end comes anyway. A
// command whose dbaccess was killed is told to end, and the files that it leaves
// behind are removed by the next job of the same user on the machine.
//
// The password is in one file that only its user can read: never among the
// arguments of a process, never in its environment, where every child inherits it
// and crash reports print it.
//
// The package refuses to run a command without a live credential, and to hide
// what the command says: its exit code, its output and its terminal are its own.
package job
