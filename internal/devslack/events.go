package devslack

import (
	"slices"
)

// eventScopes are the events that this Slack sends, and the scopes of which an app
// needs one to get them.
var eventScopes = map[string][]string{
	"app_home_opened":         nil,
	"app_uninstalled":         nil,
	"channel_archive":         {"channels:read"},
	"channel_shared":          {"channels:read", "groups:read"},
	"channel_unshared":        {"channels:read", "groups:read"},
	"member_joined_channel":   {"channels:read", "groups:read"},
	"member_left_channel":     {"channels:read", "groups:read"},
	"reaction_added":          {"reactions:read"},
	"reaction_removed":        {"reactions:read"},
	"subteam_created":         {"usergroups:read"},
	"subteam_members_changed": {"usergroups:read"},
	"subteam_updated":         {"usergroups:read"},
	"team_join":               {"users:read"},
	"tokens_revoked":          nil,
	"user_change":             {"users:read"},
}

// subscribed reports whether the app is told of such events. Server.mu is held.
func (s *Server) subscribed(kind string) bool {
	scopes, known := eventScopes[kind]
	if !known || s.o.Events != nil && !slices.Contains(s.o.Events, kind) {
		return false
	}
	return len(scopes) == 0 || slices.ContainsFunc(scopes, func(scope string) bool { return slices.Contains(s.o.Scopes, scope) })
}

// event makes an event for the app; nil if it is not told of such. Server.mu is
// held.
func (s *Server) event(kind string, fields object) object {
	if !s.subscribed(kind) {
		return nil
	}
	e := object{"type": kind, "event_ts": s.nextTS()}
	for key, value := range fields {
		e[key] = value
	}
	return e
}

// sendEvents sends events in order, each on its way before the next; nil ones are
// those that the app is not told of.
func (s *Server) sendEvents(events ...object) {
	for _, e := range events {
		if e != nil {
			s.sendEvent(e)
		}
	}
}

// SetUser adds somebody, or changes them (deactivated, made a guest), and tells
// the app (team_join, user_change).
func (s *Server) SetUser(u User) {
	s.mu.Lock()
	kind := "team_join"
	if s.world.users[u.ID] != nil {
		kind = "user_change"
	}
	s.world.putUser(u, s.o.TeamID)
	e := s.event(kind, object{"user": s.userJSON(s.world.users[u.ID]), "cache_ts": s.o.Now().Unix()})
	s.touch()
	s.mu.Unlock()
	s.sendEvents(e)
}

// SetChannel adds a channel, or changes it (members, shared, archived), and tells
// the app what it would be told: who joined and left where the app is, that the
// channel is shared with another company from now on, or not any more.
func (s *Server) SetChannel(c Channel) {
	s.mu.Lock()
	old := s.world.channels[c.ID]
	s.world.putChannel(c)
	var events []object
	if old != nil {
		events = s.channelEvents(old, s.world.channels[c.ID])
	}
	s.touch()
	s.mu.Unlock()
	s.sendEvents(events...)
}

func (s *Server) channelEvents(old, now *Channel) []object {
	bot := s.o.BotUserID
	if !slices.Contains(now.Members, bot) && !slices.Contains(old.Members, bot) {
		return nil // nothing of it is the app's business
	}
	kind := "C"
	if now.Private {
		kind = "G"
	}
	var events []object
	moved := func(event string, from, to []string) {
		for _, id := range to {
			if !slices.Contains(from, id) {
				events = append(events, s.event(event, object{"user": id, "channel": now.ID, "channel_type": kind, "team": s.o.TeamID}))
			}
		}
	}
	moved("member_joined_channel", old.Members, now.Members)
	moved("member_left_channel", now.Members, old.Members)
	switch {
	case now.ExtShared && !old.ExtShared:
		events = append(events, s.event("channel_shared", object{"connected_team_id": s.partner(now), "channel": now.ID}))
	case old.ExtShared && !now.ExtShared:
		events = append(events, s.event("channel_unshared", object{
			"previously_connected_team_id": s.partner(old), "channel": now.ID, "is_ext_shared": false,
		}))
	}
	if now.Archived && !old.Archived {
		events = append(events, s.event("channel_archive", object{"channel": now.ID, "user": now.Members[0], "is_moved": 0}))
	}
	return events
}

// partner is the other company in a shared channel.
func (s *Server) partner(c *Channel) string {
	for _, id := range c.Members {
		if u := s.world.users[id]; u != nil && u.TeamID != s.o.TeamID {
			return u.TeamID
		}
	}
	return "T0PARTNER" // nobody of theirs has come in yet
}

// SetUsergroup adds a user group, or changes it, and tells the app.
func (s *Server) SetUsergroup(g Usergroup) {
	s.mu.Lock()
	g.Members = s.world.userIDs(g.Members)
	var old *Usergroup
	if i := slices.IndexFunc(s.world.groups, func(o *Usergroup) bool { return o.ID == g.ID }); i >= 0 {
		old, s.world.groups[i] = s.world.groups[i], &g
	} else {
		s.world.groups = append(s.world.groups, &g)
	}
	events := s.groupEvents(old, &g)
	s.touch()
	s.mu.Unlock()
	s.sendEvents(events...)
}

func (s *Server) groupEvents(old, now *Usergroup) []object {
	if old == nil {
		return []object{s.event("subteam_created", object{"subteam": s.groupJSON(now, true)})}
	}
	without := func(all, taken []string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(id string) bool { return slices.Contains(taken, id) })
	}
	added, removed := without(now.Members, old.Members), without(old.Members, now.Members)
	events := []object{s.event("subteam_updated", object{"subteam": s.groupJSON(now, true)})}
	if len(added)+len(removed) > 0 {
		events = append(events, s.event("subteam_members_changed", object{
			"subteam_id": now.ID, "team_id": s.o.TeamID, "date_previous_update": s.started().Unix(), "date_update": s.o.Now().Unix(),
			"added_users": added, "added_users_count": len(added), "removed_users": removed, "removed_users_count": len(removed),
		}))
	}
	return events
}

// SetScopes replaces the scopes that the bot's token holds.
func (s *Server) SetScopes(scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.Scopes = scopes
	s.touch()
}

// RevokeTokens takes the app's tokens back, as an administrator who removes it
// does: the app is told, its calls are answered with token_revoked from here on,
// and its sockets are cut.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	s.world.revoked = true
	events := []object{
		s.event("tokens_revoked", object{"tokens": object{"oauth": []string{}, "bot": []string{s.o.BotUserID}}}),
		s.event("app_uninstalled", nil),
	}
	s.touch()
	s.mu.Unlock()
	s.sendEvents(events...)
	s.disableSockets()
}
