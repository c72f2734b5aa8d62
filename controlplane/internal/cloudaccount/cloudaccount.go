// Package cloudaccount knows the accounts of customers in Amazon Web Services in which clusters can be made.
//
// The customer makes a role for us there, which asks for an ExternalId that we have made up for this one entry. Before the
// account is used the role is proven to open with it and not otherwise:
//
//	          add                 the role is closed to others        and has the permissions
//	(nothing) ------> DECLARED ---------------------------> CHECKED -------------------------> ACTIVE
//
// A check may lead back. New clusters are made in ACTIVE accounts only; those that exist are worked on as long as the role lets
// us in, so that they can be removed.
package cloudaccount

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/naming"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws"
)

// State is how far an account is.
type State string

// The states.
const (
	Declared State = "DECLARED" // its role is not known to be closed
	Checked  State = "CHECKED"  // its role is closed to others, and lacks something else
	Active   State = "ACTIVE"   // clusters can be made in it
)

// Account is a customer's account, as it is stored.
type Account struct {
	aws.Account
	OrganizationID string
	ID             string
	Name           string // unique in the organization
	State          State
	Findings       []provisioner.Finding // of the last check
	CheckedAt      time.Time             // zero: never
	ProvenAt       time.Time             // when the role was first proven to be closed; zero: never
	CreatedBy      string                // e-mail
	CreatedAt      time.Time
	Clusters       []string // names of the clusters in it
}

// Store keeps accounts. What is absent is a problem of kind NotFound.
type Store interface {
	// CreateCloudAccount stores an account. A name of the organization, or a role of anybody, that is taken is a problem of
	// kind Conflict that names the field.
	CreateCloudAccount(ctx context.Context, a Account, e audit.Entry) error
	// CloudAccounts lists those of an organization, by name.
	CloudAccounts(ctx context.Context, organization string) ([]Account, error)
	CloudAccount(ctx context.Context, organization, id string) (Account, error)
	// CloudAccountOf returns one by the name of its organization.
	CloudAccountOf(ctx context.Context, organizationName, id string) (Account, error)
	// CheckCloudAccount stores the outcome of a check, if the account is still as it was checked.
	CheckCloudAccount(ctx context.Context, a Account, e audit.Entry) error
	// DeleteCloudAccount deletes an account in which nothing is any more; otherwise it is a problem of kind Conflict.
	DeleteCloudAccount(ctx context.Context, organization, id string, e audit.Entry) error
}

// Cloud is where the accounts are.
type Cloud interface {
	// RoleFor names the role that the owner of an account makes for us.
	RoleFor(number, name string) string
	// Setup tells how the role is made.
	Setup(a aws.Account) (provisioner.Instruction, error)
	// CheckAccount looks whether clusters can be made with the role, and only by its owner.
	CheckAccount(ctx context.Context, a aws.Account) ([]provisioner.Finding, error)
}

// Deps is what a Service works with. All fields but Cloud are required.
type Deps struct {
	Store   Store
	Cloud   Cloud    // nil: this control plane makes no clusters in accounts of customers
	Regions []string // where clusters can be made
	Now     func() time.Time
}

// Service is what people do with accounts.
type Service struct{ Deps }

// New returns the service.
func New(d Deps) *Service { return &Service{d} }

// Input asks for an account.
type Input struct {
	Name   string
	Number string
	Region string
	Role   string // ARN; "": the one that we propose
}

var number = regexp.MustCompile(`^[0-9]{12}$`)

// Create declares an account, with an ExternalId of its own. Nothing is used before it was checked.
func (s *Service) Create(ctx context.Context, by audit.Actor, o tenant.Organization, in Input) (Account, error) {
	if s.Cloud == nil {
		return Account{}, none()
	}
	a := Account{
		Account: aws.Account{Number: in.Number, Region: in.Region, Role: in.Role, ExternalID: aws.NewExternalID()},
		// Random, as it is the name of the role too, which nobody shall be able to claim first.
		OrganizationID: o.ID, ID: "acct_" + random(), Name: in.Name, State: Declared, CreatedBy: by.Email, CreatedAt: s.Now(),
	}
	if a.Role == "" {
		a.Role = s.Cloud.RoleFor(a.Number, a.ID)
	}
	var check problem.Check
	check.Field("name", naming.Check(in.Name))
	if !slices.Contains(s.Regions, in.Region) {
		check.Field("region", "must be one of "+strings.Join(s.Regions, ", "))
	}
	if !number.MatchString(in.Number) {
		check.Field("number", "must be the 12 digits of an AWS account")
	} else if err := a.Check(); err != nil {
		check.Field("role", strings.TrimPrefix(err.Error(), "role: "))
	}
	if err := check.Err(); err != nil {
		return Account{}, err
	}
	return a, s.Store.CreateCloudAccount(ctx, a, audit.Entry{
		At: a.CreatedAt, Actor: by, Organization: o.ID, Action: "cloudaccount.create", Target: "cloudaccount/" + a.ID,
		After: map[string]string{"name": a.Name, "number": a.Number, "region": a.Region, "role": a.Role},
	})
}

