package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
)

// putScripts keeps the texts of a job's files under their hashes. One that is kept
// already stays as it is: it is the same.
func putScripts(ctx context.Context, tx pgx.Tx, scripts []approvals.Script) error {
	if len(scripts) == 0 {
		return nil
	}
	texts := make([][]byte, len(scripts))
	sums := make([][]byte, len(scripts))
	for i, s := range scripts {
		sum := sha256.Sum256([]byte(s.Content))
		texts[i], sums[i] = []byte(s.Content), sum[:]
	}
	// In the order of their hashes, so that two that keep the same do not wait for
	// each other in a circle.
	_, err := tx.Exec(ctx, `INSERT INTO dbaccess.scripts (sha256, content)
		SELECT s, c FROM unnest($1::bytea[], $2::bytea[]) AS t(s, c) ORDER BY s ON CONFLICT DO NOTHING`, sums, texts)
	return err
}

// Scripts implements approvals.Store.
func (s *Store) Scripts(ctx context.Context, sums []string) (map[string]string, error) {
	list := make([][]byte, 0, len(sums))
	for _, sum := range sums {
		if b, err := hex.DecodeString(sum); err == nil {
			list = append(list, b)
		}
	}
	rows, err := s.pool.Query(ctx, "SELECT sha256, content FROM dbaccess.scripts WHERE sha256 = ANY($1)", list)
	if err != nil {
		return nil, explain("read scripts", err)
	}
	texts := map[string]string{}
	var sum, content []byte
	_, err = pgx.ForEachRow(rows, []any{&sum, &content}, func() error {
		texts[hex.EncodeToString(sum)] = string(content)
		return nil
	})
	return texts, explain("read scripts", err)
}

// hold makes sure, until the transaction ends, that a request on which a change
// relies is as it was read.
func hold(ctx context.Context, tx pgx.Tx, h *approvals.Held) error {
	if h == nil {
		return nil
	}
	tag, err := tx.Exec(ctx, "SELECT FROM dbaccess.requests WHERE id = $1 AND version = $2 FOR SHARE", h.ID, h.Version)
	if err == nil && tag.RowsAffected() == 0 {
		err = approvals.ErrStale
	}
	return err
}
