package rest

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/directory"
)

// account is what somebody may do, and by what.
type account struct {
	Permissions []access.Permission   `json:"permissions"` // everywhere in the cluster
	Roles       []directory.GivenRole `json:"roles"`
	Grants      []directory.Grant     `json:"grants"` // to them, to their groups and to their roles
}

func newAccount(rights access.Rights, a directory.Account) account {
	return account{Permissions: rights.List(), Roles: orEmpty(a.Roles), Grants: orEmpty(a.Grants)}
}

// me is what a caller may do: the console shows what they can use.
type me struct {
	ID          string               `json:"id"`
	Name        string               `json:"name"`
	Email       string               `json:"email,omitempty"`
	Application string               `json:"application,omitempty"` // id of the one whose key it called with
	Role        fleetapi.ClusterRole `json:"role,omitempty"`
	Groups      []string             `json:"groups"`
	Managed     bool                 `json:"managed"` // people's roles are given by a control plane
	Some        []access.Permission  `json:"some"`    // for what was granted
	Things      things               `json:"things"`
	account
}

// things are accesses to single things, by kind and name. Of what was granted by a tag there is one for the tag and one for each
// that has it.
type things map[access.Kind]map[string][]string

func (h *Handler) showMe(c echo.Context) error {
	who := h.caller(c)
	out := me{
		ID: who.ID, Name: who.Name, Email: who.Email, Application: who.Application, Role: who.Role, Groups: orEmpty(who.Groups),
		Managed: h.directory.Managed, Some: []access.Permission{}, account: newAccount(who.Rights(), h.directory.Account(who)),
	}
	for _, p := range access.Permissions {
		if who.MaySome(p) && !who.May(p) {
			out.Some = append(out.Some, p)
		}
	}
	var err error
	if out.Things, err = h.thingsOf(c.Request().Context(), who); err != nil {
		return err
	}
	return writeJSON(c, out)
}

func (h *Handler) thingsOf(ctx context.Context, who *access.Caller) (things, error) {
	out := things{}
	add := func(kind access.Kind, name string, a access.Access) {
		if a == 0 {
			return
		}
		if out[kind] == nil {
			out[kind] = map[string][]string{}
		}
		out[kind][name] = a.Names()
	}
	for t, a := range who.Grants() {
		add(t.Type, t.ID, a)
	}
	if !who.ByTags() {
		return out, nil
	}
	workflows, err := h.engine.WorkflowDefs(ctx)
	if err != nil {
		return nil, err
	}
	last := ""
	for _, d := range workflows { // the versions of one follow each other, and have the same tags
		if d.Name == last {
			continue
		}
		last = d.Name
		tags, err := h.engine.Tags(ctx, engine.TagWorkflow, d.Name)
		if err != nil {
			return nil, err
		}
		add(access.WorkflowDef, d.Name, who.GrantedWith(access.WorkflowDef, d.Name, tags))
	}
	tasks, err := h.engine.TaskDefs(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range tasks {
		tags, err := h.engine.Tags(ctx, engine.TagTask, d.Name)
		if err != nil {
			return nil, err
		}
		add(access.TaskDef, d.Name, who.GrantedWith(access.TaskDef, d.Name, tags))
	}
	secrets, err := h.engine.Secrets(ctx)
	for _, s := range secrets {
		add(access.Secret, s.Name, who.GrantedWith(access.Secret, s.Name, s.Tags))
	}
	return out, err
}

// showAccount tells what a user, or an application as app:ID, may do, and by what.
func (h *Handler) showAccount(c echo.Context) error {
	a, rights, err := h.directory.AccountOf(pathText(c, "id"))
	if err != nil {
		return err
	}
	return writeJSON(c, newAccount(rights, a))
}
