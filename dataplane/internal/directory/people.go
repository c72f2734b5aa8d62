package directory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Users returns all users by id.
func (d *Directory) Users() []User { return sorted(d.state.Load().users) }

// User returns a user.
func (d *Directory) User(id string) (User, error) {
	u, ok := d.state.Load().users[strings.ToLower(id)]
	if !ok {
		return User{}, workflow.Errorf(workflow.NotFound, "No such user found by id: %s", id)
	}
	return u, nil
}

// UserInput is what can be said of a user. A nil list leaves what there is.
type UserInput struct {
	Name   string   `json:"name"`
	Roles  Names    `json:"roles"`
	Groups []string `json:"groups"`
}

// PutUser makes a user or changes one.
func (d *Directory) PutUser(ctx context.Context, id string, in UserInput) (User, error) {
	id = strings.ToLower(strings.TrimSpace(id))
	switch {
	case id == "" || strings.HasPrefix(id, appPrefix):
		return User{}, invalid("id", "must be the e-mail address or the name of a person")
	case strings.TrimSpace(in.Name) == "":
		return User{}, invalid("name", "must not be empty")
	}
	if err := d.checkGiven(in.Roles); err != nil {
		return User{}, err
	}
	for _, g := range in.Groups {
		if _, err := d.Group(g); err != nil {
			return User{}, invalid("groups", "there is no group %q", g)
		}
	}
	var out User
	err := change(ctx, d, keyOf("user", id), func(old *User) (*User, error) {
		out = User{ID: id}
		if old != nil {
			out = *old
		}
		out.Name = in.Name
		if in.Roles != nil {
			out.Roles = in.Roles
		}
		if in.Groups != nil {
			out.Groups = in.Groups
		}
		return &out, nil
	})
	return out, err
}

// checkGiven wants that roles exist and can be given to people here.
func (d *Directory) checkGiven(names []string) error {
	if err := checkRoles(names); err != nil {
		return err
	}
	if d.Managed && slices.ContainsFunc(names, func(n string) bool { return roles[n] != "" }) {
		return workflow.Errorf(workflow.Conflict, "The roles of people in this cluster are given in the cloud console, on the organization's Access pages; grants can be made here.")
	}
	return nil
}

// DeleteUser forgets a user with what was granted to them. Whoever comes with a session token is met again.
func (d *Directory) DeleteUser(ctx context.Context, id string) error {
	u, err := d.User(id)
	if err != nil {
		return err
	}
	return d.remove(ctx, append(d.grantKeys(Subject{UserSubject, u.ID}), keyOf("user", u.ID))...)
}

// Met remembers a person who came with a session token.
func (d *Directory) Met(c *access.Caller) {
	id := strings.ToLower(cmp.Or(c.Email, c.ID))
	ctx, cancel := context.WithTimeout(context.Background(), metTimeout)
	defer cancel()
	err := change(ctx, d, keyOf("user", id), func(old *User) (*User, error) {
		u := User{ID: id}
		if old != nil {
			u = *old
		}
		u.Name, u.Subject, u.CloudRole, u.CloudGroup = cmp.Or(c.Name, u.Name, id), c.ID, c.Role, c.Groups
		return &u, nil
	})
	if err != nil { // they may call all the same; the next token tells again
		d.Logger.Warn("a person could not be remembered", "user", id, "error", err)
	}
}

// metTimeout bounds how long the first call with a token waits for its bearer to be remembered.
const metTimeout = 2 * time.Second

// GroupsOf returns the groups of a user: those joined here, and those of the last session token.
func (u User) GroupsOf() []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(u.Groups, u.CloudGroup))))
}

// Groups returns all groups by id: those made here, and those that people came with.
func (d *Directory) Groups() []Group {
	s := d.state.Load()
	all := maps.Clone(s.groups)
	for _, u := range s.users {
		for _, g := range u.CloudGroup {
			if _, ok := all[g]; !ok {
				all[g] = Group{ID: g, Description: "A group of the organization"}
			}
		}
	}
	return sorted(all)
}

