package bot

import (
	"strings"
	"testing"

	"dbaccess/internal/devslack"
	"dbaccess/internal/fault"
)

func TestAChannelThatIsSharedLaterIsRefusedFromThenOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.asked(t, "alice", askMasked)
	if err := w.bot.Reaches(t.Context(), "db-approvals"); err != nil {
		t.Fatal(err)
	}
	channel, _ := w.Channel("db-approvals")
	shared := channel
	shared.ExtShared = true
	w.SetChannel(shared)
	// Though it was found usable a moment ago, which would hold for a minute.
	w.until(t, "the channel to be refused", func() bool { return strings.Contains(w.log.String(), "approval channel cannot be used") })
	err := w.bot.Reaches(t.Context(), "db-approvals")
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "shared with another company") {
		t.Errorf("Reaches = %v", err)
	}
	if err := w.bot.CheckChannels(t.Context()); err == nil || !strings.Contains(fault.Show(err).Msg, "shared with another company") {
		t.Errorf("CheckChannels = %v, and /readyz would not say it", err)
	}
	w.command(t, "alice", "/dbaccess shop masked-read 1h because INC-43")
	w.letter(t, "alice", "cannot be shown to those who would decide it", "shared with another company")
	for _, m := range w.Messages("db-approvals") {
		if strings.Contains(devslack.PlainText(m), "INC-43") {
			t.Error("a card was posted where outsiders read")
		}
	}

	w.SetChannel(channel)
	w.until(t, "the channel to be used again", func() bool { return strings.Contains(w.log.String(), "approval channel can be used") })
	if err := w.bot.Reaches(t.Context(), "db-approvals"); err != nil {
		t.Error(err)
	}
}

func TestTokensThatWereTakenBackAreNoticed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.bot.whoami(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.bot.forgetSelf()
	w.Fault("auth.test", devslack.Fault{Error: "token_revoked"})
	if _, err := w.bot.whoami(t.Context()); slackCode(err) != "token_revoked" {
		t.Errorf("whoami = %v", err)
	}
}
