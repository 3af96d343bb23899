// Package pgtest gives tests real Postgres databases: one server a test
// process, started at first use, and for each test databases of its own, cloned
// from templates that are filled once.
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
//
//	url := pgtest.Clone(t, "store", func(ctx context.Context, url string) error {
//		return store.Migrate(ctx, url)
//	})
//
// Roles belong to the whole server: tests that make some give them names of
// their own.
package pgtest
