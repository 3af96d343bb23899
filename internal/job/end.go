package job

import (
	"context"
	"os"
	"sync"
	"time"

	v1 "dbaccess/internal/api/v1"
)

// lastWord is how long the server may take to be told of the end when a signal
// urges: less than runners leave between a signal and the kill.
const lastWord = 3 * time.Second

// endAll ends every grant of the job, and waits until the ends are proven. A
// signal that comes meanwhile, or came before and found no command any more, ends
// the waiting, once the server had time to hear of the end: it goes on by itself.
func (k *keeper) endAll(ctx context.Context, signals <-chan os.Signal) (ended []v1.Grant, unsure []string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endPatience)
	defer cancel()
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-signals:
			wait(ctx, lastWord)
			cancel()
		case <-done:
		}
	}()
	list := k.all()
	grants, errs := make([]v1.Grant, len(list)), make([]error, len(list))
	var wg sync.WaitGroup
	for i, h := range list {
		wg.Go(func() { grants[i], errs[i] = k.end(ctx, h.grant) })
	}
	wg.Wait()
	for i, h := range list {
		if grants[i].State == "ended" {
			ended = append(ended, grants[i])
			k.tell(Event{What: Ended, Grant: h.grant, At: grants[i].EndedAt})
			continue
		}
		unsure = append(unsure, h.grant)
		k.tell(Event{What: NotEnded, Grant: h.grant, Err: errs[i]})
	}
	return ended, unsure
}

// end ends one grant, however often the server has to be asked.
func (k *keeper) end(ctx context.Context, grant string) (g v1.Grant, err error) {
	for pause := 200 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		if g, err = k.job.Server.End(ctx, grant); err == nil {
			return k.proven(ctx, g)
		}
		if final(err) || !wait(ctx, pause) {
			return g, err
		}
	}
}

// proven waits until the server has seen that the grant's credentials are gone.
func (k *keeper) proven(ctx context.Context, g v1.Grant) (v1.Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, proofPatience)
	defer cancel()
	for g.State != "ended" && wait(ctx, 500*time.Millisecond) {
		next, err := k.job.Server.Grant(ctx, g.ID)
		if err != nil && final(err) {
			return g, err
		}
		if err == nil {
			g = next
		}
	}
	return g, nil
}
