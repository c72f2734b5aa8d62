package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

func projects(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	_, eve := f.account(t, "eve")
	first := f.cluster(t, o, "first")
	list, err := f.store.Projects(ctx, o.ID)
	must(t, err)
	if len(list) != 1 || !list[0].Default || list[0].Name != "default" || list[0].Clusters != 1 || first.Project != "default" {
		t.Fatalf("projects are %+v, the cluster is in %q", list, first.Project)
	}
	standard := list[0]
	shop := rights.Project{ID: "prj_shop", OrganizationID: o.ID, Name: "shop", CreatedAt: epoch}
	must(t, f.store.CreateProject(ctx, shop, entry(o.ID)))
	wantField(t, f.store.CreateProject(ctx, rights.Project{ID: "prj_2", OrganizationID: o.ID, Name: "shop"}, entry(o.ID)), problem.Conflict, "name")
	wantField(t, f.store.RenameProject(ctx, o.ID, shop.ID, "default", entry(o.ID)), problem.Conflict, "name")
	wantKind(t, f.store.DeleteProject(ctx, o.ID, standard.ID, entry(o.ID)), problem.Conflict)

	wantKind(t, f.store.MoveCluster(ctx, eve.ID, first.ID, shop.ID, entry(eve.ID)), problem.NotFound)
	must(t, f.store.MoveCluster(ctx, o.ID, first.ID, shop.ID, entry(o.ID)))
	in, err := f.store.ClusterPlace(ctx, o.ID, "first", "")
	must(t, err)
	equal(t, "place", in, authz.Scope{Organization: o.ID, Project: shop.ID, Cluster: first.ID})
	_, err = f.store.ClusterPlace(ctx, eve.ID, "", first.ID)
	wantKind(t, err, problem.NotFound)
	_, err = f.store.ClusterPlace(ctx, o.ID, "", "")
	wantKind(t, err, problem.NotFound)
	wantKind(t, f.store.DeleteProject(ctx, o.ID, shop.ID, entry(o.ID)), problem.Conflict)
	must(t, f.store.MoveCluster(ctx, o.ID, first.ID, standard.ID, entry(o.ID)))
	must(t, f.store.RenameProject(ctx, o.ID, shop.ID, "store", entry(o.ID)))
	_, err = f.store.Project(ctx, eve.ID, "store")
	wantKind(t, err, problem.NotFound)
	for range 2 {
		must(t, f.store.DeleteProject(ctx, o.ID, shop.ID, entry(o.ID)))
	}
	_, err = f.store.Project(ctx, o.ID, "store")
	wantKind(t, err, problem.NotFound)

	elsewhere, r := newCluster(o, "second")
	elsewhere.ProjectID = "prj_eve"
	_, _, err = f.store.CreateCluster(ctx, elsewhere, r, cluster.Idempotency{}, entry(o.ID))
	wantField(t, err, problem.Invalid, "project")
	_, err = f.store.Cluster(ctx, o.ID, "second")
	wantKind(t, err, problem.NotFound)
}

// held returns what an account holds, as role@project/cluster.
func (f fixture) held(t *testing.T, organization, account string, federated bool) []string {
	t.Helper()
	grants, err := f.store.Grants(t.Context(), organization, authz.Principal{Kind: authz.User, ID: account}, federated)
	must(t, err)
	list := []string{}
	for _, g := range grants {
		equal(t, "organization of a grant", g.Scope.Organization, organization)
		list = append(list, fmt.Sprintf("%s@%s/%s%v", g.Role, g.Scope.Project, g.Scope.Cluster, g.Permissions))
	}
	slices.Sort(list)
	return list
}

func (f fixture) wantHeld(t *testing.T, organization, account string, want ...string) {
	t.Helper()
	if got := f.held(t, organization, account, false); !slices.Equal(got, want) {
		t.Errorf("%s holds %v, want %v", account, got, want)
	}
}

// mate makes a member of an organization.
func (f fixture) mate(t *testing.T, o tenant.Organization, name string) string {
	t.Helper()
	a, _ := f.account(t, name)
	_, err := f.store.SetRole(t.Context(), o.ID, a.Email, authz.Billing, anyone, entry(o.ID))
	must(t, err)
	return a.ID
}

var errNo = errors.New("no")

// nobody may be changed.
func nobody([]authz.Grant) error { return errNo }

