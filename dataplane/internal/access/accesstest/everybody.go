// Package accesstest makes the callers that a cluster can have, for tests of what each of them may do.
package accesstest

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/accesskey"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/access"
)

// ClusterID is the cluster that Everybody's gate guards.
const ClusterID = "clu_a"

// Somebody is a caller with a token; "" is anonymous.
type Somebody struct{ Name, Token string }

// Everybody returns a gate, and a caller of each kind with a token of an hour: nobody, who belongs to another cluster, who
// has no role, and one with each role.
func Everybody(t *testing.T) (*access.Gate, []Somebody) {
	t.Helper()
	gate, keys := newGate(t, ClusterID)
	other, _ := newGate(t, "clu_b")
	callers := []Somebody{{"anonymous", ""}, {"stranger", exchange(t, other, keys["admin"])}, {"none", exchange(t, gate, keys["none"])}}
	for _, role := range []fleetapi.ClusterRole{
		fleetapi.ClusterViewer, fleetapi.ClusterWorker, fleetapi.ClusterOperator, fleetapi.ClusterDeveloper, fleetapi.ClusterAdmin,
	} {
		callers = append(callers, Somebody{string(role), exchange(t, gate, keys[string(role)])})
	}
	return gate, callers
}

// key is an access key with its secret.
type key struct{ id, secret string }

// newGate returns the gate of a cluster that knows a key for each role, under the same names in every cluster.
func newGate(t *testing.T, cluster string) (*access.Gate, map[string]key) {
	t.Helper()
	_, sign, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	g, err := access.New(access.Config{Mode: access.Keys, ClusterID: cluster, SignKey: sign})
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]key{}
	var known []fleetapi.AccessKey
	for _, role := range append(fleetapi.ClusterRoles(), "") {
		name := string(role)
		if name == "" {
			name = "none"
		}
		// The secrets are made of the names, so that those of two clusters are the same.
		k := key{"key_" + name, "sec_" + strings.Repeat(name, 3)}
		keys[name] = k
		known = append(known, fleetapi.AccessKey{ID: k.id, Name: name, SecretHash: accesskey.Hash(k.secret), Role: role})
	}
	if err := g.Set(known, fleetapi.Issuer{}); err != nil {
		t.Fatal(err)
	}
	return g, keys
}

func exchange(t *testing.T, g *access.Gate, k key) string {
	t.Helper()
	token, err := g.Exchange(k.id, k.secret)
	if err != nil {
		t.Fatal(err)
	}
	return token
}
