package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/apikey"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

func (f fixture) heldBy(t *testing.T, organization string, p authz.Principal) []authz.Grant {
	t.Helper()
	list, err := f.store.Grants(t.Context(), organization, p, false)
	must(t, err)
	return list
}

func serviceAccounts(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	_, other := f.account(t, "eve")
	a := apikey.ServiceAccount{
		OrganizationID: o.ID, ID: "sva_1", Name: "deployer", Description: "d", Role: authz.Auditor, CreatedBy: "ada@example.com", CreatedAt: epoch,
	}
	stored, err := f.store.CreateServiceAccount(ctx, a, entry(o.ID))
	must(t, err)
	equal(t, "service account", stored, a)
	same := a
	same.ID = "sva_2"
	_, err = f.store.CreateServiceAccount(ctx, same, entry(o.ID))
	wantField(t, err, problem.Conflict, "name")
	same.Name, same.Role = "builder", "rol_none"
	_, err = f.store.CreateServiceAccount(ctx, same, entry(o.ID))
	wantField(t, err, problem.Invalid, "role")
	_, err = f.store.ServiceAccount(ctx, other.ID, a.ID)
	wantKind(t, err, problem.NotFound)

	seen, err := f.store.OrganizationByName(ctx, tenant.Viewer{AccountID: a.ID, Kind: authz.ServiceAccount}, "ada")
	must(t, err)
	equal(t, "role in the organization", seen.Role, authz.Auditor)
	_, err = f.store.OrganizationByName(ctx, tenant.Viewer{AccountID: a.ID, Kind: authz.ServiceAccount}, "eve")
	wantKind(t, err, problem.NotFound)

	// Its role, its grants, and what its groups were granted.
	p := authz.Principal{Kind: authz.ServiceAccount, ID: a.ID}
	c := f.cluster(t, o, "first")
	must(t, f.store.CreateGroup(ctx, rights.Group{ID: "grp_1", OrganizationID: o.ID, Name: "Night shift", ProviderGroups: []string{}}, entry(o.ID)))
	for id, holder := range map[string]authz.Principal{"gra_1": p, "gra_2": {Kind: authz.Group, ID: "grp_1"}} {
		g, err := f.store.CreateGrant(ctx, rights.Grant{
			ID: id, OrganizationID: o.ID, Principal: holder, Role: authz.ClusterWorker, Place: rights.Place{ClusterID: c.ID}, CreatedAt: epoch,
		}, entry(o.ID))
		must(t, err)
		if holder == p {
			equal(t, "name of the grant's holder", g.PrincipalName, "deployer")
		}
	}
	_, err = f.store.CreateGrant(ctx, rights.Grant{ID: "gra_3", OrganizationID: other.ID, Principal: p, Role: authz.ClusterWorker}, entry(other.ID))
	wantField(t, err, problem.Invalid, "principal")
	for range 2 {
		must(t, f.store.AddToGroup(ctx, o.ID, "grp_1", a.ID, anyone, entry(o.ID)))
	}
	equal(t, "grants", len(f.heldBy(t, o.ID, p)), 3)
	g, err := f.store.Group(ctx, o.ID, "grp_1")
	must(t, err)
	equal(t, "in the group", fmt.Sprint(g.ServiceAccounts), "[{sva_1 deployer}]")
	must(t, f.store.RemoveFromGroup(ctx, o.ID, "grp_1", a.ID, anyone, entry(o.ID)))
	equal(t, "grants without the group", len(f.heldBy(t, o.ID, p)), 2)

	a.Name, a.Role = "builder", authz.Billing
	if _, err := f.store.UpdateServiceAccount(ctx, a, nobody, entry(o.ID)); !errors.Is(err, errNo) {
		t.Errorf("one that may not be changed: %v", err)
	}
	stored, err = f.store.UpdateServiceAccount(ctx, a, anyone, entry(o.ID))
	must(t, err)
	equal(t, "changed", stored, a)
	must(t, f.store.DeleteServiceAccount(ctx, other.ID, a.ID, anyone, entry(other.ID))) // another organization's is none
	if err := f.store.DeleteServiceAccount(ctx, o.ID, a.ID, nobody, entry(o.ID)); !errors.Is(err, errNo) {
		t.Errorf("one that may not be deleted: %v", err)
	}
	for range 2 {
		must(t, f.store.DeleteServiceAccount(ctx, o.ID, a.ID, anyone, entry(o.ID)))
	}
	equal(t, "grants of who is gone", len(f.heldBy(t, o.ID, p)), 0)
	_, err = f.store.OrganizationByName(ctx, tenant.Viewer{AccountID: a.ID, Kind: authz.ServiceAccount}, "ada")
	wantKind(t, err, problem.NotFound)
}

