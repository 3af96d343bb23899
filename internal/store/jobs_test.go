package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"dbaccess/approvals"
	"dbaccess/audit"
)

// ask stores a note whose follow-ups are the todos.
func ask(t testing.TB, s *Store, todos ...approvals.Todo) {
	t.Helper()
	if err := s.Note(t.Context(), approvals.Change{Events: []audit.Event{event(audit.ReviewRefused, "req_x")}, Todos: todos}); err != nil {
		t.Fatal(err)
	}
}

// working runs the follow-ups with do until the test ends.
func working(t testing.TB, s *Store, do func(ctx context.Context, todo approvals.Todo) error, o WorkerOptions) *Runner {
	t.Helper()
	r, err := s.Workers(do, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return r
}

// within fails the test unless c delivers within a generous time.
func within[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(30 * time.Second):
		t.Fatalf("%s: not within 30 s", what)
		panic("unreachable")
	}
}

func TestTodosAreDoneByAnyReplica(t *testing.T) {
	t.Parallel()
	url := runtimeURL(t, ownerURL(t))
	asker, one, other := opened(t, url), opened(t, url), opened(t, url)
	var mu sync.Mutex
	times := map[string]int{}
	all := make(chan struct{})
	const todos = 60
	do := func(_ context.Context, todo approvals.Todo) error {
		mu.Lock()
		defer mu.Unlock()
		times[string(todo.Kind)+" "+todo.ID]++
		if len(times) == todos {
			close(all)
		}
		return nil
	}
	working(t, one, do, WorkerOptions{Concurrency: 2})
	working(t, other, do, WorkerOptions{Concurrency: 2})
	for i := range todos {
		ask(t, asker, approvals.Todo{Kind: approvals.DrawCard, ID: fmt.Sprintf("req_%d", i)})
	}
	within(t, all, "all todos")
	mu.Lock()
	defer mu.Unlock()
	for todo, n := range times {
		if n != 1 {
			t.Errorf("%s was done %d times", todo, n)
		}
	}
}

func TestAWorkerDoesNotStartBeforeTheChangeIsStored(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	seen := make(chan error, 1)
	working(t, s, func(ctx context.Context, todo approvals.Todo) error {
		_, err := s.Request(ctx, approvals.RequestID(todo.ID))
		seen <- err
		return nil
	}, WorkerOptions{})
	for range 20 {
		r := request()
		c := approvals.Change{Events: []audit.Event{event(audit.RequestSubmitted, r.ID)}, Todos: []approvals.Todo{{Kind: approvals.DrawCard, ID: string(r.ID)}}}
		if err := s.Insert(t.Context(), r, c); err != nil {
			t.Fatal(err)
		}
		if err := within(t, seen, "its todo"); err != nil {
			t.Errorf("the worker did not see the change: %v", err)
		}
	}
}

func TestAFailedTodoIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	type failure struct {
		todo    approvals.Todo
		attempt int
		last    bool
		err     error
	}
	failures := make(chan failure, 10)
	done := make(chan int32, 1)
	var tries atomic.Int32
	working(t, s, func(context.Context, approvals.Todo) error {
		switch n := tries.Add(1); n {
		case 1:
			return errors.New("slack is away")
		case 2:
			panic("a mistake of ours")
		default:
			done <- n
			return nil
		}
	}, WorkerOptions{OnError: func(todo approvals.Todo, attempt int, last bool, err error) {
		failures <- failure{todo, attempt, last, err}
	}})
	ask(t, s, approvals.Todo{Kind: approvals.TellAsker, ID: "req_x"})
	for attempt, text := range []string{"slack is away", "a mistake of ours"} {
		f := within(t, failures, "a failure")
		if f.todo.Kind != approvals.TellAsker || f.todo.ID != "req_x" || f.attempt != attempt+1 || f.last || !strings.Contains(f.err.Error(), text) {
			t.Errorf("told of %+v, want attempt %d: %s", f, attempt+1, text)
		}
	}
	if n := within(t, done, "the third attempt"); n != 3 {
		t.Errorf("done at attempt %d", n)
	}
}

// later is an error as Slack's rate limit makes it.
type later time.Duration

func (l later) Error() string             { return "too many requests" }
func (l later) RetryAfter() time.Duration { return time.Duration(l) }

func TestAnErrorMaySayWhenToTryAgain(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const pause = 700 * time.Millisecond
	times := make(chan time.Time, 2)
	working(t, s, func(context.Context, approvals.Todo) error {
		times <- time.Now()
		if len(times) == 1 {
			return fmt.Errorf("draw card: %w", later(pause))
		}
		return nil
	}, WorkerOptions{OnError: func(_ approvals.Todo, _ int, _ bool, err error) { t.Errorf("called a failure: %v", err) }})
	ask(t, s, approvals.Todo{Kind: approvals.DrawCard, ID: "req_x"})
	var first time.Time
	eventually(t, "both attempts", func() bool { return len(times) == 2 })
	first = <-times
	if waited := (<-times).Sub(first); waited < pause || waited > pause+5*time.Second {
		t.Errorf("waited %v, want %v", waited, pause)
	}
	eventually(t, "the job is done", func() bool {
		return query[int64](t, s, "SELECT count(*) FROM dbaccess.river_job WHERE state = 'completed' AND attempt = 1 AND errors IS NULL") == 1
	})
}