func grants(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	eve, other := f.account(t, "eve")
	grace := f.mate(t, o, "grace")
	c, foreign := f.cluster(t, o, "first"), f.cluster(t, other, "first")
	give := func(p authz.Principal, r authz.Role, in rights.Place) (rights.Grant, error) {
		id := fmt.Sprint("gra_", p.ID, r, in.ClusterID, in.ProjectID)
		g := rights.Grant{ID: id, OrganizationID: o.ID, Principal: p, Role: r, Place: in, CreatedBy: "ada@example.com", CreatedAt: epoch}
		return f.store.CreateGrant(ctx, g, entry(o.ID))
	}
	user := authz.Principal{Kind: authz.User, ID: grace}
	g, err := give(user, authz.ClusterViewer, rights.Place{ClusterID: c.ID})
	must(t, err)
	if g.PrincipalName != "grace@example.com" || g.Place.Cluster != "first" || g.CreatedBy != "ada@example.com" || !g.CreatedAt.Equal(epoch) {
		t.Errorf("the grant is %+v", g)
	}
	before := f.auditCount(t, o.ID)
	again, err := give(user, authz.ClusterViewer, rights.Place{ClusterID: c.ID})
	must(t, err)
	equal(t, "repeated grant", again.ID, g.ID)
	equal(t, "entries of the repetition", f.auditCount(t, o.ID), before)

	for field, bad := range map[string]func() (rights.Grant, error){
		"principal": func() (rights.Grant, error) {
			return give(authz.Principal{Kind: authz.User, ID: eve.ID}, authz.ClusterViewer, rights.Place{})
		},
		"cluster": func() (rights.Grant, error) {
			return give(user, authz.ClusterViewer, rights.Place{ClusterID: foreign.ID})
		},
		"project": func() (rights.Grant, error) {
			return give(user, authz.ClusterViewer, rights.Place{ProjectID: foreign.ProjectID})
		},
		"role": func() (rights.Grant, error) { return give(user, "rol_none", rights.Place{}) },
	} {
		_, err := bad()
		wantField(t, err, problem.Invalid, field)
	}
	f.wantHeld(t, o.ID, grace, "billing@/[]", "cluster-viewer@/"+c.ID+"[]")
	f.wantHeld(t, other.ID, grace)

	if err := f.store.DeleteGrant(ctx, o.ID, g.ID, nobody, entry(o.ID)); !errors.Is(err, errNo) {
		t.Errorf("a grant that may not be ended: %v", err)
	}
	must(t, f.store.DeleteGrant(ctx, other.ID, g.ID, anyone, entry(other.ID))) // another organization's is none
	f.wantHeld(t, o.ID, grace, "billing@/[]", "cluster-viewer@/"+c.ID+"[]")
	for range 2 {
		must(t, f.store.DeleteGrant(ctx, o.ID, g.ID, anyone, entry(o.ID)))
	}
	f.wantHeld(t, o.ID, grace, "billing@/[]")

	// What somebody held is gone with them, and with the cluster.
	_, err = give(user, authz.ClusterAdmin, rights.Place{ClusterID: c.ID})
	must(t, err)
	_, err = f.store.RemoveCluster(ctx, c.ID, entry(""))
	must(t, err)
	f.wantHeld(t, o.ID, grace, "billing@/[]")
	_, err = give(user, authz.ClusterAdmin, rights.Place{})
	must(t, err)
	must(t, f.store.RemoveMember(ctx, o.ID, grace, anyone, entry(o.ID)))
	_, err = f.store.SetRole(ctx, o.ID, "grace@example.com", authz.Member, anyone, entry(o.ID))
	must(t, err)
	f.wantHeld(t, o.ID, grace, "member@/[]")
}

func customRoles(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	_, other := f.account(t, "eve")
	grace := f.mate(t, o, "grace")
	r := rights.CustomRole{
		ID: "rol_1", OrganizationID: o.ID, Name: "Night shift", Description: "d", Permissions: []authz.Permission{"cluster.read"}, CreatedAt: epoch,
	}
	must(t, f.store.CreateCustomRole(ctx, r, entry(o.ID)))
	same := r
	same.ID = "rol_2"
	wantField(t, f.store.CreateCustomRole(ctx, same, entry(o.ID)), problem.Conflict, "name")
	stored, err := f.store.CustomRole(ctx, o.ID, r.ID)
	must(t, err)
	equal(t, "role", fmt.Sprint(stored), fmt.Sprint(r))
	_, err = f.store.CustomRole(ctx, other.ID, r.ID)
	wantKind(t, err, problem.NotFound)

	_, err = f.store.SetRole(ctx, other.ID, "eve@example.com", authz.Role(r.ID), anyone, entry(other.ID))
	wantField(t, err, problem.Invalid, "role")
	_, err = f.store.SetRole(ctx, o.ID, "grace@example.com", authz.Role(r.ID), anyone, entry(o.ID))
	must(t, err)
	f.wantHeld(t, o.ID, grace, "rol_1@/[cluster.read]")
	r.Permissions = []authz.Permission{"cluster.read", "audit.read"}
	if err := f.store.UpdateCustomRole(ctx, r, nobody, entry(o.ID)); !errors.Is(err, errNo) {
		t.Errorf("a role that may not be changed: %v", err)
	}
	must(t, f.store.UpdateCustomRole(ctx, r, anyone, entry(o.ID)))
	f.wantHeld(t, o.ID, grace, "rol_1@/[cluster.read audit.read]")
	wantKind(t, f.store.DeleteCustomRole(ctx, o.ID, r.ID, anyone, entry(o.ID)), problem.Conflict)
	_, err = f.store.SetRole(ctx, o.ID, "grace@example.com", authz.Member, anyone, entry(o.ID))
	must(t, err)
	for range 2 {
		must(t, f.store.DeleteCustomRole(ctx, o.ID, r.ID, anyone, entry(o.ID)))
	}
	list, err := f.store.CustomRoles(ctx, o.ID)
	must(t, err)
	equal(t, "roles left", len(list), 0)
}