func apiKeys(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	eve, other := f.account(t, "eve")
	grace := f.mate(t, o, "grace")
	c := f.cluster(t, o, "first")
	key := func(id string, owner authz.Principal) apikey.Key {
		return apikey.Key{
			ID: id, OrganizationID: o.ID, Organization: "ada", Owner: owner, OwnerName: "grace@example.com", Person: "grace", Name: "ci",
			SecretHash: "hash", CreatedBy: "grace@example.com", CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour),
		}
	}
	k := key("key_1", authz.Principal{Kind: authz.User, ID: grace})
	k.Federated, k.Dangerous = true, true
	k.Limit = apikey.Limit{Role: authz.ClusterViewer, ClusterID: c.ID, Cluster: "first", ClusterProjectID: c.ProjectID}
	stored, err := f.store.CreateAPIKey(ctx, k, anyone, entry(o.ID))
	must(t, err)
	equal(t, "key", fmt.Sprint(stored), fmt.Sprint(k))
	_, err = f.store.CreateAPIKey(ctx, key("key_2", authz.Principal{Kind: authz.User, ID: eve.ID}), anyone, entry(o.ID))
	wantField(t, err, problem.Invalid, "principal")
	bad := key("key_2", k.Owner)
	bad.Limit.Role = "rol_none"
	_, err = f.store.CreateAPIKey(ctx, bad, anyone, entry(o.ID))
	wantField(t, err, problem.Invalid, "role")
	if _, err := f.store.CreateAPIKey(ctx, key("key_2", k.Owner), nobody, entry(o.ID)); !errors.Is(err, errNo) {
		t.Errorf("a key that may not be made: %v", err)
	}

	changed, err := f.store.ChangeAPIKey(ctx, o.ID, k.ID, func(k *apikey.Key) error {
		k.FormerHash, k.FormerUntil, k.SecretHash, k.Paused = k.SecretHash, epoch.Add(time.Minute), "next", true
		return nil
	}, anyone, entry(o.ID))
	must(t, err)
	must(t, f.store.TouchAPIKey(ctx, k.ID, epoch.Add(time.Second), "192.0.2.7", nil))
	changed.UsedAt, changed.UsedFrom = epoch.Add(time.Second), "192.0.2.7"
	stored, err = f.store.APIKey(ctx, k.ID)
	must(t, err)
	equal(t, "changed key", fmt.Sprint(stored), fmt.Sprint(changed))
	if stored.SecretHash != "next" || stored.FormerHash != "hash" || !stored.Paused {
		t.Errorf("changed is %+v", stored)
	}
	_, err = f.store.ChangeAPIKey(ctx, other.ID, k.ID, func(*apikey.Key) error { return nil }, anyone, entry(other.ID))
	wantKind(t, err, problem.NotFound)
	must(t, f.store.DeleteAPIKey(ctx, other.ID, k.ID, anyone, entry(other.ID))) // another organization's is none

	_, err = f.store.CreateServiceAccount(ctx, apikey.ServiceAccount{OrganizationID: o.ID, ID: "sva_1", Name: "deployer"}, entry(o.ID))
	must(t, err)
	second := key("key_2", authz.Principal{Kind: authz.ServiceAccount, ID: "sva_1"})
	_, err = f.store.CreateAPIKey(ctx, second, anyone, entry(o.ID))
	must(t, err)
	_, err = f.store.CreateAPIKey(ctx, key("key_3", k.Owner), anyone, entry(o.ID))
	must(t, err)
	for _, test := range []struct {
		organization, account string
		want                  int
	}{{o.ID, "", 3}, {"", grace, 2}, {o.ID, grace, 2}, {other.ID, "", 0}, {other.ID, grace, 0}} {
		list, err := f.store.APIKeys(ctx, test.organization, test.account)
		must(t, err)
		equal(t, fmt.Sprintf("keys of %q in %q", test.account, test.organization), len(list), test.want)
	}
	for range 2 {
		must(t, f.store.DeleteAPIKey(ctx, o.ID, "key_3", anyone, entry(o.ID)))
	}

	// A key goes with its owner.
	must(t, f.store.RemoveMember(ctx, o.ID, grace, anyone, entry(o.ID)))
	_, err = f.store.APIKey(ctx, k.ID)
	wantKind(t, err, problem.NotFound)
	must(t, f.store.DeleteServiceAccount(ctx, o.ID, "sva_1", anyone, entry(o.ID)))
	_, err = f.store.APIKey(ctx, second.ID)
	wantKind(t, err, problem.NotFound)
}
