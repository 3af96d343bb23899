package devslack

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"
)

// responseURL is leave to answer one act of one person, without a token.
type responseURL struct {
	user     string
	conv     *conversation
	original *message // what replace_original and delete_original are about; may be nil
	uses     int
	until    time.Time
}

func (s *Server) newResponseURL(user string, conv *conversation, original *message) string {
	id := newID("") + newID("") + newID("")
	s.world.responses[id] = &responseURL{
		user: user, conv: conv, original: original, until: s.o.Now().Add(responseMinutes * time.Minute),
	}
	return "http://" + s.host + "/response/" + id
}

// answer is what an app says to a person: as an acknowledgement or by a response
// URL.
type answer struct {
	ResponseType string   `json:"response_type"`
	Text         string   `json:"text"`
	Blocks       []object `json:"blocks"`
	Replace      bool     `json:"replace_original"`
	Delete       bool     `json:"delete_original"`
	ThreadTS     string   `json:"thread_ts"`
}

func (s *Server) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	fault, hit := s.faults.take("response")
	if hit && !fault.before(r.Context(), w) {
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBytes))
	if err != nil {
		http.Error(w, "invalid_payload", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	err = s.respond(r.PathValue("id"), body)
	s.mu.Unlock()
	if hit && fault.LoseAnswer {
		panic(http.ErrAbortHandler)
	}
	switch e, _ := errors.AsType[*apiError](err); {
	case e == nil:
		_, _ = w.Write([]byte("ok"))
	case e.code == "expired_url" || e.code == "used_url":
		http.Error(w, e.code, http.StatusNotFound)
	default:
		s.o.Log.Warn("answer to a response url refused", "err", e.code, "why", e.messages)
		http.Error(w, e.code, http.StatusBadRequest)
	}
}

func (s *Server) respond(id string, body []byte) error {
	u := s.world.responses[id]
	var a answer
	switch {
	case u == nil || s.o.Now().After(u.until):
		return slackErr("expired_url")
	case u.uses >= responseUses:
		return slackErr("used_url")
	case json.Unmarshal(body, &a) != nil:
		return slackErr("invalid_payload")
	}
	m, err := s.answerMessage(u.conv, a)
	if err != nil {
		return err
	}
	u.uses++
	switch {
	case a.Delete && u.original != nil:
		s.remove(u.original)
	case a.Replace && u.original != nil && s.stands(u.original):
		u.original.Text, u.original.Edited = m.Text, u.original.Edited+1
		u.original.setBlocks(m.blocks)
		s.touch()
	case a.Delete:
	case a.ResponseType == "in_channel":
		u.original = s.post(m)
	default:
		u.original = s.show(u.user, m)
	}
	return nil
}

// answerMessage makes a message of an answer.
func (s *Server) answerMessage(conv *conversation, a answer) (*message, error) {
	if a.Text == "" && len(a.Blocks) == 0 && !a.Delete {
		return nil, slackErr("no_text")
	}
	if err := checkMessageBlocks(a.Blocks); err != nil {
		return nil, err
	}
	m := &message{Message: Message{Channel: conv.ID, User: s.o.BotUserID, Text: a.Text, ThreadTS: a.ThreadTS}}
	m.setBlocks(a.Blocks)
	return m, nil
}

// stands reports whether m is still there.
func (s *Server) stands(m *message) bool {
	if !m.Ephemeral {
		return s.message(m.Channel, m.TS) == m
	}
	for _, list := range s.world.ephemerals {
		if slices.Contains(list, m) {
			return true
		}
	}
	return false
}
