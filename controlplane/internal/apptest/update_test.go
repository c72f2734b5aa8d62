package apptest_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/app"
	"github.com/podium-cloud/podium/controlplane/internal/apptest"
	"github.com/podium-cloud/podium/controlplane/internal/config"
	"github.com/podium-cloud/podium/dataplane/release"
)

// publisher makes releases of the edge in a folder, with the commands that operators use.
type publisher struct {
	t    *testing.T
	dir  string
	key  string // file
	keys release.Keys
}

func newPublisher(t *testing.T) *publisher {
	p := &publisher{t: t, dir: t.TempDir(), key: filepath.Join(t.TempDir(), "release.pem")}
	keys, err := release.ParseKeys(p.run("release", "key", p.key))
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys %v, %v", keys, err)
	}
	p.keys = keys
	return p
}

func (p *publisher) run(args ...string) string {
	p.t.Helper()
	var out, wrong strings.Builder
	if code := app.Main(p.t.Context(), app.Process{Args: args, Env: os.Getenv, Stdout: &out, Stderr: &wrong}); code != 0 {
		p.t.Fatalf("%v: exit code %d\n%s", args, code, wrong.String())
	}
	return out.String()
}

func (p *publisher) path(version string) string { return filepath.Join(p.dir, version, "edge") }

// build compiles the edge as a version.
func (p *publisher) build(version string) {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), "go", "build", "-ldflags", "-s -w -X github.com/podium-cloud/podium/dataplane/internal/app.version="+version,
		"-o", p.path(version), "github.com/podium-cloud/podium/dataplane/edge")
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("build %s: %v\n%s", version, err, out)
	}
	p.sign(version, p.key)
}

// copy publishes a program as a version.
func (p *publisher) copy(version, program string) {
	p.t.Helper()
	b, err := os.ReadFile(program)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(version, b)
	p.sign(version, p.key)
}

// script makes a program that is no data plane.
func (p *publisher) script(version, text string) {
	p.t.Helper()
	p.write(version, []byte("#!/bin/sh\n"+text))
	p.sign(version, p.key)
}

func (p *publisher) write(version string, program []byte) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(version)), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(p.path(version), program, 0o700); err != nil {
		p.t.Fatal(err)
	}
}

func (p *publisher) sign(version, key string) {
	p.t.Helper()
	p.run("release", "sign", "--key", key, "--version", version, p.path(version))
}

// TestUpdate covers S-86 with real processes: a data plane in the customer's network is updated to signed releases and to nothing
// else, and is as it was when the new one is no good.
func TestUpdate(t *testing.T) {
	t.Parallel() // it builds programs
	p := newPublisher(t)
	p.copy("1.0.0", binaries.Edge) // it says to have another version, as it is none of a release
	p.build("1.1.0")
	p.script("1.2.0", "exit 2\n")
	p.script("1.3.0", "exit 3\n")
	stranger := filepath.Join(t.TempDir(), "stranger.pem")
	p.run("release", "key", stranger)
	p.sign("1.3.0", stranger)
	p.script("1.4.0", "exit 5\n")
	p.write("1.4.0", []byte("#!/bin/sh\nexit 4\n")) // of the same size
	url, _ := apptest.Start(t, config.Config{Data: t.TempDir(), EdgeBinary: binaries.Edge, Versions: p.dir, ReleaseKeys: p.keys})
	ada := apptest.NewClient(t, url)
	ada.SignUp("acme")
	var made apptest.Cluster
	ada.Call("POST", "/organizations/acme/clusters", map[string]string{"name": "own", "cloud": "remote"}, 202, &made)
	var i invitation
	ada.Call("POST", "/organizations/acme/clusters/own/join-tokens", nil, 201, &i)
	data := t.TempDir()
	line := strings.Replace(i.program(t), " edge ", fmt.Sprintf(" exec %s supervise --programs %s/programs --release-keys %s --healthy-for 0s -- --listen 127.0.0.1:0 ",
		binaries.Edge, data, p.keys), 1)
	join(t, line, data)
	ada.AwaitState("acme", "own", "READY")

	var clouds []struct {
		Name     string
		Versions []string
	}
	ada.Call("GET", "/organizations/acme/catalog", nil, 200, &clouds)
	for _, c := range clouds {
		if c.Name == "remote" && !slices.Equal(c.Versions[1:], []string{"1.4.0", "1.2.0", "1.1.0", "1.0.0"}) {
			t.Errorf("versions %v: one that a stranger has signed must not be offered", c.Versions)
		}
	}

	upgrade := func(version string) apptest.Operation {
		t.Helper()
		var o apptest.Operation
		ada.Call("POST", "/organizations/acme/clusters/own/operations", map[string]string{"kind": "upgrade-cluster", "version": version}, 202, &o)
		return ada.AwaitEnd(o.ID)
	}
	node, installed := "", ""
	runs := func(version string) {
		t.Helper()
		ada.Await("the node has version "+version, func(ctx context.Context) (bool, string) {
			var nodes []struct{ ID, Version string }
			status, err := ada.Try(ctx, "GET", ownNodes, nil, &nodes)
			if len(nodes) == 1 {
				node, installed = nodes[0].ID, cmp.Or(installed, nodes[0].Version)
			}
			return len(nodes) == 1 && nodes[0].Version == cmp.Or(version, installed), fmt.Sprint(status, err, nodes)
		})
	}
	runs("")
	if o := upgrade("1.1.0"); o.State != "SUCCEEDED" {
		t.Fatalf("the update ended as %+v", o)
	}
	runs("1.1.0")
	for version, why := range map[string]string{"1.2.0": "ended before it was healthy", "1.4.0": "changed on the way"} {
		if o := upgrade(version); o.State != "FAILED" {
			t.Errorf("the update to %s ended as %+v", version, o)
		}
		runs("1.1.0")
		var asked []command
		ada.Call("GET", "/organizations/acme/clusters/own/commands", nil, 200, &asked)
		if asked[0].State != "FAILED" || !strings.Contains(asked[0].Reason, why) {
			t.Errorf("the update to %s came to %+v", version, asked[0])
		}
	}
	ada.AwaitState("acme", "own", "READY")

	order := func(body map[string]any) command {
		t.Helper()
		body["kind"] = "update"
		var c command
		ada.Call("POST", ownNodes+"/"+node+"/commands", body, 202, &c)
		return ended(ada, c.ID)
	}
	if c := order(map[string]any{"version": "1.0.0"}); c.State != "FAILED" || !strings.Contains(c.Reason, "lower") {
		t.Errorf("a downgrade came to %+v", c)
	}
	if c := order(map[string]any{"version": "1.0.0", "force": true}); c.State != "DONE" {
		t.Errorf("a downgrade by force came to %+v", c)
	}
	runs("")
	ada.Call("POST", ownNodes+"/"+node+"/commands", map[string]string{"kind": "update", "version": "1.3.0"}, http.StatusConflict, nil)
}
