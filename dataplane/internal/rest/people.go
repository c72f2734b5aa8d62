package rest

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/directory"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// role is a role as Conductor's clients read it.
type role struct {
	Name        string       `json:"name"`
	Permissions []permission `json:"permissions"`
}

type permission struct {
	Name access.Permission `json:"name"`
}

func newRoles(names []string) []role {
	out := make([]role, len(names))
	for i, n := range names {
		out[i] = newRole(n, directory.RoleRights(n))
	}
	return out
}

func newRole(name string, rights access.Rights) role {
	r := role{Name: name, Permissions: []permission{}}
	for _, p := range rights.List() {
		r.Permissions = append(r.Permissions, permission{p})
	}
	return r
}

// userGroup is Conductor's Group.
type userGroup struct {
	ID            string              `json:"id"`
	Description   string              `json:"description"`
	Roles         []role              `json:"roles"`
	DefaultAccess map[string][]string `json:"defaultAccess"`
}

func newGroup(g directory.Group) userGroup {
	if g.DefaultAccess == nil {
		g.DefaultAccess = map[string][]string{}
	}
	return userGroup{g.ID, g.Description, newRoles(g.Roles), g.DefaultAccess}
}

// user is Conductor's ConductorUser.
type user struct {
	ID              string      `json:"id"`
	Name            string      `json:"name"`
	UUID            string      `json:"uuid"`
	Roles           []role      `json:"roles"`
	Groups          []userGroup `json:"groups"`
	ApplicationUser bool        `json:"applicationUser"`
}

func (h *Handler) newUser(u directory.User) user {
	out := user{ID: u.ID, Name: u.Name, UUID: cmp.Or(u.Subject, u.ID), Roles: newRoles(u.Roles), Groups: h.groupsNamed(u.GroupsOf())}
	if u.CloudRole != "" {
		out.Roles = append(out.Roles, newRole(string(u.CloudRole), access.RoleRights(u.CloudRole)))
	}
	return out
}

func (h *Handler) groupsNamed(ids []string) []userGroup {
	out := []userGroup{}
	for _, g := range h.directory.Groups() {
		if slices.Contains(ids, g.ID) {
			out = append(out, newGroup(g))
		}
	}
	return out
}

func applicationUser(a directory.Application) user {
	return user{ID: "app:" + a.ID, Name: a.Name, UUID: a.ID, Roles: newRoles(a.Roles), Groups: []userGroup{}, ApplicationUser: true}
}

// userInfo is what a client learns of its own token.
type userInfo struct {
	user
	Namespace string `json:"namespace"` // id of the cluster
}

func (h *Handler) showUserInfo(c echo.Context) error {
	who := h.caller(c)
	u := user{
		ID: cmp.Or(who.Email, who.ID, "anyone"), Name: cmp.Or(who.Name, who.ID, "anyone"), UUID: who.ID, Roles: newRoles(who.Roles),
		Groups: h.groupsNamed(who.Groups),
	}
	if who.Application != "" {
		u.ID, u.ApplicationUser = "app:"+who.Application, true
	}
	if who.Role != "" {
		u.Roles = append(u.Roles, newRole(string(who.Role), access.RoleRights(who.Role)))
	}
	return writeJSON(c, userInfo{u, h.info().ClusterID})
}

// caller is who calls, anyone where no token is wanted.
func (h *Handler) caller(c echo.Context) *access.Caller {
	if h.gate.Required() {
		return access.From(c.Request().Context())
	}
	return access.Anyone()
}

func (h *Handler) userRoutes(at string) {
	h.get(at, h.listUsers)
	h.get(at+"/:id", func(c echo.Context) error {
		if app, ok := strings.CutPrefix(pathText(c, "id"), "app:"); ok {
			a, err := h.directory.Application(app)
			if err != nil {
				return err
			}
			return writeJSON(c, applicationUser(a))
		}
		u, err := h.directory.User(pathText(c, "id"))
		if err != nil {
			return err
		}
		return writeJSON(c, h.newUser(u))
	})
	h.put(at+"/:id", func(c echo.Context) error {
		var in directory.UserInput
		if err := decode(c, &in); err != nil {
			return err
		}
		u, err := h.directory.PutUser(c.Request().Context(), pathText(c, "id"), in)
		if err != nil {
			return err
		}
		return writeJSON(c, h.newUser(u))
	})
	h.delete(at+"/:id", answer(func(c echo.Context) (message, error) {
		return message{"The user was removed."}, h.directory.DeleteUser(c.Request().Context(), pathText(c, "id"))
	}))
	h.get(at+"/:id/permissions", h.grantsOf(directory.UserSubject))
	h.get(at+"/:id/checkPermissions", answer(func(c echo.Context) (map[string]bool, error) {
		return h.directory.CheckUser(pathText(c, "id"), access.Target{Type: access.Kind(c.QueryParam("type")), ID: c.QueryParam("id")})
	}))
}

func (h *Handler) listUsers(c echo.Context) error {
	apps, err := queryBool(c, "apps", false)
	if err != nil {
		return err
	}
	out := []user{}
	for _, u := range h.directory.Users() {
		out = append(out, h.newUser(u))
	}
	if apps {
		for _, a := range h.directory.Applications() {
			out = append(out, applicationUser(a))
		}
	}
	return writeJSON(c, out)
}

