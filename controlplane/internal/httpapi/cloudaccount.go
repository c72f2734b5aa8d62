package httpapi

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/cloudaccount"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/provisioner"
)

func cloudAccountJSON(a cloudaccount.Account) api.CloudAccount {
	return api.CloudAccount{
		Id: a.ID, Name: a.Name, Number: a.Number, Region: a.Region, Role: a.Role, State: api.CloudAccountState(a.State),
		Findings: each(a.Findings, findingJSON), Clusters: each(a.Clusters, func(name string) string { return name }),
		CheckedAt: maybeTime(a.CheckedAt), CreatedBy: maybe(a.CreatedBy), CreatedAt: a.CreatedAt,
	}
}

func findingJSON(f provisioner.Finding) api.Finding {
	return api.Finding{Check: f.Check, Level: api.FindingLevel(f.Level), Text: f.Text, Fix: maybe(f.Fix)}
}

// ListCloudAccounts implements the operation listCloudAccounts.
func (s *server) ListCloudAccounts(ctx context.Context, _ api.ListCloudAccountsRequestObject) (api.ListCloudAccountsResponseObject, error) {
	list, err := s.Accounts.List(ctx, callerOf(ctx).organization)
	return api.ListCloudAccounts200JSONResponse(each(list, cloudAccountJSON)), err
}

// CreateCloudAccount implements the operation createCloudAccount.
func (s *server) CreateCloudAccount(ctx context.Context, r api.CreateCloudAccountRequestObject) (api.CreateCloudAccountResponseObject, error) {
	who := callerOf(ctx)
	a, err := s.Accounts.Create(ctx, who.actor, who.organization, cloudaccount.Input{
		Name: r.Body.Name, Number: r.Body.Number, Region: r.Body.Region, Role: value(r.Body.Role),
	})
	return api.CreateCloudAccount201JSONResponse(cloudAccountJSON(a)), err
}

// GetCloudAccount implements the operation getCloudAccount.
func (s *server) GetCloudAccount(ctx context.Context, r api.GetCloudAccountRequestObject) (api.GetCloudAccountResponseObject, error) {
	a, err := s.Accounts.Get(ctx, callerOf(ctx).organization, r.Account)
	return api.GetCloudAccount200JSONResponse(cloudAccountJSON(a)), err
}

// GetCloudAccountSetup implements the operation getCloudAccountSetup.
func (s *server) GetCloudAccountSetup(ctx context.Context, r api.GetCloudAccountSetupRequestObject) (api.GetCloudAccountSetupResponseObject, error) {
	a, how, err := s.Accounts.Setup(ctx, callerOf(ctx).organization, r.Account)
	return api.GetCloudAccountSetup200JSONResponse{ExternalId: a.ExternalID, Instruction: instructionJSON(how)}, err
}

// CheckCloudAccount implements the operation checkCloudAccount.
func (s *server) CheckCloudAccount(ctx context.Context, r api.CheckCloudAccountRequestObject) (api.CheckCloudAccountResponseObject, error) {
	who := callerOf(ctx)
	a, err := s.Accounts.Check(ctx, who.actor, who.organization, r.Account)
	return api.CheckCloudAccount200JSONResponse(cloudAccountJSON(a)), err
}

// DeleteCloudAccount implements the operation deleteCloudAccount.
func (s *server) DeleteCloudAccount(ctx context.Context, r api.DeleteCloudAccountRequestObject) (api.DeleteCloudAccountResponseObject, error) {
	who := callerOf(ctx)
	return api.DeleteCloudAccount204Response{}, s.Accounts.Delete(ctx, who.actor, who.organization, r.Account)
}
