package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/identity"
)

// Requests is what the door needs of [approvals.Service].
type Requests interface {
	Submit(ctx context.Context, who identity.Principal, ask approvals.Ask) (approvals.Request, error)
	Preview(ctx context.Context, who identity.Principal, ask approvals.Ask) (approvals.Request, error)
	MayAsk(who identity.Principal, database, profile string) bool // false: would be denied, whatever it says
	MayRun(who identity.Principal, database string) bool
	Review(ctx context.Context, who identity.Principal, o approvals.Opinion) (approvals.Request, error)
	Withdraw(ctx context.Context, who identity.Principal, id approvals.RequestID, via approvals.Via) (approvals.Request, error)
	Cancel(ctx context.Context, who identity.Principal, id approvals.RequestID) (approvals.Request, error)
	Request(ctx context.Context, id approvals.RequestID) (approvals.Request, error)
	Requests(ctx context.Context, f approvals.Filter) ([]approvals.Request, error)
	Scripts(ctx context.Context, id approvals.RequestID) ([]approvals.Script, error)
	EndStanding(ctx context.Context, who identity.Principal, id approvals.RequestID) (approvals.Request, error)
}

// Grants is what the door needs of [credentials.Service].
type Grants interface {
	IssueCode(ctx context.Context, who identity.Principal, id approvals.GrantID) (credentials.Secret, credentials.Grant, error)
	Redeem(ctx context.Context, code credentials.Secret) (credentials.Credential, credentials.Grant, error)
	End(ctx context.Context, who identity.Principal, id approvals.GrantID, why credentials.Reason) (credentials.Grant, error)
	Grant(ctx context.Context, id approvals.GrantID) (credentials.Grant, error)
	Grants(ctx context.Context, f credentials.GrantFilter) ([]credentials.Grant, error)
}

// People is what the door needs of [identity.Directory].
type People interface {
	BySlack(id string) (identity.Principal, error) // a fault if nobody has that Slack id
	Person(name string) (identity.Principal, error)
	Members(group string) []identity.Principal
}

// Store remembers which Slack message shows what, and which deliveries have been
// seen. It is written outside the rules' transactions: losing a row costs a
// second card or a second message, never a decision.
type Store interface {
	// SlackMessage returns the message that shows ref for a purpose, and what it
	// showed when it was last drawn. All are empty if there is none.
	SlackMessage(ctx context.Context, purpose, ref string) (channel, ts, drawn string, err error)
	// SaveSlackMessage remembers it, in place of an earlier one.
	SaveSlackMessage(ctx context.Context, purpose, ref, channel, ts, drawn string) error
	// SlackMessageRef returns what a message shows, and when it was last drawn.
	// All are zero if the message is unknown.
	SlackMessageRef(ctx context.Context, channel, ts string) (purpose, ref string, drawnAt time.Time, err error)
	// FirstDelivery reports whether this key was never seen before, and
	// remembers it for a day at least.
	FirstDelivery(ctx context.Context, key string) (bool, error)
	// ForgetDelivery makes the key's next delivery the first one again.
	ForgetDelivery(ctx context.Context, key string) error
	// HomeOpened notes that a Slack user has opened their App Home just now.
	HomeOpened(ctx context.Context, slackID string) error
	// OpenHomes returns those of the Slack users who have done so since then.
	OpenHomes(ctx context.Context, slackIDs []string, since time.Time) ([]string, error)
	// OneAtATime runs f while no other replica runs one of the same name.
	OneAtATime(ctx context.Context, name string, f func(context.Context) error) error
}

// Counts counts the rows that a pending statement would touch. Its sentence is for
// whoever asked alone, who must be one that may review it.
type Counts interface {
	Countable(database string) bool // whether rows can be counted there at all
	CountRows(ctx context.Context, who identity.Principal, id approvals.RequestID) (string, error)
}

