package v1

import (
	"fmt"
	"log/slog"
	"time"
)

// Ask is what is asked for: access to a database for a while, or that one
// statement is run.
type Ask struct {
	Kind     string `json:"kind" enum:"access,statement" doc:"access: a credential for a window of time; statement: run this one text"`
	Database string `json:"database" minLength:"1" maxLength:"100" doc:"the database's name, as GET /v1/databases lists it"`
	Profile  string `json:"profile,omitempty" maxLength:"100" doc:"what the access allows; of a statement, left out: the least that can run it"`
	Duration string `json:"duration,omitempty" maxLength:"30" example:"30m" doc:"access: how long from the first claim on; left out: the profile's default"`
	Reason   string `json:"reason,omitempty" maxLength:"4000" doc:"why, for the people who decide; needed for access"`

	Statement string   `json:"statement,omitempty" maxLength:"65536" doc:"statement: exactly the text that runs"`
	Params    []string `json:"params,omitempty" nullable:"false" maxItems:"1000" doc:"statement: $1, $2, … as text"`
	RowBound  int64    `json:"row_bound,omitempty" minimum:"0" doc:"statement: most rows that it may insert, update and delete; left out: the database's"`

	Job *Job `json:"job,omitempty" doc:"the job that asks, whose approval may stand for its later runs"`

	// ResultKey is needed of services and agents that ask for a statement; a
	// person's rows go to Slack without it.
	ResultKey string `json:"result_key,omitempty" maxLength:"64" doc:"statement: the X25519 public key to which the rows are sealed, in base64; without it they go to Slack"`
	Preview   bool   `json:"preview,omitempty" doc:"say what would become of this, and store nothing"`

	// Key is the request's Idempotency-Key: asked twice with the same one, it is
	// one request. Client.Ask makes one if it is empty.
	Key string `json:"-"`
}

// Job says what an unattended run is going to do, so that its approval can stand
// for the same again.
type Job struct {
	Files    []File `json:"files,omitempty" nullable:"false" maxItems:"200" doc:"the SQL files that it runs"`
	Rows     *Band  `json:"rows,omitempty" doc:"how many rows it is expected to touch"`
	Schedule string `json:"schedule,omitempty" maxLength:"200" example:"0 2 * * *" doc:"when it runs, in cron syntax"`
	Window   string `json:"window,omitempty" maxLength:"30" example:"30m" doc:"how late after its schedule it may start"`
	Commit   string `json:"commit,omitempty" maxLength:"500" doc:"a link to the commit, for the people who decide"`
}

// File is one SQL file of a job.
type File struct {
	Path    string `json:"path" minLength:"1" maxLength:"400"`
	Content string `json:"content" maxLength:"1048576"`
}

// Band is a range of rows, both ends included.
type Band struct {
	Min int64 `json:"min" minimum:"0"`
	Max int64 `json:"max" minimum:"0"`
}

