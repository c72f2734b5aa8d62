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

func TestMain_ResetSecondFactor(t *testing.T) {
	data := t.TempDir()
	folder := filepath.Join(data, "controlplane")
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
	must(t, s.BeginFactor(t.Context(), "acc_1", "sealed", at))
	must(t, s.ConfirmFactor(t.Context(), "acc_1", "sealed", 1, nil, "x", audit.Entry{At: at, Actor: audit.Actor{AccountID: "acc_1"}}))

	for _, step := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"forget"}, 2, "usage"},
		{[]string{"reset-second-factor"}, 1, "one e-mail"},
		{[]string{"reset-second-factor", "ada"}, 1, "ada"},
		{[]string{"reset-second-factor", "eve@example.com"}, 1, "no such account"},
		{[]string{"reset-second-factor", " Ada@example.com"}, 0, "ada@example.com signs in with the password alone"},
	} {
		code, stdout, stderr := call(t, append(append([]string{"accounts"}, step.args...), "--data", data)...)
		if code != step.code || !strings.Contains(stdout+stderr, step.says) {
			t.Errorf("%v: %d %s%s, want %d with %q", step.args, code, stdout, stderr, step.code, step.says)
		}
	}
	f, err := s.Factor(t.Context(), "acc_1")
	if err != nil || f.Enabled() {
		t.Errorf("the factor is %+v, %v", f, err)
	}
	log, err := s.AuditLog(t.Context(), "org_1", audit.Filter{Action: "secondfactor.disable"}, 10)
	if err != nil || len(log) != 1 || log[0].Actor.Email != "operator" || log[0].Target != "account/ada@example.com" {
		t.Errorf("the organization is told %+v, %v", log, err)
	}
}
