package target

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials"
	"dbaccess/internal/masking"
)

// ShownMasks is what the masked views of a database show, by what is written at them.
type ShownMasks struct {
	Schemas []string                              // where the views are, those of exceptions too
	Columns map[masking.ColumnRef]masking.Finding // of the tables behind them: entity and strategy
}

// ReadShownMasks reads what applies made, and compares it with nothing. Any login
// can read it.
func ReadShownMasks(ctx context.Context, url credentials.Secret) (ShownMasks, error) {
	conn, err := connectLooking(ctx, url, "dbaccess-masks")
	if err != nil {
		return ShownMasks{}, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	st := MaskState{Masks: map[masking.ColumnRef]masking.Finding{}}
	var schemas []string
	err = pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL statement_timeout = '10s'"); err != nil {
			return err
		}
		views, err := maskedViews(ctx, tx)
		for _, v := range views {
			schemas = append(schemas, v.name.Schema)
			if v.exception == "" {
				st.masks(v)
			}
		}
		return err
	})
	return ShownMasks{Schemas: slices.Compact(schemas), Columns: st.Masks}, err
}
