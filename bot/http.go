package bot

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"
)

// HTTPOptions say how Slack's requests are known to be Slack's.
type HTTPOptions struct {
	// SigningSecrets are one, or two while a new one replaces the old one.
	SigningSecrets []string
}

// HTTPDoor takes what Slack sends by HTTP, in place of [Bot.RunSocketMode]. It
// answers POST to /slack/commands, /slack/interactivity, /slack/events and
// /slack/options, and nobody but Slack learns more than that.
type HTTPDoor struct {
	bot     *Bot
	signers signers
	work    *pool
	refusal atomic.Int64 // unix nanoseconds of the last refusal that was logged
}

// HTTPHandler opens the door. Whoever serves it closes it with Drain, after its
// last request.
func (b *Bot) HTTPHandler(o HTTPOptions) (*HTTPDoor, error) {
	s, err := newSigners(o.SigningSecrets, b.now)
	if err != nil {
		return nil, err
	}
	return &HTTPDoor{bot: b, signers: s, work: newPool(context.Background(), b)}, nil
}

// Drain finishes what was taken and returns. Requests that come later are told to
// go elsewhere.
func (d *HTTPDoor) Drain() { d.work.drain() }

// Ready returns nil while the door is open and Slack has told who we are: without
// that every delivery is refused.
func (d *HTTPDoor) Ready(ctx context.Context) error {
	if d.work.shut() {
		return errors.New("slack: the door is closed")
	}
	_, err := d.bot.whoami(ctx)
	return err
}

