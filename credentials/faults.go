package credentials

import "dbaccess/internal/fault"

// What people may be told about a grant. ErrStale, ErrNoGrant and ErrNoCode
// stand beside Store.
var (
	ErrNotYours = fault.New(fault.Denied, "This access belongs to somebody else.",
		"Only the person it was approved for can use or end it; ask for your own with `/dbaccess` or `dbaccess request`.")
	ErrLapsed = fault.New(fault.Expired, "Nobody claimed this access in time, so it lapsed.",
		"Ask again with `/dbaccess` or `dbaccess request`.")
	ErrOver = fault.New(fault.Expired, "The time of this access is over.",
		"Ask again with `/dbaccess` or `dbaccess request` if you still need it.")
	ErrEnded = fault.New(fault.Expired, "This access was ended.",
		"Ask again with `/dbaccess` or `dbaccess request` if you still need it.")
	ErrAbandoned = fault.New(fault.Expired, "This access was ended because no sign of life of its job came any more.",
		"If the job still runs, look at its way to dbaccess; then ask again.")
	ErrUnattended = fault.New(fault.Conflict, "Nobody promised signs of life for this access.",
		"Claim it as attended to give them.")
	ErrClaiming = fault.New(fault.Conflict, "A credential for this access is being made right now.",
		"If you did not receive it, claim it again in half a minute: with *Get credentials* in Slack, or `dbaccess claim ID`.")
	ErrRunsItself = fault.New(fault.Denied, "This grant is for one statement, which dbaccess runs itself; nobody holds its credential.",
		"Ask for access to the database if you want to connect.")
	ErrNotMinted = fault.New(fault.Unavailable, "The credential could not be made just now.",
		"Claim it again in a moment, with *Get credentials* in Slack or `dbaccess claim ID`; your access is still there.")
	ErrNotReplaced = fault.New(fault.Unavailable, "Your earlier credential could not be ended yet, so no new one was made.",
		"Claim it again in a moment: with *Get credentials* in Slack, or `dbaccess claim ID`.")
	ErrStoreAway = fault.New(fault.Unavailable, "dbaccess cannot reach its own store right now.",
		"Try again in a moment.")

	ErrCodeShape = fault.New(fault.Invalid, "This is not a claim code.",
		"A code is 26 letters and digits; copy the whole of it.")
	ErrCodeExpired = fault.New(fault.Expired, "This code has expired; codes are good for two minutes.",
		"Press *Get credentials* in Slack for a new one.")
	ErrCodeReused = fault.New(fault.Denied, "This code was used before, so the access was ended.",
		"If the first use was not yours, tell your security team; then ask for access again.")
)
