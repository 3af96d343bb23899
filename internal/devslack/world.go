package devslack

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// object is a piece of JSON whose shape is Slack's business.
type object = map[string]any

// world is everything the workspace remembers. Server.mu guards it.
type world struct {
	users     map[string]*User
	userOrder []string
	channels  map[string]*Channel
	chanOrder []string
	groups    []*Usergroup

	messages   map[string][]*message // by channel, oldest first
	ephemerals map[string][]*message // by the user who alone sees them
	stacks     map[string][]*view    // by user, top last
	homes      map[string]*view      // by user
	drafts     map[draftKey]State    // what a user typed into a message's inputs
	reads      map[readKey]string    // the newest message that a user has seen of a channel

	triggers  map[string]*trigger
	responses map[string]*responseURL
	uploads   map[string]*upload // by the ticket in their address
	offers    map[offerKey][]object
	tickets   map[string]time.Time // sockets that may be opened, until when
	unknown   []string
	undrawn   []string
	revoked   bool // the app's tokens

	lastTS  int64         // microseconds of the newest ts, so that each is its own
	rev     uint64        // counts changes
	changed chan struct{} // closed at the next change
}

type draftKey struct{ user, channel, ts string }

// offerKey is an external select before somebody's eyes.
type offerKey struct{ user, surface, block, action string }

func newWorld(o Options) world {
	w := world{
		users: map[string]*User{}, channels: map[string]*Channel{},
		messages: map[string][]*message{}, ephemerals: map[string][]*message{},
		stacks: map[string][]*view{}, homes: map[string]*view{}, drafts: map[draftKey]State{}, reads: map[readKey]string{},
		triggers: map[string]*trigger{}, responses: map[string]*responseURL{}, tickets: map[string]time.Time{},
		uploads: map[string]*upload{}, offers: map[offerKey][]object{},
		changed: make(chan struct{}),
	}
	bot := User{ID: o.BotUserID, Name: o.BotName, RealName: o.BotName, Bot: true}
	for _, u := range append(slices.Clone(o.Users), bot) {
		w.putUser(u, o.TeamID)
	}
	for _, c := range o.Channels {
		w.putChannel(c)
	}
	for _, g := range o.Groups {
		g.Members = w.userIDs(g.Members)
		w.groups = append(w.groups, &g)
	}
	return w
}

func (w *world) putUser(u User, team string) {
	if u.TeamID == "" {
		u.TeamID = team
	}
	if w.users[u.ID] == nil {
		w.userOrder = append(w.userOrder, u.ID)
	}
	w.users[u.ID] = &u
}

func (w *world) putChannel(c Channel) {
	c.Members = w.userIDs(c.Members)
	if w.channels[c.ID] == nil {
		w.chanOrder = append(w.chanOrder, c.ID)
	}
	w.channels[c.ID] = &c
}

// user finds a user by ID or name.
func (w *world) user(ref string) *User {
	if u := w.users[ref]; u != nil {
		return u
	}
	ref = strings.TrimPrefix(ref, "@")
	for _, u := range w.users {
		if u.Name == ref {
			return u
		}
	}
	return nil
}

func (w *world) userIDs(refs []string) []string {
	ids := make([]string, 0, len(refs))
	for _, ref := range refs {
		if u := w.user(ref); u != nil {
			ids = append(ids, u.ID)
		} else {
			ids = append(ids, ref)
		}
	}
	return ids
}

// touch marks a change: whoever waits looks again.
func (s *Server) touch() {
	s.world.rev++
	close(s.world.changed)
	s.world.changed = make(chan struct{})
}

// wake is touch for those who do not hold the lock.
func (s *Server) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touch()
}

// nextTS returns a message's timestamp, "seconds.microseconds", never the same
// twice.
func (s *Server) nextTS() string {
	us := max(s.o.Now().UnixMicro(), s.world.lastTS+1)
	s.world.lastTS = us
	return fmt.Sprintf("%d.%06d", us/1e6, us%1e6)
}

// conversation is a channel, somebody's direct messages with the app, or those of
// two colleagues.
type conversation struct {
	Channel
	with string // the person, if it is a direct message with the app
	pair bool   // two people, the app not among them
}

// dmID is the channel of the app's direct messages with a user.
func dmID(user string) string { return "D" + strings.TrimLeft(user, "UW") }

// conversation finds a channel by ID, "#name" or name, and a direct message by
// its ID; nil if there is none.
func (s *Server) conversation(ref string) *conversation {
	w := &s.world
	ref = strings.TrimPrefix(ref, "#")
	if c := w.channels[ref]; c != nil {
		return &conversation{Channel: *c}
	}
	for _, c := range w.channels {
		if c.Name == ref {
			return &conversation{Channel: *c}
		}
	}
	for id, u := range w.users {
		if dmID(id) == ref && !u.Bot && !u.Stranger {
			return &conversation{
				Channel: Channel{ID: ref, Name: "directmessage", Members: []string{id, s.o.BotUserID}, Private: true},
				with:    id,
			}
		}
	}
	for id := range w.users {
		if strings.HasPrefix(ref, dmID(id)+"D") {
			for other := range w.users {
				if pair := s.pair(id, other); pair != nil && pair.ID == ref {
					return pair
				}
			}
		}
	}
	return nil
}

func (c *conversation) has(user string) bool { return slices.Contains(c.Members, user) }

// payloadName is the channel's name as payloads give it.
func (c *conversation) payloadName() string {
	switch {
	case c.direct():
		return "directmessage"
	case c.Private:
		return "privategroup"
	}
	return c.Name
}

// Channel returns a channel as it is now.
func (s *Server) Channel(ref string) (Channel, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conversation(ref)
	if c == nil {
		return Channel{}, false
	}
	return c.Channel, true
}

// trigger is a trigger_id: leave to open one modal, for three seconds.
type trigger struct {
	user string
	view string // the view whose click made it, if any
	at   time.Time
	used bool
}

const triggerLife = 3 * time.Second

func (s *Server) newTrigger(user, view string) string {
	now := s.o.Now()
	if len(s.world.triggers) > 1000 { // a long demo forgets what nobody can use any more
		maps.DeleteFunc(s.world.triggers, func(_ string, t *trigger) bool { return now.Sub(t.at) > time.Hour })
	}
	id := fmt.Sprintf("%d.%s", now.UnixMilli(), strings.ToLower(rand.Text()))
	s.world.triggers[id] = &trigger{user: user, view: view, at: now}
	return id
}

// redeem spends a trigger_id.
func (s *Server) redeem(id string) (*trigger, error) {
	t := s.world.triggers[id]
	switch {
	case t == nil:
		return nil, slackErr("invalid_trigger_id")
	case t.used:
		return nil, slackErr("exchanged_trigger_id")
	case s.o.Now().Sub(t.at) > triggerLife:
		return nil, slackErr("expired_trigger_id")
	}
	t.used = true
	return t, nil
}

func mustJSON(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("devslack: encode: %v", err)) // only maps, slices and strings come here
	}
	return raw
}
