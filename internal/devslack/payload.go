package devslack

import "fmt"

// The payloads that people's acts become, in Slack's shapes. All of them are made
// under Server.mu.

// base is what all interactive payloads share.
func (s *Server) base(kind string, u *User, viewID string) object {
	return object{
		"type": kind, "token": s.verification, "api_app_id": s.o.AppID,
		"team":       object{"id": s.o.TeamID, "domain": s.o.TeamDomain},
		"user":       object{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.TeamID},
		"enterprise": nil, "is_enterprise_install": false, "trigger_id": s.newTrigger(u.ID, viewID),
	}
}

func (s *Server) slashPayload(u *User, conv *conversation, command, text, answerTo string) object {
	return object{
		"token": s.verification, "team_id": s.o.TeamID, "team_domain": s.o.TeamDomain,
		"channel_id": conv.ID, "channel_name": conv.payloadName(), "user_id": u.ID, "user_name": u.Name,
		"command": command, "text": text, "api_app_id": s.o.AppID, "is_enterprise_install": "false",
		"response_url": answerTo, "trigger_id": s.newTrigger(u.ID, ""),
	}
}

// messageAction is block_actions from a message.
func (s *Server) messageAction(u *User, conv *conversation, m *message, state State, action object) object {
	p := s.base("block_actions", u, "")
	p["container"] = object{"type": "message", "message_ts": m.TS, "channel_id": conv.ID, "is_ephemeral": m.Ephemeral}
	p["channel"] = object{"id": conv.ID, "name": conv.payloadName()}
	if m.ThreadTS != "" {
		p["container"].(object)["thread_ts"] = m.ThreadTS
	}
	if !m.Ephemeral {
		p["message"] = s.messageJSON(m) // Slack has no message to give where only one person sees it
	}
	p["state"] = object{"values": state.clone()}
	p["response_url"] = s.newResponseURL(u.ID, conv, m)
	p["actions"] = []object{action}
	return p
}

// viewAction is block_actions from a modal or App Home.
func (s *Server) viewAction(u *User, v *view, action object) object {
	p := s.base("block_actions", u, v.id)
	p["container"] = object{"type": "view", "view_id": v.id}
	p["view"] = s.viewJSON(v)
	p["actions"] = []object{action}
	return p
}

func (s *Server) submission(u *User, v *view) object {
	p := s.base("view_submission", u, v.id)
	urls := []object{}
	eachElement(v.blocks, func(b, e object) {
		block, action := str(b, "block_id"), str(e, "action_id")
		chosen, _ := v.state[block][action]["selected_conversation"].(string)
		if chosen == "" {
			chosen, _ = v.state[block][action]["selected_channel"].(string)
		}
		if conv := s.conversation(chosen); conv != nil && e["response_url_enabled"] == true {
			urls = append(urls, object{
				"block_id": block, "action_id": action, "channel_id": conv.ID, "response_url": s.newResponseURL(u.ID, conv, nil),
			})
		}
	})
	p["view"], p["response_urls"] = s.viewJSON(v), urls
	return p
}

func (s *Server) closing(u *User, v *view, cleared bool) object {
	p := s.base("view_closed", u, v.id)
	delete(p, "trigger_id")
	p["view"], p["is_cleared"] = s.viewJSON(v), cleared
	return p
}

// globalShortcut is a shortcut of the lightning menu.
func (s *Server) globalShortcut(u *User, callbackID string) object {
	p := s.base("shortcut", u, "")
	p["callback_id"], p["action_ts"] = callbackID, s.nextTS()
	return p
}

// messageShortcut is a shortcut in a message's menu.
func (s *Server) messageShortcut(u *User, conv *conversation, m *message, callbackID string) object {
	p := s.base("message_action", u, "")
	p["callback_id"], p["action_ts"] = callbackID, s.nextTS()
	p["channel"] = object{"id": conv.ID, "name": conv.payloadName()}
	p["message"], p["message_ts"] = s.messageJSON(m), m.TS
	p["response_url"] = s.newResponseURL(u.ID, conv, nil)
	return p
}

// suggestion asks what an external select offers for what was typed into it.
func (s *Server) suggestion(u *User, at place, e Element, typed string) object {
	p := s.base("block_suggestion", u, "")
	delete(p, "trigger_id")
	p["action_id"], p["block_id"], p["value"] = e.ActionID, e.BlockID, typed
	if at.view != "" {
		p["container"] = object{"type": "view", "view_id": at.view}
		return p
	}
	p["container"] = object{"type": "message", "message_ts": at.ts, "channel_id": at.channel}
	return p
}

// actionJSON is one of a payload's actions: what the element is, and what was
// chosen in it.
func (s *Server) actionJSON(e Element, entry object) object {
	a := object{"type": e.Type, "action_id": e.ActionID, "block_id": e.BlockID, "action_ts": s.nextTS()}
	for _, key := range []string{"text", "value", "style", "placeholder"} {
		if value, ok := e.def[key]; ok && (e.Type == "button" || key == "placeholder") {
			a[key] = value
		}
	}
	for key, value := range entry {
		a[key] = value
	}
	return a
}

// commandFailed is what Slack shows when an app does not answer a command.
func commandFailed(command string, err error) string {
	return fmt.Sprintf("%s failed with the error %q", command, err.Error())
}
