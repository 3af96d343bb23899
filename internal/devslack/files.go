package devslack

import (
	"crypto/subtle"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// File is an uploaded file.
type File struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Title    string `json:"title"`
	MIMEType string `json:"mimetype"`
	Size     int    `json:"size"` // bytes
}

// upload is a file on its way or there.
type upload struct {
	File
	user     string // who uploaded it
	promised int    // how many bytes were announced
	content  []byte // nil until they came
	complete bool
	channels []string // where it was shared
}

// Content returns what was uploaded under a file's ID; false if there is no such
// file, or none any more.
func (s *Server) Content(file string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.world.uploads {
		if f.ID == file && f.complete {
			return slices.Clone(f.content), true
		}
	}
	return nil, false
}

func (c *call) filesGetUploadURL() (object, error) {
	length, err := strconv.Atoi(c.str("length"))
	name := c.str("filename")
	switch {
	case name == "":
		return nil, missing("filename")
	case err != nil || length <= 0:
		return nil, &apiError{code: "invalid_arguments", messages: []string{"[ERROR] invalid value for length"}}
	case length > maxFileBytes:
		return nil, slackErr("file_upload_size_restricted")
	}
	kind, _, _ := mime.ParseMediaType(mime.TypeByExtension(path.Ext(name)))
	if kind == "" {
		kind = "text/plain"
	}
	f := &upload{File: File{ID: newID("F0"), Name: name, Title: name, MIMEType: kind}, user: c.o.BotUserID, promised: length}
	ticket := newID("") + newID("") + newID("")
	c.world.uploads[ticket] = f
	return object{"upload_url": "http://" + c.host + "/upload/" + ticket, "file_id": f.ID}, nil
}

// serveUpload takes the bytes, bare or in a form. The address is the leave to do
// so.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	fault, hit := s.faults.take("upload")
	if hit && !fault.before(r.Context(), w) {
		return
	}
	body := io.Reader(http.MaxBytesReader(w, r.Body, maxFileBytes+maxRequestBytes))
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		r.Body = http.MaxBytesReader(w, r.Body, maxFileBytes+maxRequestBytes)
		parts, err := r.MultipartReader()
		if err == nil {
			body, err = parts.NextPart()
		}
		if err != nil {
			http.Error(w, "invalid form", http.StatusBadRequest)
			return
		}
	}
	content, err := io.ReadAll(body)
	if err != nil {
		http.Error(w, "the upload broke off", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	f := s.world.uploads[r.PathValue("ticket")]
	taken := f != nil && f.content == nil && len(content) == f.promised
	if taken {
		f.content, f.Size = content, len(content)
	}
	s.mu.Unlock()
	switch {
	case hit && fault.LoseAnswer:
		panic(http.ErrAbortHandler)
	case !taken:
		http.Error(w, "no such upload, or not the length that was announced", http.StatusBadRequest)
	default:
		fmt.Fprintf(w, "OK - %d", len(content))
	}
}

func (c *call) filesCompleteUpload() (object, error) {
	var list []struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	if ok, err := c.decode("files", &list); err != nil || !ok || len(list) == 0 {
		return nil, missing("files")
	}
	channels, thread, err := c.shareWith()
	if err != nil {
		return nil, err
	}
	var done []*upload
	for _, item := range list {
		f := c.file(item.ID)
		switch {
		case f == nil || f.content == nil:
			return nil, slackErr("file_not_found")
		case f.complete:
			return nil, slackErr("file_already_completed")
		}
		if item.Title != "" {
			f.Title = item.Title
		}
		done = append(done, f)
	}
	answer := []object{}
	for _, f := range done {
		f.complete = true
		answer = append(answer, c.fileJSON(f.File))
	}
	for _, channel := range channels {
		m := &message{Message: Message{Channel: channel, User: c.o.BotUserID, Text: c.str("initial_comment"), ThreadTS: thread}}
		for _, f := range done {
			m.Files = append(m.Files, f.File)
			f.channels = append(f.channels, channel)
		}
		c.post(m)
	}
	return object{"files": answer}, nil
}

// shareWith is where to post a finished upload: nowhere, in channels, in a thread.
func (c *call) shareWith() (channels []string, thread string, err error) {
	refs := strings.FieldsFunc(c.str("channels")+","+c.str("channel_id"), func(r rune) bool { return r == ',' })
	thread = c.str("thread_ts")
	if len(refs) > maxShares || thread != "" && len(refs) != 1 {
		return nil, "", slackErr("invalid_channel")
	}
	for _, ref := range refs {
		conv, err := c.channelToPostIn(ref)
		if err != nil {
			return nil, "", err
		}
		if first := c.threadOf(conv.ID, thread); first != nil {
			thread = first.TS
		} else if thread != "" {
			return nil, "", slackErr("thread_not_found")
		}
		channels = append(channels, conv.ID)
	}
	return channels, thread, nil
}

func (c *call) file(id string) *upload {
	for _, f := range c.world.uploads {
		if f.ID == id {
			return f
		}
	}
	return nil
}

func (c *call) filesInfo() (object, error) {
	f := c.file(c.str("file"))
	if f == nil || !f.complete {
		return nil, slackErr("file_not_found")
	}
	o := c.fileJSON(f.File)
	o["channels"] = f.channels
	return object{"file": o, "comments": []object{}, "response_metadata": object{"next_cursor": ""}}, nil
}

func (c *call) filesDelete() (object, error) {
	f := c.file(c.str("file"))
	switch {
	case f == nil || !f.complete:
		return nil, slackErr("file_not_found")
	case f.user != c.o.BotUserID:
		return nil, slackErr("cant_delete_file")
	}
	for ticket, other := range c.world.uploads {
		if other == f {
			delete(c.world.uploads, ticket)
		}
	}
	for _, list := range c.world.messages {
		for _, m := range list {
			m.Files = slices.DeleteFunc(slices.Clone(m.Files), func(other File) bool { return other.ID == f.ID })
		}
	}
	c.touch()
	return nil, nil
}

// fileJSON is a file as the API and messages give it.
func (s *Server) fileJSON(f File) object {
	return object{
		"id": f.ID, "name": f.Name, "title": f.Title, "mimetype": f.MIMEType, "size": f.Size, "mode": "hosted",
		"filetype": strings.TrimPrefix(path.Ext(f.Name), "."), "user": s.o.BotUserID, "is_external": false, "is_public": false,
		"url_private": "http://" + s.host + "/files/" + f.ID, "url_private_download": "http://" + s.host + "/files/" + f.ID,
		"created": s.o.Now().Unix(),
	}
}

// serveFile hands a file to the app (token with files:read) or to the page
// (cookie), always as a download: it must never run as a page of ours.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	cookie, _ := r.Cookie(s.cookieName())
	page := cookie != nil && subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(s.pageToken)) == 1
	s.mu.Lock()
	bearer := []byte(r.Header.Get("Authorization"))
	app := subtle.ConstantTimeCompare(bearer, []byte("Bearer "+s.botToken)) == 1 && slices.Contains(s.o.Scopes, "files:read")
	var found *upload
	for _, f := range s.world.uploads {
		if f.ID == r.PathValue("id") && f.complete {
			found = f
		}
	}
	s.mu.Unlock()
	switch {
	case !page && !app:
		http.Error(w, "not allowed", http.StatusForbidden)
	case found == nil:
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": found.Name}))
		_, _ = w.Write(found.content) // the caller may have gone
	}
}
