package authz_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

func decider(t testing.TB) *authz.Decider {
	t.Helper()
	d, err := authz.New()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var (
	acme  = authz.Scope{Organization: "org_acme"}
	shop  = authz.Scope{Organization: "org_acme", Project: "prj_shop"}
	first = authz.Scope{Organization: "org_acme", Project: "prj_shop", Cluster: "clu_1"}
	tenth = authz.Scope{Organization: "org_acme", Project: "prj_shop", Cluster: "clu_10"}
	other = authz.Scope{Organization: "org_acme", Project: "prj_other", Cluster: "clu_2"}
	eve   = authz.Scope{Organization: "org_eve", Project: "prj_shop", Cluster: "clu_1"} // the same ids elsewhere
)

func TestAllow(t *testing.T) {
	d := decider(t)
	custom := authz.Role("rol_1")
	for _, test := range []struct {
		name       string
		grants     []authz.Grant
		permission authz.Permission
		in         authz.Scope
		want       bool
	}{
		{"nothing held", nil, "cluster.read", acme, false},
		{"an owner", []authz.Grant{{Role: authz.Owner, Scope: acme}}, "sso.update", acme, true},
		{"an owner in parts", []authz.Grant{{Role: authz.Owner, Scope: acme}}, "cluster.delete", first, true},
		{"an owner elsewhere", []authz.Grant{{Role: authz.Owner, Scope: acme}}, "cluster.read", eve, false},
		{"an admin", []authz.Grant{{Role: authz.Admin, Scope: acme}}, "sso.update", acme, false},
		{"a member", []authz.Grant{{Role: authz.Member, Scope: acme}}, "cluster.delete", first, false},
		{"an auditor reads", []authz.Grant{{Role: authz.Auditor, Scope: acme}}, "audit.read", acme, true},
		{"an auditor changes nothing", []authz.Grant{{Role: authz.Auditor, Scope: acme}}, "accesskey.create", first, false},
		{"billing", []authz.Grant{{Role: authz.Billing, Scope: acme}}, "cluster.read", acme, false},
		{"one cluster", []authz.Grant{{Role: authz.ClusterViewer, Scope: first}}, "cluster.read", first, true},
		{"the whole of one cluster's organization", []authz.Grant{{Role: authz.ClusterViewer, Scope: first}}, "cluster.read", acme, false},
		{"a cluster whose id begins alike", []authz.Grant{{Role: authz.ClusterViewer, Scope: first}}, "cluster.read", tenth, false},
		{"a project's cluster", []authz.Grant{{Role: authz.ProjectAdmin, Scope: shop}}, "cluster.delete", first, true},
		{"another project's cluster", []authz.Grant{{Role: authz.ProjectAdmin, Scope: shop}}, "cluster.delete", other, false},
		{"any of several", []authz.Grant{{Role: authz.Billing, Scope: acme}, {Role: authz.ClusterAdmin, Scope: other}}, "accesskey.delete", other, true},
		{"a custom role", []authz.Grant{{Role: custom, Scope: acme, Permissions: []authz.Permission{"cluster.delete"}}}, "cluster.delete", first, true},
		{"a custom role has no more", []authz.Grant{{Role: custom, Scope: acme, Permissions: []authz.Permission{"cluster.delete"}}}, "cluster.read", first, false},
		{"a built-in role takes no more", []authz.Grant{{Role: authz.Member, Scope: acme, Permissions: []authz.Permission{"cluster.delete"}}}, "cluster.delete", first, false},
		{"a role that is none", []authz.Grant{{Role: "admin member", Scope: acme}}, "cluster.read", acme, false},
		{"an empty role", []authz.Grant{{Scope: acme}}, "cluster.read", acme, false},
		{"an empty scope", []authz.Grant{{Role: authz.Owner}}, "cluster.read", authz.Scope{}, false},
		{"an unknown permission", []authz.Grant{{Role: authz.Owner, Scope: acme}}, "cluster.explode", acme, false},
		{"an unknown permission in a custom role", []authz.Grant{{Role: custom, Scope: acme, Permissions: []authz.Permission{"x"}}}, "x", acme, false},
	} {
		rights := d.Rights(test.grants)
		if got := rights.Allow(test.permission, test.in); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
		if got := slices.Contains(rights.Permissions(test.in), test.permission); got != test.want {
			t.Errorf("%s is listed: %v", test.name, got)
		}
	}
}

// TestPermissions_AreWhatAllowSays compares the two for every role in every scope.
func TestPermissions_AreWhatAllowSays(t *testing.T) {
	d := decider(t)
	for _, role := range slices.Concat(authz.OrganizationRoles(), authz.PartRoles(), []authz.Role{"rol_1"}) {
		for _, given := range []authz.Scope{acme, shop, first} {
			rights := d.Rights([]authz.Grant{{Role: role, Scope: given, Permissions: []authz.Permission{"cluster.read", "audit.read"}}})
			for _, limited := range []authz.Rights{
				rights, rights.Limit(authz.Grant{Role: authz.ClusterViewer, Scope: first}), rights.Limit(authz.Grant{Role: "rol_2", Scope: acme}),
			} {
				for _, in := range []authz.Scope{acme, shop, first, other, eve} {
					listed := limited.Permissions(in)
					for _, p := range authz.Definitions() {
						if slices.Contains(listed, p.Name) != limited.Allow(p.Name, in) {
							t.Errorf("%s of %v in %v: %s", role, given, in, p.Name)
						}
					}
				}
			}
		}
	}
}

func TestLimit(t *testing.T) {
	member := decider(t).Rights([]authz.Grant{{Role: authz.Member, Scope: acme}})
	custom := authz.Grant{Role: "rol_1", Scope: acme, Permissions: []authz.Permission{"cluster.read", "cluster.delete"}}
	if got := member.Limit(custom).Permissions(acme); !slices.Equal(got, []authz.Permission{"cluster.read"}) {
		t.Errorf("limited to a role: %v", got)
	}
	placed := member.Limit(authz.Grant{Role: authz.Owner, Scope: first})
	if !placed.Allow("cluster.read", first) || placed.Allow("cluster.read", other) || placed.Allow("member.read", acme) || placed.Allow("cluster.delete", first) {
		t.Error("limited to a cluster is what the owner of the key may there, and nothing else")
	}
	if !placed.Anywhere("cluster.read", "org_acme") || placed.Anywhere("cluster.delete", "org_acme") {
		t.Error("limited to a cluster, anywhere is that cluster")
	}
	if placed.Cover(authz.Grant{Role: authz.ClusterViewer, Scope: other}) || !placed.Cover(authz.Grant{Role: authz.ClusterViewer, Scope: first}) {
		t.Error("a key gives nothing that it is limited from")
	}
	if gone := member.Limit(authz.Grant{Role: authz.Owner, Scope: authz.Scope{Organization: "org_acme", Cluster: "clu_9"}}); gone.Allow("cluster.read", first) {
		t.Error("limited to a cluster that is gone allows something")
	}
}

func TestCover_KeepsOneFromGivingMoreThanOneHas(t *testing.T) {
	d := decider(t)
	admin := d.Rights([]authz.Grant{{Role: authz.Admin, Scope: acme}})
	for role, want := range map[authz.Role]bool{authz.Owner: false, authz.Admin: true, authz.Member: true, authz.ClusterAdmin: true} {
		if got := admin.Cover(authz.Grant{Role: role, Scope: acme}); got != want {
			t.Errorf("an admin may give %s: %v", role, got)
		}
	}
	if admin.Cover(authz.Grant{Role: "rol_1", Scope: acme, Permissions: []authz.Permission{"sso.update"}}) {
		t.Error("an admin may give what they do not have by a role of their own")
	}
	lead := d.Rights([]authz.Grant{{Role: authz.ProjectAdmin, Scope: shop}})
	if !lead.Cover(authz.Grant{Role: authz.ClusterAdmin, Scope: first}) || lead.Cover(authz.Grant{Role: authz.ClusterViewer, Scope: acme}) ||
		lead.Cover(authz.Grant{Role: authz.ClusterViewer, Scope: other}) {
		t.Error("a project's admin gives in the project and nowhere else")
	}
}

func TestAnywhere(t *testing.T) {
	rights := decider(t).Rights([]authz.Grant{{Role: authz.ClusterViewer, Scope: first}})
	if !rights.Anywhere("cluster.read", "org_acme") || rights.Anywhere("cluster.read", "org_eve") || rights.Anywhere("cluster.delete", "org_acme") {
		t.Error("a right anywhere is one in any part of the organization")
	}
}

func TestClusterRole(t *testing.T) {
	d := decider(t)
	for role, want := range map[authz.Role]fleetapi.ClusterRole{
		authz.Owner: fleetapi.ClusterAdmin, authz.Admin: fleetapi.ClusterAdmin, authz.Member: fleetapi.ClusterDeveloper,
		authz.Auditor: fleetapi.ClusterViewer, authz.Billing: "",
		authz.ProjectAdmin: fleetapi.ClusterAdmin, authz.ClusterAdmin: fleetapi.ClusterAdmin, authz.ClusterDeveloper: fleetapi.ClusterDeveloper,
		authz.ClusterOperator: fleetapi.ClusterOperator, authz.ClusterViewer: fleetapi.ClusterViewer, authz.ClusterWorker: fleetapi.ClusterWorker,
		authz.ClusterGuest: fleetapi.ClusterGuest,
	} {
		if got := d.Rights([]authz.Grant{{Role: role, Scope: acme}}).ClusterRole(first); got != want || got != "" && !got.Valid() {
			t.Errorf("%s is %q in a cluster, want %q", role, got, want)
		}
	}
	both := d.Rights([]authz.Grant{{Role: authz.Auditor, Scope: acme}, {Role: authz.ClusterOperator, Scope: first}})
	if both.ClusterRole(first) != fleetapi.ClusterOperator || both.ClusterRole(other) != fleetapi.ClusterViewer {
		t.Error("the higher role counts, where it holds")
	}
}

// TestDefinitions makes sure that each role can do what the next one can, and that every role of the table exists.
func TestDefinitions(t *testing.T) {
	ladder := []authz.Role{authz.ProjectAdmin, authz.ClusterAdmin, authz.ClusterDeveloper, authz.ClusterOperator}
	for _, d := range authz.Definitions() {
		if !authz.Owner.Has(d.Name) || d.Title == "" || d.Area == "" || !authz.Known(d.Name) || !authz.Scoped(d.Name) {
			t.Errorf("%+v", d)
		}
		if authz.Member.Has(d.Name) && !authz.Admin.Has(d.Name) {
			t.Errorf("a member may %s and an admin not", d.Name)
		}
		for i := range ladder[1:] {
			if ladder[i+1].Has(d.Name) && !ladder[i].Has(d.Name) {
				t.Errorf("a %s may %s and a %s not", ladder[i+1], d.Name, ladder[i])
			}
		}
		for _, role := range d.Roles() {
			if !role.ForMembers() && !role.ForParts() {
				t.Errorf("%s names the role %q", d.Name, role)
			}
		}
	}
}

func TestKnown(t *testing.T) {
	for p, want := range map[authz.Permission]bool{
		authz.Public: true, authz.AccountRead: true, "cluster.read": true, "": false, "cluster.explode": false,
	} {
		if authz.Known(p) != want {
			t.Errorf("Known(%q) = %v", p, !want)
		}
	}
}

func BenchmarkAllow(b *testing.B) {
	d := decider(b)
	for _, n := range []int{1, 20} {
		grants := []authz.Grant{{Role: authz.Member, Scope: acme}}
		for i := range n - 1 {
			grants = append(grants, authz.Grant{Role: authz.ClusterOperator, Scope: authz.Scope{Organization: acme.Organization, Cluster: fmt.Sprint("clu_", i+100)}})
		}
		rights := d.Rights(grants)
		b.Run(fmt.Sprintf("granted/grants=%d", n), func(b *testing.B) {
			for b.Loop() {
				if !rights.Allow("cluster.use", first) {
					b.Fatal("refused")
				}
			}
		})
		b.Run(fmt.Sprintf("refused/grants=%d", n), func(b *testing.B) {
			for b.Loop() {
				if rights.Allow("cluster.administer", first) {
					b.Fatal("granted")
				}
			}
		})
	}
}
