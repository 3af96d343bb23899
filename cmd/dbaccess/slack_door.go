package main

import (
	"context"
	"fmt"
	"net/http"

	"dbaccess/bot"
	"dbaccess/internal/api"
	"dbaccess/internal/fault"
)

// This file decides how Slack reaches the server: over sockets that the server
// opens, or by requests to its own listener.

// openSlackDoor opens the door for Slack's requests, if the config says so.
func (s *server) openSlackDoor() error {
	if !s.config.Slack.OverHTTP() {
		return nil
	}
	secrets, err := signingSecrets(s.settings)
	if err != nil {
		return err
	}
	s.slackDoor, err = s.bot.HTTPHandler(bot.HTTPOptions{SigningSecrets: secrets})
	if err != nil {
		return fault.New(fault.Invalid, fmt.Sprintf("slack.signing_secrets: %v.", err), "It is on the app's page \"Basic Information\".")
	}
	return nil
}

func signingSecrets(s settings) (list []string, err error) {
	for i, ref := range s.config.Slack.SigningSecrets {
		secret, err := ref.Read()
		if err != nil {
			return nil, fault.New(fault.Invalid, fmt.Sprintf("slack.signing_secrets[%d]: %v.", i, err), "")
		}
		list = append(list, secret)
	}
	return list, nil
}

// handler is everything that the listener answers. The doors know nothing of one
// another: what begins with /slack/ is Slack's, all else is for people.
func (s *server) handler() http.Handler {
	if s.slackDoor == nil {
		return s.api.Handler()
	}
	mux := http.NewServeMux()
	mux.Handle("/slack/", s.slackDoor)
	mux.Handle("/", s.api.Handler())
	return mux
}

// listenHTTP answers on the listener until ctx is done, and finishes what Slack
// has been told is under way.
func (s *server) listenHTTP(ctx context.Context) error {
	err := api.ServeOn(ctx, s.listener, s.handler())
	if s.slackDoor != nil {
		s.slackDoor.Drain()
	}
	return err
}

// slack keeps the sockets open. An invalid token ends them for good: the server
// goes on without, since claims and ends do not need Slack, and /readyz says so.
func (s *server) slack(ctx context.Context) error {
	if s.slackDoor != nil {
		return nil
	}
	token, err := s.config.Slack.AppToken.Read()
	if err != nil {
		return err
	}
	err = s.bot.RunSocketMode(ctx, token, s.config.Slack.Sockets)
	if err != nil && ctx.Err() == nil {
		s.log.Error("slack is lost; grants are still ended on time", "err", err)
		<-ctx.Done()
	}
	return nil
}

// slackCheck says whether what people do in Slack reaches the server.
func (s *server) slackCheck(ctx context.Context) api.Check {
	if s.slackDoor != nil {
		return check(s.log, "slack", "It does not say who the bot is, so that nothing it sends is taken. Claims and ends go on.", s.slackDoor.Ready(ctx))
	}
	return check(s.log, "slack", "No socket to Slack is open. Claims and ends go on.", s.bot.Ready())
}
