package config

import (
	"strings"
	"testing"
	"time"
)

func TestTokensAreGoodForAMinuteAtLeastAndNotForEver(t *testing.T) {
	t.Parallel()
	fine := defaults().API.Tokens
	for what, c := range map[string]struct {
		change func(*TokenLives)
		path   string // of the one problem; empty: none
	}{
		"the defaults":               {func(*TokenLives) {}, ""},
		"a person's for 7 days":      {func(l *TokenLives) { l.Person = 7 * day }, ""},
		"a person's for longer":      {func(l *TokenLives) { l.Person = 7*day + 1 }, "api.tokens.person"},
		"a service's for no time":    {func(l *TokenLives) { l.Service = 0 }, "api.tokens.service"},
		"a service's for seconds":    {func(l *TokenLives) { l.Service = time.Minute - 1 }, "api.tokens.service"},
		"a service's for two days":   {func(l *TokenLives) { l.Service = 2 * day }, "api.tokens.service"},
		"an agent's for 30 days":     {func(l *TokenLives) { l.Agent = 30 * day }, ""},
		"an agent's for 31 days":     {func(l *TokenLives) { l.AgentMost = 31 * day }, "api.tokens.agent_most"},
		"an agent's beyond the most": {func(l *TokenLives) { l.AgentMost = time.Hour }, "api.tokens.agent"},
		"an agent's before now":      {func(l *TokenLives) { l.Agent = -time.Hour }, "api.tokens.agent"},
	} {
		l := fine
		c.change(&l)
		var ps Problems
		l.check(&ps)
		var got []string
		for _, p := range ps {
			got = append(got, p.Path)
		}
		if strings.Join(got, " ") != c.path {
			t.Errorf("%s: problems at %v, want %q", what, got, c.path)
		}
	}
}
