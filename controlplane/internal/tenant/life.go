package tenant

import (
	"context"
	"fmt"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/naming"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// State is how an organization's life goes.
type State string

// The states. In all but Active nothing of an organization is changed.
const (
	Active    State = "ACTIVE"
	Suspended State = "SUSPENDED" // by the operator, who also lifts it
	Leaving   State = "LEAVING"   // about to be deleted; owners may still keep it
	Deleting  State = "DELETING"  // by an operation
)

// Life is what closes an organization. The zero value: nothing does.
type Life struct {
	SuspendedAt time.Time
	Suspension  string // why, in the operator's words

	DeletionAskedAt   time.Time
	DeletionAskedBy   string    // e-mail
	DeleteAt          time.Time // end of the grace
	DeletionOperation string    // its id; empty: there is grace left
}

// State returns how the life goes. A suspension is told first.
func (l Life) State() State {
	switch {
	case !l.SuspendedAt.IsZero():
		return Suspended
	case l.DeletionOperation != "":
		return Deleting
	case !l.DeletionAskedAt.IsZero():
		return Leaving
	}
	return Active
}

// Closed says why nothing of an organization of that name is changed, "": it is open.
func (l Life) Closed(name string) string {
	switch l.State() {
	case Suspended:
		return fmt.Sprintf("The organization %s is suspended by the operator of this installation: %s. You can read and export, and change "+
			"nothing.", name, l.Suspension)
	case Leaving:
		return fmt.Sprintf("The organization %s will be deleted on %s (UTC), as %s has asked. Until then nothing of it changes; an owner can "+
			"keep it.", name, l.DeleteAt.UTC().Format("2 January 2006, 15:04"), l.DeletionAskedBy)
	case Deleting:
		return fmt.Sprintf("The organization %s is being deleted.", name)
	case Active:
	}
	return ""
}

// Open refuses what changes a closed organization, with a problem of kind Closed.
func (o Organization) Open() error {
	if why := o.Closed(o.Name); why != "" {
		return problem.New(problem.Closed, "%s", why)
	}
	return nil
}

// LifeStore keeps what closes organizations.
type LifeStore interface {
	// Organization returns one by name, whoever asks, without a role.
	Organization(ctx context.Context, name string) (Organization, error)
	// AllOrganizations lists all of them by name, without roles.
	AllOrganizations(ctx context.Context) ([]Organization, error)
	// Suspend stores since when an organization is suspended and why, or with the zero time that it is not, and has its data
	// planes told.
	Suspend(ctx context.Context, organization string, at time.Time, why string, e audit.Entry) error
	// Rename gives an organization another name; one that is taken is a problem of kind Conflict.
	Rename(ctx context.Context, organization, name string, e audit.Entry) error
}

const maxReason = 500 // characters of why an organization is suspended

// Suspend closes an organization, found by name, for a reason that everybody in it is told; repeating it changes the reason.
func (s *Service) Suspend(ctx context.Context, by audit.Actor, name, why string) error {
	var check problem.Check
	if n := len([]rune(why)); n == 0 || n > maxReason {
		check.Field("reason", fmt.Sprintf("must have 1 to %d characters", maxReason))
	}
	if err := check.Err(); err != nil {
		return err
	}
	o, err := s.store.Organization(ctx, name)
	if err != nil {
		return err
	}
	at := o.SuspendedAt
	if at.IsZero() {
		at = s.now()
	}
	return s.store.Suspend(ctx, o.ID, at, why, audit.Entry{
		At: s.now(), Actor: by, Organization: o.ID, Action: "organization.suspend", Target: "organization/" + o.Name,
		After: map[string]string{"reason": why},
	})
}

// Resume opens an organization that is suspended; for another one it changes nothing.
func (s *Service) Resume(ctx context.Context, by audit.Actor, name string) error {
	o, err := s.store.Organization(ctx, name)
	if err != nil || o.SuspendedAt.IsZero() {
		return err
	}
	return s.store.Suspend(ctx, o.ID, time.Time{}, "", audit.Entry{
		At: s.now(), Actor: by, Organization: o.ID, Action: "organization.resume", Target: "organization/" + o.Name,
		Before: map[string]string{"reason": o.Suspension},
	})
}

// Rename gives an organization another name; repeating it changes nothing.
func (s *Service) Rename(ctx context.Context, by audit.Actor, o Organization, name string) (Organization, error) {
	var check problem.Check
	check.Field("name", naming.Check(name))
	if err := check.Err(); err != nil || name == o.Name {
		return o, err
	}
	err := s.store.Rename(ctx, o.ID, name, audit.Entry{
		At: s.now(), Actor: by, Organization: o.ID, Action: "organization.update", Target: "organization/" + o.Name,
		Before: map[string]string{"name": o.Name}, After: map[string]string{"name": name},
	})
	o.Name = name
	return o, err
}

// All lists all organizations of the installation by name, for its operator.
func (s *Service) All(ctx context.Context) ([]Organization, error) {
	return s.store.AllOrganizations(ctx)
}
