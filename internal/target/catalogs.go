package target

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"dbaccess/credentials"
	"dbaccess/guardrails"
)

// Catalogs keeps the catalogs of the databases we serve, read anew in the
// background. Whoever asks never waits: a catalog that is not there is nil, and
// verdicts are more careful then. The fields are set before the first use.
type Catalogs struct {
	URLs  map[string]func() (credentials.Secret, error) // by database: a login that may look
	Every time.Duration                                 // between two readings; 0 = 5 minutes
	// Complete adds what else is known of a database, such as which columns are
	// sensitive, to a catalog that was just read. Nil = nothing.
	Complete func(database string, cat *guardrails.Catalog)
	Now      func() time.Time
	Log      *slog.Logger

	reading singleflight.Group
	mu      sync.Mutex // guards held
	held    map[string]heldCatalog
}

type heldCatalog struct {
	under map[string]*guardrails.Catalog // the last good one, by search_path; that of "" has none
	at    time.Time                      // when it was read
	tried time.Time                      // when the last attempt ended
	err   error                          // of that attempt
}

// How old catalogs may become, in readings missed: a target that is away for so
// long runs nothing, and may be another one when it comes back.
const (
	oldestCatalog = 12
	retryCatalog  = 20 * time.Second // after a reading that failed
	nudgeCatalog  = 15 * time.Second // between two readings that were asked for
)

func (c *Catalogs) every() time.Duration {
	if c.Every <= 0 {
		return 5 * time.Minute
	}
	return c.Every
}

func (c *Catalogs) get(database string) heldCatalog {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held[database]
}

// Catalog returns the last good catalog of a database, for texts that run under
// this search_path; nil if there is none that is young enough. Without a path a
// bare name may mean any schema's.
func (c *Catalogs) Catalog(database string, path ...string) *guardrails.Catalog {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.held[database]
	if h.under == nil || c.Now().Sub(h.at) > oldestCatalog*c.every() {
		return nil
	}
	key := strings.Join(path, "\x00")
	cat, ok := h.under[key]
	if !ok {
		of := h.under[""]
		cat = &guardrails.Catalog{
			ServerVersion: of.ServerVersion, ReadAt: of.ReadAt, SearchPath: path,
			Tables: of.Tables, Functions: of.Functions, Types: of.Types, Operators: of.Operators, Casts: of.Casts,
		}
		h.under[key] = cat
	}
	return cat
}

// Age returns when the database's catalog was read, zero if it was not, and what
// went wrong with the last attempt.
func (c *Catalogs) Age(database string) (at time.Time, err error) {
	h := c.get(database)
	return h.at, h.err
}

// Refresh reads a database's catalog now. Several at once read it once; one that
// fails leaves the last good one.
func (c *Catalogs) Refresh(ctx context.Context, database string) error {
	done := c.reading.DoChan(database, func() (any, error) { return nil, c.refresh(context.WithoutCancel(ctx), database) })
	select {
	case r := <-done:
		return r.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Catalogs) refresh(ctx context.Context, database string) error {
	began := c.Now()
	cat, err := c.read(ctx, database)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = map[string]heldCatalog{}
	}
	h := c.held[database]
	if h.tried, h.err = c.Now(), err; err == nil {
		h.under, h.at = map[string]*guardrails.Catalog{"": cat}, began
	}
	c.held[database] = h
	return err
}

func (c *Catalogs) read(ctx context.Context, database string) (*guardrails.Catalog, error) {
	source, ok := c.URLs[database]
	if !ok {
		return nil, errNoDatabase
	}
	url, err := source()
	if err != nil {
		return nil, err
	}
	cat, err := ReadCatalog(ctx, url)
	if err != nil {
		return nil, err
	}
	cat.SearchPath = nil // that of the login which read it
	if c.Complete != nil {
		c.Complete(database, cat)
	}
	return cat, nil
}

// Nudge has a database's catalog read in the background, unless that was done a
// moment ago: somebody has met a name that it does not know.
func (c *Catalogs) Nudge(ctx context.Context, database string) {
	if c.Now().Sub(c.get(database).tried) < nudgeCatalog {
		return
	}
	go func() { _ = c.Refresh(context.WithoutCancel(ctx), database) }()
}

// First reads all catalogs once, for as long as ctx lasts.
func (c *Catalogs) First(ctx context.Context) {
	var all errgroup.Group
	for database := range c.URLs {
		all.Go(func() error { return c.logged(ctx, database) })
	}
	_ = all.Wait()
}

// Run reads all catalogs again and again, until ctx is done.
func (c *Catalogs) Run(ctx context.Context) error {
	var all errgroup.Group
	for database := range c.URLs {
		all.Go(func() error {
			for {
				if err := c.wait(ctx, database); err != nil {
					return nil
				}
				_ = c.logged(ctx, database)
			}
		})
	}
	return all.Wait()
}

// wait waits until a database's catalog is due.
func (c *Catalogs) wait(ctx context.Context, database string) error {
	h := c.get(database)
	after := c.every()
	if h.err != nil {
		after = min(after, retryCatalog)
	}
	timer := time.NewTimer(max(0, h.tried.Add(after).Sub(c.Now())))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// logged reads a catalog and logs what went wrong, once for each new reason.
func (c *Catalogs) logged(ctx context.Context, database string) error {
	before := c.get(database).err
	err := c.Refresh(ctx, database)
	if err != nil && ctx.Err() == nil && (before == nil || before.Error() != err.Error()) {
		c.Log.Warn("catalog not read; statements are judged more carefully", "database", database, "err", err)
	}
	return err
}