// ServeHTTP takes one delivery.
func (d *HTTPDoor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch r.URL.Path {
	case pathCommands, pathInteractivity, pathEvents, pathOptions:
	default:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	t := &taken{HTTPDoor: d, w: w, ctx: r.Context(), arrived: d.bot.now(), kind: KindOther}
	request, err := d.signers.read(w, r)
	if err != nil {
		t.refuse(http.StatusUnauthorized, r.URL.Path, err)
		return
	}
	t.key = request.key
	in, err := readDelivery(r.URL.Path, r.Header.Get("Content-Type"), request.body)
	if err != nil {
		t.refuse(http.StatusBadRequest, r.URL.Path, err)
		return
	}
	if n := r.Header.Get("X-Slack-Retry-Num"); n != "" {
		d.bot.log.InfoContext(t.ctx, "slack sends an event again", "event", in.eventID, "attempt", n, "reason", r.Header.Get("X-Slack-Retry-Reason"))
	}
	t.take(in)
}

// taken is one delivery on its way.
type taken struct {
	*HTTPDoor
	w       http.ResponseWriter
	ctx     context.Context // of the request: it ends with the answer
	arrived time.Time
	kind    string
	key     string
}

func (t *taken) take(in incoming) {
	t.kind = in.kind()
	if in.team != "" {
		if err := t.ours(in.team); err != nil {
			t.disown(in, err)
			return
		}
	}
	switch {
	case in.command != nil:
		t.command(*in.command)
	case in.interaction != nil && answersInPlace(*in.interaction):
		t.inPlace(*in.interaction)
	case in.interaction != nil:
		t.interaction(*in.interaction)
	case in.event != nil:
		t.event(in)
	case in.challenge != "":
		t.answer(Acked, http.StatusOK, map[string]string{"challenge": in.challenge})
	default:
		t.answer(Acked, http.StatusOK, nil)
	}
}

// whoamiPatience is how long a delivery waits for Slack to say who we are, once
// in a process's life; three seconds is all that there is.
const whoamiPatience = 2 * time.Second

var errElsewhere = errors.New("it is of another workspace")

// ours says whether a delivery is of the workspace that the bot token is of.
func (t *taken) ours(team string) error {
	ctx, cancel := context.WithTimeout(t.ctx, whoamiPatience)
	defer cancel()
	me, err := t.bot.whoami(ctx)
	if err == nil && me.team != team {
		return errElsewhere
	}
	return err
}

// disown refuses what is not known to be ours. Whoever typed a command reads why.
func (t *taken) disown(in incoming, err error) {
	if errors.Is(err, errElsewhere) {
		t.bot.log.WarnContext(t.ctx, "slack delivery refused", "kind", t.kind, "team", in.team, "err", err)
		err = errOutsider
	} else {
		err = errNoFacts.With(err)
	}
	if in.command != nil {
		t.answer(Refused, http.StatusOK, say("%s", t.bot.sorry(t.ctx, "command", err)).ack())
		return
	}
	t.answer(Refused, http.StatusServiceUnavailable, nil)
}

func (t *taken) command(cmd slack.SlashCommand) {
	ack, after := t.bot.Slash(t.ctx, cmd)
	acked, taken := t.work.addAcked(t.once(after))
	if !taken {
		t.answer(Busy, http.StatusOK, tooBusy().ack())
		return
	}
	t.answer(Acked, http.StatusOK, ack)
	acked()
}

func (t *taken) interaction(cb slack.InteractionCallback) {
	ack, after := t.bot.Interaction(t.ctx, cb)
	acked, taken := t.work.addAcked(t.once(after))
	if !taken {
		t.answer(Busy, http.StatusServiceUnavailable, nil) // Slack says so to whoever acted
		return
	}
	t.answer(Acked, http.StatusOK, ack)
	acked()
}

// answersInPlace says whether what came of an interaction is its
// acknowledgement, so that it has to be waited for.
func answersInPlace(cb slack.InteractionCallback) bool {
	return cb.Type == slack.InteractionTypeViewSubmission || cb.Type == slack.InteractionTypeBlockSuggestion
}

// ackPatience is how long an acknowledgement is waited for. Slack gives up after
// three seconds; some of them go on the way.
const ackPatience = 2800 * time.Millisecond

// inPlace answers a sent modal with what came of it. One that comes twice is read
// twice, since either answer may be the one that is shown; the rules know the
// second time by the modal, or by who has said so already.
func (t *taken) inPlace(cb slack.InteractionCallback) {
	answer := make(chan any, 1)
	acked := make(chan struct{})
	defer close(acked)
	put := t.work.add(func(ctx context.Context) {
		ack, after := t.bot.Interaction(ctx, cb)
		answer <- ack
		if after != nil {
			<-acked
			after(ctx)
		}
	})
	if !put {
		t.answer(Busy, http.StatusServiceUnavailable, nil)
		return
	}
	late := time.NewTimer(ackPatience)
	defer late.Stop()
	select {
	case ack := <-answer:
		t.answer(Acked, http.StatusOK, ack)
	case <-late.C:
		t.answer(Failed, http.StatusServiceUnavailable, nil)
	}
}

// event acknowledges an event once it is handled; Slack delivers it again if it
// is not, within the same second and so with the same signature: what keeps it
// from counting twice is its id.
func (t *taken) event(in incoming) {
	handled := make(chan error, 1)
	put := t.work.add(func(ctx context.Context) { handled <- t.bot.Event(ctx, in.eventID, *in.event) })
	if !put {
		t.answer(Busy, http.StatusServiceUnavailable, nil)
		return
	}
	late := time.NewTimer(ackPatience)
	defer late.Stop()
	err := context.DeadlineExceeded
	select {
	case err = <-handled:
	case <-late.C:
	}
	if err != nil {
		t.bot.log.ErrorContext(t.ctx, "event not handled", "event", in.eventID, "err", err)
		t.answer(Failed, http.StatusServiceUnavailable, nil)
		return
	}
	t.answer(Acked, http.StatusOK, nil)
}

// once is after, unless the same signed bytes have come before, here or at
// another replica.
func (t *taken) once(after func(context.Context)) func(context.Context) {
	if after == nil {
		return nil
	}
	return func(ctx context.Context) {
		if !t.repeated(ctx) {
			after(ctx)
		}
	}
}

// repeated says whether these signed bytes have come before. If the store cannot
// tell, they are taken as new: nothing counts without the store, and what is
// stored knows its delivery itself, by trigger, press or event.
func (t *taken) repeated(ctx context.Context) bool {
	first, err := t.bot.cfg.Store.FirstDelivery(ctx, t.key)
	if err != nil {
		t.bot.log.WarnContext(ctx, "slack delivery not noted", "kind", t.kind, "err", err)
		return false
	}
	if !first {
		t.bot.delivered(overHTTP, t.kind, Repeated, t.arrived)
		t.bot.log.WarnContext(ctx, "slack delivery came twice and was left alone the second time", "kind", t.kind)
	}
	return !first
}

const overHTTP = "http"

// answer sends the whole answer at once, so that Slack has it before the slow
// part begins.
func (t *taken) answer(outcome string, status int, body any) {
	defer func() { t.bot.delivered(overHTTP, t.kind, outcome, t.arrived) }()
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			t.bot.log.ErrorContext(t.ctx, "acknowledgement not encoded", "kind", t.kind, "err", err)
			status, raw = http.StatusInternalServerError, nil
		}
	}
	if len(raw) > 0 {
		t.w.Header().Set("Content-Type", contentJSON+"; charset=utf-8")
	}
	t.w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	t.w.WriteHeader(status)
	_, err := t.w.Write(raw)
	if err == nil {
		err = http.NewResponseController(t.w).Flush()
	}
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		t.bot.log.WarnContext(t.ctx, "not acknowledged", "kind", t.kind, "err", err)
	}
}

// refusalPause is between two lines of the log about what anybody can send.
const refusalPause = time.Second

// refuse says nothing but the status. The log says why, in so many lines and no
// more.
func (t *taken) refuse(status int, path string, err error) {
	last := t.refusal.Load()
	if t.arrived.UnixNano()-last >= int64(refusalPause) && t.refusal.CompareAndSwap(last, t.arrived.UnixNano()) {
		t.bot.log.WarnContext(t.ctx, "request refused that should be Slack's", "path", path, "err", err)
	}
	t.answer(Refused, status, nil)
}
