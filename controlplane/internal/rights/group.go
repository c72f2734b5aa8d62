package rights

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

const (
	maxName           = 60
	maxProviderGroups = 50
)

// GroupInput is what people say of a group.
type GroupInput struct {
	Name           string
	ProviderGroups []string
}

func (in GroupInput) check() error {
	var check problem.Check
	check.Field("name", checkText(in.Name, maxName))
	seen := map[string]bool{}
	for _, g := range in.ProviderGroups {
		if wrong := checkText(g, 200); wrong != "" || seen[g] {
			check.Field("providerGroups", "must name each group once, with at most 200 characters")
			break
		}
		seen[g] = true
	}
	if len(in.ProviderGroups) > maxProviderGroups {
		check.Field("providerGroups", "must be at most 50 groups")
	}
	return check.Err()
}

// checkText returns what is wrong with a name that people choose freely.
func checkText(text string, most int) string {
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return "is required"
	case n > most || strings.ContainsFunc(text, unicode.IsControl) || strings.TrimSpace(text) != text:
		return "is too long, has spaces around it, or characters that cannot be seen"
	}
	return ""
}

func groupState(name string, providerGroups []string) map[string]any {
	return map[string]any{"name": name, "providerGroups": providerGroups}
}

// NewGroup makes an empty group. It is not repeatable: the second call finds the name taken.
func (s *Service) NewGroup(ctx context.Context, by Caller, in GroupInput) (Group, error) {
	if err := in.check(); err != nil {
		return Group{}, err
	}
	g := Group{
		ID: id.New("grp"), OrganizationID: by.Organization.ID, Name: in.Name, ProviderGroups: notNil(in.ProviderGroups),
		Members: []GroupMember{}, ServiceAccounts: []GroupAccount{}, CreatedAt: s.now(),
	}
	return g, s.CreateGroup(ctx, g, s.entry(by, "group.create", "group/"+g.Name, nil, groupState(g.Name, g.ProviderGroups)))
}

// ChangeGroup changes what is said of a group. Groups of identity providers count from the next log-in on; those that are not
// named any more have lost their people at once.
func (s *Service) ChangeGroup(ctx context.Context, by Caller, id string, in GroupInput) (Group, error) {
	if err := in.check(); err != nil {
		return Group{}, err
	}
	before, err := s.Group(ctx, by.Organization.ID, id)
	if err != nil || before.Name == in.Name && slices.Equal(before.ProviderGroups, in.ProviderGroups) {
		return before, err
	}
	after := before
	after.Name, after.ProviderGroups = in.Name, notNil(in.ProviderGroups)
	err = s.UpdateGroup(ctx, after, by.may(), s.entry(by, "group.update", "group/"+before.Name,
		groupState(before.Name, before.ProviderGroups), groupState(after.Name, after.ProviderGroups)))
	if err != nil {
		return Group{}, err
	}
	return s.Group(ctx, by.Organization.ID, id)
}

// RemoveGroup deletes a group and what it was granted; one that is absent is no error.
func (s *Service) RemoveGroup(ctx context.Context, by Caller, id string) error {
	g, err := s.Group(ctx, by.Organization.ID, id)
	if problem.KindOf(err) == problem.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return s.DeleteGroup(ctx, g.OrganizationID, id, by.may(), s.entry(by, "group.delete", "group/"+g.Name, groupState(g.Name, g.ProviderGroups), nil))
}

// Put puts a member of the organization into a group; repeating it changes nothing.
func (s *Service) Put(ctx context.Context, by Caller, group, account string) (Group, error) {
	g, err := s.Group(ctx, by.Organization.ID, group)
	if err != nil {
		return Group{}, err
	}
	err = s.AddToGroup(ctx, g.OrganizationID, group, account, by.may(), s.entry(by, "group.add", "group/"+g.Name, nil, map[string]string{"member": account}))
	if err != nil {
		return Group{}, err
	}
	return s.Group(ctx, g.OrganizationID, group)
}

// Take takes somebody out of a group who was put in by hand; repeating it changes nothing.
func (s *Service) Take(ctx context.Context, by Caller, group, account string) error {
	g, err := s.Group(ctx, by.Organization.ID, group)
	if err != nil {
		return err
	}
	return s.RemoveFromGroup(ctx, g.OrganizationID, group, account, by.may(),
		s.entry(by, "group.remove", "group/"+g.Name, map[string]string{"member": account}, nil))
}

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
