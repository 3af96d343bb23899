package main

import (
	"dbaccess/internal/config"
	"dbaccess/internal/identity"
	"dbaccess/internal/identity/workload"
)

func persons(c config.Config) []identity.PersonConfig {
	list := make([]identity.PersonConfig, len(c.Identity.People))
	for i, p := range c.Identity.People {
		list[i] = identity.PersonConfig{Name: p.Name, Email: p.Email, Slack: p.Slack, Groups: p.Groups, Logins: p.Logins}
	}
	return list
}

func services(c config.Config) []identity.ServiceConfig {
	list := make([]identity.ServiceConfig, len(c.Identity.Services))
	for i, s := range c.Identity.Services {
		list[i] = identity.ServiceConfig{Name: s.Name, Groups: s.Groups}
	}
	return list
}

// believed is whose tokens are believed, and whose they are.
func believed(c config.Config, people *identity.Directory) workload.Config {
	w := workload.Config{Directory: people}
	for _, i := range c.Identity.Issuers {
		issuer := workload.Issuer{
			Name: i.Name, Type: i.Type, URL: i.URL, Audience: i.Audience, Keys: i.Keys, CACert: i.CACert,
			Keep: i.Keep, Actor: i.Actor, SingleUse: i.SingleUse, MaxAge: i.MaxAge,
			People: i.People, ClientID: i.ClientID, Scopes: i.Scopes,
		}
		if i.Bearer != "" {
			issuer.Bearer = i.Bearer.Read
		}
		w.Issuers = append(w.Issuers, issuer)
	}
	for _, s := range c.Identity.Services {
		service := workload.Service{Name: s.Name}
		for _, t := range s.Tokens {
			service.Tokens = append(service.Tokens, workload.Rule{Issuer: t.Issuer, When: t.When})
		}
		w.Services = append(w.Services, service)
	}
	return w
}
