package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/apikey"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// provider makes an active provider of an organization.
func (f fixture) provider(t *testing.T, o tenant.Organization, name string) sso.Provider {
	t.Helper()
	p := sso.Provider{
		OrganizationID: o.ID, ID: "idp_" + o.Name + "_" + name, Name: name, State: sso.Draft, Issuer: "https://login.example.com",
		ClientID: "podium", SealedSecret: "sealed", Scopes: []string{"openid"}, Claims: sso.ClaimNames{Email: "email", Name: "name", Groups: "groups"},
		Mapping: sso.Mapping{Groups: []sso.GroupRole{{Group: "staff", Role: authz.Member}}, Default: authz.Member}, Version: 1, CreatedAt: epoch,
	}
	must(t, f.store.CreateProvider(t.Context(), p, entry(o.ID)))
	must(t, f.store.SaveTest(t.Context(), p, sso.TestResult{At: epoch, Problems: []string{}, Email: "x@example.com"}, entry(o.ID)))
	must(t, f.store.SetProviderState(t.Context(), p, sso.Active, entry(o.ID)))
	p, err := f.store.Provider(t.Context(), o.ID, p.ID)
	must(t, err)
	return p
}

func (f fixture) domain(t *testing.T, o tenant.Organization, name string) {
	t.Helper()
	d, err := f.store.AddDomain(t.Context(), sso.Domain{OrganizationID: o.ID, Name: name, Proof: "p", CreatedAt: epoch}, entry(o.ID))
	must(t, err)
	d.ProvenAt, d.CheckedAt = epoch, epoch
	must(t, f.store.SetDomain(t.Context(), d, entry(o.ID)))
}

func identityProviders(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	_, eve := f.account(t, "eve")
	p := f.provider(t, o, "Login")
	if !p.Tested || p.LastTest == nil || p.LastTest.Email != "x@example.com" || p.State != sso.Active || p.Mapping.Groups[0].Group != "staff" {
		t.Errorf("stored provider is %+v", p)
	}
	same := p
	same.ID = "idp_2"
	wantField(t, f.store.CreateProvider(ctx, same, entry(o.ID)), problem.Conflict, "name")
	other := f.provider(t, o, "Other")
	renamed := other
	renamed.Name = p.Name
	wantField(t, f.store.UpdateProvider(ctx, renamed, false, entry(o.ID)), problem.Conflict, "name")

	changed := p
	changed.ClientID, changed.Tested = "new", false
	must(t, f.store.UpdateProvider(ctx, changed, false, entry(o.ID)))
	wantKind(t, f.store.UpdateProvider(ctx, changed, false, entry(o.ID)), problem.Conflict) // its version is an old one
	// The test of an old version says nothing about the new one.
	must(t, f.store.SaveTest(ctx, p, sso.TestResult{At: epoch}, entry(o.ID)))
	now, err := f.store.ProviderByID(ctx, p.ID)
	must(t, err)
	if now.ClientID != "new" || now.Tested || now.LastTest != nil || now.Version != p.Version+1 {
		t.Errorf("after the change it is %+v", now)
	}
	_, err = f.store.Provider(ctx, eve.ID, p.ID)
	wantKind(t, err, problem.NotFound)
	_, err = f.store.Provider(ctx, o.ID, "")
	wantKind(t, err, problem.NotFound)
	must(t, f.store.DeleteProvider(ctx, eve.ID, p.ID, entry(eve.ID)))
	must(t, f.store.DeleteProvider(ctx, o.ID, p.ID, entry(o.ID)))
	must(t, f.store.DeleteProvider(ctx, o.ID, p.ID, entry(o.ID)))
	left, err := f.store.Providers(ctx, o.ID)
	must(t, err)
	equal(t, "providers left", len(left), 1)
}