// Group returns a group.
func (d *Directory) Group(id string) (Group, error) {
	for _, g := range d.Groups() {
		if g.ID == id {
			return g, nil
		}
	}
	return Group{}, workflow.Errorf(workflow.NotFound, "No such group found by id: %s", id)
}

// GroupInput is what can be said of a group.
type GroupInput struct {
	Description   string              `json:"description"`
	Roles         Names               `json:"roles"`
	DefaultAccess map[string][]string `json:"defaultAccess"`
}

// PutGroup makes a group or changes one.
func (d *Directory) PutGroup(ctx context.Context, id string, in GroupInput) (Group, error) {
	if strings.TrimSpace(id) == "" {
		return Group{}, invalid("id", "must not be empty")
	}
	if err := d.checkGiven(in.Roles); err != nil {
		return Group{}, err
	}
	for kind, names := range in.DefaultAccess {
		if _, err := CheckTarget(access.Target{Type: access.Kind(kind), ID: "any:one"}); err != nil {
			return Group{}, invalid("defaultAccess", "%q is no kind of thing that can be granted: %v", kind, access.Kinds)
		}
		if _, err := access.ParseAccess(names); err != nil {
			return Group{}, err
		}
	}
	g := Group{ID: id, Description: in.Description, Roles: in.Roles, DefaultAccess: in.DefaultAccess}
	return g, change(ctx, d, keyOf("group", id), func(*Group) (*Group, error) { return &g, nil })
}

// DeleteGroup removes a group with what was granted to it; its members lose it.
func (d *Directory) DeleteGroup(ctx context.Context, id string) error {
	if _, ok := d.state.Load().groups[id]; !ok {
		_, err := d.Group(id)
		if err == nil {
			err = workflow.Errorf(workflow.Conflict, "The group %s is the organization's: it is changed in the cloud console.", id)
		}
		return err
	}
	for _, u := range d.Users() {
		if slices.Contains(u.Groups, id) {
			if err := d.Leave(ctx, id, u.ID); err != nil {
				return err
			}
		}
	}
	return d.remove(ctx, append(d.grantKeys(Subject{GroupSubject, id}), keyOf("group", id))...)
}

// Members returns the users of a group.
func (d *Directory) Members(group string) ([]User, error) {
	if _, err := d.Group(group); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(d.Users(), func(u User) bool { return !slices.Contains(u.GroupsOf(), group) }), nil
}

// Join puts users into a group that was made here.
func (d *Directory) Join(ctx context.Context, group string, users ...string) error {
	if _, ok := d.state.Load().groups[group]; !ok {
		if _, err := d.Group(group); err != nil {
			return err
		}
		return workflow.Errorf(workflow.Conflict, "The group %s is the organization's: its members are chosen in the cloud console.", group)
	}
	for _, id := range users {
		if _, err := d.User(id); err != nil {
			return err
		}
	}
	return d.eachUser(ctx, users, func(u *User) {
		if !slices.Contains(u.Groups, group) {
			u.Groups = append(slices.Clone(u.Groups), group)
		}
	})
}

// Leave takes users out of a group; who is not in it stays so.
func (d *Directory) Leave(ctx context.Context, group string, users ...string) error {
	return d.eachUser(ctx, users, func(u *User) {
		u.Groups = slices.DeleteFunc(slices.Clone(u.Groups), func(g string) bool { return g == group })
	})
}

func (d *Directory) eachUser(ctx context.Context, users []string, f func(*User)) error {
	for _, id := range users {
		err := change(ctx, d, keyOf("user", strings.ToLower(id)), func(old *User) (*User, error) {
			if old == nil {
				return nil, workflow.Errorf(workflow.NotFound, "No such user found by id: %s", id)
			}
			f(old)
			return old, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func sorted[T any](m map[string]T) []T {
	out := make([]T, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}
