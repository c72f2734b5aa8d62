package tenant

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/mail"
	"github.com/podium-cloud/podium/controlplane/internal/naming"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// InvitationLife is how long an invitation may be accepted.
const InvitationLife = 7 * 24 * time.Hour

// Invitation lets somebody who is not a member yet become one, once.
type Invitation struct {
	ID             string
	OrganizationID string
	Organization   string // its name
	Email          string // whom it is for; nobody else can accept it
	Role           authz.Role
	CreatedBy      string // e-mail
	CreatedAt      time.Time
	ExpiresAt      time.Time
	Mail           mail.State // of the e-mail that brings it; empty: there was no mail server
	MailProblem    string     // why it was not sent (yet)
}

// NoInvitation answers for invitations that are absent, used, taken back or too old alike.
func NoInvitation() error {
	return problem.New(problem.NotFound, "The invitation is not valid any more; ask for a new one.")
}

// HashInvitation returns the hex SHA-256 by which the token of an invitation is stored.
func HashInvitation(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Guest is who is invited, and as what.
type Guest struct {
	Email string
	Role  authz.Role
}

// Letter writes the letter that brings an invitation, nil when there is no mail server.
type Letter func(i Invitation, token string) *mail.Letter

// Invite makes an invitation and its token, which is shown only now. write makes the letter that brings it, nil: there is none. It is not repeatable: the second call takes the place of
// the first, whose token works no more.
func (s *Service) Invite(ctx context.Context, by audit.Actor, rights authz.Rights, o Organization, in Guest, write Letter) (Invitation, string, error) {
	r := in.Role
	var check problem.Check
	email, wrong := naming.Email(in.Email)
	check.Field("email", wrong)
	check.Field("role", checkRole(r))
	if err := check.Err(); err != nil {
		return Invitation{}, "", err
	}
	if err := s.giving(ctx, rights, o, r); err != nil {
		return Invitation{}, "", err
	}
	members, err := s.store.Members(ctx, o.ID)
	if err != nil {
		return Invitation{}, "", err
	}
	for _, m := range members {
		if m.Email == email {
			return Invitation{}, "", problem.Taken("email", "is a member already")
		}
	}
	now := s.now()
	token := strings.ToLower(rand.Text() + rand.Text()) // 260 bits
	i := Invitation{
		ID: id.New("inv"), OrganizationID: o.ID, Organization: o.Name, Email: email, Role: r, CreatedBy: by.Email, CreatedAt: now,
		ExpiresAt: now.Add(InvitationLife),
	}
	letter := write(i, token)
	if letter != nil {
		i.Mail = mail.Queued
	}
	return i, token, s.store.CreateInvitation(ctx, i, HashInvitation(token), letter, audit.Entry{
		At: now, Actor: by, Organization: o.ID, Action: "invitation.create", Target: "member/" + email, After: map[string]string{"role": string(r)},
	})
}

// Invitations returns the invitations that can be accepted, by e-mail.
func (s *Service) Invitations(ctx context.Context, o Organization) ([]Invitation, error) {
	return s.store.Invitations(ctx, o.ID, s.now())
}

// Invitation returns the one that a token is of.
func (s *Service) Invitation(ctx context.Context, token string) (Invitation, error) {
	return s.store.InvitationByHash(ctx, HashInvitation(token), s.now())
}

// Withdraw takes an invitation back; repeating it changes nothing.
func (s *Service) Withdraw(ctx context.Context, by audit.Actor, o Organization, id string) error {
	return s.store.DeleteInvitation(ctx, o.ID, id, audit.Entry{
		At: s.now(), Actor: by, Organization: o.ID, Action: "invitation.delete", Target: "invitation/" + id,
	})
}

// Accept makes the actor a member of the organization that the token invites them to, if it invites them. A role that they
// have there already is not lowered.
func (s *Service) Accept(ctx context.Context, by audit.Actor, token string) (Invitation, error) {
	i, err := s.Invitation(ctx, token)
	if err != nil {
		return Invitation{}, err
	}
	if i.Email != by.Email {
		return Invitation{}, problem.New(problem.Denied, "The invitation is for %s, and you are signed in as %s.", i.Email, by.Email)
	}
	if err := s.openFor(ctx, i); err != nil {
		return Invitation{}, err
	}
	return i, s.store.AcceptInvitation(ctx, i, by.AccountID, AcceptEntry(by, i, s.now()))
}

// openFor refuses an invitation into an organization that is closed.
func (s *Service) openFor(ctx context.Context, i Invitation) error {
	o, err := s.store.Organization(ctx, i.Organization)
	if err != nil {
		return err
	}
	return o.Open()
}

// Joinable returns the invitation that a token is of, which somebody without an account is about to accept.
func (s *Service) Joinable(ctx context.Context, token string) (Invitation, error) {
	i, err := s.Invitation(ctx, token)
	if err != nil {
		return i, err
	}
	return i, s.openFor(ctx, i)
}

// AcceptEntry tells of an invitation that was accepted.
func AcceptEntry(by audit.Actor, i Invitation, now time.Time) audit.Entry {
	return audit.Entry{
		At: now, Actor: by, Organization: i.OrganizationID, Action: "invitation.accept", Target: "member/" + i.Email,
		After: map[string]string{"role": string(i.Role)},
	}
}

// Purge deletes invitations that have expired.
func (s *Service) Purge(ctx context.Context) error { return s.store.PurgeInvitations(ctx, s.now()) }
