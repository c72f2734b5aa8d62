package apptest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/apptest"
	"github.com/podium-cloud/podium/controlplane/internal/config"
)

// TestConsoleSession_EndsWithTheRole: S-56. What somebody has opened inside a cluster ends when the role is taken away, as its
// data plane is told by the link, and not with the token.
func TestConsoleSession_EndsWithTheRole(t *testing.T) {
	url, _ := apptest.Start(t, config.Config{Data: t.TempDir(), EdgeBinary: binaries.Edge})
	var member struct{ ID string }
	ada, grace := apptest.NewClient(t, url), apptest.NewClient(t, url)
	ada.SignUp("acme")
	grace.SignUp("grace")
	ada.Call("POST", "/organizations/acme/clusters", map[string]string{"name": "first"}, 202, nil)
	ada.Call("POST", "/organizations/acme/members", map[string]string{"email": "grace@example.com", "role": "admin"}, 200, &member)
	c := ada.AwaitState("acme", "first", "READY")
	open := func(by *apptest.Client) (token string) {
		var console struct{ URL string }
		by.Call("POST", "/organizations/acme/clusters/first/console-sessions", nil, 201, &console)
		_, token, _ = strings.Cut(console.URL, "#token=")
		return token
	}
	await := func(token string, want int) {
		t.Helper()
		ada.Await(fmt.Sprint("the data plane answers ", want), func(ctx context.Context) (bool, string) {
			status, text, err := tenantCall(ctx, c, token, "GET", "/api/metadata/workflow", "")
			return status == want, fmt.Sprint(status, text, err)
		})
	}
	hers, mine := open(grace), open(ada)
	await(hers, 200)
	ada.Call("DELETE", "/organizations/acme/members/"+member.ID, nil, 204, nil)
	await(hers, 401)
	if status, text, err := tenantCall(t.Context(), c, mine, "GET", "/api/metadata/workflow", ""); status != 200 {
		t.Errorf("another one's session is answered %d %s %v", status, text, err)
	}
}
