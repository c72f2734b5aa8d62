package httpapi_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
)

// TestMemberSessions has an owner see where a member is signed in, and sign them out. It covers S-31.
func TestMemberSessions(t *testing.T) {
	s := newConfinedSite(t)
	ada, grace := s.owner(t, "acme"), s.member(t, "grace", authz.Member)
	admin := s.member(t, "admin", authz.Admin)
	ctx, now := t.Context(), s.now()
	through := func(hash, organization string) {
		provider := "idp_" + organization
		must(t, s.store.CreateProvider(ctx, sso.Provider{
			OrganizationID: "org_" + organization, ID: provider, Name: "Login", State: sso.Draft, Issuer: "https://127.0.0.1:9",
			ClientID: "podium", Scopes: []string{"openid"}, Claims: sso.ClaimNames{Email: "email", Name: "name", Groups: "groups"}, Version: 1,
		}, audit.Entry{Organization: "org_" + organization, At: now}))
		must(t, s.store.CreateSession(ctx, identity.Session{
			TokenHash: hash, AccountID: "acc_grace", Address: "192.0.2.7", Agent: "Firefox/140", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour),
			Through: identity.Federation{OrganizationID: "org_" + organization, ProviderID: provider},
		}, "", audit.Entry{At: now, Action: "session.create"}))
	}
	through("through acme", "acme")
	through("through another", "grace")
	path := acmePath + "/members/acc_grace/sessions"
	hashes := func() []string {
		t.Helper()
		a := ada.call(t, "GET", path, "")
		a.want(t, 200)
		var list []struct{ ID, Organization, Address string }
		must(t, json.Unmarshal([]byte(a.body), &list))
		var found []string
		for _, one := range list {
			found = append(found, one.ID)
			if one.ID == "through acme" && (one.Organization != "acme" || one.Address != "192.0.2.7") {
				t.Errorf("the session through the provider is %+v", one)
			}
		}
		return found
	}
	if got := hashes(); len(got) != 2 || strings.Contains(strings.Join(got, " "), "another") {
		t.Errorf("sessions are %q, want the one with a password and the one through acme", got)
	}
	grace.call(t, "GET", path, "").want(t, 403)
	ada.call(t, "GET", acmePath+"/members/acc_none/sessions", "").want(t, 404)
	admin.call(t, "DELETE", acmePath+"/members/acc_acme/sessions", "").want(t, 403) // an owner may do more
	ada.call(t, "GET", "/api/v1/me", "").want(t, 200)

	for range 2 {
		ada.call(t, "DELETE", path, "").want(t, 204)
	}
	grace.call(t, "GET", "/api/v1/me", "").want(t, 401) // at once
	if got := hashes(); len(got) != 0 {
		t.Errorf("sessions that are left: %q", got)
	}
	if _, _, err := s.store.Session(ctx, "through another"); err != nil {
		t.Errorf("the session through another organization's provider: %v", err)
	}
	if log := ada.call(t, "GET", acmePath+"/audit?action=session.end-all", ""); !strings.Contains(log.body, "member/grace@example.com") ||
		!strings.Contains(log.body, `"sessions":2`) {
		t.Errorf("the audit log has %s", log.body)
	}

	ada.call(t, "DELETE", acmePath+"/members/acc_acme/sessions", "").want(t, 204) // one's own: but the one that asks
	ada.call(t, "GET", "/api/v1/me", "").want(t, 200)
}
