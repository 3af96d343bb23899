package devslack

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
)

// View is a modal (or App Home) as its user sees it.
type View struct {
	ID              string            `json:"id"`
	Hash            string            `json:"hash"`
	User            string            `json:"user"`
	Type            string            `json:"type"`
	Title           string            `json:"title,omitempty"`
	SubmitLabel     string            `json:"submit,omitempty"`
	CloseLabel      string            `json:"close,omitempty"`
	CallbackID      string            `json:"callback_id,omitempty"`
	ExternalID      string            `json:"external_id,omitempty"`
	PrivateMetadata string            `json:"private_metadata,omitempty"`
	Blocks          json.RawMessage   `json:"blocks"`
	State           State             `json:"state"`             // typed and chosen so far
	Errors          map[string]string `json:"errors,omitempty"`  // by block_id
	Problem         string            `json:"problem,omitempty"` // Slack's own words when the app did not answer
}

// view is what is stored. def is what the app sent, with all block_ids; it is
// replaced, never changed in place.
type view struct {
	id, hash, user string
	root, previous string
	def            object
	blocks         []object
	state          State
	errors         map[string]string
	problem        string
}

const trouble = "We had some trouble connecting. Try again?"

func (v *view) copyOut() View {
	text := func(key string) string { t, _ := v.def[key].(object); s, _ := t["text"].(string); return s }
	str := func(key string) string { s, _ := v.def[key].(string); return s }
	return View{
		ID: v.id, Hash: v.hash, User: v.user, Type: str("type"), Title: text("title"), SubmitLabel: text("submit"),
		CloseLabel: text("close"), CallbackID: str("callback_id"), ExternalID: str("external_id"),
		PrivateMetadata: str("private_metadata"), Blocks: mustJSON(v.blocks), State: v.state.clone(),
		Errors: v.errors, Problem: v.problem,
	}
}

// newView checks what the app sent and makes a view of it.
func (s *Server) newView(user string, def object, kind surface) (*view, error) {
	if def == nil {
		return nil, &apiError{code: "invalid_arguments", messages: []string{"[ERROR] missing required field: view"}}
	}
	if err := checkView(def, kind); err != nil {
		return nil, err
	}
	if ext, _ := def["external_id"].(string); ext != "" && s.viewBy(func(v *view) bool { return v.def["external_id"] == ext }) != nil {
		return nil, slackErr("duplicate_external_id")
	}
	v := &view{id: newID("V0"), user: user}
	v.root = v.id
	v.set(def)
	return v, nil
}

// set gives the view another content. What was typed survives where block_id and
// action_id are still there.
func (v *view) set(def object) {
	v.def, v.hash = def, fmt.Sprintf("%s.%s", newID("")[:10], rand.Text()[:8])
	v.blocks = objects(def["blocks"])
	v.state = initialState(v.blocks).keep(v.state)
	v.errors, v.problem = nil, ""
}

// viewBy finds an open view.
func (s *Server) viewBy(match func(*view) bool) *view {
	for _, stack := range s.world.stacks {
		if i := slices.IndexFunc(stack, match); i >= 0 {
			return stack[i]
		}
	}
	return nil
}

// viewJSON is a view as the API and payloads give it.
func (s *Server) viewJSON(v *view) object {
	o := object{
		"id": v.id, "team_id": s.o.TeamID, "type": v.def["type"], "blocks": v.blocks, "hash": v.hash,
		"private_metadata": "", "callback_id": "", "external_id": "", "title": nil, "close": nil, "submit": nil,
		"state": object{"values": v.state.clone()}, "clear_on_close": false, "notify_on_close": false,
		"root_view_id": v.root, "previous_view_id": nil, "app_id": s.o.AppID, "bot_id": s.o.BotID,
		"app_installed_team_id": s.o.TeamID,
	}
	for _, key := range []string{"private_metadata", "callback_id", "external_id", "title", "close", "submit", "clear_on_close", "notify_on_close"} {
		if value, ok := v.def[key]; ok {
			o[key] = value
		}
	}
	if v.previous != "" {
		o["previous_view_id"] = v.previous
	}
	return o
}

func (c *call) viewArg() (object, error) {
	var def object
	_, err := c.decode("view", &def)
	return def, err
}

func (c *call) viewsOpen() (object, error) {
	def, err := c.viewArg()
	if err != nil {
		return nil, err
	}
	v, err := c.newView("", def, onModal)
	if err != nil {
		return nil, err
	}
	t, err := c.redeem(c.str("trigger_id"))
	if err != nil {
		return nil, err
	}
	v.user = t.user
	c.world.stacks[t.user] = []*view{v}
	c.touch()
	return object{"view": c.viewJSON(v)}, nil
}

func (c *call) viewsPush() (object, error) {
	def, err := c.viewArg()
	if err != nil {
		return nil, err
	}
	v, err := c.newView("", def, onModal)
	if err != nil {
		return nil, err
	}
	t, err := c.redeem(c.str("trigger_id"))
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(c.world.stacks[t.user], func(open *view) bool { return open.id == t.view }) {
		return nil, slackErr("invalid_trigger_id") // only a modal's own click may push on it
	}
	v.user = t.user
	if err := c.push(v); err != nil {
		return nil, err
	}
	return object{"view": c.viewJSON(v)}, nil
}

// push puts v on its user's stack.
func (s *Server) push(v *view) error {
	stack := s.world.stacks[v.user]
	switch {
	case len(stack) == 0:
		return slackErr("not_found")
	case len(stack) >= maxViews:
		return slackErr("push_limit_reached")
	}
	v.root, v.previous = stack[0].id, stack[len(stack)-1].id
	s.world.stacks[v.user] = append(slices.Clone(stack), v)
	s.touch()
	return nil
}

func (c *call) viewsUpdate() (object, error) {
	def, err := c.viewArg()
	if err != nil {
		return nil, err
	}
	id, ext := c.str("view_id"), c.str("external_id")
	v := c.viewBy(func(v *view) bool {
		return id != "" && v.id == id || id == "" && ext != "" && v.def["external_id"] == ext
	})
	if v == nil {
		return nil, slackErr("not_found")
	}
	if hash := c.str("hash"); hash != "" && hash != v.hash {
		return nil, slackErr("hash_conflict")
	}
	if def == nil {
		return nil, slackErr("invalid_arguments")
	}
	if err := checkView(def, onModal); err != nil {
		return nil, err
	}
	v.set(def)
	c.touch()
	return object{"view": c.viewJSON(v)}, nil
}

func (c *call) viewsPublish() (object, error) {
	def, err := c.viewArg()
	if err != nil {
		return nil, err
	}
	user := c.str("user_id")
	if c.o.NoHome {
		return nil, slackErr("not_enabled")
	}
	if c.world.users[user] == nil {
		return nil, slackErr("user_not_found")
	}
	old := c.world.homes[user]
	if hash := c.str("hash"); hash != "" && old != nil && hash != old.hash {
		return nil, slackErr("hash_conflict")
	}
	v, err := c.newView(user, def, onHome)
	if err != nil {
		return nil, err
	}
	if old != nil { // App Home keeps its ID, and what was typed into it
		v.id, v.root, v.state = old.id, old.root, v.state.keep(old.state)
	}
	c.world.homes[user] = v
	c.touch()
	return object{"view": c.viewJSON(v)}, nil
}
