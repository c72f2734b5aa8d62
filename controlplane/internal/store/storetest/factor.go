package storetest

import (
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// confirmed gives an account a second factor with the recovery codes a and b.
func (f fixture) confirmed(t *testing.T, account string) {
	t.Helper()
	must(t, f.store.BeginFactor(t.Context(), account, "sealed", epoch))
	must(t, f.store.ConfirmFactor(t.Context(), account, "sealed", 10, []string{"a", "b"}, "", entry("")))
}

func factors(t *testing.T, f fixture) {
	a, o := f.account(t, "ada")
	ctx := t.Context()
	none, err := f.store.Factor(ctx, a.ID)
	must(t, err)
	equal(t, "no factor", none, identity.Factor{})
	wantKind(t, f.store.ConfirmFactor(ctx, a.ID, "sealed", 1, nil, "", entry("")), problem.Conflict)
	wantKind(t, f.store.ReplaceRecoveryCodes(ctx, a.ID, nil, entry("")), problem.Conflict)

	must(t, f.store.BeginFactor(ctx, a.ID, "first", epoch))
	must(t, f.store.BeginFactor(ctx, a.ID, "second", epoch))
	begun, err := f.store.Factor(ctx, a.ID)
	must(t, err)
	equal(t, "begun", begun, identity.Factor{SealedSecret: "second"})
	wantKind(t, f.store.ConfirmFactor(ctx, a.ID, "first", 10, nil, "", entry("")), problem.Conflict)
	wantKind(t, f.store.ReplaceRecoveryCodes(ctx, a.ID, nil, entry("")), problem.Conflict)

	before := f.auditCount(t, o.ID)
	by := entry("")
	by.Actor.AccountID = a.ID
	must(t, f.store.CreateSession(ctx, identity.Session{
		TokenHash: "other", AccountID: a.ID, CreatedAt: epoch, SeenAt: epoch, ExpiresAt: epoch.Add(time.Hour),
	}, "", entry("")))
	must(t, f.store.ConfirmFactor(ctx, a.ID, "second", 10, []string{"a", "b"}, "session_ada", by))
	equal(t, "entries of the organization", f.auditCount(t, o.ID), before+1)
	_, _, err = f.store.Session(ctx, "session_ada")
	must(t, err)
	_, _, err = f.store.Session(ctx, "other")
	wantKind(t, err, problem.NotFound)
	on, err := f.store.Factor(ctx, a.ID)
	must(t, err)
	equal(t, "factor", on, identity.Factor{SealedSecret: "second", ConfirmedAt: epoch, LastStep: 10, RecoveryCodesLeft: 2})
	wantKind(t, f.store.BeginFactor(ctx, a.ID, "third", epoch), problem.Conflict)
	wantKind(t, f.store.ConfirmFactor(ctx, a.ID, "second", 11, nil, "", by), problem.Conflict)

	for _, use := range []struct {
		step int64
		want bool
	}{{10, false}, {9, false}, {11, true}, {11, false}, {10, false}, {13, true}, {12, false}} {
		got, err := f.store.UseStep(ctx, a.ID, use.step)
		must(t, err)
		equal(t, "taking a code", got, use.want)
	}
	for _, want := range []bool{true, false} {
		got, err := f.store.UseRecoveryCode(ctx, a.ID, "a")
		must(t, err)
		equal(t, "taking a recovery code", got, want)
	}
	eve, _ := f.account(t, "eve")
	got, err := f.store.UseRecoveryCode(ctx, eve.ID, "b")
	must(t, err)
	equal(t, "taking the code of somebody else", got, false)
	must(t, f.store.ReplaceRecoveryCodes(ctx, a.ID, []string{"c", "d", "e"}, by))
	got, err = f.store.UseRecoveryCode(ctx, a.ID, "b")
	must(t, err)
	equal(t, "taking a code that was replaced", got, false)

	before = f.auditCount(t, o.ID)
	for range 2 {
		must(t, f.store.DeleteFactor(ctx, a.ID, by))
	}
	equal(t, "entries about the end", f.auditCount(t, o.ID), before+1)
	none, err = f.store.Factor(ctx, a.ID)
	must(t, err)
	equal(t, "no factor", none, identity.Factor{})
}

func rules(t *testing.T, f fixture) {
	a, o := f.account(t, "ada")
	eve, other := f.account(t, "eve")
	ctx := t.Context()
	missing := func(v tenant.Viewer, o tenant.Organization) bool {
		t.Helper()
		got, err := f.store.OrganizationByID(ctx, v, o.ID)
		must(t, err)
		return got.SecondFactorMissing
	}
	ada := tenant.Viewer{AccountID: a.ID}
	equal(t, "missing before", missing(ada, o), false)
	before := f.auditCount(t, o.ID)
	for range 2 {
		must(t, f.store.SetRules(ctx, o.ID, tenant.Rules{SecondFactorRequired: true}, entry(o.ID)))
	}
	equal(t, "entries", f.auditCount(t, o.ID), before+1)
	got, err := f.store.Rules(ctx, o.ID)
	must(t, err)
	equal(t, "rules", got, tenant.Rules{SecondFactorRequired: true})
	equal(t, "missing", missing(ada, o), true)
	equal(t, "missing elsewhere", missing(tenant.Viewer{AccountID: eve.ID}, other), false)
	must(t, f.store.BeginFactor(ctx, a.ID, "sealed", epoch))
	equal(t, "missing while it is set up", missing(ada, o), true)
	member := func() tenant.Member {
		t.Helper()
		m, err := f.store.Members(ctx, o.ID)
		must(t, err)
		return m[0]
	}
	equal(t, "by the password alone", member().PasswordAlone, true)
	f.confirmed(t, a.ID)
	equal(t, "missing with one", missing(ada, o), false)
	equal(t, "by the password alone", member().PasswordAlone, false)
	must(t, f.store.SetRules(ctx, o.ID, tenant.Rules{MaxKeyDays: 30}, entry(o.ID)))
	got, err = f.store.Rules(ctx, o.ID)
	must(t, err)
	equal(t, "rules of keys", got, tenant.Rules{MaxKeyDays: 30})
	seen, err := f.store.OrganizationByID(ctx, ada, o.ID)
	must(t, err)
	equal(t, "days as seen", seen.MaxKeyDays, 30)
	must(t, f.store.DeleteFactor(ctx, a.ID, entry("")))
	equal(t, "missing at the end", missing(ada, o), false)
}
