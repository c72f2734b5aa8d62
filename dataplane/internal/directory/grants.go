package directory

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/access"
)

// Grant adds accesses to what a subject may do with a target.
func (d *Directory) Grant(ctx context.Context, g Grant) error {
	return d.changeGrant(ctx, g, func(old, a access.Access) access.Access { return old | a })
}

// Revoke takes accesses away from a subject; what was not granted is no error.
func (d *Directory) Revoke(ctx context.Context, g Grant) error {
	return d.changeGrant(ctx, g, func(old, a access.Access) access.Access { return old &^ a })
}

func (d *Directory) changeGrant(ctx context.Context, g Grant, f func(old, a access.Access) access.Access) error {
	subject, err := g.Subject.check()
	if err != nil {
		return err
	}
	target, err := CheckTarget(g.Target)
	if err != nil {
		return err
	}
	a, err := access.ParseAccess(g.Access)
	if err != nil {
		return err
	}
	if a == 0 {
		return invalid("access", "must name at least one of CREATE, READ, UPDATE, EXECUTE and DELETE")
	}
	return change(ctx, d, grantKey(subject, target), func(old *Grant) (*Grant, error) {
		var has access.Access
		if old != nil {
			if has, err = access.ParseAccess(old.Access); err != nil {
				return nil, err
			}
		}
		if has = f(has, a); has == 0 {
			return nil, nil //nolint:nilnil // nothing is left: the record goes
		}
		return &Grant{Subject: subject, Target: target, Access: has.Names()}, nil
	})
}

func grantKey(s Subject, t access.Target) string {
	return keyOf("grant", string(s.Type), s.ID, string(t.Type), t.ID)
}

// grantKeys names the records of all grants of a subject.
func (d *Directory) grantKeys(s Subject) []string {
	var out []string
	for t := range d.state.Load().grants[s] {
		out = append(out, grantKey(s, t))
	}
	return out
}

// GrantsOf returns what was granted to a subject itself, by target.
func (d *Directory) GrantsOf(s Subject) ([]Grant, error) {
	s, err := s.check()
	if err != nil {
		return nil, err
	}
	return slices.SortedFunc(maps.Values(d.state.Load().grants[s]), compareGrants), nil
}

// Grants returns all grants, by subject and target.
func (d *Directory) Grants() []Grant {
	var out []Grant
	for _, of := range d.state.Load().grants {
		out = slices.AppendSeq(out, maps.Values(of))
	}
	slices.SortFunc(out, compareGrants)
	return out
}

func compareGrants(a, b Grant) int {
	return strings.Compare(grantKey(a.Subject, a.Target), grantKey(b.Subject, b.Target))
}

// GrantsOn returns who may do what with a target: subjects by the name of the access.
func (d *Directory) GrantsOn(t access.Target) (map[string][]Subject, error) {
	t, err := CheckTarget(t)
	if err != nil {
		return nil, err
	}
	out := map[string][]Subject{}
	for _, name := range (access.Create | access.Read | access.Update | access.Execute | access.Delete).Names() {
		out[name] = []Subject{}
	}
	for _, g := range d.Grants() {
		if g.Target == t {
			for _, name := range g.Access {
				out[name] = append(out[name], g.Subject)
			}
		}
	}
	return out, nil
}

// Created grants a caller what they have just made and may not use by a role: all of it to themselves, and to groups of theirs
// what those want of the things that their members make.
func (d *Directory) Created(ctx context.Context, c *access.Caller, kind access.Kind, name string) error {
	target := access.Target{Type: kind, ID: name}
	mine := applicationSubject(c.Application)
	if c.Application == "" {
		mine = Subject{UserSubject, c.ID}
		if c.Email != "" {
			mine.ID = c.Email
		}
	}
	all := access.Read | access.Update | access.Execute | access.Delete
	if err := d.Grant(ctx, Grant{mine, target, all.Names()}); err != nil {
		return err
	}
	for _, group := range d.groupsOf(c) {
		if wants := group.DefaultAccess[string(kind)]; len(wants) > 0 {
			if err := d.Grant(ctx, Grant{Subject{GroupSubject, group.ID}, target, wants}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Directory) groupsOf(c *access.Caller) []Group {
	s := d.state.Load()
	var out []Group
	for _, id := range slices.Concat(c.Groups, s.users[strings.ToLower(c.Email)].Groups) {
		if g, ok := s.groups[id]; ok {
			out = append(out, g)
		}
	}
	return out
}

// CheckUser returns which accesses to a target a user, or an application as app:ID, has been granted or has by roles.
func (d *Directory) CheckUser(id string, t access.Target) (map[string]bool, error) {
	t, err := CheckTarget(t)
	if err != nil {
		return nil, err
	}
	c, err := d.caller(id)
	if err != nil {
		return nil, err
	}
	standing := d.standing(c)
	rights := standing.Rights | access.RoleRights(c.Role)
	out := map[string]bool{}
	for _, name := range (access.Create | access.Read | access.Update | access.Execute | access.Delete).Names() {
		a, err := access.ParseAccess([]string{name})
		if err != nil {
			return nil, err
		}
		out[name] = access.Allows(rights, t.Type, a) || standing.Scope.Grants(t, a)
	}
	return out, nil
}

// caller is somebody as if they called.
func (d *Directory) caller(id string) (*access.Caller, error) {
	if app, ok := strings.CutPrefix(id, appPrefix); ok {
		a, err := d.Application(app)
		if err != nil {
			return nil, err
		}
		c := &access.Caller{ID: id, Name: a.Name, Application: app}
		for _, k := range *d.cloud.Load() {
			if k.ID == app || k.Application == app {
				c.Role = k.Role
			}
		}
		return c, nil
	}
	u, err := d.User(id)
	if err != nil {
		return nil, err
	}
	return &access.Caller{ID: u.Subject, Email: u.ID, Name: u.Name, Role: u.CloudRole, Groups: u.CloudGroup}, nil
}
