package shop

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed tables.sql
var tables string

//go:embed roles.sql
var roles string

// The roles that the profiles grant, each with the rights of one of them.
const (
	MaskedReader = "dbaccess_reader_shop"     // masked-read: what Options.Mask gives it
	Reader       = "dbaccess_raw_reader_shop" // read: the tables of shop
	Writer       = "dbaccess_writer_shop"     // write: the tables of shop, to change
)

// Options says how large the shop is. The zero value is a shop of 2,000
// customers with 10,000 orders, the newest of 1 July 2026.
type Options struct {
	Customers int       // orders are five times as many
	Until     time.Time // the newest order's time; orders reach back 60 days from it
	// Mask puts masked views in front of the tables, once they are filled; nil
	// leaves MaskedReader without any right.
	Mask func(ctx context.Context, conn *pgx.Conn) error
}

// Load makes the shop in an empty database, in one transaction. url is that of a
// superuser.
func Load(ctx context.Context, url string, o Options) error {
	if o.Customers == 0 {
		o.Customers = 2000
	}
	if o.Until.IsZero() {
		o.Until = time.Date(2026, time.July, 1, 12, 0, 0, 0, time.UTC)
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("load the shop: %w", err)
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return load(ctx, tx, o) })
	if err == nil {
		err = Close(ctx, conn)
	}
	if err == nil {
		_, err = conn.Exec(ctx, "ANALYZE")
	}
	if err == nil && o.Mask != nil {
		err = o.Mask(ctx, conn)
	}
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return fmt.Errorf("load the shop: %w", err)
	}
	return nil
}

func load(ctx context.Context, tx pgx.Tx, o Options) error {
	if _, err := tx.Exec(ctx, "SELECT set_config('shop.customers', $1, true), set_config('shop.until', $2, true)",
		strconv.Itoa(o.Customers), o.Until.Format(time.RFC3339)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, tables); err != nil {
		return fmt.Errorf("tables: %w", err)
	}
	if _, err := tx.Exec(ctx, roles); err != nil {
		return fmt.Errorf("roles: %w", err)
	}
	return nil
}

// Close takes the right to make temporary tables, which could shadow a masked
// view, from everybody. Load does it; a clone of a loaded database needs it
// again, because rights on a database itself are not cloned.
func Close(ctx context.Context, conn *pgx.Conn) error {
	name := pgx.Identifier{conn.Config().Database}.Sanitize()
	_, err := conn.Exec(ctx, "REVOKE TEMPORARY ON DATABASE "+name+" FROM PUBLIC")
	return err
}
