package tokens

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"dbaccess/audit"
	"dbaccess/internal/identity"
)

// issued tells of a new token, which by asked for: its holder, or an agent's
// person.
func issued(t Token, by identity.Principal) audit.Event {
	ev := tell(audit.TokenIssued, t, by.ID(), t.At)
	ev.Details["expires"] = t.Expires.Format(time.RFC3339)
	ev.Details["audience"] = string(t.Audience)
	put(ev.Details, "acts_for", t.For)
	put(ev.Details, "issuer", t.Issuer)
	put(ev.Details, "subject", t.Subject)
	if len(t.Claims) > 0 {
		claims := make([]string, len(t.Claims))
		for i, c := range t.Claims {
			claims[i] = c.Name + "=" + plain(c.Value)
		}
		ev.Details["claims"] = claims
	}
	return ev
}

func ended(t Token, by, reason string, at time.Time) audit.Event {
	ev := tell(audit.TokenEnded, t, by, at)
	ev.Details["reason"] = reason
	return ev
}

// replayed says what becomes of a second use of p's JWT.
func (s *Service) replayed(p identity.Principal, v Verified, now time.Time) Replayed {
	const by = "system:tokens"
	return Replayed{At: now, By: by, Events: func(first Token) []audit.Event {
		refused := tell(audit.TokenRefused, first, p.ID(), now)
		refused.Details["principal"], refused.Details["reason"] = p.Name, "replayed"
		put(refused.Details, "issuer", v.Issuer)
		put(refused.Details, "subject", v.Subject)
		if first.ID == "" || !first.Live(now) {
			return []audit.Event{refused}
		}
		return []audit.Event{refused, ended(first, by, "replayed", now)}
	}}
}

func tell(what audit.Type, t Token, by string, at time.Time) audit.Event {
	details := map[string]any{}
	put(details, "token", t.ID)
	put(details, "principal", t.Principal)
	return audit.Event{At: at, Type: what, Actor: by, Details: details}
}

func put(details map[string]any, key, value string) {
	if value != "" {
		details[key] = plain(value)
	}
}

// plain is what an issuer said as a record can keep it: no more than a line.
func plain(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if r := []rune(s); len(r) > 500 {
		return string(r[:499]) + "…"
	}
	return s
}

// alarm tells whoever watches the server; the record has it already.
func (s *Service) alarm(p identity.Principal, v Verified) {
	log := s.Log
	if log == nil {
		log = slog.Default()
	}
	log.Error("an identity token came twice: what it was given first is ended", "principal", p.ID(), "issuer", v.Issuer)
	if s.OnReplay != nil {
		s.OnReplay(v.Issuer)
	}
}

// span is a lifetime in words.
func span(d time.Duration) string {
	if days := d / (24 * time.Hour); days > 1 && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%d days", days)
	}
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}
