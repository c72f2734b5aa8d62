package apikey

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/naming"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

const maxDescription = 200

// AccountInput is what people say of a service account.
type AccountInput struct {
	Name        string
	Description string
	Role        authz.Role // empty: none
}

func (in AccountInput) check() error {
	var check problem.Check
	check.Field("name", naming.Check(in.Name))
	if in.Description != "" {
		check.Field("description", checkText(in.Description, maxDescription))
	}
	switch {
	case in.Role == authz.Owner:
		check.Field("role", "must be another one: owners are people")
	case in.Role != "" && !in.Role.ForMembers() && !in.Role.Custom():
		check.Field("role", "must be admin, member, auditor or billing, or a role of the organization")
	}
	return check.Err()
}

// giving refuses a role that gives more than the rights.
func (s *Service) giving(ctx context.Context, rights authz.Rights, organization string, r authz.Role) error {
	if r == "" {
		return nil
	}
	g := authz.Grant{Role: r, Scope: authz.Scope{Organization: organization}}
	if r.Custom() {
		var err error
		g.Permissions, err = s.RolePermissions(ctx, organization, r)
		if problem.KindOf(err) == problem.NotFound {
			return problem.Wrong("role", "is no role of the organization")
		}
		if err != nil {
			return err
		}
	}
	if !rights.Cover(g) {
		return problem.New(problem.Denied, "The role %s gives rights that you do not have; ask somebody who has.", r)
	}
	return nil
}

// NewAccount makes a service account. It is not repeatable: the second call finds the name taken. Nobody gives it more than they
// have.
func (s *Service) NewAccount(ctx context.Context, by audit.Actor, rights authz.Rights, o tenant.Organization, in AccountInput) (ServiceAccount, error) {
	if err := in.check(); err != nil {
		return ServiceAccount{}, err
	}
	if err := s.giving(ctx, rights, o.ID, in.Role); err != nil {
		return ServiceAccount{}, err
	}
	a := ServiceAccount{
		OrganizationID: o.ID, ID: id.New("sva"), Name: in.Name, Description: in.Description, Role: in.Role, CreatedBy: by.Email, CreatedAt: s.now(),
	}
	return s.CreateServiceAccount(ctx, a, audit.Entry{
		At: s.now(), Actor: by, Organization: o.ID, Action: "serviceaccount.create", Target: "service-account/" + a.Name, After: accountState(a),
	})
}

// ChangeAccount changes what is said of a service account. Nobody gives or takes more than they have.
func (s *Service) ChangeAccount(ctx context.Context, by audit.Actor, rights authz.Rights, o tenant.Organization, id string, in AccountInput) (ServiceAccount, error) {
	if err := in.check(); err != nil {
		return ServiceAccount{}, err
	}
	before, err := s.ServiceAccount(ctx, o.ID, id)
	if err != nil {
		return ServiceAccount{}, err
	}
	after := before
	after.Name, after.Description, after.Role = in.Name, in.Description, in.Role
	if after == before {
		return before, nil
	}
	if err := s.giving(ctx, rights, o.ID, in.Role); err != nil {
		return ServiceAccount{}, err
	}
	return s.UpdateServiceAccount(ctx, after, tenant.Covered(rights), audit.Entry{
		At: s.now(), Actor: by, Organization: o.ID, Action: "serviceaccount.update", Target: "service-account/" + before.Name,
		Before: accountState(before), After: accountState(after),
	})
}

// RemoveAccount deletes a service account, its keys and what it was granted; one that is absent is no error.
func (s *Service) RemoveAccount(ctx context.Context, by audit.Actor, rights authz.Rights, o tenant.Organization, id string) error {
	a, err := s.ServiceAccount(ctx, o.ID, id)
	if problem.KindOf(err) == problem.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return s.DeleteServiceAccount(ctx, o.ID, id, tenant.Covered(rights), audit.Entry{
		At: s.now(), Actor: by, Organization: o.ID, Action: "serviceaccount.delete", Target: "service-account/" + a.Name, Before: accountState(a),
	})
}

func accountState(a ServiceAccount) map[string]string {
	return map[string]string{"name": a.Name, "description": a.Description, "role": string(a.Role)}
}
