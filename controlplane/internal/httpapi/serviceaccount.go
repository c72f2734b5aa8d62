package httpapi

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/apikey"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

func serviceAccountJSON(a apikey.ServiceAccount) api.ServiceAccount {
	return api.ServiceAccount{
		Id: a.ID, Name: a.Name, Description: a.Description, Role: maybe(string(a.Role)), RoleName: maybe(a.RoleName),
		CreatedAt: a.CreatedAt, CreatedBy: a.CreatedBy,
	}
}

func serviceAccountInput(in *api.ServiceAccountInput) apikey.AccountInput {
	return apikey.AccountInput{Name: in.Name, Description: value(in.Description), Role: authz.Role(value(in.Role))}
}

// ListServiceAccounts implements the operation listServiceAccounts.
func (s *server) ListServiceAccounts(ctx context.Context, _ api.ListServiceAccountsRequestObject) (api.ListServiceAccountsResponseObject, error) {
	list, err := s.APIKeys.ServiceAccounts(ctx, callerOf(ctx).organization.ID)
	return api.ListServiceAccounts200JSONResponse(each(list, serviceAccountJSON)), err
}

// CreateServiceAccount implements the operation createServiceAccount.
func (s *server) CreateServiceAccount(ctx context.Context, r api.CreateServiceAccountRequestObject) (api.CreateServiceAccountResponseObject, error) {
	who := callerOf(ctx)
	a, err := s.APIKeys.NewAccount(ctx, who.actor, who.rights, who.organization, serviceAccountInput(r.Body))
	return api.CreateServiceAccount201JSONResponse(serviceAccountJSON(a)), err
}

// UpdateServiceAccount implements the operation updateServiceAccount.
func (s *server) UpdateServiceAccount(ctx context.Context, r api.UpdateServiceAccountRequestObject) (api.UpdateServiceAccountResponseObject, error) {
	who := callerOf(ctx)
	a, err := s.APIKeys.ChangeAccount(ctx, who.actor, who.rights, who.organization, r.Account, serviceAccountInput(r.Body))
	return api.UpdateServiceAccount200JSONResponse(serviceAccountJSON(a)), err
}

// DeleteServiceAccount implements the operation deleteServiceAccount.
func (s *server) DeleteServiceAccount(ctx context.Context, r api.DeleteServiceAccountRequestObject) (api.DeleteServiceAccountResponseObject, error) {
	who := callerOf(ctx)
	return api.DeleteServiceAccount204Response{}, s.APIKeys.RemoveAccount(ctx, who.actor, who.rights, who.organization, r.Account)
}

// CreateServiceAccountKey implements the operation createServiceAccountKey.
func (s *server) CreateServiceAccountKey(ctx context.Context, r api.CreateServiceAccountKeyRequestObject) (api.CreateServiceAccountKeyResponseObject, error) {
	who := callerOf(ctx)
	a, err := s.APIKeys.ServiceAccount(ctx, who.organization.ID, r.Account)
	if err != nil {
		return nil, err
	}
	owner := authz.Principal{Kind: authz.ServiceAccount, ID: a.ID}
	k, secret, err := s.newKey(ctx, who, tenant.Covered(who.rights), who.organization, owner, r.Body)
	return api.CreateServiceAccountKey201JSONResponse(apiKeyWithSecret(k, secret)), err
}
