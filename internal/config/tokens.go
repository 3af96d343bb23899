package config

import "time"

const day = 24 * time.Hour

// check bounds how long tokens are good.
func (l TokenLives) check(ps *Problems) {
	for _, c := range []struct {
		path string
		is   time.Duration
		most time.Duration
		said string
	}{
		{"api.tokens.person", l.Person, 7 * day, "7 days (168h)"},
		{"api.tokens.service", l.Service, day, "a day (24h)"},
		{"api.tokens.agent_most", l.AgentMost, 30 * day, "30 days (720h)"},
		{"api.tokens.agent", l.Agent, l.AgentMost, "agent_most"},
	} {
		if c.is < time.Minute || c.is > c.most {
			ps.Add(c.path, "must be a minute to %s", c.said)
		}
	}
}
