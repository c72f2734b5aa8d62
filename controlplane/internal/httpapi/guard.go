package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// caller is what the guard found out about a request.
type caller struct {
	token        string // of the session cookie
	actor        audit.Actor
	account      identity.Account    // unless the operation is public
	organization tenant.Organization // with scoped permissions: the one that the path names, or that the operation belongs to
	operation    operation.Record    // when the path names one
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// guards returns one middleware per operation of openapi.yaml. An operation without a known permission is an error.
func (s *server) guards() (map[string][]echo.MiddlewareFunc, error) {
	permissions, err := permissions()
	guards := map[string][]echo.MiddlewareFunc{}
	for id, p := range permissions {
		guards[id] = []echo.MiddlewareFunc{s.guard(p)}
	}
	return guards, err
}

// permissions returns the permission of each operation by its operationId.
func permissions() (map[string]authz.Permission, error) {
	spec, err := api.GetSpec()
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	all := map[string]authz.Permission{}
	var wrong []error
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			text, _ := op.Extensions["x-permission"].(string)
			p := authz.Permission(text)
			if text == "" || !authz.Known(p) {
				wrong = append(wrong, fmt.Errorf("%s %s: x-permission %q is unknown", method, path, text))
			}
			all[op.OperationID] = p
		}
	}
	return all, errors.Join(wrong...)
}

// guard lets a request through whose caller has the permission.
func (s *server) guard(p authz.Permission) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			who, err := s.authorize(c, p)
			if err != nil {
				return err
			}
			c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), callerKey{}, who)))
			return next(c)
		}
	}
}

func (s *server) authorize(c echo.Context, p authz.Permission) (caller, error) {
	ctx := c.Request().Context()
	who := caller{token: s.sessionToken(c.Request()), actor: audit.Actor{Address: c.RealIP(), RequestID: requestID(c)}}
	if p == authz.Public {
		return who, nil
	}
	var err error
	if who.account, err = s.Identity.Authenticate(ctx, who.token); err != nil {
		return caller{}, err
	}
	who.actor.AccountID, who.actor.Email = who.account.ID, who.account.Email
	if !authz.Scoped(p) {
		return who, nil
	}
	if id := c.Param("operation"); id != "" {
		if who.operation, who.organization, err = s.ownOperation(ctx, who.account.ID, id); err != nil {
			return caller{}, err
		}
	} else if who.organization, err = s.Tenants.Named(ctx, who.account.ID, c.Param("org")); err != nil {
		return caller{}, err
	}
	if !authz.Allows(who.organization.Role, p) {
		return caller{}, problem.New(problem.Denied, "Your role in the organization, %s, does not allow %s.", who.organization.Role, p)
	}
	return who, nil
}

// ownOperation answers for an operation of another organization as for one that does not exist.
func (s *server) ownOperation(ctx context.Context, account, id string) (operation.Record, tenant.Organization, error) {
	r, err := s.Operations.Record(ctx, id)
	if err != nil {
		return operation.Record{}, tenant.Organization{}, err
	}
	o, err := s.Tenants.Get(ctx, account, r.OrganizationID)
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
