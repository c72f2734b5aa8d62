package httpapi_test

import "testing"

// TestCalls_AreText: what a database keeps as no text is refused before it is looked for, and not a fault of ours.
func TestCalls_AreText(t *testing.T) {
	nobody := newSite(t, false).nobody()
	for _, path := range []string{"/api/v1/organizations/%ff", "/api/v1/organizations/a%00/members", "/api/v1/organizations/a%2500/audit", "/api/v1/me?x=%ff"} {
		nobody.call(t, "GET", path, "").want(t, 400)
	}
	nobody.call(t, "POST", "/api/v1/logout", "", "Idempotency-Key", "\xff").wantField(t, 400, "Idempotency-Key")
	nobody.call(t, "POST", "/api/v1/login", `{"email":"ada@example.com","password":"a\u0000b"}`).want(t, 400)
	// Text all the same: a backslash before u0000, and other scripts.
	nobody.call(t, "POST", "/api/v1/login", `{"email":"ada@example.com","password":"a\\u0000b"}`).want(t, 401)
	nobody.call(t, "GET", "/api/v1/organizations/gr%C3%BC%C3%9Fe/members", "").want(t, 401)
}
