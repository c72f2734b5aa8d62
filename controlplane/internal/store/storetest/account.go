package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

func createAccount(t *testing.T, f fixture) {
	a, o := f.account(t, "ada")
	got, hash, err := f.store.AccountByEmail(t.Context(), a.Email)
	must(t, err)
	equal(t, "account", got, a)
	equal(t, "hash", hash, "hash of ada")
	organizations, err := f.store.OrganizationsOf(t.Context(), tenant.Viewer{AccountID: a.ID})
	must(t, err)
	if len(organizations) != 1 || organizations[0] != o {
		t.Errorf("organizations are %v, want %v", organizations, o)
	}
	equal(t, "audit entries", f.auditCount(t, o.ID), 1)

	other := tenant.Organization{ID: "org_other", Name: "other", CreatedAt: epoch}
	session := identity.Session{TokenHash: "x", AccountID: "acc_x", CreatedAt: epoch, SeenAt: epoch, ExpiresAt: epoch}
	err = f.store.CreateAccount(t.Context(), identity.Account{ID: "acc_x", Email: a.Email, CreatedAt: epoch}, "h", other, session, entry(other.ID))
	wantField(t, err, problem.Conflict, "email")

	o.ID = "org_again"
	err = f.store.CreateAccount(t.Context(), identity.Account{ID: "acc_x", Email: "x@example.com", CreatedAt: epoch}, "h", o, session, entry(o.ID))
	wantField(t, err, problem.Conflict, "organization")
	_, _, err = f.store.AccountByEmail(t.Context(), "x@example.com")
	wantKind(t, err, problem.NotFound)
	_, _, err = f.store.Session(t.Context(), "x")
	wantKind(t, err, problem.NotFound)
}

func sessions(t *testing.T, f fixture) {
	a, _ := f.account(t, "ada")
	ctx := t.Context()
	s, owner, err := f.store.Session(ctx, "session_ada")
	must(t, err)
	equal(t, "owner", owner, a)
	equal(t, "end", s.ExpiresAt, epoch.Add(time.Hour))

	must(t, f.store.TouchSession(ctx, "session_ada", epoch.Add(time.Minute)))
	must(t, f.store.TouchSession(ctx, "session_ada", epoch)) // an older use changes nothing
	s, _, err = f.store.Session(ctx, "session_ada")
	must(t, err)
	equal(t, "last use", s.SeenAt, epoch.Add(time.Minute))

	next := identity.Session{TokenHash: "second", AccountID: a.ID, CreatedAt: epoch, SeenAt: epoch, ExpiresAt: epoch.Add(2 * time.Hour)}
	must(t, f.store.CreateSession(ctx, next, "session_ada", entry("")))
	_, _, err = f.store.Session(ctx, "session_ada")
	wantKind(t, err, problem.NotFound)

	n, err := f.store.PurgeSessions(ctx, epoch.Add(time.Minute), time.Hour)
	must(t, err)
	equal(t, "purged too early", n, 0)
	n, err = f.store.PurgeSessions(ctx, epoch.Add(61*time.Minute), time.Hour)
	must(t, err)
	equal(t, "purged after the idle limit", n, 1)

	must(t, f.store.CreateSession(ctx, next, "", entry("")))
	must(t, f.store.DeleteSession(ctx, "second", entry("")))
	must(t, f.store.DeleteSession(ctx, "second", entry("")))
	_, _, err = f.store.Session(ctx, "second")
	wantKind(t, err, problem.NotFound)
}

