package directory

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/access"
)

// Account is what somebody may do in the cluster, and by what.
type Account struct {
	Roles  []GivenRole // what they may do everywhere
	Grants []Grant     // to themselves, to their groups and to their roles; by subject and target
}

// GivenRole is a role that somebody has.
type GivenRole struct {
	Role  string `json:"role"`            // one of [RoleNames], or the cluster role of a session or of an access key
	Group string `json:"group,omitempty"` // by which they have it; "": they have it themselves
}

// Account returns what a caller may do, and by what.
func (d *Directory) Account(c *access.Caller) Account {
	s := d.state.Load()
	var out Account
	if c.Role != "" {
		out.Roles = append(out.Roles, GivenRole{Role: string(c.Role)})
	}
	given, subjects := d.rolesAndSubjects(s, c)
	out.Roles = append(out.Roles, given...)
	for _, subject := range subjects {
		out.Grants = slices.AppendSeq(out.Grants, maps.Values(s.grants[subject]))
	}
	slices.SortFunc(out.Grants, compareGrants)
	return out
}

// AccountOf returns what a user, or an application as app:ID, may do, and by what: as if they called now.
func (d *Directory) AccountOf(id string) (Account, access.Rights, error) {
	c, err := d.caller(id)
	if err != nil {
		return Account{}, 0, err
	}
	return d.Account(c), access.RoleRights(c.Role) | d.standing(c).Rights, nil
}

// rolesAndSubjects returns the roles that a caller was given here, and all the subjects that they are: grants to any of those are
// theirs.
func (d *Directory) rolesAndSubjects(s *state, c *access.Caller) (given []GivenRole, subjects []Subject) {
	give := func(group string, names []string) {
		for _, n := range names {
			given = append(given, GivenRole{n, group})
		}
	}
	if c.Application != "" {
		give("", s.applications[c.Application].Roles)
		subjects = append(subjects, applicationSubject(c.Application))
	} else {
		subjects = append(subjects, Subject{UserSubject, strings.ToLower(c.ID)})
		if c.Email != "" && !strings.EqualFold(c.Email, c.ID) {
			subjects = append(subjects, Subject{UserSubject, strings.ToLower(c.Email)})
		}
		u := s.users[strings.ToLower(c.Email)]
		groups := slices.Compact(slices.Sorted(slices.Values(slices.Concat(c.Groups, u.Groups))))
		if !d.Managed {
			give("", u.Roles)
		}
		for _, g := range groups {
			subjects = append(subjects, Subject{GroupSubject, g})
			if !d.Managed {
				give(g, s.groups[g].Roles)
			}
		}
	}
	roles := []string{strings.ToUpper(string(c.Role))}
	for _, g := range given {
		roles = append(roles, g.Role)
	}
	for _, n := range slices.Compact(slices.Sorted(slices.Values(roles))) {
		if n != "" {
			subjects = append(subjects, Subject{RoleSubject, n})
		}
	}
	return given, subjects
}

// standing is what a caller may do by this directory, as the gate wants to know it.
func (d *Directory) standing(c *access.Caller) access.Standing {
	s := d.state.Load()
	given, subjects := d.rolesAndSubjects(s, c)
	var out access.Standing
	for _, g := range given {
		out.Roles = append(out.Roles, g.Role)
		out.Rights |= RoleRights(g.Role)
	}
	slices.SortFunc(out.Roles, cmp.Compare)
	out.Roles = slices.Compact(out.Roles)
	granted := map[access.Target]access.Access{}
	for _, subject := range subjects {
		for target, g := range s.grants[subject] {
			if a, err := access.ParseAccess(g.Access); err == nil {
				granted[target] |= a
			}
		}
	}
	out.Scope = access.NewScope(granted)
	return out
}