func random() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

func none() error {
	return problem.New(problem.Conflict, "This control plane makes no clusters in AWS accounts of its customers.")
}

// List returns the accounts of an organization, by name.
func (s *Service) List(ctx context.Context, o tenant.Organization) ([]Account, error) {
	return s.Store.CloudAccounts(ctx, o.ID)
}

// Get returns an account.
func (s *Service) Get(ctx context.Context, o tenant.Organization, id string) (Account, error) {
	return s.Store.CloudAccount(ctx, o.ID, id)
}

// Setup tells how the role of an account is made. It holds the ExternalId.
func (s *Service) Setup(ctx context.Context, o tenant.Organization, id string) (Account, provisioner.Instruction, error) {
	a, err := s.Store.CloudAccount(ctx, o.ID, id)
	if err != nil {
		return a, provisioner.Instruction{}, err
	}
	if s.Cloud == nil {
		return a, provisioner.Instruction{}, none()
	}
	how, err := s.Cloud.Setup(a.Account)
	return a, how, err
}

// Check proves the role of an account and looks what it lacks. It may be repeated; what it finds decides the state.
func (s *Service) Check(ctx context.Context, by audit.Actor, o tenant.Organization, id string) (Account, error) {
	a, err := s.Store.CloudAccount(ctx, o.ID, id)
	if err != nil {
		return a, err
	}
	if s.Cloud == nil {
		return a, none()
	}
	findings, err := s.Cloud.CheckAccount(ctx, a.Account)
	if err != nil {
		return a, problem.New(problem.Unavailable, "AWS could not be asked just now: %s. Try again.", err)
	}
	before := a.State
	a.Findings, a.CheckedAt, a.State = findings, s.Now(), stateBy(findings)
	if a.State != Declared && a.ProvenAt.IsZero() {
		a.ProvenAt = a.CheckedAt
	}
	return a, s.Store.CheckCloudAccount(ctx, a, audit.Entry{
		At: a.CheckedAt, Actor: by, Organization: o.ID, Action: "cloudaccount.check", Target: "cloudaccount/" + a.ID,
		Before: map[string]State{"state": before}, After: map[string]State{"state": a.State},
	})
}

// stateBy is what a check proves.
func stateBy(findings []provisioner.Finding) State {
	closed, bad := false, len(findings) == 0
	for _, f := range findings {
		if f.Level == provisioner.LevelProblem {
			bad = true
		}
		if f.Check == aws.CheckDoor {
			closed = f.Level == provisioner.LevelOK
		}
	}
	switch {
	case !closed:
		return Declared
	case bad:
		return Checked
	}
	return Active
}

// Delete forgets an account. The role stays, and is its owner's to remove. An ExternalId never comes back.
func (s *Service) Delete(ctx context.Context, by audit.Actor, o tenant.Organization, id string) error {
	a, err := s.Store.CloudAccount(ctx, o.ID, id)
	if problem.KindOf(err) == problem.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Store.DeleteCloudAccount(ctx, o.ID, id, audit.Entry{
		At: s.Now(), Actor: by, Organization: o.ID, Action: "cloudaccount.delete", Target: "cloudaccount/" + a.ID,
		Before: map[string]string{"name": a.Name, "number": a.Number, "role": a.Role},
	})
}

// Roles are the accounts as the cloud sees them. It is an [aws.Accounts].
type Roles struct{ Store Store }

// CloudAccount returns an account whose role was proven to be closed.
func (r Roles) CloudAccount(ctx context.Context, organization, id string) (aws.Account, error) {
	a, err := r.Store.CloudAccountOf(ctx, organization, id)
	switch {
	case problem.KindOf(err) == problem.NotFound:
		return aws.Account{}, provisioner.Permanent(fmt.Errorf("account: %s is none of the organization's", id))
	case err != nil:
		return aws.Account{}, err
	case a.ProvenAt.IsZero():
		return aws.Account{}, provisioner.Permanent(errors.New("account: its role was not proven to be closed to others; check it first"))
	}
	return a.Account, nil
}