func memberGroups(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	eve, other := f.account(t, "eve")
	grace := f.mate(t, o, "grace")
	g := rights.Group{ID: "grp_1", OrganizationID: o.ID, Name: "Night shift", ProviderGroups: []string{"staff"}, CreatedAt: epoch}
	must(t, f.store.CreateGroup(ctx, g, entry(o.ID)))
	same := g
	same.ID = "grp_2"
	wantField(t, f.store.CreateGroup(ctx, same, entry(o.ID)), problem.Conflict, "name")
	_, err := f.store.Group(ctx, other.ID, g.ID)
	wantKind(t, err, problem.NotFound)
	wantKind(t, f.store.AddToGroup(ctx, o.ID, g.ID, eve.ID, anyone, entry(o.ID)), problem.NotFound) // no member
	wantKind(t, f.store.AddToGroup(ctx, other.ID, g.ID, eve.ID, anyone, entry(other.ID)), problem.NotFound)
	for range 2 {
		must(t, f.store.AddToGroup(ctx, o.ID, g.ID, grace, anyone, entry(o.ID)))
	}
	_, err = f.store.CreateGrant(ctx, rights.Grant{
		ID: "gra_1", OrganizationID: o.ID, Principal: authz.Principal{Kind: authz.Group, ID: g.ID}, Role: authz.ClusterOperator, CreatedAt: epoch,
	}, entry(o.ID))
	must(t, err)
	f.wantHeld(t, o.ID, grace, "billing@/[]", "cluster-operator@/[]")
	if err := f.store.AddToGroup(ctx, o.ID, g.ID, "acc_ada", func(held []authz.Grant) error {
		equal(t, "what the group gives", held[0].Role, authz.ClusterOperator)
		return errNo
	}, entry(o.ID)); !errors.Is(err, errNo) {
		t.Errorf("a group that may not be changed: %v", err)
	}

	// What a provider says at a log-in counts in sessions through it, and is taken back by the next one.
	p := f.provider(t, o, "Login")
	f.domain(t, o, "example.com")
	in := entrance(p, "linus", "t1", authz.Billing)
	in.Groups = []string{"staff", "chess"}
	linus, outcome, err := f.store.Enter(ctx, in)
	must(t, err)
	equal(t, "outcome", outcome, sso.Entered)
	f.wantHeld(t, o.ID, linus.ID)
	if got := f.held(t, o.ID, linus.ID, true); !slices.Equal(got, []string{"billing@/[]", "cluster-operator@/[]"}) {
		t.Errorf("through the provider linus holds %v", got)
	}
	for federated, want := range map[bool]int{false: 0, true: 1} {
		names, err := f.store.GroupNames(ctx, o.ID, linus.ID, federated)
		must(t, err)
		equal(t, "names of groups", len(names), want)
	}
	stored, err := f.store.Group(ctx, o.ID, g.ID)
	must(t, err)
	if len(stored.Members) != 2 || stored.Members[0].Email != "grace@example.com" || stored.Members[1].Provider != "Login" {
		t.Errorf("members are %+v", stored.Members)
	}
	in = entrance(p, "linus", "t2", authz.Billing)
	in.Groups = []string{"chess"}
	_, _, err = f.store.Enter(ctx, in)
	must(t, err)
	if got := f.held(t, o.ID, linus.ID, true); !slices.Equal(got, []string{"billing@/[]"}) {
		t.Errorf("after the group was lost linus holds %v", got)
	}
	in = entrance(p, "linus", "t3", authz.Billing)
	in.Groups = []string{"staff"}
	_, _, err = f.store.Enter(ctx, in)
	must(t, err)
	stored.ProviderGroups = []string{"others"}
	must(t, f.store.UpdateGroup(ctx, stored, anyone, entry(o.ID)))
	if got := f.held(t, o.ID, linus.ID, true); !slices.Equal(got, []string{"billing@/[]"}) {
		t.Errorf("after the group is fed by others linus holds %v", got)
	}

	for range 2 {
		must(t, f.store.RemoveFromGroup(ctx, o.ID, g.ID, grace, anyone, entry(o.ID)))
	}
	f.wantHeld(t, o.ID, grace, "billing@/[]")
	must(t, f.store.AddToGroup(ctx, o.ID, g.ID, grace, anyone, entry(o.ID)))
	for range 2 {
		must(t, f.store.DeleteGroup(ctx, o.ID, g.ID, anyone, entry(o.ID)))
	}
	f.wantHeld(t, o.ID, grace, "billing@/[]")
	left, err := f.store.RoleGrants(ctx, o.ID)
	must(t, err)
	equal(t, "grants left", len(left), 0)
}
