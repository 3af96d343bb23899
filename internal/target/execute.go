package target

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// execute sends the statement's bytes and reads its result up to the caps.
//
// It speaks the protocol itself because Execute has a row limit that pgconn does
// not offer: with it, a SELECT of a huge table, or of huge rows, stops in the
// server, while a statement that changes rows still runs to its end.
func execute(ctx context.Context, conn *pgconn.PgConn, o RunOptions) (Result, error) {
	params := make([][]byte, len(o.Params))
	for i, p := range o.Params {
		params[i] = []byte(p)
	}
	r := reading{options: o}
	f := conn.Frontend()
	f.SendParse(&pgproto3.Parse{Query: o.Statement})
	f.SendBind(&pgproto3.Bind{Parameters: params})
	f.SendDescribe(&pgproto3.Describe{ObjectType: 'P'})
	for began := time.Now(); ; {
		r.suspended = false
		f.SendExecute(&pgproto3.Execute{MaxRows: r.next()})
		f.SendSync(&pgproto3.Sync{})
		if err := f.Flush(); err != nil {
			return Result{}, fmt.Errorf("send the statement: %w", err)
		}
		if err := r.batch(ctx, conn, f); err != nil {
			return Result{}, err
		}
		switch {
		case r.failed != nil || !r.suspended:
			return r.done(), r.failed
		case r.result.Truncated:
			r.result.stopped = true
			return r.done(), nil
		case time.Since(began) > o.StatementTimeout: // the server's own counts for each batch
			return Result{}, tooLong(o)
		}
	}
}

// batch reads up to the server's word that it is ready for more.
func (r *reading) batch(ctx context.Context, conn *pgconn.PgConn, f *pgproto3.Frontend) error {
	for {
		msg, err := conn.ReceiveMessage(ctx)
		if err != nil {
			return fmt.Errorf("read the result: %w", err)
		}
		if _, ready := msg.(*pgproto3.ReadyForQuery); ready {
			return nil
		}
		if err := r.take(msg, f); err != nil {
			return err
		}
	}
}

// reading is a result while it comes in.
type reading struct {
	options   RunOptions
	result    Result
	bytes     int
	seen      int   // rows, dropped ones included
	suspended bool  // the server holds more rows, perhaps
	failed    error // what the server said; it goes on to ReadyForQuery
}

// firstBatch is small: nobody knows yet how large the rows are.
const firstBatch = 16

// next is how many rows to ask for: as many as should fit, by the mean of those
// that came, and one more to know whether there are more; but no more than came
// already, because the next ones may be larger. 0 = all.
func (r *reading) next() uint32 {
	if r.options.ToTheEnd {
		return 0
	}
	want := r.options.MaxRows + 1 - r.seen
	fit := (r.options.MaxBytes-r.bytes)*r.seen/max(r.bytes, 1) + 1
	return uint32(max(1, min(want, max(firstBatch, min(fit, r.seen)))))
}

// done is the result, with the tag of the whole: of a SELECT that came in
// batches the server counts the last one's rows only.
func (r *reading) done() Result {
	if verb, _, ok := strings.Cut(r.result.Tag, " "); ok && verb == "SELECT" && len(r.result.Columns) > 0 {
		r.result.Tag = fmt.Sprintf("SELECT %d", r.seen)
	}
	return r.result
}

// take adds one message of the server. An error means that the connection
// cannot be used any more.
func (r *reading) take(msg pgproto3.BackendMessage, f *pgproto3.Frontend) error {
	switch msg := msg.(type) {
	case *pgproto3.RowDescription:
		for _, field := range msg.Fields {
			r.result.Columns = append(r.result.Columns, Column{
				Name: string(field.Name), TableOID: field.TableOID,
				Type: fmt.Sprintf("%d %d", field.DataTypeOID, field.TypeModifier), // named by nameTypes
			})
		}
	case *pgproto3.DataRow:
		r.keep(msg.Values)
	case *pgproto3.PortalSuspended:
		r.suspended = true
	case *pgproto3.CommandComplete:
		r.result.Tag = string(msg.CommandTag)
	case *pgproto3.ErrorResponse:
		r.failed = pgconn.ErrorResponseToPgError(msg)
	case *pgproto3.CopyInResponse:
		// It waits for data that nobody has; the server answers with an error,
		// and skips to a Sync of its own.
		f.Send(&pgproto3.CopyFail{Message: "dbaccess sends no data"})
		f.SendSync(&pgproto3.Sync{})
		_ = f.Flush()
		return errCopy
	case *pgproto3.CopyOutResponse, *pgproto3.CopyBothResponse:
		return errCopy
	}
	return nil
}

// keep stores a row unless a cap is reached. What exceeds a cap is read and
// dropped.
func (r *reading) keep(values [][]byte) {
	r.seen++
	if r.result.Truncated {
		return
	}
	size := 0
	row := make([]Value, len(values))
	for i, v := range values {
		size += len(v)
		row[i] = Value{Text: string(v), Null: v == nil}
	}
	if len(r.result.Rows) == r.options.MaxRows || r.bytes+size > r.options.MaxBytes {
		r.result.Truncated = true
		return
	}
	r.bytes += size
	r.result.Rows = append(r.result.Rows, row)
}

// nameTypes replaces the numbers of the columns' types by their names.
func (r *Result) nameTypes(ctx context.Context, conn *pgconn.PgConn) error {
	for i := range r.Columns {
		oid, modifier, _ := strings.Cut(r.Columns[i].Type, " ")
		err := query(ctx, conn, "SELECT pg_catalog.format_type($1::pg_catalog.oid, $2::pg_catalog.int4)", func(v [][]byte) error {
			r.Columns[i].Type = string(v[0])
			return nil
		}, oid, modifier)
		if err != nil {
			return fmt.Errorf("name the type of column %d: %w", i+1, err)
		}
	}
	return nil
}

// tagRows is the number of rows in the tag of a command that changes rows, 0 of
// any other.
func tagRows(tag string) int64 {
	words := strings.Fields(tag)
	if len(words) < 2 {
		return 0
	}
	switch words[0] {
	case "INSERT", "UPDATE", "DELETE", "MERGE", "COPY":
		n, err := strconv.ParseInt(words[len(words)-1], 10, 64)
		if err == nil {
			return n
		}
	}
	return 0
}
