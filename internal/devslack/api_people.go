package devslack

import (
	"slices"
	"strings"
	"time"
)

func (c *call) authTest() (object, error) {
	return object{
		"url": "https://" + c.o.TeamDomain + ".slack.com/", "team": c.o.TeamName, "user": c.o.BotName,
		"team_id": c.o.TeamID, "user_id": c.o.BotUserID, "bot_id": c.o.BotID, "is_enterprise_install": false,
	}, nil
}

func (c *call) teamInfo() (object, error) {
	return object{"team": object{
		"id": c.o.TeamID, "name": c.o.TeamName, "domain": c.o.TeamDomain, "email_domain": "example.com",
	}}, nil
}

func (c *call) botsInfo() (object, error) {
	if bot := c.str("bot"); bot != c.o.BotID {
		return nil, slackErr("bot_not_found")
	}
	return object{"bot": object{
		"id": c.o.BotID, "deleted": false, "name": c.o.BotName, "app_id": c.o.AppID, "user_id": c.o.BotUserID,
	}}, nil
}

func (c *call) usersInfo() (object, error) {
	u := c.world.users[c.str("user")]
	if u == nil {
		return nil, slackErr("user_not_found")
	}
	return object{"user": c.userJSON(u)}, nil
}

func (c *call) usersList() (object, error) {
	ids, next := pageOf(c, c.world.userOrder)
	members := []object{}
	for _, id := range ids {
		members = append(members, c.userJSON(c.world.users[id]))
	}
	return object{"members": members, "cache_ts": c.o.Now().Unix(), "response_metadata": object{"next_cursor": next}}, nil
}

func (c *call) usersLookupByEmail() (object, error) {
	email := c.str("email")
	for _, id := range c.world.userOrder {
		u := c.world.users[id]
		if u.Email != "" && strings.EqualFold(u.Email, email) && !u.Deleted && !u.Stranger {
			return object{"user": c.userJSON(u)}, nil
		}
	}
	return nil, slackErr("users_not_found")
}

// userJSON is a user as the Web API gives it. A stranger's email stays hidden, as
// does everybody's without the scope for it.
func (s *Server) userJSON(u *User) object {
	profile := object{
		"real_name": u.RealName, "display_name": u.Name, "real_name_normalized": u.RealName,
		"display_name_normalized": u.Name, "team": u.TeamID,
	}
	if u.Email != "" && !u.Stranger && slices.Contains(s.o.Scopes, "users:read.email") {
		profile["email"] = u.Email
	}
	if u.Bot {
		profile["bot_id"], profile["api_app_id"] = s.o.BotID, s.o.AppID
	}
	return object{
		"id": u.ID, "team_id": u.TeamID, "name": u.Name, "real_name": u.RealName, "deleted": u.Deleted,
		"profile": profile, "is_bot": u.Bot, "is_app_user": false, "is_admin": false, "is_owner": false,
		"is_primary_owner": false, "is_restricted": u.Restricted || u.UltraRestricted,
		"is_ultra_restricted": u.UltraRestricted, "is_stranger": u.Stranger, "tz": "Etc/UTC", "tz_label": "UTC", "tz_offset": 0,
		"updated": s.started().Unix(),
	}
}

func (c *call) usergroupsList() (object, error) {
	groups := []object{}
	for _, g := range c.world.groups {
		if !g.Disabled || c.boolean("include_disabled") {
			groups = append(groups, c.groupJSON(g, c.boolean("include_users")))
		}
	}
	return object{"usergroups": groups}, nil
}

// groupJSON is a user group as the Web API and events give it.
func (s *Server) groupJSON(g *Usergroup, withUsers bool) object {
	o := object{
		"id": g.ID, "team_id": s.o.TeamID, "is_usergroup": true, "is_subteam": true, "name": g.Name, "description": "",
		"handle": g.Handle, "is_external": false, "date_create": s.started().Unix(), "date_update": s.started().Unix(),
		"date_delete": 0, "user_count": len(g.Members), "created_by": "", "updated_by": "", "deleted_by": nil,
		"auto_type": nil, "prefs": object{"channels": []string{}, "groups": []string{}},
	}
	if g.Disabled {
		o["date_delete"] = s.started().Unix()
	}
	if withUsers {
		o["users"] = g.Members
	}
	return o
}

func (c *call) usergroupsUsersList() (object, error) {
	i := slices.IndexFunc(c.world.groups, func(g *Usergroup) bool { return g.ID == c.str("usergroup") })
	if i < 0 {
		return nil, slackErr("no_such_subteam")
	}
	g := c.world.groups[i]
	users := []string{}
	if !g.Disabled || c.boolean("include_disabled") {
		for _, id := range g.Members {
			if u := c.world.users[id]; u != nil && !u.Deleted {
				users = append(users, id)
			}
		}
	}
	return object{"users": users}, nil
}