func members(t *testing.T, f fixture) {
	ada, o := f.account(t, "ada")
	grace, _ := f.account(t, "grace")
	ctx := t.Context()
	_, err := f.store.OrganizationByName(ctx, tenant.Viewer{AccountID: grace.ID}, "ada")
	wantKind(t, err, problem.NotFound)

	_, err = f.store.SetRole(ctx, o.ID, "nobody@example.com", authz.Member, anyone, entry(o.ID))
	wantField(t, err, problem.Invalid, "email")
	for range 2 {
		m, err := f.store.SetRole(ctx, o.ID, grace.Email, authz.Member, anyone, entry(o.ID))
		must(t, err)
		equal(t, "member", m, tenant.Member{AccountID: grace.ID, Email: grace.Email, Name: "grace", Role: authz.Member, Since: epoch, PasswordAlone: true})
	}
	equal(t, "audit entries", f.auditCount(t, o.ID), 2)
	seen, err := f.store.OrganizationByID(ctx, tenant.Viewer{AccountID: grace.ID}, o.ID)
	must(t, err)
	equal(t, "role", seen.Role, authz.Member)

	_, err = f.store.SetRole(ctx, o.ID, ada.Email, authz.Member, anyone, entry(o.ID))
	wantKind(t, err, problem.Conflict)
	wantKind(t, f.store.RemoveMember(ctx, o.ID, ada.ID, anyone, entry(o.ID)), problem.Conflict)

	_, err = f.store.SetRole(ctx, o.ID, grace.Email, authz.Owner, anyone, entry(o.ID))
	must(t, err)
	must(t, f.store.RemoveMember(ctx, o.ID, ada.ID, anyone, entry(o.ID)))
	must(t, f.store.RemoveMember(ctx, o.ID, ada.ID, anyone, entry(o.ID)))
	list, err := f.store.Members(ctx, o.ID)
	must(t, err)
	if len(list) != 1 || list[0].AccountID != grace.ID {
		t.Errorf("members are %v, want grace alone", list)
	}
	equal(t, "audit entries", f.auditCount(t, o.ID), 4)
	wantKind(t, f.store.CreateOrganization(ctx, tenant.Organization{ID: "org_2", Name: "ada"}, ada.ID, entry("org_2")), problem.Conflict)
	_, err = f.store.SetRole(ctx, "org_none", grace.Email, authz.Owner, anyone, entry("org_none"))
	wantKind(t, err, problem.NotFound)
}

func concurrentOwners(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	accounts := []string{"acc_ada"}
	for _, name := range []string{"grace", "edith", "joan"} {
		a, _ := f.account(t, name)
		_, err := f.store.SetRole(t.Context(), o.ID, a.Email, authz.Owner, anyone, entry(o.ID))
		must(t, err)
		accounts = append(accounts, a.ID)
	}
	var removing sync.WaitGroup
	refused := make(chan error, len(accounts))
	for _, id := range accounts {
		removing.Go(func() {
			if err := f.store.RemoveMember(t.Context(), o.ID, id, anyone, entry(o.ID)); err != nil {
				refused <- err
			}
		})
	}
	removing.Wait()
	close(refused)
	for err := range refused {
		wantKind(t, err, problem.Conflict)
	}
	list, err := f.store.Members(t.Context(), o.ID)
	must(t, err)
	equal(t, "owners left", len(list), 1)
}

func signingKeys(t *testing.T, f fixture) {
	ctx := t.Context()
	none, err := f.store.SigningKeys(ctx)
	must(t, err)
	equal(t, "keys", len(none), 0)
	first := identity.SigningKey{ID: "sig_1", PublicKey: "p", SealedKey: "s", CreatedAt: epoch}
	for _, k := range []identity.SigningKey{first, {ID: "sig_2", CreatedAt: epoch.Add(time.Hour)}} {
		keys, err := f.store.CreateFirstSigningKey(ctx, k)
		must(t, err)
		if len(keys) != 1 || keys[0] != first {
			t.Fatalf("keys are %v, want the first alone", keys)
		}
	}
	next := identity.SigningKey{ID: "sig_2", PublicKey: "p2", SealedKey: "s2", CreatedAt: epoch.Add(time.Hour), SignsFrom: epoch.Add(2 * time.Hour)}
	must(t, f.store.AddSigningKey(ctx, next))
	keys, err := f.store.SigningKeys(ctx)
	must(t, err)
	if len(keys) != 2 || keys[0] != next || keys[1] != first {
		t.Fatalf("keys are %v, want the newest first", keys)
	}
}

func instance(t *testing.T, f fixture) {
	for _, candidate := range []string{"a", "b"} {
		got, err := f.store.InstanceID(t.Context(), candidate)
		must(t, err)
		equal(t, "instance", got, "a")
	}
}