func emailDomains(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	_, eve := f.account(t, "eve")
	p := f.provider(t, o, "Login")
	found := func() int {
		t.Helper()
		list, err := f.store.ProvidersForDomain(ctx, "example.com")
		must(t, err)
		return len(list)
	}
	equal(t, "providers without a domain", found(), 0)
	wantKind(t, f.store.SetSSORequired(ctx, o.ID, true, entry(o.ID)), problem.Conflict)
	f.domain(t, o, "example.com")
	equal(t, "providers of the domain", found(), 1)
	theirs, err := f.store.AddDomain(ctx, sso.Domain{OrganizationID: eve.ID, Name: "example.com", Proof: "q", CreatedAt: epoch}, entry(eve.ID))
	must(t, err)
	theirs.ProvenAt, theirs.CheckedAt = epoch, epoch
	wantKind(t, f.store.SetDomain(ctx, theirs, entry(eve.ID)), problem.Conflict)

	must(t, f.store.SetSSORequired(ctx, o.ID, true, entry(o.ID)))
	wantKind(t, f.store.RemoveDomain(ctx, o.ID, "example.com", entry(o.ID)), problem.Conflict)
	must(t, f.store.SetProviderState(ctx, p, sso.Test, entry(o.ID)))
	required, err := f.store.SSORequired(ctx, o.ID)
	must(t, err)
	equal(t, "required without an active provider", required, false)
	equal(t, "providers in test", found(), 0)
	due, err := f.store.ProvenDomains(ctx, epoch)
	must(t, err)
	equal(t, "domains to look at", len(due), 1)
	must(t, f.store.RemoveDomain(ctx, o.ID, "example.com", entry(o.ID)))
	must(t, f.store.RemoveDomain(ctx, o.ID, "example.com", entry(o.ID)))
	must(t, f.store.SetDomain(ctx, theirs, entry(eve.ID)))
}

func signIns(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	p := f.provider(t, o, "Login")
	in := sso.SignIn{
		OrganizationID: o.ID, ProviderID: p.ID, StateHash: "s", BrowserHash: "b", Version: 1, Next: "/", ExpiresAt: epoch.Add(time.Minute), Fresh: true,
	}
	must(t, f.store.CreateSignIn(ctx, in))
	_, err := f.store.TakeSignIn(ctx, "s", "another browser")
	wantKind(t, err, problem.NotFound)
	var taking sync.WaitGroup
	got := make(chan sso.SignIn, 8)
	for range cap(got) {
		taking.Go(func() {
			if v, err := f.store.TakeSignIn(ctx, "s", "b"); err == nil {
				got <- v
			}
		})
	}
	taking.Wait()
	if len(got) != 1 {
		t.Fatalf("taken %d times, want once", len(got))
	}
	equal(t, "log-in", <-got, in)
	must(t, f.store.CreateSignIn(ctx, in))
	must(t, f.store.PurgeSignIns(ctx, epoch.Add(time.Hour)))
	_, err = f.store.TakeSignIn(ctx, "s", "b")
	wantKind(t, err, problem.NotFound)
}

func entrance(p sso.Provider, subject, token string, role authz.Role) sso.Entrance {
	return sso.Entrance{
		Provider: p, Issuer: p.Issuer, Subject: subject, Email: subject + "@example.com", Name: subject, MayLink: true, Role: role, At: epoch,
		Session: identity.Session{
			TokenHash: token, CreatedAt: epoch, SeenAt: epoch, ExpiresAt: epoch.Add(time.Hour), ProvenAt: epoch.Add(-time.Minute),
			Through: identity.Federation{OrganizationID: p.OrganizationID, ProviderID: p.ID, Subject: subject, SessionID: "sid " + token, SealedIDToken: "x"},
		},
	}
}

