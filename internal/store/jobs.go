package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"dbaccess/approvals"
)

// TodoArgs are a follow-up as a job keeps it: an id and nothing else.
type TodoArgs struct {
	Do string `json:"do"` // the approvals.TodoKind
	ID string `json:"id"`
}

// Kind implements river.JobArgs.
func (TodoArgs) Kind() string { return "todo" }

// maxAttempts and backoff together let a follow-up outlast what it needs being
// away for some eight hours. A todo is never unique: one that is being done
// may have read the state before the change that asks for the next.
const maxAttempts = 50

// backoff is how long to wait after so many failed attempts: 1, 2, 4 … 60 s,
// and after twenty of them a quarter of an hour.
func backoff(failed int) time.Duration {
	switch {
	case failed <= 6:
		return time.Second << max(failed-1, 0)
	case failed <= 20:
		return time.Minute
	default:
		return 15 * time.Minute
	}
}

// inserter makes the client that inserts jobs and works none. Its cooldown is
// the least there is: River leaves out notifications that come within it, and
// one left out by mistake would cost a poll interval.
func (s *Store) inserter() (*river.Client[pgx.Tx], error) {
	return river.NewClient(riverpgxv5.New(s.pool), &river.Config{
		Schema: schema, Logger: warnings(s.log), MaxAttempts: maxAttempts, FetchCooldown: river.FetchCooldownMin,
	})
}

// insertTodos makes jobs of the follow-ups, in the change's transaction.
func (s *Store) insertTodos(ctx context.Context, tx pgx.Tx, todos []approvals.Todo) error {
	if len(todos) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, len(todos))
	for i, t := range todos {
		params[i] = river.InsertManyParams{Args: TodoArgs{Do: string(t.Kind), ID: t.ID}, InsertOpts: &river.InsertOpts{ScheduledAt: t.At}}
	}
	if _, err := s.river.InsertManyTx(ctx, tx, params); err != nil {
		return fmt.Errorf("insert todos: %w", err)
	}
	return nil
}

// WorkerOptions say how follow-ups are worked.
type WorkerOptions struct {
	Concurrency int           // at once in this process; 0 = 16
	Timeout     time.Duration // for one attempt; 0 = 2 minutes
	// OnError is told of each attempt that failed, and whether it was the last
	// that will be made. It may be nil.
	OnError func(todo approvals.Todo, attempt int, last bool, err error)
}

// Runner works the follow-ups of all replicas' changes.
type Runner struct{ client *river.Client[pgx.Tx] }

// Workers makes a Runner that does each follow-up by calling do, again and
// again until it returns nil. An error that has a method RetryAfter may say
// itself how long to wait, and then does not count as an attempt for the first
// hour; a panic is an error.
func (s *Store) Workers(do func(ctx context.Context, todo approvals.Todo) error, o WorkerOptions) (*Runner, error) {
	if o.Concurrency <= 0 {
		o.Concurrency = 16
	}
	if o.Timeout <= 0 {
		o.Timeout = 2 * time.Minute
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{do: do, onError: o.OnError})
	client, err := river.NewClient(riverpgxv5.New(s.pool), &river.Config{
		Schema: schema, Logger: warnings(s.log), Workers: workers, MaxAttempts: maxAttempts,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: o.Concurrency}},
		FetchCooldown:        5 * time.Millisecond,   // how long a new job waits at most for company
		FetchPollInterval:    500 * time.Millisecond, // retries within River's 5 s horizon are found by polling
		JobTimeout:           o.Timeout,
		RescueStuckJobsAfter: o.Timeout + time.Minute, // of a process that died while doing it
		SoftStopTimeout:      10 * time.Second,
		ReindexerIndexNames:  []string{}, // only the owner may reindex
	})
	if err != nil {
		return nil, fmt.Errorf("make workers: %w", err)
	}
	return &Runner{client: client}, nil
}

// Start begins to work. Once ctx is done it takes no new follow-ups; Stop waits
// for those under way.
func (r *Runner) Start(ctx context.Context) error {
	return explain("start workers", r.client.Start(ctx))
}

// Stop takes no new follow-ups and waits for those under way. When ctx is over
// it cancels them; their attempts are made again later, here or elsewhere.
func (r *Runner) Stop(ctx context.Context) error {
	err := r.client.Stop(ctx)
	if err == nil || ctx.Err() == nil {
		return explain("stop workers", err)
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return explain("stop workers", r.client.StopAndCancel(hard))
}

// warnings is log without what River says of ordinary things: starts, stops,
// and attempts that OnError is told of.
func warnings(log *slog.Logger) *slog.Logger { return slog.New(atWarn{log.Handler()}) }

type atWarn struct{ slog.Handler }

func (h atWarn) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}
func (h atWarn) WithAttrs(a []slog.Attr) slog.Handler { return atWarn{h.Handler.WithAttrs(a)} }
func (h atWarn) WithGroup(n string) slog.Handler      { return atWarn{h.Handler.WithGroup(n)} }

// worker does one follow-up at a time for River.
type worker struct {
	river.WorkerDefaults[TodoArgs]
	do      func(ctx context.Context, todo approvals.Todo) error
	onError func(todo approvals.Todo, attempt int, last bool, err error)
}

// NextRetry implements river.Worker. Snoozes are no errors, and do not count.
func (w *worker) NextRetry(job *river.Job[TodoArgs]) time.Time {
	return time.Now().Add(backoff(len(job.Errors) + 1))
}

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, job *river.Job[TodoArgs]) error {
	todo := approvals.Todo{Kind: approvals.TodoKind(job.Args.Do), ID: job.Args.ID, At: job.ScheduledAt}
	err := safely(func() error { return w.do(ctx, todo) })
	if err == nil {
		return nil
	}
	if wait := wanted(err); wait > 0 && time.Since(job.CreatedAt) < patience {
		return river.JobSnooze(wait)
	}
	if w.onError != nil {
		w.onError(todo, job.Attempt, job.Attempt >= job.MaxAttempts, err)
	}
	return err
}

// patience is for how long others may say when to try again. Whoever still does
// so afterwards is failing: the attempts are told of, and come to an end.
const patience = time.Hour

// wanted is how long err wants us to wait; 0 if it does not say.
func wanted(err error) time.Duration {
	var later interface{ RetryAfter() time.Duration }
	if errors.As(err, &later) {
		return later.RetryAfter()
	}
	return 0
}

// safely turns a panic into an error with its stack: one follow-up must not
// stop the process that ends other people's access.
func safely(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// Backlog says how many follow-ups wait to be done now, and how many were given
// up after their last attempt and are still kept; metrics show both.
func (s *Store) Backlog(ctx context.Context) (waiting, givenUp int64, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE state IN ('available', 'running', 'retryable')), count(*) FILTER (WHERE state = $1)
		FROM dbaccess.river_job WHERE state IN ('available', 'running', 'retryable', 'discarded')`, rivertype.JobStateDiscarded).
		Scan(&waiting, &givenUp)
	return waiting, givenUp, explain("count follow-ups", err)
}
