package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// caller is what the guard found out about a request.
type caller struct {
	token        string // of the session cookie
	browser      string // of the cookie that binds log-ins through identity providers
	actor        audit.Actor
	session      identity.Session    // unless the operation is public
	account      identity.Account    // unless the operation is public
	organization tenant.Organization // with scoped permissions: the one that the path names, or that the operation belongs to
	rights       authz.Rights        // in the organization
	place        authz.Scope         // what the path names, in the organization
	operation    operation.Record    // when the path names one
}

// viewer is the caller as far as the session reaches.
func (c caller) viewer() tenant.Viewer {
	return tenant.Viewer{AccountID: c.account.ID, OrganizationID: c.session.Through.OrganizationID}
}

type callerKey struct{}

// callerOf returns what the guard found out. A handler that runs without a guard is a fault of the program.
func callerOf(ctx context.Context) caller {
	return ctx.Value(callerKey{}).(caller) //nolint:forcetypeassert // better a panic than a call by nobody
}

// route is a method and a pattern in echo's spelling.
type route struct{ method, path string }

// need is what an operation asks of its caller.
type need struct {
	permission authz.Permission
	filtered   bool // having it in any part of the organization is enough: the handler sees to the parts
	fresh      bool // a sign-in of the last minutes
	changes    bool // something of the organization: not while it is closed
}

var parameter = regexp.MustCompile(`\{(\w+)\}`)

// permissions returns the permission of each operation of openapi.yaml. One that names none that is known is an error.
func permissions() (map[route]need, error) {
	spec, err := api.GetSpec()
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	all := map[route]need{}
	var wrong []error
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			text, _ := op.Extensions["x-permission"].(string)
			p := authz.Permission(text)
			if text == "" || !authz.Known(p) {
				wrong = append(wrong, fmt.Errorf("%s %s: x-permission %q is unknown", method, path, text))
			}
			filtered, _ := op.Extensions["x-filtered"].(bool)
			fresh, _ := op.Extensions["x-fresh-sign-in"].(bool)
			reads, _ := op.Extensions["x-while-closed"].(bool)
			all[route{method, BasePath + parameter.ReplaceAllString(path, ":$1")}] = need{
				permission: p, filtered: filtered, fresh: fresh, changes: method != http.MethodGet && !reads,
			}
		}
	}
	return all, errors.Join(wrong...)
}

// checkRoutes makes sure that no route of the API is without a permission.
func checkRoutes(routes []*echo.Route, permissions map[route]need) error {
	var wrong []error
	for _, r := range routes {
		if _, known := permissions[route{r.Method, r.Path}]; !known && strings.HasPrefix(r.Path, BasePath) {
			wrong = append(wrong, fmt.Errorf("%s %s: has no permission", r.Method, r.Path))
		}
	}
	return errors.Join(wrong...)
}

// guard lets a call of the API through whose caller has the permission for it.
func (s *server) guard(permissions map[route]need) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			// Who calls is found out among all.
			c.SetRequest(c.Request().WithContext(tenancy.Everywhere(c.Request().Context())))
			if !strings.HasPrefix(c.Path(), BasePath) {
				return next(c)
			}
			p, known := permissions[route{c.Request().Method, c.Path()}]
			if !known { // impossible after checkRoutes
				return problem.New(problem.Denied, "Nobody may call %s %s.", c.Request().Method, c.Path())
			}
			who, err := s.authorize(c, p)
			if err == nil && p.fresh {
				err = s.Identity.Fresh(who.session)
			}
			if err == nil {
				ctx := c.Request().Context()
				if who.organization.ID != "" {
					ctx = tenancy.Within(ctx, who.organization.ID)
				}
				c.SetRequest(c.Request().WithContext(context.WithValue(ctx, callerKey{}, who)))
				err = next(c)
			}
			return s.auditRefusal(c, who, p.permission, err)
		}
	}
}