func entrances(t *testing.T, f fixture) {
	ctx := t.Context()
	ada, o := f.account(t, "ada")
	p := f.provider(t, o, "Login")
	enter := func(in sso.Entrance, want sso.Outcome) identity.Account {
		t.Helper()
		a, outcome, err := f.store.Enter(ctx, in)
		must(t, err)
		equal(t, "outcome", outcome, want)
		return a
	}
	unproven := entrance(p, "grace", "t0", authz.Member)
	unproven.MayLink = false
	enter(unproven, sso.Unlinked)
	_, _, err := f.store.AccountByEmail(ctx, "grace@example.com")
	wantKind(t, err, problem.NotFound)

	grace := enter(entrance(p, "grace", "t1", authz.Owner), sso.Entered)
	s, who, err := f.store.Session(ctx, "t1")
	must(t, err)
	equal(t, "account", who, grace)
	equal(t, "proof", s.ProvenAt, epoch.Add(-time.Minute))
	equal(t, "way", s.Through, entrance(p, "grace", "t1", "").Session.Through)
	// What groups give is seen through the provider alone, in its organization alone.
	through, byPassword := tenant.Viewer{AccountID: grace.ID, OrganizationID: o.ID}, tenant.Viewer{AccountID: grace.ID}
	seen, err := f.store.OrganizationByName(ctx, through, "ada")
	must(t, err)
	equal(t, "role", seen.Role, authz.Owner)
	_, err = f.store.OrganizationByName(ctx, byPassword, "ada")
	wantKind(t, err, problem.NotFound)
	// An owner by group, or without a password, is not the owner that an organization must keep (S-58).
	wantKind(t, f.store.RemoveMember(ctx, o.ID, ada.ID, anyone, entry(o.ID)), problem.Conflict)
	_, err = f.store.SetRole(ctx, o.ID, grace.Email, authz.Owner, anyone, entry(o.ID))
	must(t, err)
	wantKind(t, f.store.RemoveMember(ctx, o.ID, ada.ID, anyone, entry(o.ID)), problem.Conflict)
	_, err = f.store.SetRole(ctx, o.ID, grace.Email, authz.Member, anyone, entry(o.ID))
	must(t, err)

	// The group is lost; what an owner gave by hand stays.
	enter(entrance(p, "grace", "t2", ""), sso.Entered)
	seen, err = f.store.OrganizationByID(ctx, through, o.ID)
	must(t, err)
	equal(t, "role by hand", seen.Role, authz.Member)
	must(t, f.store.RemoveMember(ctx, o.ID, grace.ID, anyone, entry(o.ID)))
	enter(entrance(p, "grace", "t3", ""), sso.NoRole)
	_, _, err = f.store.Session(ctx, "t3")
	wantKind(t, err, problem.NotFound)

	// An e-mail that has an account already is linked to it.
	equal(t, "linked", enter(entrance(p, "ada", "t4", authz.Member), sso.Entered).ID, ada.ID)
	list, err := f.store.Members(ctx, o.ID)
	must(t, err)
	if len(list) != 1 || list[0].Role != authz.Owner || list[0].Provider != "Login" {
		t.Errorf("members are %+v", list)
	}
	p.Version++
	enter(entrance(p, "ada", "t5", authz.Member), sso.Changed)
}

