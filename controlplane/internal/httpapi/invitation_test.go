package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
)

// invite makes an invitation of acme's and returns its token.
func (p *person) invite(t *testing.T, email, role string) (token, id string) {
	t.Helper()
	i := p.call(t, "POST", "/api/v1/organizations/acme/invitations", body(t, map[string]string{"email": email, "role": role})).want(t, 201)
	_, token, found := strings.Cut(i["link"].(string), "/invitation#")
	if !found || len(token) < 26 {
		t.Fatalf("the link is %v", i["link"])
	}
	return token, i["id"].(string)
}

// TestInvitation covers S-16: once, for a time, for one address, and stored as a hash.
func TestInvitation(t *testing.T) {
	s := newSite(t, false)
	acme, eve := s.owner(t, "acme"), s.owner(t, "eve")
	with := func(token string) string { return body(t, map[string]string{"token": token}) }
	join := func(token string) string {
		return body(t, map[string]string{"token": token, "name": "Grace", "password": "correct horse 9"})
	}
	nobody := s.nobody()
	first, _ := acme.invite(t, " Grace@Example.com", "member")
	token, _ := acme.invite(t, "grace@example.com", "member")
	nobody.call(t, "POST", "/api/v1/invitations/view", with(first)).want(t, 404)
	if got := nobody.call(t, "POST", "/api/v1/invitations/view", with(token)).want(t, 200); got["email"] != "grace@example.com" || got["organization"] != "acme" {
		t.Errorf("the invitation is %v", got)
	}
	eve.call(t, "POST", "/api/v1/invitations/accept", with(token)).want(t, 403)
	nobody.call(t, "POST", "/api/v1/invitations/join", body(t, map[string]string{"token": token, "name": "Grace", "password": "short"})).wantField(t, 422, "password")
	a := nobody.call(t, "POST", "/api/v1/invitations/join", join(token))
	a.want(t, 201)
	cookie, _ := session(t, a)
	grace := &person{site: s, cookie: cookie}
	if grace.role(t, "acme") != "member" {
		t.Error("who joined is no member")
	}
	nobody.call(t, "POST", "/api/v1/invitations/join", join(token)).want(t, 404)
	grace.call(t, "POST", "/api/v1/invitations/accept", with(token)).want(t, 404)

	// Somebody who has an account accepts with it; a member is not invited again.
	acme.call(t, "POST", "/api/v1/organizations/acme/invitations", `{"email":"grace@example.com","role":"owner"}`).wantField(t, 409, "email")
	token, _ = acme.invite(t, "eve@example.com", "owner")
	nobody.call(t, "POST", "/api/v1/invitations/join", join(token)).want(t, 409)
	eve.call(t, "POST", "/api/v1/invitations/accept", with(token)).want(t, 200)
	if eve.role(t, "acme") != "owner" || eve.role(t, "eve") != "owner" {
		t.Error("who accepted has not the role")
	}
	// Taken back, and too old.
	token, id := acme.invite(t, "linus@example.com", "member")
	acme.call(t, "DELETE", "/api/v1/organizations/acme/invitations/"+id, "").want(t, 204)
	nobody.call(t, "POST", "/api/v1/invitations/join", join(token)).want(t, 404)
	token, _ = acme.invite(t, "linus@example.com", "member")
	if _, err := s.store.InvitationByHash(t.Context(), token, s.now()); err == nil {
		t.Error("an invitation is stored under its token")
	}
	s.ahead.Store(int64(8 * 24 * time.Hour))
	nobody.call(t, "POST", "/api/v1/invitations/view", with(token)).want(t, 404)
	nobody.call(t, "POST", "/api/v1/invitations/join", join(token)).want(t, 404)
	if strings.Contains(s.log.String(), token) {
		t.Error("a token is in the log")
	}
	log, err := s.store.AuditLog(t.Context(), "org_acme", audit.Filter{}, 100)
	must(t, err)
	accepted := 0
	for _, e := range log {
		if e.Action == "invitation.accept" && e.Actor != (audit.Actor{}) {
			accepted++
		}
	}
	if accepted != 2 {
		t.Errorf("%d invitations were accepted by the audit log, want 2", accepted)
	}
}
