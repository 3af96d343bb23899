package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

const (
	socketWorkers = 32               // slow parts running at once
	socketQueue   = 512              // slow parts waiting
	slowPart      = 30 * time.Second // the longest a slow part may take
	socketSilence = time.Minute      // Slack pings every few seconds; after this a socket counts as dead
	tokenRetry    = 30 * time.Second // between tries with a token that Slack refuses
)

// RunSocketMode receives from Slack over that many sockets until ctx is done,
// then finishes what it has begun and returns nil. Slack closes sockets when it
// likes, and what it sends to a closing one is lost: so there are at least two.
// What is wrong with them meanwhile, Ready says.
func (b *Bot) RunSocketMode(ctx context.Context, appToken string, sockets int) error {
	if sockets < 2 {
		return errors.New("bot: at least two sockets are needed")
	}
	options := append(clientOptions(b.cfg.APIURL), slack.OptionAppLevelToken(appToken))
	api := slack.New("", options...)
	work := newPool(ctx, b)
	states := b.sockets.add(sockets)
	var running sync.WaitGroup
	for _, state := range states {
		running.Go(func() { b.runSocket(ctx, api, state, work) })
	}
	running.Wait()
	work.drain()
	b.sockets.remove(states)
	return nil
}

// runSocket keeps one socket open. slack-go connects again by itself, except
// where the token is refused; then we do, more slowly: somebody may mend it.
func (b *Bot) runSocket(ctx context.Context, api *slack.Client, state *socketState, work *pool) {
	for ctx.Err() == nil {
		smc := socketmode.New(api, socketmode.OptionDialer(state.dialer(b.now)), socketmode.OptionReadLimit(1<<20),
			socketmode.OptionLog(log.New(io.Discard, "", 0)))
		ended := make(chan error, 1)
		go func() { ended <- smc.RunContext(ctx) }()
		err := b.pump(ctx, smc, state, work, ended)
		if ctx.Err() != nil {
			return
		}
		state.down(err)
		b.log.ErrorContext(ctx, "slack refuses the app token; asking again in half a minute", "socket", state.number, "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(tokenRetry):
		}
	}
}

// pump takes what comes in off the socket: it acknowledges at once, and leaves
// the slow part to the pool. It must never wait for long, or the socket stalls.
func (b *Bot) pump(ctx context.Context, smc *socketmode.Client, state *socketState, work *pool, ended <-chan error) error {
	for {
		select {
		case err := <-ended:
			return err
		case ev := <-smc.Events:
			b.received(ctx, smc, state, work, ev)
		}
	}
}

func (b *Bot) received(ctx context.Context, smc *socketmode.Client, state *socketState, work *pool, ev socketmode.Event) {
	switch ev.Type {
	case socketmode.EventTypeConnected:
		state.up()
		b.log.InfoContext(ctx, "slack socket open", "socket", state.number)
	case socketmode.EventTypeConnecting:
		state.down(nil)
	case socketmode.EventTypeConnectionError:
		if e, ok := ev.Data.(*slack.ConnectionErrorEvent); ok && state.down(e.ErrorObj) {
			b.log.WarnContext(ctx, "slack socket lost; opening it again", "socket", state.number, "err", e.ErrorObj)
		}
	default:
		b.receivedDelivery(ctx, &envelope{bot: b, smc: smc, ev: ev, arrived: b.now()}, work)
	}
}

// envelope is one delivery over a socket, to be acknowledged there.
type envelope struct {
	bot     *Bot
	smc     *socketmode.Client
	ev      socketmode.Event
	arrived time.Time
}

func (b *Bot) receivedDelivery(ctx context.Context, e *envelope, work *pool) {
	switch data := e.ev.Data.(type) {
	case slack.SlashCommand:
		ack, after := b.Slash(ctx, data)
		acked, taken := work.addAcked(after)
		outcome := Acked
		if !taken {
			ack, outcome = tooBusy().ack(), Busy
		}
		e.ack(ctx, KindCommand, outcome, ack)
		acked()
	case slack.InteractionCallback:
		b.receivedInteraction(ctx, e, work, data)
	case slackevents.EventsAPIEvent:
		if !work.add(func(ctx context.Context) { b.receivedEvent(ctx, e, data) }) { // Slack delivers again
			b.delivered(overSocket, KindEvent, Busy, e.arrived)
		}
	}
}

const overSocket = "socket"