// Request is a request as whoever asked sees it.
type Request struct {
	ID        string   `json:"id,omitempty" doc:"empty in a preview"`
	State     string   `json:"state" enum:"pending,approved,denied,cancelled,expired,executing,executed,failed"`
	Settled   bool     `json:"settled" doc:"nothing more happens to it by itself: decided, and, if it is a statement, run"`
	Kind      string   `json:"kind" enum:"access,statement"`
	Requester string   `json:"requester"`
	For       string   `json:"for,omitempty" doc:"the person whom the requester acts for"`
	Database  string   `json:"database"`
	Profile   string   `json:"profile,omitempty"`
	Masked    bool     `json:"masked" doc:"the profile sees masked views only"`
	Duration  string   `json:"duration,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	Digest    string   `json:"digest" doc:"SHA-256 of the terms, to which reviews bind"`
	Statement string   `json:"statement,omitempty"`
	Params    []string `json:"params,omitempty" nullable:"false"`
	RowBound  int64    `json:"row_bound,omitempty"`

	Verdict *Verdict `json:"verdict,omitempty" doc:"statement: what guardrails say of it"`
	Impact  string   `json:"impact,omitempty" doc:"statement: what it was estimated to touch, in a sentence"`
	Route   Route    `json:"route" doc:"which reviews it needs, and why"`
	Outcome string   `json:"outcome,omitempty" doc:"how it was decided or ended, in a sentence"`
	Grant   string   `json:"grant,omitempty" doc:"what its approval opened; access: claim it"`

	Job *JobView `json:"job,omitempty" doc:"the job that asks, as the server has read it"`

	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"undecided by then, it expires"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
	StartedAt time.Time `json:"started_at,omitzero"`
	EndedAt   time.Time `json:"ended_at,omitzero"`

	Rows     int64  `json:"rows,omitempty" doc:"statement: rows returned, or else rows changed"`
	Fused    bool   `json:"fused,omitempty" doc:"statement: rolled back because it would have changed more rows than its bound; rows says how many"`
	FailedAt int    `json:"failed_at,omitempty" doc:"statement: the character at which Postgres found the mistake, from 1"`
	Result   string `json:"result,omitempty" enum:"here,slack" doc:"statement: where its rows go: GET …/result hands them out, or they go to Slack"`
}

// Route is which reviews a request needs.
type Route struct {
	Outcome  string   `json:"outcome" enum:"allow,deny,review"`
	Rule     string   `json:"rule,omitempty" doc:"the policy's rule that decided"`
	Sentence string   `json:"sentence,omitempty" doc:"why"`
	Needs    []string `json:"needs,omitempty" nullable:"false" doc:"who must agree, a line each"`
}

// Verdict is what guardrails say of a text.
type Verdict struct {
	Kind       string    `json:"kind" enum:"read,session,write,ddl,privilege,admin,unknown"`
	Level      string    `json:"level" enum:"low,medium,high,critical"`
	Statements int       `json:"statements" doc:"how many; 0 if it could not be parsed"`
	Findings   []Finding `json:"findings" nullable:"false" doc:"gravest first"`
	Relations  []string  `json:"relations,omitempty" nullable:"false"`
	Functions  []string  `json:"functions,omitempty" nullable:"false"`
	Touches    []Touch   `json:"touches,omitempty" nullable:"false" doc:"which columns are read and written"`
}

// Finding is one thing that a rule has to say about a text.
type Finding struct {
	Rule    string `json:"rule" example:"GR001"`
	Level   string `json:"level" enum:"low,medium,high,critical"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Start   int    `json:"start" doc:"byte offset of the text that is meant"`
	End     int    `json:"end" doc:"byte offset behind it"`
}

// Touch is a use of a relation by a text.
type Touch struct {
	Relation string   `json:"relation"`
	Columns  []string `json:"columns" nullable:"false"`
	Written  bool     `json:"written,omitempty"`
}

// Classify asks what a text would do to a database.
type Classify struct {
	Database  string `json:"database" minLength:"1" maxLength:"100"`
	Statement string `json:"statement" minLength:"1" maxLength:"1048576"`
}

// RequestList is one page of requests, newest first.
type RequestList struct {
	Requests []Request `json:"requests" nullable:"false"`
	Next     string    `json:"next,omitempty" doc:"the cursor of the next page; absent on the last one"`
}

// Grant is leave to hold access, and what became of it.
type Grant struct {
	ID       string `json:"id"`
	Request  string `json:"request"`
	State    string `json:"state" enum:"open,active,revoking,ended"`
	Kind     string `json:"kind" enum:"access,statement"`
	Holder   string `json:"holder"`
	Database string `json:"database"`
	Profile  string `json:"profile"`
	Duration string `json:"duration,omitempty"`

	ApprovedAt time.Time `json:"approved_at"`
	ClaimBy    time.Time `json:"claim_by" doc:"unclaimed by then, it lapses"`
	ActiveAt   time.Time `json:"active_at,omitzero" doc:"when it was first claimed"`
	Due        time.Time `json:"due,omitzero" doc:"when its window ends"`
	EndedAt    time.Time `json:"ended_at,omitzero" doc:"when the end was proven"`
	Reason     string    `json:"reason,omitempty" doc:"why it ended"`
	EndedBy    string    `json:"ended_by,omitempty"`
	Role       string    `json:"role,omitempty" doc:"the Postgres role of its latest credential"`
}