func (h *Handler) groupRoutes(at string) {
	h.get(at, func(c echo.Context) error {
		out := []userGroup{}
		for _, g := range h.directory.Groups() {
			out = append(out, newGroup(g))
		}
		return writeJSON(c, out)
	})
	h.get(at+"/:id", answer(func(c echo.Context) (userGroup, error) {
		g, err := h.directory.Group(pathText(c, "id"))
		return newGroup(g), err
	}))
	h.put(at+"/:id", func(c echo.Context) error {
		var in directory.GroupInput
		if err := decode(c, &in); err != nil {
			return err
		}
		g, err := h.directory.PutGroup(c.Request().Context(), pathText(c, "id"), in)
		if err != nil {
			return err
		}
		return writeJSON(c, newGroup(g))
	})
	h.delete(at+"/:id", answer(func(c echo.Context) (message, error) {
		return message{"The group was removed."}, h.directory.DeleteGroup(c.Request().Context(), pathText(c, "id"))
	}))
	h.get(at+"/:id/permissions", h.grantsOf(directory.GroupSubject))
	h.get(at+"/:id/users", answer(func(c echo.Context) ([]user, error) {
		members, err := h.directory.Members(pathText(c, "id"))
		out := make([]user, len(members))
		for i, u := range members {
			out[i] = h.newUser(u)
		}
		return out, err
	}))
	h.post(at+"/:id/users", h.changeMembers(h.directory.Join))
	h.delete(at+"/:id/users", h.changeMembers(h.directory.Leave))
	h.post(at+"/:id/users/:user", answer(func(c echo.Context) (object, error) {
		return object{}, h.directory.Join(c.Request().Context(), pathText(c, "id"), pathText(c, "user"))
	}))
	h.delete(at+"/:id/users/:user", answer(func(c echo.Context) (object, error) {
		return object{}, h.directory.Leave(c.Request().Context(), pathText(c, "id"), pathText(c, "user"))
	}))
}

func (h *Handler) changeMembers(f func(ctx context.Context, group string, users ...string) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		users, err := decodeList[string](c)
		if err != nil {
			return err
		}
		return done(c, f(c.Request().Context(), pathText(c, "id"), users...))
	}
}

// granted is Conductor's GrantedAccessResponse.
type granted struct {
	Granted []grantedAccess `json:"grantedAccess"`
}

type grantedAccess struct {
	Access []string      `json:"access"`
	Tag    string        `json:"tag,omitempty"`
	Target access.Target `json:"target"`
}

func (h *Handler) grantsOf(kind directory.SubjectType) echo.HandlerFunc {
	return answer(func(c echo.Context) (granted, error) {
		grants, err := h.directory.GrantsOf(directory.Subject{Type: kind, ID: pathText(c, "id")})
		out := granted{[]grantedAccess{}}
		for _, g := range grants {
			one := grantedAccess{Access: g.Access, Target: g.Target}
			if g.Target.Type == access.Tag {
				one.Tag = g.Target.ID
			}
			out.Granted = append(out.Granted, one)
		}
		return out, err
	})
}

// roleRoutes serves the roles, which nobody can change.
func (h *Handler) roleRoutes(at string) {
	h.get(at, func(c echo.Context) error { return writeJSON(c, newRoles(directory.RoleNames())) })
	h.get(at+"/system", func(c echo.Context) error {
		out := map[string]role{}
		for _, r := range newRoles(directory.RoleNames()) {
			out[r.Name] = r
		}
		return writeJSON(c, out)
	})
	h.get(at+"/custom", func(c echo.Context) error { return writeJSON(c, []role{}) })
	h.get(at+"/permissions", func(c echo.Context) error {
		out := map[access.Permission]permission{}
		for _, p := range access.Permissions {
			out[p] = permission{p}
		}
		return writeJSON(c, out)
	})
	h.get(at+"/:name", answer(func(c echo.Context) (role, error) {
		name := pathName(c, "name")
		if !slices.Contains(directory.RoleNames(), name) {
			return role{}, workflow.Errorf(workflow.NotFound, "No such role found by name: %s", name)
		}
		return newRole(name, directory.RoleRights(name)), nil
	}))
}

func (h *Handler) grantRoutes(at string) {
	h.post(at, h.changeGrant(h.directory.Grant, "Granted."))
	h.delete(at, h.changeGrant(h.directory.Revoke, "Taken back."))
	h.get(at+"/:type/:id", answer(func(c echo.Context) (map[string][]directory.Subject, error) {
		return h.directory.GrantsOn(access.Target{Type: access.Kind(pathText(c, "type")), ID: pathText(c, "id")})
	}))
	h.get("/podium/v1/grants", answer(func(echo.Context) ([]directory.Grant, error) {
		return orEmpty(h.directory.Grants()), nil
	}))
}

func (h *Handler) changeGrant(f func(context.Context, directory.Grant) error, said string) echo.HandlerFunc {
	return func(c echo.Context) error {
		var g directory.Grant
		if err := decode(c, &g); err != nil {
			return err
		}
		if err := f(c.Request().Context(), g); err != nil {
			return err
		}
		return writeJSON(c, message{said})
	}
}