// receivedInteraction acknowledges a press at once, and a sent modal when it is
// known what came of it. What there is no room for is not acknowledged, and Slack
// says so to whoever acted.
func (b *Bot) receivedInteraction(ctx context.Context, e *envelope, work *pool, cb slack.InteractionCallback) {
	taken := true
	if answersInPlace(cb) {
		taken = work.add(func(ctx context.Context) {
			ack, after := b.Interaction(ctx, cb)
			e.ack(ctx, KindInteraction, Acked, ack)
			if after != nil {
				after(ctx)
			}
		})
	} else {
		ack, after := b.Interaction(ctx, cb)
		var acked func()
		if acked, taken = work.addAcked(after); taken {
			e.ack(ctx, KindInteraction, Acked, ack)
			acked()
		}
	}
	if !taken {
		b.delivered(overSocket, KindInteraction, Busy, e.arrived)
	}
}

// receivedEvent acknowledges an event once it is handled; Slack delivers it
// again if it is not.
func (b *Bot) receivedEvent(ctx context.Context, e *envelope, event slackevents.EventsAPIEvent) {
	id := ""
	if outer, ok := event.Data.(*slackevents.EventsAPICallbackEvent); ok {
		id = outer.EventID
	}
	if err := b.Event(ctx, id, event); err != nil {
		b.log.ErrorContext(ctx, "event not handled", "event", id, "err", err)
		b.delivered(overSocket, KindEvent, Failed, e.arrived)
		return
	}
	e.ack(ctx, KindEvent, Acked, nil)
}

func (e *envelope) ack(ctx context.Context, kind, outcome string, payload any) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := e.smc.AckCtx(ctx, e.ev.Request.EnvelopeID, payload); err != nil {
		e.bot.log.WarnContext(ctx, "not acknowledged", "kind", kind, "err", err)
		outcome = Failed
	}
	e.bot.delivered(overSocket, kind, outcome, e.arrived)
}

// Ready returns nil while at least one socket is up and not silent.
func (b *Bot) Ready() error { return b.sockets.ready(b.now()) }

// socketStates is the state of all sockets of the process.
type socketStates struct {
	mu   sync.Mutex // guards the rest; held for moments
	list []*socketState
	last int // number of the newest
}

func (s *socketStates) add(n int) []*socketState {
	s.mu.Lock()
	defer s.mu.Unlock()
	var added []*socketState
	for range n {
		s.last++
		added = append(added, &socketState{number: s.last})
	}
	s.list = append(s.list, added...)
	return added
}

func (s *socketStates) remove(gone []*socketState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var left []*socketState
	for _, state := range s.list {
		keep := true
		for _, g := range gone {
			keep = keep && state != g
		}
		if keep {
			left = append(left, state)
		}
	}
	s.list = left
}

func (s *socketStates) ready(now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := errors.New("slack: no socket is open")
	for _, state := range s.list {
		bad := state.trouble(now)
		if bad == nil {
			return nil
		}
		err = bad
	}
	return err
}

// socketState is how one socket is.
type socketState struct {
	number int // names it in the log

	heard atomic.Int64 // unix nanoseconds of the last bytes from Slack, pings included

	mu   sync.Mutex // guards the rest; held for moments
	open bool
	err  error // why it is down, if known
}

func (s *socketState) up() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open, s.err = true, nil
}

// down keeps the reason of before where there is no new one, and reports whether
// there is: every try to open it again fails in the same way.
func (s *socketState) down(err error) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = false
	if err == nil {
		return false
	}
	news = s.err == nil || s.err.Error() != err.Error()
	s.err = err
	return news
}

func (s *socketState) trouble(now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	silent := now.Sub(time.Unix(0, s.heard.Load()))
	switch {
	case s.open && silent <= socketSilence:
		return nil
	case s.open:
		return fmt.Errorf("slack: nothing heard on the socket for %s", silent.Round(time.Second))
	case s.err != nil:
		return fmt.Errorf("slack: socket down: %w", s.err)
	}
	return errors.New("slack: socket connecting")
}

// dialer is slack-go's own, but for noting when something was last heard.
func (s *socketState) dialer(now func() time.Time) *websocket.Dialer {
	var d net.Dialer
	return &websocket.Dialer{
		Proxy:            http.ProxyFromEnvironment,
		HandshakeTimeout: slackTimeout,
		WriteBufferSize:  32 * 1024, // an acknowledgement must be one frame; Slack drops split ones
		NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := d.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &heardConn{Conn: conn, state: s, now: now}, nil
		},
	}
}

type heardConn struct {
	net.Conn
	state *socketState
	now   func() time.Time
}

func (c *heardConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.state.heard.Store(c.now().UnixNano())
	}
	return n, err
}
