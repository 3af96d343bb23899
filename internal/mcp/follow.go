package mcp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

// This file has the tools that follow what was asked for.

func (s *server) addFollowing() {
	add(s, "request_status", "See how a request stands", "Says how a request stands: who is asked, until when, how it was decided and why. With `wait` it waits for a decision. Without an id it lists your newest requests, for when you have lost an id.",
		hints{reads: true}, s.status)
	add(s, "cancel", "Cancel a request", "Cancels a request of yours that is still pending, so that nobody needs to decide.",
		hints{destroys: true, again: true}, s.cancel)
}

type statusIn struct {
	ID string `json:"id,omitempty" jsonschema:"the request's id, req_…; left out: your newest requests"`
	waitIn
}

type statusOut struct {
	Requests []answer `json:"requests" jsonschema:"newest first"`
}

// newest is how many requests a list has.
const newest = 20

func (s *server) status(ctx context.Context, in statusIn) (said, statusOut, error) {
	c := s.api(ctx)
	out := statusOut{Requests: []answer{}}
	if in.ID != "" {
		r, err := c.Request(ctx, in.ID, 0)
		if err != nil {
			return said{}, out, err
		}
		words, one, err := followed(ctx, c, r, in.span())
		words.bad = false // a denial is an answer to this question
		out.Requests = append(out.Requests, one)
		return words, out, err
	}
	list, err := c.Requests(ctx, client.List{Limit: newest})
	if err != nil {
		return said{}, out, err
	}
	var b strings.Builder
	for _, r := range list.Requests {
		one := answerOf(r)
		out.Requests = append(out.Requests, one)
		fmt.Fprintf(&b, "%s %s %s on %s, %s", r.ID, one.Status, r.Kind, r.Database, stamp(r.CreatedAt))
		if r.Statement != "" {
			fmt.Fprintf(&b, ": %s", oneLine.Replace(clean(r.Statement, 100)))
		}
		b.WriteString("\n")
	}
	if len(list.Requests) == 0 {
		b.WriteString("You have asked for nothing yet.")
	}
	return said{text: b.String()}, out, nil
}

// followed waits until a request is settled, and says how it stands.
func followed(ctx context.Context, c *client.Client, r v1.Request, wait time.Duration) (said, answer, error) {
	if !r.Settled && wait > 0 {
		now, err := c.Request(ctx, r.ID, wait)
		switch {
		case err == nil:
			r = now
		case fault.KindOf(err) != fault.Unavailable:
			return said{}, answer{}, err
		}
	}
	out := answerOf(r)
	return out.words(false), out, nil
}

type cancelIn struct {
	ID string `json:"id" jsonschema:"the request's id, req_…"`
}

func (s *server) cancel(ctx context.Context, in cancelIn) (said, answer, error) {
	r, err := s.api(ctx).Cancel(ctx, in.ID)
	if err != nil {
		return said{}, answer{}, err
	}
	out := answerOf(r)
	words := out.words(false)
	words.bad = false
	return words, out, nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