// Config is what a [Bot] is made of.
type Config struct {
	API      *slack.Client // with the bot token; see NewClient
	APIURL   string        // the Web API's address; empty = Slack's own
	Requests Requests
	Grants   Grants
	Store    Store
	People   People
	Counts   Counts // nil = cards offer no count

	Databases      func() []approvals.Database // what can be asked for, now
	Channels       map[string]string           // approval channels: policy's name -> Slack id
	DefaultChannel string                      // its name; used where the route names none
	PublicURL      string                      // how browsers reach the claim page, without a slash at its end
	ClaimInSlack   bool                        // show credentials in the modal; its risk is named in docs/security.md
	Team           string                      // workspace id; empty = the bot token's own

	// OnDelivery is told of everything that Slack sends; nil = nobody counts.
	OnDelivery func(Delivery)

	HTTP *http.Client     // for response URLs; nil = one with a timeout of 10 s
	Now  func() time.Time // nil = time.Now
	Log  *slog.Logger     // nil = discard
}

// Bot is the Slack door. Its methods may be called from many goroutines.
type Bot struct {
	cfg      Config
	log      *slog.Logger
	now      func() time.Time
	sockets  socketStates
	channels channelFacts

	mu   sync.Mutex // guards self, for the length of one auth.test at the first need
	self self
}

// self is who the bot token makes us.
type self struct{ team, user string }

// New checks cfg and makes a bot. It asks Slack nothing.
func New(cfg Config) (*Bot, error) {
	var missing []string
	for name, absent := range map[string]bool{
		"API": cfg.API == nil, "Requests": cfg.Requests == nil, "Grants": cfg.Grants == nil, "Store": cfg.Store == nil,
		"People": cfg.People == nil, "Databases": cfg.Databases == nil, "PublicURL": cfg.PublicURL == "",
	} {
		if absent {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, errors.New("bot: config lacks " + listed(missing, "and"))
	}
	if cfg.DefaultChannel != "" {
		if _, ok := cfg.Channels[cfg.DefaultChannel]; !ok {
			return nil, fmt.Errorf("bot: default channel %q is not among the channels", cfg.DefaultChannel)
		}
	}
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{
			Timeout:       slackTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.PublicURL = strings.TrimRight(cfg.PublicURL, "/")
	return &Bot{cfg: cfg, log: cfg.Log, now: cfg.Now}, nil
}

// slackTimeout bounds every single call to Slack.
const slackTimeout = 10 * time.Second

// NewClient makes the Slack client a bot should have: with a timeout, and trying
// again only what cannot happen twice by it, because a message posted twice is
// seen twice. Those who call the Bot's jobs retry them instead; see [Trouble].
func NewClient(botToken, apiURL string) *slack.Client {
	return slack.New(botToken, clientOptions(apiURL)...)
}

func clientOptions(apiURL string) []slack.Option {
	options := []slack.Option{slack.OptionHTTPClient(&http.Client{Timeout: slackTimeout, Transport: patient{http.DefaultTransport}})}
	if apiURL != "" {
		options = append(options, slack.OptionAPIURL(strings.TrimRight(apiURL, "/")+"/"))
	}
	return options
}

// whoami asks Slack once who the bot token makes us. Without an answer nobody is
// let in: we would not know our own workspace.
func (b *Bot) whoami(ctx context.Context) (self, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.self.team != "" {
		return b.self, nil
	}
	answer, err := b.cfg.API.AuthTestContext(ctx)
	if err != nil {
		return self{}, trouble("auth.test", err)
	}
	if b.cfg.Team != "" && b.cfg.Team != answer.TeamID {
		return self{}, fmt.Errorf("the bot token is of workspace %s, the config says %s", answer.TeamID, b.cfg.Team)
	}
	b.self = self{team: answer.TeamID, user: answer.UserID}
	return b.self, nil
}

// forgetSelf makes the next look ask Slack anew who we are.
func (b *Bot) forgetSelf() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.self = self{}
}

// newRef makes the reference by which a person and the log name the same trouble.
func newRef() string { return strings.ToLower(rand.Text()[:8]) }
