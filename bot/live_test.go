//go:build live

package bot

import (
	"os"
	"testing"
)

// TestARealSlackTakesEveryGoldenFile posts each card and message to a channel of a
// real workspace and takes it away again, and has each modal and App Home judged:
// the local Slack may be wrong about the real one. It takes some minutes, since
// Slack takes one message a second.
//
//	SLACK_LIVE_TOKEN=xoxb-… SLACK_LIVE_CHANNEL=C… go test -tags live -run RealSlack -timeout 20m ./bot
func TestARealSlackTakesEveryGoldenFile(t *testing.T) {
	token, channel := os.Getenv("SLACK_LIVE_TOKEN"), os.Getenv("SLACK_LIVE_CHANNEL")
	if token == "" || channel == "" {
		t.Fatal("SLACK_LIVE_TOKEN (with chat:write) and SLACK_LIVE_CHANNEL (the bot is in it) are needed")
	}
	taker{api: "https://slack.com/api/", token: token, channel: channel}.takesEverything(t)
}