// readable finds the channel in the argument "channel" and checks that the bot
// may know of it.
func (c *call) readable() (*conversation, error) {
	conv := c.conversationByID(c.str("channel"))
	if conv == nil || conv.Private && !conv.has(c.o.BotUserID) {
		return nil, slackErr("channel_not_found")
	}
	return conv, c.allowed(readScope(conv))
}

func readScope(conv *conversation) string {
	switch {
	case conv.with != "":
		return "im:read"
	case conv.Private:
		return "groups:read"
	}
	return "channels:read"
}

// conversationByID is stricter than conversation: the Web API takes no names.
func (s *Server) conversationByID(id string) *conversation {
	conv := s.conversation(id)
	if conv == nil || conv.ID != id {
		return nil
	}
	return conv
}

func (c *call) conversationsInfo() (object, error) {
	conv, err := c.readable()
	if err != nil {
		return nil, err
	}
	o := c.channelJSON(conv)
	if !c.boolean("include_num_members") {
		delete(o, "num_members")
	}
	return object{"channel": o}, nil
}

func (c *call) conversationsList() (object, error) {
	types := c.str("types")
	if types == "" {
		types = "public_channel"
	}
	for kind := range strings.SplitSeq(types, ",") {
		if err := c.allowed(map[string]string{"public_channel": "channels:read", "private_channel": "groups:read"}[kind]); err != nil {
			return nil, err
		}
	}
	all := []object{}
	for _, id := range c.world.chanOrder {
		conv := c.conversation(id)
		kind := "public_channel"
		if conv.Private {
			kind = "private_channel"
		}
		wanted := slices.Contains(strings.Split(types, ","), kind)
		if !wanted || conv.Private && !conv.has(c.o.BotUserID) || conv.Archived && c.boolean("exclude_archived") {
			continue
		}
		all = append(all, c.channelJSON(conv))
	}
	part, next := pageOf(c, all)
	return object{"channels": part, "response_metadata": object{"next_cursor": next}}, nil
}

func (c *call) conversationsMembers() (object, error) {
	conv, err := c.readable()
	if err != nil {
		return nil, err
	}
	part, next := pageOf(c, conv.Members)
	return object{"members": part, "response_metadata": object{"next_cursor": next}}, nil
}

func (c *call) conversationsOpen() (object, error) {
	users := strings.Split(c.str("users"), ",")
	if ch := c.str("channel"); ch != "" {
		conv := c.conversationByID(ch)
		if conv == nil || conv.with == "" {
			return nil, slackErr("channel_not_found")
		}
		users = []string{conv.with}
	}
	if len(users) != 1 {
		return nil, slackErr("not_enough_users") // this Slack has no group messages
	}
	u := c.world.users[users[0]]
	switch {
	case u == nil:
		return nil, slackErr("user_not_found")
	case u.Deleted:
		return nil, slackErr("user_disabled")
	case u.Bot:
		return nil, slackErr("cannot_dm_bot")
	}
	if !c.boolean("return_im") {
		return object{"channel": object{"id": dmID(u.ID)}}, nil
	}
	return object{"channel": c.channelJSON(c.conversation(dmID(u.ID)))}, nil
}

func (c *call) conversationsJoin() (object, error) {
	conv := c.conversationByID(c.str("channel"))
	switch {
	case conv == nil || conv.Private:
		return nil, slackErr("channel_not_found")
	case conv.Archived:
		return nil, slackErr("is_archived")
	}
	if !conv.has(c.o.BotUserID) {
		joined := conv.Channel
		joined.Members = append(slices.Clone(conv.Members), c.o.BotUserID)
		c.world.putChannel(joined)
		for _, e := range c.channelEvents(&conv.Channel, &joined) {
			c.laterIf(e)
		}
		c.touch()
	}
	return object{"channel": c.channelJSON(c.conversation(conv.ID))}, nil
}

func (c *call) channelJSON(conv *conversation) object {
	o := object{
		"id": conv.ID, "created": c.started().Unix(), "is_archived": conv.Archived, "context_team_id": c.o.TeamID,
		"is_im": conv.with != "", "is_private": conv.Private, "is_mpim": false, "is_org_shared": false,
	}
	if conv.with != "" {
		o["user"], o["is_user_deleted"] = conv.with, c.world.users[conv.with].Deleted
		return o
	}
	o["name"], o["name_normalized"] = conv.Name, conv.Name
	o["is_channel"], o["is_group"] = !conv.Private, conv.Private
	o["is_general"], o["is_member"] = conv.Name == "general", conv.has(c.o.BotUserID)
	o["is_shared"], o["is_ext_shared"], o["is_pending_ext_shared"] = conv.ExtShared, conv.ExtShared, conv.Pending
	o["topic"], o["purpose"] = object{"value": conv.Topic}, object{"value": ""}
	o["num_members"], o["creator"] = len(conv.Members), conv.Members[0]
	return o
}

// started is when the workspace came to be: good enough for dates nobody reads.
func (s *Server) started() time.Time { return s.o.Now().Add(-24 * time.Hour) }
