package httpapi

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
)

func groupJSON(g rights.Group) api.Group {
	return api.Group{
		Id: g.ID, Name: g.Name, ProviderGroups: g.ProviderGroups, CreatedAt: g.CreatedAt,
		Members: each(g.Members, func(m rights.GroupMember) api.GroupMember {
			return api.GroupMember{Id: m.AccountID, Email: m.Email, Name: m.Name, Provider: maybe(m.Provider)}
		}),
		ServiceAccounts: each(g.ServiceAccounts, func(m rights.GroupAccount) api.GroupServiceAccount {
			return api.GroupServiceAccount{Id: m.ID, Name: m.Name}
		}),
	}
}

func groupInput(in *api.GroupInput) rights.GroupInput {
	out := rights.GroupInput{Name: in.Name}
	if in.ProviderGroups != nil {
		out.ProviderGroups = *in.ProviderGroups
	}
	return out
}

// ListGroups implements the operation listGroups.
func (s *server) ListGroups(ctx context.Context, _ api.ListGroupsRequestObject) (api.ListGroupsResponseObject, error) {
	list, err := s.Rights.Groups(ctx, callerOf(ctx).organization.ID)
	return api.ListGroups200JSONResponse(each(list, groupJSON)), err
}

// GetGroup implements the operation getGroup.
func (s *server) GetGroup(ctx context.Context, r api.GetGroupRequestObject) (api.GetGroupResponseObject, error) {
	g, err := s.Rights.Group(ctx, callerOf(ctx).organization.ID, r.Group)
	return api.GetGroup200JSONResponse(groupJSON(g)), err
}

// CreateGroup implements the operation createGroup.
func (s *server) CreateGroup(ctx context.Context, r api.CreateGroupRequestObject) (api.CreateGroupResponseObject, error) {
	g, err := s.Rights.NewGroup(ctx, callerOf(ctx).asks(), groupInput(r.Body))
	return api.CreateGroup201JSONResponse(groupJSON(g)), err
}

// UpdateGroup implements the operation updateGroup.
func (s *server) UpdateGroup(ctx context.Context, r api.UpdateGroupRequestObject) (api.UpdateGroupResponseObject, error) {
	g, err := s.Rights.ChangeGroup(ctx, callerOf(ctx).asks(), r.Group, groupInput(r.Body))
	return api.UpdateGroup200JSONResponse(groupJSON(g)), err
}

// DeleteGroup implements the operation deleteGroup.
func (s *server) DeleteGroup(ctx context.Context, r api.DeleteGroupRequestObject) (api.DeleteGroupResponseObject, error) {
	return api.DeleteGroup204Response{}, s.Rights.RemoveGroup(ctx, callerOf(ctx).asks(), r.Group)
}

// AddToGroup implements the operation addToGroup.
func (s *server) AddToGroup(ctx context.Context, r api.AddToGroupRequestObject) (api.AddToGroupResponseObject, error) {
	g, err := s.Rights.Put(ctx, callerOf(ctx).asks(), r.Group, r.Member)
	return api.AddToGroup200JSONResponse(groupJSON(g)), err
}

// RemoveFromGroup implements the operation removeFromGroup.
func (s *server) RemoveFromGroup(ctx context.Context, r api.RemoveFromGroupRequestObject) (api.RemoveFromGroupResponseObject, error) {
	return api.RemoveFromGroup204Response{}, s.Rights.Take(ctx, callerOf(ctx).asks(), r.Group, r.Member)
}
