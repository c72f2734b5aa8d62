package sdktest

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"
	"github.com/conductor-sdk/conductor-go/sdk/model/rbac"
	"github.com/conductor-sdk/conductor-go/sdk/settings"
)

// TestGo_Access drives applications, users, groups and grants through the official Go SDK.
func TestGo_Access(t *testing.T) {
	onBoth(t, func(t *testing.T, c connection) {
		api := client.NewAPIClient(settings.NewAuthenticationSettings(c.key, c.secret), settings.NewHttpSettings(c.api))
		name := "go_" + strings.ToLower(rand.Text()[:8])
		t.Run("applications", func(t *testing.T) { testApplications(t, api, name) })
		t.Run("users and groups", func(t *testing.T) { testPeople(t, api, name) })
	})
}

// ok takes what an SDK's call returns.
func ok[T any](t *testing.T) func(v T, _ *http.Response, err error) T {
	t.Helper()
	return func(v T, _ *http.Response, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// void is ok for calls without a result.
func void(t *testing.T) func(_ *http.Response, err error) {
	t.Helper()
	return func(_ *http.Response, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func testApplications(t *testing.T, api *client.APIClient, name string) {
	ctx, applications, grants := t.Context(), client.NewApplicationClient(api), client.NewAuthorizationClient(api)
	app := ok[*rbac.ConductorApplication](t)(applications.CreateApplication(ctx, rbac.CreateOrUpdateApplicationRequest{Name: name}))
	if got := ok[*rbac.ConductorApplication](t)(applications.GetApplication(ctx, app.Id)); got.Name != name {
		t.Errorf("got %+v", got)
	}
	key := ok[*rbac.ConductorApplication](t)(applications.CreateAccessKey(ctx, app.Id)) // the SDK leaves the secret out
	ok[any](t)(applications.AddRoleToApplicationUser(ctx, app.Id, "METADATA_MANAGER"))
	ok[any](t)(applications.RemoveRoleFromApplicationUser(ctx, app.Id, "METADATA_MANAGER"))
	ok[any](t)(applications.ToggleAccessKeyStatus(ctx, app.Id, key.Id))
	if keys := ok[[]rbac.AccessKeyResponse](t)(applications.GetAccessKeys(ctx, app.Id)); len(keys) != 1 || keys[0].Status != "INACTIVE" {
		t.Errorf("keys %+v", keys)
	}
	void(t)(applications.PutTagForApplication(ctx, []model.Tag{{Key: "team", Value: "a"}}, app.Id))
	if tags := ok[[]model.Tag](t)(applications.GetTagsForApplication(ctx, app.Id)); len(tags) != 1 {
		t.Errorf("tags %+v", tags)
	}
	request := rbac.AuthorizationRequest{
		Access: []string{"READ"}, Subject: &rbac.SubjectRef{Type_: "USER", Id: "app:" + app.Id}, Target: &rbac.TargetRef{Type_: "SECRET_NAME", Id: name},
	}
	void(t)(grants.GrantPermissions(ctx, request))
	if who := ok[any](t)(grants.GetPermissions(ctx, "SECRET_NAME", name)).(map[string]any); who["READ"] == nil {
		t.Errorf("granted %v", who)
	}
	void(t)(grants.RemovePermissions(ctx, request))
	void(t)(applications.DeleteAccessKey(ctx, app.Id, key.Id))
	ok[any](t)(applications.DeleteApplication(ctx, app.Id))
	if _, res, err := applications.GetApplication(ctx, app.Id); err == nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("the application is still there: %v", err)
	}
}

func testPeople(t *testing.T, api *client.APIClient, name string) {
	ctx, users, groups := t.Context(), client.NewUserClient(api), client.NewGroupClient(api)
	email := name + "@example.com"
	ok[*rbac.ConductorUser](t)(users.UpsertUser(ctx, rbac.UpsertUserRequest{Name: "Ada", Roles: []string{"USER"}}, email))
	ok[any](t)(groups.UpsertGroup(ctx, rbac.UpsertGroupRequest{Description: "Billing", Roles: []string{"USER"}}, name))
	void(t)(groups.AddUsersToGroup(ctx, []string{email}, name))
	if u := ok[*rbac.ConductorUser](t)(users.GetUser(ctx, email)); len(u.Groups) != 1 || u.Groups[0].Id != name {
		t.Errorf("user %+v", u)
	}
	if can := ok[map[string]any](t)(users.CheckPermissions(ctx, email, "WORKFLOW_DEF", name)); can["EXECUTE"] != false {
		t.Errorf("may %v", can)
	}
	ok[any](t)(groups.RemoveUserFromGroup(ctx, name, email))
	void(t)(groups.DeleteGroup(ctx, name))
	void(t)(users.DeleteUser(ctx, email))
}