// GrantList is one page of grants, newest first.
type GrantList struct {
	Grants []Grant `json:"grants" nullable:"false"`
	Next   string  `json:"next,omitempty" doc:"the cursor of the next page; absent on the last one"`
}

// Claim says how a grant is claimed.
type Claim struct {
	Attended bool `json:"attended,omitempty" doc:"the holder gives signs of life; without one for 45 seconds the grant ends"`
}

// Alive is the answer to a sign of life.
type Alive struct {
	Until time.Time `json:"until" doc:"give the next sign before then"`
}

// Database is one database, as the asker may use it.
type Database struct {
	Name     string    `json:"name"`
	Tags     []string  `json:"tags,omitempty" nullable:"false"`
	Profiles []Profile `json:"profiles" nullable:"false" doc:"those that the asker may ask for"`
	Runs     []Run     `json:"runs" nullable:"false" doc:"which profile runs which kinds of statement; none: it runs none for the asker"`
	RowBound int64     `json:"row_bound,omitempty" doc:"most rows that a statement may change unless its asker gives another bound"`
}

// Profile is what a grant allows on a database.
type Profile struct {
	Name    string `json:"name"`
	Masked  bool   `json:"masked" doc:"sees masked views only"`
	Max     string `json:"max" doc:"longest window"`
	Default string `json:"default" doc:"the window when none is asked for"`
}

// Run says which profile runs which kinds of statement.
type Run struct {
	Profile string   `json:"profile"`
	Kinds   []string `json:"kinds" nullable:"false"`
}

// DatabaseList is all databases that the asker may ask something of.
type DatabaseList struct {
	Databases []Database `json:"databases" nullable:"false"`
}

// Schema is what a database has, without its data.
type Schema struct {
	Database string    `json:"database"`
	ReadAt   time.Time `json:"read_at" doc:"when it was read"`
	Tables   []Table   `json:"tables" nullable:"false"`
}

// Table is a table or view.
type Table struct {
	Schema  string   `json:"schema"`
	Name    string   `json:"name"`
	Kind    string   `json:"kind" enum:"table,partitioned,view,matview,foreign"`
	Rows    int64    `json:"rows" doc:"estimated; -1 if not known"`
	Columns []Column `json:"columns" nullable:"false"`
}

// Column is a column of a table.
type Column struct {
	Name    string `json:"name"`
	Type    string `json:"type,omitempty"`
	NotNull bool   `json:"not_null,omitempty"`
	Masked  string `json:"masked,omitempty" doc:"how masked views show it: pseudonym, redact, null, year, …, or hidden; absent: as it is, or there are no masked views"`
	Entity  string `json:"entity,omitempty" doc:"what kind of personal or secret data it is taken for"`
}

// Sealed is a statement's result as it travels: GET …/result answers it once.
type Sealed struct {
	Request string `json:"request"`
	Sealed  []byte `json:"sealed" doc:"HPKE (X25519, HKDF-SHA256, AES-256-GCM) to the request's result_key, info \"dbaccess statement result v1 \" and the request's id: the encapsulated key, then the sealed JSON of the rows"`
}

// Rows is an opened result.
type Rows struct {
	Request   string         `json:"request"`
	Columns   []ResultColumn `json:"columns" nullable:"false"`
	Rows      [][]*string    `json:"rows" nullable:"false" doc:"values as Postgres prints them, null for NULL"`
	Count     int64          `json:"count" doc:"rows returned, or else rows changed"`
	Tag       string         `json:"tag,omitempty" doc:"Postgres' command tag"`
	Truncated bool           `json:"truncated,omitempty" doc:"there were more rows than are kept"`
	Masked    bool           `json:"masked" doc:"every value came through a masked view"`
}

// ResultColumn is a column of a result.
type ResultColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Format keeps rows out of logs: it is for programs, which use the fields.
func (r Rows) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "[%d rows of %s]", len(r.Rows), r.Request)
}

// LogValue implements slog.LogValuer.
func (r Rows) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(r)) }