func federatedSessions(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	p := f.provider(t, o, "Login")
	for _, token := range []string{"t1", "t2"} {
		_, _, err := f.store.Enter(ctx, entrance(p, "grace", token, authz.Member))
		must(t, err)
	}
	_, _, err := f.store.Enter(ctx, entrance(p, "linus", "t3", authz.Member))
	must(t, err)
	end := func(subject, session, id string, want int64) {
		t.Helper()
		n, err := f.store.EndSessions(ctx, p, subject, session, id, epoch.Add(time.Hour), entry(o.ID))
		must(t, err)
		equal(t, "ended", n, want)
	}
	paused := func() bool {
		t.Helper()
		k, err := f.store.APIKey(ctx, "key_1")
		must(t, err)
		return k.Paused
	}
	grace, _, err := f.store.AccountByEmail(ctx, "grace@example.com")
	must(t, err)
	_, err = f.store.CreateAPIKey(ctx, apikey.Key{
		ID: "key_1", OrganizationID: o.ID, Owner: authz.Principal{Kind: authz.User, ID: grace.ID}, Federated: true, Name: "ci",
		SecretHash: "hash", CreatedBy: grace.Email, CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour),
	}, anyone, entry(o.ID))
	must(t, err)
	end("grace", "sid t1", "1", 1)
	end("", "sid of nobody", "2", 0)
	end("linus", "sid of nobody", "4", 0)
	equal(t, "paused by the end of a session", paused(), false)
	end("grace", "", "3", 1)
	equal(t, "paused by the end of all", paused(), true)
	_, err = f.store.EndSessions(ctx, p, "linus", "", "3", epoch.Add(time.Hour), entry(o.ID))
	wantKind(t, err, problem.Conflict)
	list, err := f.store.SessionsOf(ctx, "acc_ada", epoch, time.Hour)
	must(t, err)
	equal(t, "sessions of ada", len(list), 1)
	linus, _, err := f.store.AccountByEmail(ctx, "linus@example.com")
	must(t, err)
	must(t, f.store.DeleteSessionOf(ctx, linus.ID, "session_ada", entry(""))) // not theirs
	_, _, err = f.store.Session(ctx, "session_ada")
	must(t, err)
	must(t, f.store.SetProviderState(ctx, p, sso.Test, entry(o.ID)))
	_, _, err = f.store.Session(ctx, "t3")
	wantKind(t, err, problem.NotFound)
	must(t, f.store.DeleteProvider(ctx, o.ID, p.ID, entry(o.ID)))
	members, err := f.store.Members(ctx, o.ID)
	must(t, err)
	equal(t, "members after the provider", len(members), 1)
}

func invitations(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	grace, _ := f.account(t, "grace")
	i := tenant.Invitation{
		ID: "inv_1", OrganizationID: o.ID, Organization: o.Name, Email: grace.Email, Role: authz.Member, CreatedBy: "ada@example.com",
		CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour),
	}
	must(t, f.store.CreateInvitation(ctx, i, "h1", nil, entry(o.ID)))
	i.ID = "inv_2"
	must(t, f.store.CreateInvitation(ctx, i, "h2", nil, entry(o.ID)))
	_, err := f.store.InvitationByHash(ctx, "h1", epoch)
	wantKind(t, err, problem.NotFound)
	got, err := f.store.InvitationByHash(ctx, "h2", epoch)
	must(t, err)
	equal(t, "invitation", got, i)
	_, err = f.store.InvitationByHash(ctx, "h2", i.ExpiresAt)
	wantKind(t, err, problem.NotFound)
	list, err := f.store.Invitations(ctx, o.ID, epoch)
	must(t, err)
	equal(t, "invitations", len(list), 1)
	// Used up by the first of many.
	var accepting sync.WaitGroup
	accepted := make(chan struct{}, 4)
	for range cap(accepted) {
		accepting.Go(func() {
			if f.store.AcceptInvitation(ctx, i, grace.ID, entry(o.ID)) == nil {
				accepted <- struct{}{}
			}
		})
	}
	accepting.Wait()
	equal(t, "accepted", len(accepted), 1)
	session := identity.Session{TokenHash: "joined", AccountID: "acc_new", CreatedAt: epoch, SeenAt: epoch, ExpiresAt: epoch}
	a := identity.Account{ID: "acc_new", Email: "new@example.com", Name: "New", CreatedAt: epoch}
	wantKind(t, f.store.CreateInvitedAccount(ctx, a, "h", i, session, entry(o.ID)), problem.NotFound)
	_, _, err = f.store.AccountByEmail(ctx, a.Email)
	wantKind(t, err, problem.NotFound)
	must(t, f.store.PurgeInvitations(ctx, epoch.Add(2*time.Hour)))
}