// auditRefusal records that a known caller was refused something, and returns why. What a caller was told does not exist is
// recorded with the caller, as nobody else may learn of it.
func (s *server) auditRefusal(c echo.Context, who caller, p authz.Permission, refusal error) error {
	kind := problem.KindOf(refusal)
	absent := kind == problem.NotFound && who.organization.ID == "" && authz.Scoped(p)
	if who.actor.AccountID == "" || kind != problem.Denied && kind != problem.Closed && kind != problem.Unauthenticated && !absent {
		return refusal
	}
	inside := ""
	if who.organization.Name != "" {
		inside = "/organizations/" + who.organization.Name
	}
	err := s.Audit.Record(c.Request().Context(), audit.Entry{
		Actor: who.actor, Organization: who.organization.ID, Action: string(p), Outcome: audit.Refused, Reason: refusal.Error(),
		Target: c.Request().Method + " " + strings.TrimPrefix(strings.TrimPrefix(c.Request().URL.Path, BasePath), inside),
	})
	if err != nil {
		s.Logger.ErrorContext(c.Request().Context(), "a refusal was not recorded", "request", requestID(c), "error", err)
	}
	return refusal
}

// authorize returns what it found out in any case.
func (s *server) authorize(c echo.Context, n need) (caller, error) {
	p := n.permission
	ctx := c.Request().Context()
	who := caller{token: s.sessionToken(c.Request()), browser: s.signInBrowser(c.Request()), actor: audit.Actor{
		Address: c.RealIP(), RequestID: requestID(c), Agent: c.Request().UserAgent(),
	}}
	if p == authz.Public {
		return who, nil
	}
	var err error
	who.session, who.account, err = s.Identity.Authenticate(ctx, who.token)
	if who.account.ID != "" { // also when the session has ended
		who.actor.AccountID, who.actor.Email, who.actor.Credential = who.account.ID, who.account.Email, who.session.Credential()
	}
	if err != nil {
		return who, err
	}
	if !authz.Scoped(p) {
		return who, nil
	}
	if id := c.Param("operation"); id != "" {
		if who.operation, who.organization, err = s.ownOperation(ctx, who.viewer(), id); err != nil {
			return who, err
		}
	} else if who.organization, err = s.Tenants.Named(ctx, who.viewer(), c.Param("org")); err != nil {
		return who, err
	}
	if o := who.organization; o.SSORequired && o.Role != authz.Owner && who.session.Through.OrganizationID == "" {
		return who, problem.New(problem.Denied, "%s requires single sign-on. Sign out, and sign in again with your work e-mail.", o.Name)
	}
	return s.decide(c, who, n)
}

// ownOperation answers for an operation of another organization as for one that does not exist.
func (s *server) ownOperation(ctx context.Context, v tenant.Viewer, id string) (operation.Record, tenant.Organization, error) {
	r, err := s.Operations.Record(ctx, id)
	if err != nil {
		return operation.Record{}, tenant.Organization{}, err
	}
	o, err := s.Tenants.Get(ctx, v, r.OrganizationID)
	if problem.KindOf(err) == problem.NotFound {
		err = problem.Missing("operation")
	}
	return r, o, err
}

// cookieName carries a prefix by https that makes browsers refuse the cookie from other hosts and from http.
func (s *server) cookieName() string {
	if s.Secure {
		return "__Host-podium_session"
	}
	return "podium_session"
}

func (s *server) sessionToken(r *http.Request) string {
	cookie, err := r.Cookie(s.cookieName())
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (s *server) sessionCookie(in identity.SignedIn) *string {
	return s.cookie(&http.Cookie{Value: in.Token, Expires: in.ExpiresAt})
}

func (s *server) noCookie() *string { return s.cookie(&http.Cookie{MaxAge: -1}) }

func (s *server) cookie(c *http.Cookie) *string {
	c.Name, c.Path, c.HttpOnly, c.Secure, c.SameSite = s.cookieName(), "/", true, s.Secure, http.SameSiteLaxMode
	text := c.String()
	return &text
}
