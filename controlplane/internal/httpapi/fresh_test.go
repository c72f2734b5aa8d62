package httpapi_test

import (
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
)

// TestFreshSignIn_IsNeededForDangerousActs: S-36, S-31.
func TestFreshSignIn_IsNeededForDangerousActs(t *testing.T) {
	s := newSite(t, false)
	a := s.nobody().call(t, "POST", "/api/v1/signup", `{"email":"ada@example.com","password":"correct horse 9","name":"Ada","organization":"acme"}`)
	a.want(t, 201)
	ada := &person{site: s, cookie: cookieOf(a)}
	s.readyIn(t, s.organizationOf(t, ada), "acme", "first")
	const first, members = "/api/v1/organizations/acme/clusters/first", "/api/v1/organizations/acme/members"
	s.ahead.Store(int64(identity.SessionFresh) + 1e9)
	for _, call := range []struct{ method, path, body string }{
		{"DELETE", first, ""},
		{"POST", members, `{"email":"ada@example.com","role":"owner"}`},
		{"GET", "/api/v1/organizations/acme/audit/export", ""},
		{"POST", "/api/v1/organizations/acme/keys/rotation", ""},
	} {
		p := ada.call(t, call.method, call.path, call.body).want(t, 403)
		if p["type"] != "urn:podium:sign-in-again" {
			t.Errorf("%s %s: the problem is %v", call.method, call.path, p)
		}
	}
	ada.call(t, "GET", first, "").want(t, 200)
	ada.call(t, "POST", first+"/access-keys", `{"name":"workers"}`).want(t, 201)

	again := ada.call(t, "POST", "/api/v1/login", `{"email":"ada@example.com","password":"correct horse 9"}`)
	again.want(t, 200)
	ada.call(t, "GET", "/api/v1/me", "").want(t, 401) // the session before has ended
	ada.cookie = cookieOf(again)
	ada.call(t, "POST", "/api/v1/organizations/acme/keys/rotation", "").want(t, 204)
	ada.call(t, "DELETE", first, "").want(t, 202)
}

// TestFreshSignIn_IsAskedForByName keeps the list of dangerous acts from growing shorter by accident: S-36.
func TestFreshSignIn_IsAskedForByName(t *testing.T) {
	spec, err := api.GetSpec()
	must(t, err)
	found := map[string]bool{}
	for _, item := range spec.Paths.Map() {
		for _, op := range item.Operations() {
			found[strings.ToLower(op.OperationID)], _ = op.Extensions["x-fresh-sign-in"].(bool)
		}
	}
	for _, id := range []string{
		"deleteCluster", "addMember", "updateMember", "removeMember", "createIdentityProvider", "updateIdentityProvider", "deleteIdentityProvider",
		"setIdentityProviderState", "updateSingleSignOn", "addDomain", "removeDomain", "exportAudit", "rotateKeys", "deleteOrganization", "updateOrganization",
		"createMyApiKey", "rotateMyApiKey", "createServiceAccount", "updateServiceAccount", "deleteServiceAccount", "createServiceAccountKey",
		"rotateApiKey", "createGrant", "deleteGrant", "addToGroup", "removeFromGroup", "updateGroup", "deleteGroup", "updateRole", "createInvitation",
		"endMemberSessions", "beginSecondFactor", "deleteSecondFactor", "replaceRecoveryCodes", "updateOrganizationRules",
	} {
		if !found[strings.ToLower(id)] {
			t.Errorf("%s needs no fresh sign-in", id)
		}
	}
}
