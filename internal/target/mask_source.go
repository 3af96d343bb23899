package target

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/internal/masking"
)

// MaskSource reads a database for [masking]: what relations it has, and samples
// of their rows. Every read is a transaction of its own, read-only and bounded in
// time, so that a long plan holds no snapshot and no lock for long.
type MaskSource struct {
	Conn    *pgx.Conn
	Timeout time.Duration // of one relation's sample; 0 = 3 s
}

// Bounds of a sample.
const (
	maskTimeout = 3 * time.Second
	maskLocks   = time.Second
	cellBytes   = 4000    // characters of one value; of bytea, half as many bytes
	spreadAbove = 20_000  // rows: from here on the sample is spread over the table's pages
	spreadMore  = 5       // times as many rows as asked for are aimed at: pages are uneven
	minPercent  = 0.00001 // of the pages
)

// Sample implements [masking.Source]. Its errors name no values.
func (s *MaskSource) Sample(ctx context.Context, rel *masking.Relation, columns []string, n int) (sample masking.Sample, err error) {
	query := sampleQuery(rel, columns)
	defer func() { rel.Fails = rel.Fails || errors.Is(err, errValue) }()
	if rel.Kind != masking.View && rel.Kind != masking.ForeignTable && rel.Rows > max(spreadAbove, float64(n)) {
		percent := max(minPercent, min(100, 100*spreadMore*float64(n)/rel.Rows))
		spread := query + " TABLESAMPLE pg_catalog.system (" + strconv.FormatFloat(percent, 'f', -1, 64) + ")"
		sample, err = s.sample(ctx, spread, len(columns), n)
		if err != nil || len(sample.Rows) >= min(n, 100) {
			sample.Complete = false
			return sample, err
		}
	}
	return s.sample(ctx, query, len(columns), n)
}

// sampleQuery reads columns as text, each value cut.
func sampleQuery(rel *masking.Relation, columns []string) string {
	byName := make(map[string]masking.Type, len(rel.Columns))
	for _, c := range rel.Columns {
		byName[c.Name] = c.Type
	}
	cells := make([]string, len(columns))
	for i, name := range columns {
		column := pgx.Identifier{name}.Sanitize()
		if t := byName[name]; t.Base == "bytea" && !t.Array && t.Kind == masking.BaseType {
			cells[i] = fmt.Sprintf(`'\x' || pg_catalog.encode(pg_catalog.substring(t.%s, 1, %d), 'hex')`, column, cellBytes/2)
			continue
		}
		cells[i] = fmt.Sprintf("pg_catalog.left(t.%s::pg_catalog.text, %d)", column, cellBytes)
	}
	return "SELECT " + strings.Join(cells, ", ") + " FROM " + pgx.Identifier{rel.Schema, rel.Table}.Sanitize() + " AS t"
}

func (s *MaskSource) sample(ctx context.Context, query string, columns, n int) (masking.Sample, error) {
	var sample masking.Sample
	err := s.reading(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query+" LIMIT "+strconv.Itoa(n+1), pgx.QueryResultFormats{pgx.TextFormatCode})
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			row := make([]masking.Cell, columns)
			for i, v := range rows.RawValues() {
				row[i] = masking.Cell{Text: string(v), Null: v == nil, Cut: len(v) >= cellBytes}
			}
			sample.Rows = append(sample.Rows, row)
		}
		return rows.Err()
	})
	if err != nil {
		return masking.Sample{}, withoutValues(err)
	}
	if sample.Complete = len(sample.Rows) <= n; !sample.Complete {
		sample.Rows = sample.Rows[:n]
	}
	return sample, nil
}

// reading runs f in a bounded, read-only transaction in which every name that is
// not qualified means pg_catalog's.
func (s *MaskSource) reading(ctx context.Context, f func(pgx.Tx) error) error {
	timeout := s.Timeout
	if timeout <= 0 {
		timeout = maskTimeout
	}
	return pgx.BeginTxFunc(ctx, s.Conn, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d",
			timeout.Milliseconds(), min(timeout, maskLocks).Milliseconds()))
		if err != nil {
			return err
		}
		return f(tx)
	})
}

// withoutValues keeps the server's kind of error and drops its words, which may
// quote a value.
func withoutValues(err error) error {
	pe, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return err
	}
	why := map[string]string{
		"57014": "it took too long", "55P03": "it is locked", "42501": "reading it is not permitted",
	}[pe.Code]
	if why == "" {
		why = "the server said " + pe.Code
	}
	switch pe.Code[:2] {
	case "21", "22", "23", "P0": // of a value: too many rows, data, a constraint, PL/pgSQL
		return fmt.Errorf("%s, which is %w", why, errValue)
	}
	return errors.New(why)
}

// errValue says that an error was about one of the values that were read.
var errValue = errors.New("about one of its values")

// rowsOf makes an estimate of pg_class.reltuples, which is -1 if unknown.
func rowsOf(reltuples float64) float64 {
	if math.IsNaN(reltuples) || reltuples < 0 {
		return -1
	}
	return reltuples
}
