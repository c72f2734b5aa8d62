package rest_test

import (
	"strings"
	"testing"
)

func TestRoles(t *testing.T) {
	s := newServer(t, options{})
	all := s.json(s.get("/api/roles/system"))
	for _, name := range []string{"ADMIN", "METADATA_MANAGER", "WORKFLOW_MANAGER", "USER", "WORKER"} {
		if r, ok := all[name].(map[string]any); !ok || r["name"] != name {
			t.Errorf("%s: %v", name, all[name])
		}
	}
	if a := s.ok(s.get("/api/roles")); !strings.HasPrefix(a.body, `[{"name":"ADMIN","permissions":[{"name":"`) {
		t.Errorf("all: %s", a.body)
	}
	if a := s.ok(s.get("/api/roles/custom")); a.body != "[]\n" {
		t.Errorf("made here: %s", a.body)
	}
	if r := s.json(s.get("/api/roles/WORKER")); r["name"] != "WORKER" {
		t.Errorf("one: %v", r)
	}
	if allowed := s.json(s.get("/api/roles/permissions")); allowed["workflow:read"] == nil {
		t.Errorf("permissions: %v", allowed)
	}
	s.failure(s.get("/api/roles/NOBODY"), 404, "NOBODY")
}

// The JavaScript SDK's own tests give one role without a list.
func TestOneRoleWithoutAList(t *testing.T) {
	s := newServer(t, options{})
	for path, body := range map[string]string{
		"/api/users/ada@example.com": `{"name":"Ada","roles":"USER"}`,
		"/api/groups/billing":        `{"description":"Billing","roles":"USER"}`,
	} {
		roles, _ := s.json(s.put(path, body))["roles"].([]any)
		if len(roles) != 1 || roles[0].(map[string]any)["name"] != "USER" {
			t.Errorf("%s: %v", path, roles)
		}
		s.failure(s.put(path, strings.Replace(body, `"USER"`, `5`, 1)), 400)
	}
}
