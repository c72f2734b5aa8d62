package httpapi

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// decide lets a member of an organization through who has the permission where the path leads.
func (s *server) decide(c echo.Context, who caller, n need) (caller, error) {
	ctx := c.Request().Context()
	var err error
	if who.rights, err = s.held(ctx, who); err != nil {
		return who, err
	}
	all := whole(who.organization)
	who.place, err = s.place(c, who)
	if problem.KindOf(err) == problem.NotFound && who.rights.Allow("cluster.read", all) && !who.rights.Allow(n.permission, all) {
		who.place, err = all, nil // what is absent is refused as what is there, to who would see it
	}
	if err != nil {
		return who, err
	}
	if who.rights.Allow(n.permission, who.place) || n.filtered && who.rights.Anywhere(n.permission, who.organization.ID) {
		if n.changes {
			return who, who.organization.Open()
		}
		return who, nil
	}
	return who, s.refuse(who, n.permission)
}

// held returns what the caller holds at this moment.
func (s *server) held(ctx context.Context, who caller) (authz.Rights, error) {
	grants, err := s.Tenants.Grants(ctx, who.viewer(), who.organization.ID)
	held := s.decider.Rights(grants)
	if who.byKey() {
		held = held.Limit(who.key.Grant())
	}
	return held, err
}

// still returns what the caller of a call that lasts holds at this moment, or false when its session or key would not be let in
// any more.
func (s *server) still(ctx context.Context, who caller) (authz.Rights, bool, error) {
	var alive bool
	var err error
	if who.byKey() {
		alive, err = s.APIKeys.Alive(ctx, who.key.ID)
	} else {
		_, _, err = s.Identity.Authenticate(ctx, who.token)
		alive = err == nil
		if problem.KindOf(err) == problem.Unauthenticated {
			err = nil
		}
	}
	if err != nil || !alive {
		return authz.Rights{}, false, err
	}
	held, err := s.held(ctx, who)
	return held, err == nil, err
}

// place finds what the path names: a cluster, that of an operation, a project, or the whole organization.
func (s *server) place(c echo.Context, who caller) (authz.Scope, error) {
	ctx, whole := c.Request().Context(), authz.Scope{Organization: who.organization.ID}
	if name := c.Param("cluster"); name != "" {
		return s.Clusters.Place(ctx, who.organization, name, "")
	}
	if who.operation.ClusterID != "" {
		in, err := s.Clusters.Place(ctx, who.organization, "", who.operation.ClusterID)
		if problem.KindOf(err) == problem.NotFound { // its operations stay
			return whole, nil
		}
		return in, err
	}
	if name := c.Param("project"); name != "" {
		p, err := s.Rights.Project(ctx, who.organization.ID, name)
		return authz.Scope{Organization: who.organization.ID, Project: p.ID}, err
	}
	return whole, nil
}

// refuse answers for what the caller may not even see as for what does not exist.
func (s *server) refuse(who caller, p authz.Permission) error {
	switch {
	case who.operation.ID != "" && !who.rights.Allow("operation.read", who.place):
		return problem.Missing("operation")
	case who.place.Cluster != "" && !who.rights.Allow("cluster.read", who.place):
		return problem.Missing("cluster")
	case who.place.Project != "" && !who.rights.Allow("project.read", who.place):
		return problem.Missing("project")
	}
	return problem.New(problem.Denied, "Your role in the organization, %s, does not allow you to %s (%s).", who.organization.Role,
		lower(authz.Title(p)), p)
}

// lower begins a title with a small letter.
func lower(title string) string {
	if title == "" {
		return title
	}
	return strings.ToLower(title[:1]) + title[1:]
}

// may answers a handler whose operation is filtered.
func (c caller) may(p authz.Permission, in authz.Scope) error {
	if c.rights.Allow(p, in) {
		return nil
	}
	return problem.New(problem.Denied, "You may not %s there (%s).", lower(authz.Title(p)), p)
}

// asks is the caller as package rights knows it.
func (c caller) asks() rights.Caller {
	return rights.Caller{Actor: c.actor, Organization: c.organization, Rights: c.rights}
}

// permissions encodes what a caller may do somewhere.
func permissionNames(r authz.Rights, in authz.Scope) []string {
	return each(r.Permissions(in), func(p authz.Permission) string { return string(p) })
}

// whole is the organization of a caller as a place.
func whole(o tenant.Organization) authz.Scope { return authz.Scope{Organization: o.ID} }
