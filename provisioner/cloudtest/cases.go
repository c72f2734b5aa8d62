package cloudtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/provisioner"
)

func lifecycle(t *testing.T, g Ground) {
	c := g.Open(t)
	run(t, c, g, "c1", creation)
	at := reserve(t, c, "c1")
	if !strings.HasSuffix(at.Endpoint, "/api") || at.Console == "" {
		t.Fatalf("endpoint %q, console %q", at.Endpoint, at.Console)
	}
	if left := g.Left(t); len(left) == 0 {
		t.Fatal("the ground does not show a cluster that exists")
	}
	run(t, c, g, "c1", deletion)
	nothingLeft(t, g)
}

func repeated(t *testing.T, g Ground) {
	c := g.Open(t)
	for _, steps := range [][]step{creation, deletion} {
		for _, s := range steps {
			run(t, c, g, "c1", []step{s, s})
		}
	}
	nothingLeft(t, g)
	first := reserve(t, c, "c2")
	if again := reserve(t, c, "c2"); again != first {
		t.Fatalf("the endpoint changed from %v to %v", first, again)
	}
	run(t, c, g, "c2", deletion)
	nothingLeft(t, g)
}

func absent(t *testing.T, g Ground) {
	c := g.Open(t)
	backwards := slices.Clone(deletion)
	slices.Reverse(backwards)
	run(t, c, g, "c1", deletion)
	run(t, c, g, "c1", backwards)
	nothingLeft(t, g)
}

func refusal(t *testing.T, g Ground) {
	c := g.Open(t)
	run(t, c, g, "c1", creation)
	if c.Remove(t.Context(), Spec("c1"), provisioner.Storage) == nil {
		t.Fatal("storage was removed under a running node")
	}
	if c.Remove(t.Context(), Spec("c1"), provisioner.Endpoint) == nil {
		t.Fatal("the endpoint of a running node was removed")
	}
	run(t, c, g, "c1", creation[health:]) // unharmed
	run(t, c, g, "c1", deletion)
	nothingLeft(t, g)
}

func incomplete(t *testing.T, g Ground) {
	c := g.Open(t)
	for i, missing := range []provisioner.Part{provisioner.Network, provisioner.Storage, provisioner.Endpoint} {
		reserved := slices.DeleteFunc(slices.Clone(creation[:start]), func(s step) bool {
			return missing == provisioner.Network || s.name == "Ensure "+string(missing)
		})
		run(t, c, g, "c1", reserved)
		if c.StartNode(t.Context(), Spec("c1"), g.Node()) == nil {
			t.Fatalf("case %d: a node started without storage and endpoint", i)
		}
		run(t, c, g, "c1", deletion)
		nothingLeft(t, g)
	}
}

func distinct(t *testing.T, g Ground) {
	c := g.Open(t)
	ids := []string{"c1", "c2", "c3", "c4", "c5"}
	owner := map[string]string{}
	for _, id := range ids {
		at := reserve(t, c, id)
		if other := owner[at.Endpoint]; other != "" {
			t.Fatalf("%s and %s share %s", other, id, at.Endpoint)
		}
		owner[at.Endpoint] = id
	}
	for _, id := range ids {
		run(t, c, g, id, deletion)
	}
	nothingLeft(t, g)
}

func replaced(t *testing.T, g Ground) {
	c := g.Open(t)
	run(t, c, g, "c1", creation)
	one := len(g.Left(t))
	run(t, c, g, "c1", creation)
	if again := len(g.Left(t)); again != one {
		t.Fatalf("%d things after one start, %d after two: %v", one, again, g.Left(t))
	}
	run(t, c, g, "c1", deletion)
	nothingLeft(t, g)
}

func unhealthy(t *testing.T, g Ground) {
	c := g.Open(t)
	check := func(when string) {
		if c.CheckNode(t.Context(), Spec("c1"), 0) == nil {
			t.Fatalf("healthy %s", when)
		}
	}
	check("before anything was made")
	run(t, c, g, "c1", creation[:start])
	check("before it was started")
	run(t, c, g, "c1", creation)
	run(t, c, g, "c1", deletion[:1])
	check("after it was stopped")
	run(t, c, g, "c1", deletion)
	nothingLeft(t, g)
}

func survival(t *testing.T, g Ground) {
	c := g.Open(t)
	run(t, c, g, "c1", creation)
	before := reserve(t, c, "c1")
	g.Crash(t)
	c = g.Open(t, "c1")
	run(t, c, g, "c1", creation[health:])
	if after := reserve(t, c, "c1"); after != before {
		t.Fatalf("the endpoint changed from %v to %v", before, after)
	}
	run(t, c, g, "c1", deletion)
	nothingLeft(t, g)
}

func resumed(t *testing.T, g Ground) {
	for cut := range len(creation) {
		c := g.Open(t)
		run(t, c, g, "c1", creation[:cut])
		g.Crash(t)
		c = g.Open(t, "c1")
		run(t, c, g, "c1", creation)
		run(t, c, g, "c1", deletion)
		nothingLeft(t, g)
		g.Crash(t)
	}
}

func abandoned(t *testing.T, g Ground) {
	for cut := range len(creation) + 1 {
		c := g.Open(t)
		run(t, c, g, "c1", creation[:cut])
		g.Crash(t)
		c = g.Open(t, "c1")
		run(t, c, g, "c1", deletion)
		nothingLeft(t, g)
		g.Crash(t)
	}
}

func halfDeleted(t *testing.T, g Ground) {
	for cut := range len(deletion) + 1 {
		c := g.Open(t)
		run(t, c, g, "c1", creation)
		run(t, c, g, "c1", deletion[:cut])
		g.Crash(t)
		c = g.Open(t, "c1")
		run(t, c, g, "c1", deletion)
		nothingLeft(t, g)
		g.Crash(t)
	}
}

func forgotten(t *testing.T, g Ground) {
	for cut := range len(creation) + 1 {
		c := g.Open(t)
		run(t, c, g, "kept", creation[:cut])
		run(t, c, g, "lost", creation[:cut])
		g.Crash(t)
		c = g.Open(t, "kept")
		for _, left := range g.Left(t) {
			if strings.Contains(left, "lost") {
				t.Fatalf("cut %d: %s is still there", cut, left)
			}
		}
		run(t, c, g, "kept", deletion)
		nothingLeft(t, g)
		g.Crash(t)
	}
}
