package cloudtest_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

func TestMemory(t *testing.T) {
	cloudtest.Exercise(t, func(*testing.T) cloudtest.Ground { return &ground{} })
}

// ground keeps one Memory over all crashes, as nothing of it lives in the process that would crash.
type ground struct{ cloud cloudtest.Memory }

func (g *ground) Open(t *testing.T, known ...string) provisioner.Cloud {
	ctx := context.WithoutCancel(t.Context())
	for _, left := range g.cloud.Left() {
		id := left[strings.LastIndex(left, " ")+1:]
		keep := false
		for _, k := range known {
			keep = keep || k == id
		}
		if keep {
			continue
		}
		if err := g.cloud.StopNode(ctx, cloudtest.Spec(id), 0); err != nil {
			t.Fatal(err)
		}
		for _, p := range slices.Backward(provisioner.Parts()) {
			if err := g.cloud.Remove(ctx, cloudtest.Spec(id), p); err != nil {
				t.Fatal(err)
			}
		}
	}
	return &g.cloud
}

func (g *ground) Crash(*testing.T)         {}
func (g *ground) Left(*testing.T) []string { return g.cloud.Left() }
func (g *ground) Node() provisioner.Node {
	return provisioner.Node{ControlPlaneURL: "http://control.test", JoinToken: "t"}
}
