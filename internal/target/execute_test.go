package target

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"dbaccess/internal/devstack/shop"
	"dbaccess/internal/fault"
)

// A sequence that each row of a SELECT advances tells how far the server went:
// what it has given is not taken back.
func TestALargeResultStopsInTheServer(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Reader, "CREATE SEQUENCE public.walked", "GRANT USAGE ON SEQUENCE public.walked TO PUBLIC")
	for _, c := range []struct {
		name, row  string
		maxRows    int
		maxBytes   int
		kept, most int
	}{
		{"wide rows", "repeat('x', 100000)", 100_000, 1 << 20, 10, 40},
		{"rows that grow", "repeat('x', (n * n)::int)", 100_000, 1 << 20, 146, 600},
		{"narrow rows", "n", 500, 1 << 20, 500, 501},
	} {
		walked := func() (n int) {
			if err := b.super.QueryRow(t.Context(), "SELECT last_value FROM public.walked").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := walked()
		_, err := b.run(t, RunOptions{
			Statement: "SELECT " + c.row + " FROM (SELECT n, nextval('public.walked') FROM generate_series(1, 1000000) n OFFSET 0) s",
			MaxRows:   c.maxRows, MaxBytes: c.maxBytes, RowBound: -1,
		})
		// It has changed something row by row, the sequence: such a one must be run
		// to its end or not at all.
		if !errors.Is(err, errHalfway) {
			t.Errorf("%s: %v", c.name, err)
		}
		if n := walked() - before; n > c.most {
			t.Errorf("%s: the server went through %d rows for %d", c.name, n, c.kept)
		}
	}
}

func TestResultsOfAllSizesArriveWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Reader)
	for _, n := range []int{0, 1, firstBatch - 1, firstBatch, firstBatch + 1, 999, 1000} {
		for _, width := range []int{0, 1, 3000} {
			r, err := b.run(t, RunOptions{Statement: fmt.Sprintf("SELECT n, repeat('x', %d) FROM generate_series(1, %d) n", width, n)})
			if err != nil || len(r.Rows) != n || r.Truncated || r.Tag != fmt.Sprintf("SELECT %d", n) {
				t.Fatalf("%d rows of %d: %d rows, truncated %v, %q, %v", n, width, len(r.Rows), r.Truncated, r.Tag, err)
			}
			for i, row := range r.Rows {
				if row[0].Text != fmt.Sprint(i+1) || len(row[1].Text) != width {
					t.Fatalf("%d rows of %d: row %d is %.20v", n, width, i, row)
				}
			}
		}
	}
	r, err := b.run(t, RunOptions{Statement: "SELECT * FROM generate_series(1, 1001)"})
	if err != nil || len(r.Rows) != 1000 || !r.Truncated || r.Tag != "" {
		t.Errorf("%d rows, truncated %v, %q, %v", len(r.Rows), r.Truncated, r.Tag, err)
	}
	r, err = b.run(t, RunOptions{Statement: "SELECT repeat('x', 1000) FROM generate_series(1, 100)", MaxBytes: 10_500})
	if err != nil || len(r.Rows) != 10 || !r.Truncated {
		t.Errorf("%d rows, truncated %v, %v", len(r.Rows), r.Truncated, err)
	}
}

// The server's own timeout is for each batch.
func TestTheTimeoutIsForTheWholeStatement(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Reader)
	began := time.Now()
	_, err := b.run(t, RunOptions{Statement: "SELECT repeat('x', 1000), pg_sleep(0.02) FROM generate_series(1, 1000)", StatementTimeout: 400 * time.Millisecond})
	if f := fault.Show(err); f.Kind != fault.Expired || time.Since(began) > 5*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

func TestTheTransactionCannotBeTakenAway(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Writer)
	for _, statement := range []string{
		"COMMIT", "COMMIT AND CHAIN", "ROLLBACK", "ROLLBACK AND CHAIN", "ABORT", "END", "PREPARE TRANSACTION 'held'",
	} {
		_, err := b.run(t, RunOptions{Statement: statement, RowBound: -1})
		if !errors.Is(err, errEndedTransaction) {
			t.Errorf("%s: %v", statement, err)
		}
	}
	// What guardrails cannot read reaches the server, and ends there.
	if _, err := b.run(t, RunOptions{Statement: "COMMIT" + strings.Repeat(" ", 70_000), RowBound: -1}); !errors.Is(err, errEndedTransaction) {
		t.Errorf("a hidden COMMIT: %v", err)
	}
	if _, err := b.run(t, RunOptions{Statement: "COMMIT AND CHAIN" + strings.Repeat(" ", 70_000), RowBound: -1}); !errors.Is(err, errEndedTransaction) {
		t.Errorf("a hidden chain: %v", err)
	}
	for _, statement := range []string{"VACUUM shop.products", "CREATE INDEX CONCURRENTLY i ON shop.products (id)", "REINDEX TABLE CONCURRENTLY shop.products", "CREATE DATABASE another", "ALTER SYSTEM SET work_mem = '1MB'"} {
		if _, err := b.run(t, RunOptions{Statement: statement, RowBound: -1}); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	var prepared int
	if err := b.super.QueryRow(t.Context(), "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()").Scan(&prepared); err != nil || prepared != 0 {
		t.Errorf("%d prepared transactions are left, %v", prepared, err)
	}
}
