package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

func TestMain_Organizations(t *testing.T) {
	data := t.TempDir()
	folder := filepath.Join(data, "controlplane")
	if code, _, stderr := call(t, "organizations", "list", "--data", data); code != 1 || !strings.Contains(stderr, "--data") {
		t.Errorf("a folder of nobody: %d %s", code, stderr)
	}
	must(t, os.Mkdir(folder, 0o700))
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(folder, "podium.db")}) // as a control plane that runs
	must(t, err)
	defer func() { must(t, s.Close()) }()
	_, err = identity.OpenSealer(filepath.Join(folder, "key"))
	must(t, err)
	at := now()
	must(t, s.CreateAccount(t.Context(), identity.Account{ID: "acc_1", Email: "ada@example.com", CreatedAt: at}, "hash",
		tenant.Organization{ID: "org_1", Name: "acme", CreatedAt: at, Role: authz.Owner},
		identity.Session{TokenHash: "x", AccountID: "acc_1", CreatedAt: at, SeenAt: at, ExpiresAt: at.Add(time.Hour)},
		audit.Entry{At: at, Organization: "org_1", Action: "test"}))
	plans := filepath.Join(data, "plans.json")
	must(t, os.WriteFile(plans, []byte(`{"default":"free","plans":[{"name":"free"},{"name":"team"}]}`), 0o600))

	for _, step := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"list"}, 0, "acme  ACTIVE  free"},
		{[]string{"suspend", "acme"}, 1, "reason"},
		{[]string{"suspend", "nobody", "--reason", "unpaid"}, 1, "no such organization"},
		{[]string{"suspend", "acme", "--reason", "unpaid"}, 0, "is suspended"},
		{[]string{"list"}, 0, "unpaid"},
		{[]string{"resume", "acme"}, 0, "not suspended"},
		{[]string{"resume", "acme"}, 0, "not suspended"},
		{[]string{"plan", "acme", "gold"}, 1, "gold"},
		{[]string{"plan", "acme"}, 1, "a name and a plan"},
		{[]string{"plan", "acme", "team"}, 0, "has the plan team"},
		{[]string{"list"}, 0, "acme  ACTIVE  team"},
		{[]string{"plan", "acme", "default"}, 0, "has the plan free"},
		{[]string{"list", "acme"}, 1, "no names"},
		{[]string{"erase"}, 2, "usage"},
	} {
		code, stdout, stderr := call(t, append(append([]string{"organizations"}, step.args...), "--data", data, "--plans", plans)...)
		if code != step.code || !strings.Contains(stdout+stderr, step.says) {
			t.Errorf("%v: %d %s%s, want %d with %q", step.args, code, stdout, stderr, step.code, step.says)
		}
	}
}
