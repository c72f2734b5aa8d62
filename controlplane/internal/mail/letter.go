// Package mail writes e-mails to people and sends them.
//
// A [Letter] is stored in the transaction of the change that it tells of, and sent by a [Sender] afterwards: again and again
// while the mail server is away, by one process at a time. What it says is sealed when it holds a secret. Whoever finds an
// e-mail twice, because the control plane was killed in between, can tell by its Message-ID.
package mail

import (
	"fmt"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/id"
)

// Letter is an e-mail to one person.
type Letter struct {
	ID             string
	OrganizationID string
	InvitationID   string // that it is about; empty: none
	To             string // e-mail; empty while it is to all who own the organization
	Subject        string
	Body           string // plain text, or what Sealer makes of it
	Sealed         bool
	CreatedAt      time.Time
	Attempts       int // so far, the present one included
}

// Sealer encrypts what a letter says. The result opens for the same owner only.
type Sealer interface {
	Seal(plain []byte, owner string) string
	Open(sealed, owner string) ([]byte, error)
}

func owner(letter string) string { return "letters/" + letter }

// Post writes the letters that hold secrets. nil writes none: there is no mail server.
type Post struct{ Sealer Sealer }

// Invited is what an invitation says.
type Invited struct {
	OrganizationID, Organization string
	InvitationID                 string
	Email, By, Link              string
	At, ExpiresAt                time.Time
}

// Invitation writes to somebody who is invited, nil when there is no mail server.
func (p *Post) Invitation(i Invited) *Letter {
	if p == nil {
		return nil
	}
	letter := &Letter{
		ID: id.New("let"), OrganizationID: i.OrganizationID, InvitationID: i.InvitationID, To: i.Email,
		Subject: fmt.Sprintf("%s invites you to %s on Podium", i.By, i.Organization), Sealed: true, CreatedAt: i.At,
	}
	letter.Body = p.Sealer.Seal(fmt.Appendf(nil, `%s invites you to the organization %s on Podium.

Open this link to accept. It works once, until %s, and for %s alone:

%s

If you do not expect this, do nothing: without the link nothing happens.
`, i.By, i.Organization, moment(i.ExpiresAt), i.Email, i.Link), owner(letter.ID))
	return letter
}

// Notice is what owners are told of a change that could open or close doors.
type Notice struct{ Subject, Text string }

const unexpected = "\nIf you did not expect this, look at the audit log of the organization, and talk to them.\n"

// ProviderMoved tells that an identity provider has another issuer or client.
func ProviderMoved(organization, provider, by string, at time.Time) Notice {
	return Notice{
		Subject: fmt.Sprintf("%s: the identity provider %s leads elsewhere", organization, line(provider)),
		Text: fmt.Sprintf(`%s has given the identity provider %s of the organization %s another issuer or client, on %s.

It is a draft again until it was tested and activated anew, and the sessions that came through it have ended.
`, line(by), line(provider), organization, moment(at)) + unexpected,
	}
}

// NewOwner tells that somebody owns the organization now.
func NewOwner(organization, email, by string, at time.Time) Notice {
	return Notice{
		Subject: fmt.Sprintf("%s has a new owner: %s", organization, line(email)),
		Text: fmt.Sprintf(`%s is an owner of the organization %s since %s. It was done by %s.

Owners may do everything: delete the organization, and say how people sign in.
`, line(email), organization, moment(at), line(by)) + unexpected,
	}
}

// FactorOff tells that an account has no second factor any more.
func FactorOff(organization, email, by string, at time.Time) Notice {
	return Notice{
		Subject: fmt.Sprintf("%s: the second factor of %s is off", organization, line(email)),
		Text: fmt.Sprintf(`The second factor of %s, a member of the organization %s, was switched off on %s by %s.

Their password alone lets them in now, unless the organization requires a second factor.
`, line(email), organization, moment(at), line(by)) + unexpected,
	}
}

func moment(at time.Time) string { return at.UTC().Format("2 January 2006, 15:04 (UTC)") }

// line keeps what people have typed to one line.
func line(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}
