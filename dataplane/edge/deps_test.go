package main

import (
	"os/exec"
	"strings"
	"testing"
)

// forbidden are the packages that the edge binary must not link, with the reason. /... stands for all below.
var forbidden = map[string]string{
	"github.com/aws/...":                              "the edge runs on any machine and must stay small",
	"github.com/jackc/pgx/...":                        "the edge has its own store",
	"github.com/lib/pq/...":                           "the edge has its own store",
	"modernc.org/sqlite/...":                          "the edge has its own store",
	"github.com/mattn/go-sqlite3/...":                 "the edge has its own store",
	"database/sql":                                    "the edge has its own store",
	"github.com/podium-cloud/podium/controlplane/...": "a data plane knows its control plane by fleetapi alone",
	"github.com/podium-cloud/podium/provisioner/...":  "a data plane does not make data planes",
	"github.com/podium-cloud/podium/migrations/...":   "the edge has no SQL",
	"github.com/conductor-sdk/...":                    "clients are for tests",
	"testing":                                         "test code does not belong in a binary",
}

func TestEdge_LinksNothingForbidden(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if len(packages) < 100 {
		t.Fatalf("only %d packages: %v", len(packages), packages)
	}
	for _, p := range packages {
		for pattern, reason := range forbidden {
			root, all := strings.CutSuffix(pattern, "/...")
			if p == root || all && strings.HasPrefix(p, root+"/") {
				t.Errorf("links %s: %s", p, reason)
			}
		}
		const web = "github.com/podium-cloud/podium/web"
		if strings.HasPrefix(p, web) && p != web+"/embed/cluster" {
			t.Errorf("links %s: of the web only the cluster's console belongs in a data plane", p)
		}
	}
}
