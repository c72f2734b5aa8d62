package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/controlplane/internal/apikey"
	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
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
	account      identity.Account    // unless the operation is public, or a service account calls
	key          apikey.Key          // instead of a session
	organization tenant.Organization // with scoped permissions: the one that the path names, or that the operation belongs to
	rights       authz.Rights        // in the organization
	place        authz.Scope         // what the path names, in the organization
	operation    operation.Record    // when the path names one
}

// byKey reports whether a program calls by an API key.
func (c caller) byKey() bool { return c.key.ID != "" }

// viewer is the caller as far as the session, or the API key, reaches.
func (c caller) viewer() tenant.Viewer {
	if c.byKey() {
		return c.key.Viewer()
	}
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
	sessions   bool // API keys may not call it
	changes    bool // something of the organization: not while it is closed
}

var parameter = regexp.MustCompile(`\{(\w+)\}`)

// permissions returns the permission of each operation of openapi.yaml. One that names none that is known is an error.
var permissions = sync.OnceValues(func() (map[route]need, error) {
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
			security := spec.Security
			if op.Security != nil {
				security = *op.Security
			}
			keys := slices.ContainsFunc(security, func(r openapi3.SecurityRequirement) bool { _, named := r["apiKey"]; return named })
			all[route{method, BasePath + parameter.ReplaceAllString(path, ":$1")}] = need{
				permission: p, filtered: filtered, fresh: fresh, sessions: !keys, changes: method != http.MethodGet && !reads,
			}
		}
	}
	return all, errors.Join(wrong...)
})

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
				err = s.proven(who)
			}
			if err == nil {
				ctx := c.Request().Context()
				if who.organization.ID != "" {
					ctx = tenancy.Within(ctx, who.organization.ID)
				}
				c.SetRequest(c.Request().WithContext(context.WithValue(ctx, callerKey{}, who)))
				err = next(c)
				if method := c.Request().Method; err == nil && method != http.MethodGet && who.organization.ID != "" {
					s.Hub.Wake(notify.Rights(who.organization.ID)) // it may have taken some away
				}
			}
			return s.auditRefusal(c, who, p.permission, err)
		}
	}
}

// proven makes sure that a person has signed in lately, or that a key was made for dangerous acts.
func (s *server) proven(who caller) error {
	switch {
	case !who.byKey():
		return s.Identity.Fresh(who.session)
	case !who.key.Dangerous:
		return problem.New(problem.Denied, "A person would have to sign in again for this, and the API key %s was not made for dangerous acts.", who.key.Name)
	}
	return nil
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
		Address: c.RealIP(), RequestID: requestID(c), Agent: strings.ToValidUTF8(c.Request().UserAgent(), "?"),
	}}
	token, given := authorization(c.Request())
	if given {
		who.token, who.browser = "", "" // whatever cookies it brings
	}
	if p == authz.Public {
		return who, nil
	}
	var err error
	if given {
		who, err = s.program(ctx, who, token)
	} else {
		who, err = s.person(ctx, who)
	}
	if err == nil {
		err = s.limitCaller(ctx, who)
	}
	if err != nil {
		return who, err
	}
	if who.byKey() && n.sessions {
		return who, problem.New(problem.Denied, "API keys cannot do this; a person does it in the console.")
	}
	if !authz.Scoped(p) {
		return who, nil
	}
	if id := c.Param("operation"); id != "" {
		who.operation, who.organization, err = s.ownOperation(ctx, who, id)
	} else {
		who.organization, err = s.named(ctx, who, c.Param("org"))
	}
	if err != nil {
		return who, err
	}
	if err := who.mayEnter(who.organization); err != nil {
		return who, err
	}
	return s.decide(c, who, n)
}

// mayEnter refuses who has not come the way that an organization requires.
func (c caller) mayEnter(o tenant.Organization) error {
	switch {
	case o.SecondFactorMissing && !c.byKey():
		return problem.New(problem.Denied, "%s requires a second factor when you sign in with a password. Set one up under Second factor in "+
			"your account menu.", o.Name)
	case !o.SSORequired || o.Role == authz.Owner || c.throughProvider():
		return nil
	case c.byKey():
		return problem.New(problem.Denied, "%s requires single sign-on. Sign in through it, and make another key.", o.Name)
	}
	return problem.New(problem.Denied, "%s requires single sign-on. Sign out, and sign in again with your work e-mail.", o.Name)
}

// throughProvider reports whether an identity provider of the organization has vouched for the caller, as far as that can be: a
// service account has none.
func (c caller) throughProvider() bool {
	return c.session.Through.OrganizationID != "" || c.key.Federated || c.key.Owner.Kind == authz.ServiceAccount
}

// person finds out whose session it is, also when it has ended.
func (s *server) person(ctx context.Context, who caller) (caller, error) {
	var err error
	who.session, who.account, err = s.Identity.Authenticate(ctx, who.token)
	if who.account.ID != "" {
		who.actor.AccountID, who.actor.Email, who.actor.Credential = who.account.ID, who.account.Email, who.session.Credential()
	}
	return who, err
}

// program finds out whose API key it is, also when it is not good any more.
func (s *server) program(ctx context.Context, who caller, token string) (caller, error) {
	var err error
	who.key, err = s.APIKeys.Authenticate(ctx, token, who.actor.Address)
	if !who.byKey() {
		return who, err
	}
	who.actor.AccountID, who.actor.Email, who.actor.Credential = who.key.Owner.ID, who.key.Actor(), who.key.Credential()
	who.account = identity.Account{ID: who.key.Owner.ID, Name: who.key.OwnerName}
	if who.key.Owner.Kind == authz.User {
		who.account = identity.Account{ID: who.key.Owner.ID, Email: who.key.OwnerName, Name: who.key.Person}
	}
	if err != nil {
		return who, err
	}
	_, err = s.Tenants.Get(ctx, who.viewer(), who.key.OrganizationID)
	if problem.KindOf(err) == problem.NotFound {
		err = problem.New(problem.Unauthenticated, "The owner of the API key is not a member of its organization any more.")
	}
	return who, err
}

// named returns the organization that a path names, as the caller sees it; a key sees its own.
func (s *server) named(ctx context.Context, who caller, name string) (tenant.Organization, error) {
	if who.byKey() && name != who.key.Organization {
		return tenant.Organization{}, problem.Missing("organization")
	}
	return s.Tenants.Named(ctx, who.viewer(), name)
}

// ownOperation answers for an operation of another organization as for one that does not exist.
func (s *server) ownOperation(ctx context.Context, who caller, id string) (operation.Record, tenant.Organization, error) {
	r, err := s.Operations.Record(ctx, id)
	if err != nil {
		return operation.Record{}, tenant.Organization{}, err
	}
	if who.byKey() && r.OrganizationID != who.key.OrganizationID {
		return operation.Record{}, tenant.Organization{}, problem.Missing("operation")
	}
	o, err := s.Tenants.Get(ctx, who.viewer(), r.OrganizationID)
	if problem.KindOf(err) == problem.NotFound {
		err = problem.Missing("operation")
	}
	return r, o, err
}

// authorization returns the token of a call that has one.
func authorization(r *http.Request) (token string, given bool) {
	scheme, token, _ := strings.Cut(r.Header.Get(echo.HeaderAuthorization), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
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
