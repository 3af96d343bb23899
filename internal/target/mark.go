package target

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/approvals"
	"dbaccess/credentials"
)

// transaction names the transaction that the session is in: the server gives
// each another number, whether it changes something or not. The statement's own
// search_path is in force, so the operators are named too.
func transaction(ctx context.Context, conn *pgconn.PgConn) (name string, err error) {
	err = query(ctx, conn, `SELECT virtualtransaction FROM pg_catalog.pg_lock_status()
		WHERE locktype OPERATOR(pg_catalog.=) 'virtualxid' AND pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()`, func(v [][]byte) error {
		name = string(v[0])
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("name the transaction: %w", err)
	}
	return name, nil
}

// markOf names the transaction as the server itself will know it later; without
// an XID if it has none, because it has changed nothing. One with effects is given
// an XID if it has none yet: what NOTIFY does, it does in the commit.
func markOf(ctx context.Context, conn *pgconn.PgConn, effects bool, changed int64) (approvals.Mark, error) {
	var m approvals.Mark
	sql := "SELECT pg_catalog.pg_current_xact_id_if_assigned()"
	if effects {
		sql = "SELECT pg_catalog.pg_current_xact_id()"
	}
	err := query(ctx, conn, sql, func(v [][]byte) error {
		m.XID = string(v[0])
		return nil
	})
	if err != nil || m.XID == "" {
		return m, wrap("ask for the transaction's id", err)
	}
	m.Rows = changed
	if m.System, m.Epoch, err = identify(ctx, conn); err != nil {
		return m, err
	}
	err = query(ctx, conn, "SELECT pg_catalog.clock_timestamp()", func(v [][]byte) error { m.At = string(v[0]); return nil })
	return m, wrap("ask for the server's time", err)
}

// identity asks who the server is. Everybody may ask by default; where that was
// taken away, a part is empty, which no server is.
var identity = []struct{ needs, sql string }{
	{"pg_catalog.pg_control_system()", "SELECT system_identifier FROM pg_catalog.pg_control_system()"},
	{"pg_catalog.pg_walfile_name(pg_catalog.pg_lsn)", "SELECT pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8)"},
	{"pg_catalog.pg_stat_get_wal()", "SELECT stats_reset FROM pg_catalog.pg_stat_get_wal()"},
}

// identify returns the server's system identifier with the timeline that it
// writes, and its epoch: when it last lost its statistics, which it does when
// it comes up after a crash, and not when it was stopped in order. After a crash
// it may give the id of a transaction that was never written out to another one.
func identify(ctx context.Context, conn *pgconn.PgConn) (system, epoch string, err error) {
	parts := make([]string, len(identity))
	for i, ask := range identity {
		sql := "SELECT pg_catalog.has_function_privilege($1, 'EXECUTE')"
		may := false
		err := query(ctx, conn, sql, func(v [][]byte) error { may = string(v[0]) == "t"; return nil }, ask.needs)
		if err == nil && may {
			err = query(ctx, conn, ask.sql, func(v [][]byte) error { parts[i] = string(v[0]); return nil })
		}
		if err != nil {
			return "", "", fmt.Errorf("ask who the server is: %w", err)
		}
	}
	return parts[0] + "/" + parts[1], parts[2], nil
}

// Fate asks a server what became of a marked transaction: approvals.Service.Fate.
// url is any login on the primary; the monitor's will do. An error means that
// nothing can be said now.
func Fate(ctx context.Context, url credentials.Secret, m approvals.Mark) (approvals.Fate, string, error) {
	conn, err := connectURL(ctx, url, "dbaccess-fate", 5)
	if err != nil {
		return "", "", fmt.Errorf("ask for the fate of transaction %s: %w", m.XID, err)
	}
	defer closeSoon(ctx, conn)
	fate, why, err := fateOf(ctx, conn, m)
	if err != nil {
		return "", "", fmt.Errorf("ask for the fate of transaction %s: %w", m.XID, err)
	}
	return fate, why, nil
}

func fateOf(ctx context.Context, conn *pgconn.PgConn, m approvals.Mark) (approvals.Fate, string, error) {
	standby := false
	err := query(ctx, conn, "SELECT pg_catalog.pg_is_in_recovery()", func(v [][]byte) error { standby = string(v[0]) == "t"; return nil })
	switch {
	case err != nil:
		return "", "", err
	case standby:
		return "", "", errors.New("the server is a standby, or is coming up")
	}
	system, epoch, err := identify(ctx, conn)
	switch {
	case err != nil:
		return "", "", err
	case strings.HasPrefix(m.System, "/") || strings.HasSuffix(m.System, "/") || m.Epoch == "":
		return approvals.Unknown, "the role that ran it may not ask who its server is", nil
	case system != m.System:
		return approvals.Unknown, notThatServer, nil
	}
	crashed := epoch != m.Epoch
	if crashed { // but one that had crashed before is not the one that ran it
		before := false
		err := query(ctx, conn, "SELECT $1::pg_catalog.timestamptz <= $2::pg_catalog.timestamptz", func(v [][]byte) error { before = string(v[0]) == "t"; return nil }, epoch, m.At)
		if err != nil || before {
			return approvals.Unknown, notThatServer, err
		}
	}
	status := "too old"
	err = query(ctx, conn, "SELECT pg_catalog.pg_xact_status($1::pg_catalog.text::pg_catalog.xid8)", func(v [][]byte) error {
		if v[0] != nil {
			status = string(v[0])
		}
		return nil
	}, m.XID)
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && pg.Code == "22023" && crashed: // in the future: the crash took it, and nobody got its number yet
		return approvals.RolledBack, "", nil
	case errors.As(err, &pg) && pg.Code == "22023":
		return approvals.Unknown, notThatServer, nil
	case err != nil:
		return "", "", err
	case status == "in progress":
		return approvals.Underway, "", nil
	case status == "aborted":
		return approvals.RolledBack, "", nil
	case status == "committed" && crashed:
		return approvals.Unknown, "the database crashed as it was committed, and may have used its transaction's number again", nil
	case status == "committed":
		return approvals.Committed, "", nil
	}
	return approvals.Unknown, "the database does not remember its transaction any more", nil
}

const notThatServer = "the database is another server now, or was failed over or restored"

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
