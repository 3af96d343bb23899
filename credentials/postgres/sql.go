package postgres

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/credentials"
)

// ident quotes an identifier. Role statements take no parameters, so names
// have to stand in their text.
func ident(name string) string { return pgx.Identifier{name}.Sanitize() }

// literal quotes a string for a session with standard_conforming_strings on,
// which ours are.
func literal(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", "''") + "'"
}

// major is the server's major version.
func major(pg *pgconn.PgConn) int {
	text := pg.ParameterStatus("server_version") // "15.20 (Debian …)", "18beta1"
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(text)
	}
	n, _ := strconv.Atoi(text[:end])
	return n
}

// scramVerifier is what Postgres stores of a password. Given this instead of
// the password, the password itself never reaches the server, its log, or
// pg_stat_statements. It is 128 random bits and more, so the verifier cannot be
// turned back by guessing.
func scramVerifier(password credentials.Secret) string {
	const rounds = 4096 // Postgres' own default; clients compute them at each login
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails: crypto/rand ends the process first
	salted, err := pbkdf2.Key(sha256.New, password.Reveal(), salt, rounds, sha256.Size)
	if err != nil {
		panic(fmt.Sprintf("pbkdf2 with constant parameters: %v", err))
	}
	clientKey := keyed(salted, "Client Key")
	stored := sha256.Sum256(clientKey)
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", rounds, b64(salt), b64(stored[:]), b64(keyed(salted, "Server Key")))
}

func keyed(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func collect[T any](rows pgx.Rows) ([]T, error) {
	return pgx.CollectRows(rows, pgx.RowTo[T])
}