func TestAnErrorThatNamesNoTimeIsAFailureLikeAnyOther(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	attempts, times := make(chan int, 10), make(chan time.Time, 10)
	working(t, s, func(context.Context, approvals.Todo) error {
		times <- time.Now()
		if len(times) == 1 {
			return fmt.Errorf("draw card: %w", later(0))
		}
		return nil
	}, WorkerOptions{OnError: func(_ approvals.Todo, attempt int, _ bool, _ error) { attempts <- attempt }})
	ask(t, s, approvals.Todo{Kind: approvals.DrawCard, ID: "req_x"})
	if n := within(t, attempts, "the failure is told of"); n != 1 {
		t.Errorf("told of attempt %d", n)
	}
	eventually(t, "both attempts", func() bool { return len(times) == 2 })
	first := <-times
	if waited := (<-times).Sub(first); waited < 900*time.Millisecond {
		t.Errorf("tried again after %v: a service that is away would be called without a pause", waited)
	}
}

func TestNobodyIsWaitedForInSilenceForEver(t *testing.T) {
	t.Parallel()
	told := 0
	w := &worker{
		do:      func(context.Context, approvals.Todo) error { return later(time.Minute) },
		onError: func(approvals.Todo, int, bool, error) { told++ },
	}
	job := func(age time.Duration) *river.Job[TodoArgs] {
		return &river.Job[TodoArgs]{JobRow: &rivertype.JobRow{CreatedAt: time.Now().Add(-age), Attempt: 1, MaxAttempts: maxAttempts}}
	}
	var snooze *rivertype.JobSnoozeError
	if err := w.Work(t.Context(), job(time.Minute)); !errors.As(err, &snooze) || told != 0 {
		t.Errorf("soon after it was asked for: %v, told %d times", err, told)
	}
	if err := w.Work(t.Context(), job(2*time.Hour)); errors.As(err, &snooze) || err == nil || told != 1 {
		t.Errorf("after hours: %v, told %d times; want a failure that counts", err, told)
	}
}

// eventually waits until a condition that others bring about holds.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

func TestATodoOfLaterWaits(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	when := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
	ask(t, s, approvals.Todo{Kind: approvals.ExpireNow, ID: "req_x", At: when})
	if got := query[time.Time](t, s, "SELECT scheduled_at FROM dbaccess.river_job WHERE state = 'scheduled'"); !got.Equal(when) {
		t.Errorf("scheduled at %v, want %v", got, when)
	}
	ask(t, s, approvals.Todo{Kind: approvals.ExpireNow, ID: "req_y", At: time.Now().Add(-time.Hour)})
	done := make(chan string, 2)
	working(t, s, func(_ context.Context, todo approvals.Todo) error {
		done <- todo.ID
		return nil
	}, WorkerOptions{})
	if id := within(t, done, "the overdue one"); id != "req_y" {
		t.Errorf("%s was done first", id)
	}
	if waiting, lost, err := s.Backlog(t.Context()); err != nil || waiting > 1 || lost != 0 {
		t.Errorf("backlog %d, %d, %v", waiting, lost, err)
	}
}

func TestStoppingWaitsForWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	started, finish := make(chan struct{}), make(chan struct{})
	var finished atomic.Bool
	r, err := s.Workers(func(ctx context.Context, _ approvals.Todo) error {
		close(started)
		select {
		case <-finish:
			finished.Store(true)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}, WorkerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := r.Start(ctx); err != nil {
		t.Fatal(err)
	}
	ask(t, s, approvals.Todo{Kind: approvals.RunNow, ID: "req_x"})
	within(t, started, "its start")
	cancel() // as a signal does; the work goes on
	stopped := make(chan error, 1)
	go func() { stopped <- r.Stop(context.Background()) }()
	select {
	case err := <-stopped:
		t.Fatalf("stopped while at work: %v", err)
	default:
		close(finish)
	}
	if err := within(t, stopped, "the stop"); err != nil || !finished.Load() {
		t.Errorf("stopped: %v, finished %v", err, finished.Load())
	}
}

func TestAStopThatMayNotWaitCancels(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	started := make(chan struct{})
	r, err := s.Workers(func(ctx context.Context, _ approvals.Todo) error {
		close(started)
		<-ctx.Done()
		return ctx.Err()
	}, WorkerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	ask(t, s, approvals.Todo{Kind: approvals.RunNow, ID: "req_x"})
	within(t, started, "its start")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
	// It was not lost: it will be tried again.
	eventually(t, "its next attempt is planned", func() bool {
		return query[int64](t, s, "SELECT count(*) FROM dbaccess.river_job WHERE state IN ('available', 'retryable')") == 1
	})
}

func TestWaitingBetweenAttemptsGrowsAndOutlastsANight(t *testing.T) {
	t.Parallel()
	for failed, want := range map[int]time.Duration{
		1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 6: 32 * time.Second, 7: time.Minute, 20: time.Minute, 21: 15 * time.Minute, 49: 15 * time.Minute,
	} {
		if got := backoff(failed); got != want {
			t.Errorf("after %d failures: %v, want %v", failed, got, want)
		}
	}
	var all time.Duration
	for n := 1; n < maxAttempts; n++ {
		all += backoff(n)
	}
	if all < 7*time.Hour {
		t.Errorf("given up after %v", all)
	}
}

// BenchmarkTodoStarts says how long after its change a follow-up starts.
func BenchmarkTodoStarts(b *testing.B) {
	s := newStore(b)
	started := make(chan time.Time, 1)
	working(b, s, func(context.Context, approvals.Todo) error {
		started <- time.Now()
		return nil
	}, WorkerOptions{})
	ask(b, s, approvals.Todo{Kind: approvals.DrawCard, ID: "req_x"})
	within(b, started, "the first")
	var worst time.Duration
	for b.Loop() {
		ask(b, s, approvals.Todo{Kind: approvals.DrawCard, ID: "req_x"})
		stored := time.Now()
		worst = max(worst, within(b, started, "its start").Sub(stored))
	}
	b.ReportMetric(float64(worst.Microseconds())/1000, "worst-ms")
}
