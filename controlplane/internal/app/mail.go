package app

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/mail"
)

// post returns what writes e-mails and makes what sends them, nil when there is no mail server.
func (a *App) post(sealer *identity.Sealer) *mail.Post {
	c := a.config.SMTP
	if c.Host == "" {
		return nil
	}
	a.sender = &mail.Sender{
		Store: a.store, Sealer: sealer, Now: now, Logger: a.log.With("part", "mail"),
		Carrier: mail.SMTP{
			Host: c.Host, Port: c.Port, Implicit: c.Implicit, Plain: c.Loopback(), User: c.User, Password: c.Password, From: c.From,
		},
	}
	return &mail.Post{Sealer: sealer}
}

// sendMail sends e-mails until ctx ends.
func (a *App) sendMail(ctx context.Context) error {
	if a.sender == nil {
		return nil
	}
	return a.sender.Run(ctx)
}
