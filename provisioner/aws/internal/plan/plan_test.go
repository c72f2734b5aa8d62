package plan_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

var parts = []provisioner.Part{provisioner.Network, provisioner.Database, provisioner.Queue, provisioner.Storage, provisioner.Endpoint}

func clusters() []plan.Cluster {
	var all []plan.Cluster
	for _, size := range plan.Sizes() {
		for _, zones := range [][]string{{"z1", "z2"}, {"z1", "z2", "z3"}, {"z1", "z2", "z3", "z4"}} {
			all = append(all, plan.Cluster{ID: "c1", Range: "10.0.0.0/24", Zones: zones, Size: size, Host: "c1.example.com"})
		}
	}
	return all
}

// TestCluster_Order: every resource comes after what it needs, and is removed before it.
func TestCluster_Order(t *testing.T) {
	stage := map[plan.Kind]int{}
	for i, kinds := range plan.Teardown() {
		for _, k := range kinds {
			stage[k] = i
		}
	}
	for _, c := range clusters() {
		made := map[string]plan.Kind{}
		var all []plan.Resource
		for _, p := range parts {
			for _, r := range c.Part(p) {
				if !plan.InPart(p, r.Kind, r.Role) {
					t.Errorf("%s %s is made with the %s but not removed with it", r.Kind, r.Role, p)
				}
				all = append(all, r)
			}
		}
		for i := range 3 {
			for _, r := range c.Node(i, plan.TaskSettings{}) {
				if !plan.InNode(i, r.Kind, r.Role) || plan.InNode(i+1, r.Kind, r.Role) {
					t.Errorf("%s %s does not belong to node %d", r.Kind, r.Role, i)
				}
				all = append(all, r)
			}
		}
		for _, r := range all {
			if _, again := made[r.Role]; again {
				t.Errorf("two resources have the role %s", r.Role)
			}
			for use, role := range r.Needs {
				k, ok := made[role]
				if !ok {
					t.Errorf("%s needs %s as its %s, which was not made before", r.Role, role, use)
				}
				if r.Kind == plan.RouteTable && k == plan.NAT {
					continue // AWS lets a gateway go to which a route still leads
				}
				if _, known := stage[r.Kind]; !known || stage[k] < stage[r.Kind] {
					t.Errorf("%s %s is removed after the %s that it needs", r.Kind, r.Role, k)
				}
			}
			made[r.Role] = r.Kind
		}
	}
}

func TestName_FitsWhatAWSAllows(t *testing.T) {
	c := clusters()[len(clusters())-1]
	c.ID = strings.Repeat("X", 64)
	longest := map[plan.Kind]int{plan.Balancer: 32, plan.TargetGroup: 32, plan.Cache: 40, plan.DBInstance: 63, plan.Role: 64}
	for _, p := range parts {
		for _, r := range c.Part(p) {
			name := plan.Name(c.ID, r.Role)
			if most, limited := longest[r.Kind]; limited && len(name) > most {
				t.Errorf("%s has %d characters, %s may have %d", name, len(name), r.Kind, most)
			}
			if name != strings.ToLower(name) {
				t.Errorf("%s is not in lower case", name)
			}
		}
	}
}

func TestRange(t *testing.T) {
	seen := map[netip.Prefix]bool{}
	for _, id := range []string{"a", "b", "c", "d"} {
		p, err := plan.Range(id, "")
		if err != nil || !netip.MustParsePrefix("10.64.0.0/10").Overlaps(p) || p != p.Masked() || p.Bits() != 20 {
			t.Errorf("range of %s: %v, %v", id, p, err)
		}
		seen[p] = true
	}
	if len(seen) < 4 {
		t.Errorf("clusters share ranges: %v", seen)
	}
	for _, wrong := range []string{"x", "10.0.0.1/20", "10.0.0.0/25", "10.0.0.0/8", "8.8.0.0/16", "fd00::/20"} {
		if _, err := plan.Range("a", wrong); err == nil || !strings.HasPrefix(err.Error(), "cidr: ") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// TestSubnetRange: no subnet overlaps another, all lie in the network, and AWS takes none smaller than /28.
func TestSubnetRange(t *testing.T) {
	network := netip.MustParsePrefix("10.20.4.0/24")
	var all []netip.Prefix
	for _, tier := range []plan.Tier{plan.Public, plan.Private, plan.Data, plan.Peered} {
		for zone := range plan.MaxZones {
			p := plan.SubnetRange(network, tier, zone)
			if !network.Contains(p.Addr()) || p.Bits() != 28 {
				t.Errorf("%s of zone %d is %v", tier, zone, p)
			}
			for _, other := range all {
				if other.Overlaps(p) {
					t.Errorf("%v overlaps %v", p, other)
				}
			}
			all = append(all, p)
		}
	}
}

func TestResource_FingerprintChangesWithSettingsAndIDs(t *testing.T) {
	a := plan.Resource{Kind: plan.DBInstance, Settings: plan.DBSettings{Class: "db.t4g.medium"}}
	b := a
	b.Settings = plan.DBSettings{Class: "db.m6g.large"}
	ids := map[string]string{"key": "k1", "group": "g1"}
	if a.Fingerprint(ids) == b.Fingerprint(ids) || a.Fingerprint(ids) == a.Fingerprint(map[string]string{"key": "k2", "group": "g1"}) {
		t.Error("a change does not change the fingerprint")
	}
	if a.Fingerprint(ids) != a.Fingerprint(map[string]string{"group": "g1", "key": "k1"}) {
		t.Error("the fingerprint depends on the order of a map")
	}
}
