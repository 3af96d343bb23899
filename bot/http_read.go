package bot

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/url"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

// The addresses that Slack is given: [Manifest] writes them.
const (
	pathCommands      = "/slack/commands"
	pathInteractivity = "/slack/interactivity"
	pathEvents        = "/slack/events"
	pathOptions       = "/slack/options"
)

const (
	contentForm = "application/x-www-form-urlencoded"
	contentJSON = "application/json"
)

// incoming is what one signed request says: one of command, interaction, event
// and challenge is set, or none where there is nothing to do.
type incoming struct {
	team        string // whose workspace; empty for Slack's own questions
	command     *slack.SlashCommand
	interaction *slack.InteractionCallback
	event       *slackevents.EventsAPIEvent
	eventID     string
	challenge   string // Slack asks whether this address is ours
}

func (in incoming) kind() string {
	switch {
	case in.command != nil:
		return KindCommand
	case in.interaction != nil:
		return KindInteraction
	case in.event != nil:
		return KindEvent
	}
	return KindOther
}

var (
	errContentType = errors.New("another content type than Slack sends there")
	errRepeatedKey = errors.New("a field stands there twice")
	errNoTeam      = errors.New("no workspace is named")
)

// readDelivery reads what Slack sent to path. It looks at the body alone: what
// stands in the address is not signed.
func readDelivery(path, contentType string, body []byte) (incoming, error) {
	want := contentForm
	if path == pathEvents {
		want = contentJSON
	}
	if media, _, err := mime.ParseMediaType(contentType); err != nil || media != want {
		return incoming{}, errContentType
	}
	if path == pathEvents {
		return readEvent(body)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return incoming{}, fmt.Errorf("read form: %w", err)
	}
	for _, values := range form {
		if len(values) != 1 {
			return incoming{}, errRepeatedKey
		}
	}
	switch {
	case form.Get("ssl_check") == "1": // Slack looks at the certificate now and then
		return incoming{}, nil
	case path == pathCommands:
		return readCommand(form)
	}
	return readInteraction(form)
}

func readCommand(form url.Values) (incoming, error) {
	c := &slack.SlashCommand{
		TeamID: form.Get("team_id"), TeamDomain: form.Get("team_domain"),
		EnterpriseID: form.Get("enterprise_id"), EnterpriseName: form.Get("enterprise_name"),
		IsEnterpriseInstall: form.Get("is_enterprise_install") == "true",
		ChannelID:           form.Get("channel_id"), ChannelName: form.Get("channel_name"),
		UserID: form.Get("user_id"), UserName: form.Get("user_name"),
		Command: form.Get("command"), Text: form.Get("text"),
		ResponseURL: form.Get("response_url"), TriggerID: form.Get("trigger_id"), APIAppID: form.Get("api_app_id"),
	}
	switch {
	case c.TeamID == "":
		return incoming{}, errNoTeam
	case c.UserID == "" || c.Command == "" || c.TriggerID == "":
		return incoming{}, errors.New("a command without a user, its name or a trigger")
	}
	return incoming{team: c.TeamID, command: c}, nil
}

func readInteraction(form url.Values) (incoming, error) {
	cb := &slack.InteractionCallback{}
	if err := json.Unmarshal([]byte(form.Get("payload")), cb); err != nil {
		return incoming{}, fmt.Errorf("read payload: %w", err)
	}
	switch {
	case cb.Team.ID == "":
		return incoming{}, errNoTeam
	case cb.Type == "" || cb.User.ID == "":
		return incoming{}, errors.New("an interaction without a type or a user")
	}
	return incoming{team: cb.Team.ID, interaction: cb}, nil
}

// readEvent reads an event. One of a kind that nobody here knows is nothing to
// do: an error would only make Slack send it again.
func readEvent(body []byte) (incoming, error) {
	var outer struct {
		Type      string          `json:"type"`
		TeamID    string          `json:"team_id"`
		EventID   string          `json:"event_id"`
		Challenge string          `json:"challenge"`
		Event     json.RawMessage `json:"event"`
	}
	if err := json.Unmarshal(body, &outer); err != nil {
		return incoming{}, fmt.Errorf("read event: %w", err)
	}
	switch outer.Type {
	case slackevents.URLVerification:
		if outer.Challenge == "" {
			return incoming{}, errors.New("an empty challenge")
		}
		return incoming{challenge: outer.Challenge}, nil
	case slackevents.CallbackEvent:
	default: // app_rate_limited and others that ask for nothing
		return incoming{}, nil
	}
	switch {
	case outer.TeamID == "":
		return incoming{}, errNoTeam
	case outer.EventID == "" || len(outer.Event) == 0:
		return incoming{}, errors.New("an event without an id or content")
	}
	in := incoming{team: outer.TeamID, eventID: outer.EventID}
	if e, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken()); err == nil {
		in.event = &e
	}
	return in, nil
}
