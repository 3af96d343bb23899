package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"dbaccess/credentials"
	"dbaccess/internal/fault"
)

// ResultPage is what the one-time page shows of a statement's result.
type ResultPage struct {
	Request   string   `json:"request"`   // request id
	Database  string   `json:"database"`  // the database's name in the config
	Statement string   `json:"statement"` // what ran
	Columns   []string `json:"columns"`
	Types     []string `json:"types"` // of the columns, as Postgres writes them
	Rows      [][]Cell `json:"rows"`
	Truncated bool     `json:"truncated"` // there were more rows than are kept
}

// Cell is one value as Postgres prints it. In JSON it is a string or null.
type Cell struct {
	Null bool
	Text string // empty if Null
}

// MarshalJSON implements json.Marshaler.
func (c Cell) MarshalJSON() ([]byte, error) {
	if c.Null {
		return []byte("null"), nil
	}
	return json.Marshal(c.Text)
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *Cell) UnmarshalJSON(b []byte) error {
	*c = Cell{Null: bytes.Equal(b, []byte("null"))}
	if c.Null {
		return nil
	}
	return json.Unmarshal(b, &c.Text)
}

var errNoResult = fault.New(fault.NotFound, "There is no result under this code.",
	"Results are shown once and kept for a short time; ask again in Slack if you still need it.")

// result answers POST /result: it hands out a statement's rows, once.
func (a *API) result() http.Handler {
	return a.withCode(errNoResult, errNoResult, func(ctx context.Context, code credentials.Secret) (any, error) {
		p, err := a.Results.Open(ctx, code)
		if err != nil {
			return nil, err
		}
		for _, list := range []*[]string{&p.Columns, &p.Types} {
			*list = append([]string{}, *list...) // null is no list to the page
		}
		p.Rows = append([][]Cell{}, p.Rows...)
		return p, nil
	})
}
