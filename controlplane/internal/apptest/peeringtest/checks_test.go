package peeringtest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/provisioner/local/vpc/vpctest"
)

// checks asks for peerings that cannot work, or not well, and reads what is said about them. The tenants' clusters have two nodes
// and one.
func checks(t *testing.T, c *cloud, a, b *tenant) {
	t.Helper()
	cluster := a.info()
	change := func(field string, value any) map[string]any {
		r := a.request("local-a")
		r[field] = value
		return r
	}
	a.wants(t, a.request("local-a"), "ranges", "ok", "share no address", "")
	a.wants(t, change("ranges", []string{cluster.Range}), "ranges", "problem", "share addresses", "for example 10.64.")
	a.wants(t, change("ranges", []string{"10.99.0.0/16"}), "network", "warning", "no address in the ranges", "address add")
	a.wants(t, change("network", "nowhere"), "network", "problem", `no network namespace "nowhere"`, "ip netns add nowhere")
	a.wants(t, change("network", cluster.ID), "network", "problem", "is a network of a cluster", "your own")
	a.wants(t, change("zones", []string{}), "zones", "warning", "not known in which zones", "local-a, local-b")
	b.wants(t, b.request("local-b"), "zones", "warning", "no node in local-b", "add nodes")

	part := strings.Replace(cluster.Zones[1].Range, "/21", "/24", 1)
	vpctest.Shell(t, "ip -n "+a.network.Name+" route add blackhole "+part)
	a.wants(t, a.request("local-a"), "routes", "problem", part, "Remove that route")
	vpctest.Shell(t, "ip -n "+a.network.Name+" route delete blackhole "+part)

	hosts := filepath.Join("/etc/netns", a.network.Name, "hosts")
	write(t, hosts, "10.1.2.3 orders.acme.podium.internal\n")
	a.wants(t, a.request("local-a"), "names", "problem", "stands for 10.1.2.3 already", hosts)
	var refused peer
	a.Call("POST", a.path("/peerings"), a.request("local-a"), 202, &refused)
	if o := a.AwaitEnd(refused.Operation.ID); o.State != "FAILED" || !strings.Contains(o.Reason, "stands for 10.1.2.3 already") {
		t.Errorf("a peering that the checks are against ended as %+v", o)
	}
	if err := os.RemoveAll(filepath.Dir(hosts)); err != nil {
		t.Fatal(err)
	}

	_, id, _ := strings.Cut(cluster.ID, ".")
	defer c.pretendLinks(t, id, 50)()
	a.wants(t, a.request("local-a"), "quotas", "problem", "has 50 connections already", "Remove a peering")
}

// wants looks for a finding of the checks that says both texts.
func (x *tenant) wants(t *testing.T, request map[string]any, check, level, text, fix string) {
	t.Helper()
	found := x.check(request)
	if !slices.ContainsFunc(found, func(f finding) bool {
		return f.Check == check && f.Level == level && strings.Contains(f.Text, text) && strings.Contains(f.Fix, fix)
	}) {
		t.Errorf("no %s of %s says %q and %q: %+v", level, check, text, fix, found)
	}
}

// pretendLinks makes the cloud remember that many connections of a network, until the returned function is called.
func (c *cloud) pretendLinks(t *testing.T, id string, count int) (undo func()) {
	t.Helper()
	path := filepath.Join(c.data, "networks", id+".json")
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var state map[string]any
	if err := json.Unmarshal(was, &state); err != nil {
		t.Fatal(err)
	}
	links := make([]map[string]any, count)
	for i := range links {
		links[i] = map[string]any{"id": fmt.Sprint("pretended_", i), "network": "nowhere"}
	}
	state["links"] = links
	now, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(now))
	return func() { write(t, path, string(was)) }
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
