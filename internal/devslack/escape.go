package devslack

import (
	"regexp"
	"strings"
)

// token finds what Slack turns into entities when a person sends text: mentions,
// channels, addresses, bare domain names (a column called customers.name among
// them, to everybody's surprise) and the three characters it escapes.
var token = regexp.MustCompile(`(?i)https?://[^\s<>]+` +
	`|[\w.+-]+@[\w-]+(?:\.[\w-]+)+` +
	`|@[\w-][\w.-]*` +
	`|#[\w-]+` +
	`|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|dev|name|info)\b` +
	`|[&<>]`)

var characters = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escape returns text as Slack sends it on. withNames adds the names to mentions,
// as slash commands with should_escape have them.
func (s *Server) escape(text string, withNames bool) string {
	return token.ReplaceAllStringFunc(text, func(t string) string {
		switch {
		case strings.HasPrefix(t, "@"):
			return s.mention(t, withNames)
		case strings.HasPrefix(t, "#"):
			if c := s.conversation(t[1:]); c != nil && !c.direct() {
				return "<#" + c.ID + "|" + c.Name + ">"
			}
			return t
		case strings.Contains(t, "://"):
			return "<" + characters.Replace(t) + ">"
		case strings.Contains(t, "@"):
			return "<mailto:" + t + "|" + t + ">"
		case len(t) > 1:
			return "<http://" + t + "|" + t + ">"
		}
		return characters.Replace(t)
	})
}

func (s *Server) mention(t string, withNames bool) string {
	name := strings.TrimRight(t[1:], ".")
	rest := t[1+len(name):]
	switch name {
	case "here", "channel", "everyone":
		return "<!" + name + ">" + rest
	}
	for _, g := range s.world.groups {
		if g.Handle == name {
			return "<!subteam^" + g.ID + "|@" + name + ">" + rest
		}
	}
	u := s.world.user(name)
	switch {
	case u == nil || u.Name != name:
		return t
	case withNames:
		return "<@" + u.ID + "|" + u.Name + ">" + rest
	}
	return "<@" + u.ID + ">" + rest
}
