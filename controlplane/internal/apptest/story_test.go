package apptest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/apptest"
	"github.com/podium-cloud/podium/controlplane/internal/config"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

var binaries apptest.Binaries

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "podium-apptest-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if binaries, err = apptest.Build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func TestStory_SQLite(t *testing.T) { story(t, "") }

func TestStory_Postgres(t *testing.T) { story(t, pgtest.New(t, migrations.ControlPlane())) }

// story is what a newcomer does, from sign-up to the end of a cluster.
func story(t *testing.T, postgres string) {
	data := t.TempDir()
	url, stop := apptest.Start(t, config.Config{Data: data, EdgeBinary: binaries.Edge, Postgres: postgres})
	ada := apptest.NewClient(t, url)
	ada.SignUp("acme")

	began := time.Now()
	var c apptest.Cluster
	ada.Call("POST", "/organizations/acme/clusters", map[string]string{"name": "first"}, 202, &c)
	if c.State != "CREATING" || c.Operation.State != "RUNNING" {
		t.Errorf("the new cluster is %+v", c)
	}
	c = ada.AwaitState("acme", "first", "READY")
	t.Logf("READY after %v", time.Since(began).Round(time.Millisecond))
	if !strings.HasSuffix(c.Endpoint, "/api") || c.Console == "" || c.LastSeenAt.IsZero() {
		t.Errorf("the ready cluster is %+v", c)
	}
	if o := ada.AwaitEnd(c.Operation.ID); o.State != "SUCCEEDED" || len(o.Steps) == 0 {
		t.Errorf("the operation is %+v", o)
	} else {
		for _, step := range o.Steps {
			if step.State != "SUCCEEDED" {
				t.Errorf("step %s is %s", step.Name, step.State)
			}
		}
	}

	token := connect(t, ada, c)
	if status, err := ada.Try(t.Context(), "GET", c.Endpoint+"/metadata/workflow", nil, nil); err != nil || status != 401 {
		t.Errorf("without a token the data plane answers %d, %v", status, err)
	}
	if token == "" {
		t.Error("the data plane gives no token for the access key")
	}
	var keys []struct{ ID string }
	ada.Call("GET", "/organizations/acme/clusters/first/access-keys", nil, 200, &keys)
	if len(keys) != 1 {
		t.Errorf("keys are %v", keys)
	}
	var console struct{ URL string }
	ada.Call("POST", "/organizations/acme/clusters/first/console-sessions", nil, 201, &console)
	if !strings.HasPrefix(console.URL, c.Console) || !strings.Contains(console.URL, "/#token=") {
		t.Errorf("the link to the console is %s", console.URL)
	}

	var deletion apptest.Operation
	ada.Call("DELETE", "/organizations/acme/clusters/first", nil, 202, &deletion)
	ada.AwaitState("acme", "first", "")
	if o := ada.AwaitEnd(deletion.ID); o.State != "SUCCEEDED" {
		t.Errorf("the deletion is %+v", o)
	}
	nothingLeft(t, data)
	stop()
}

// connect makes an access key and exchanges it for a token at the data plane, at once.
func connect(t *testing.T, c *apptest.Client, cluster apptest.Cluster) string {
	t.Helper()
	var key struct{ ID, Secret string }
	c.Call("POST", "/organizations/acme/clusters/"+cluster.Name+"/access-keys", map[string]string{"name": "workers"}, 201, &key)
	return token(t, c, cluster, key)
}

func token(t *testing.T, c *apptest.Client, cluster apptest.Cluster, key struct{ ID, Secret string }) string {
	t.Helper()
	var answer struct{ Token string }
	c.Call("POST", cluster.Endpoint+"/token", map[string]string{"keyId": key.ID, "keySecret": key.Secret}, 200, &answer)
	return answer.Token
}

// nothingLeft fails if a data plane or its files are left.
func nothingLeft(t *testing.T, data string) {
	t.Helper()
	if left := apptest.DataPlanes(t, data); len(left) > 0 {
		t.Errorf("data planes are left: %v", left)
	}
	left, err := filepath.Glob(filepath.Join(data, "clusters", "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
}

// TestFailedCreation_LeavesNothing takes the data plane's program away.
func TestFailedCreation_LeavesNothing(t *testing.T) {
	t.Parallel() // it waits between attempts
	data := t.TempDir()
	program, err := os.ReadFile(binaries.Edge)
	if err != nil {
		t.Fatal(err)
	}
	edge := filepath.Join(t.TempDir(), "edge")
	if err := os.WriteFile(edge, program, 0o700); err != nil {
		t.Fatal(err)
	}
	url, _ := apptest.Start(t, config.Config{Data: data, EdgeBinary: edge})
	if err := os.Remove(edge); err != nil {
		t.Fatal(err)
	}
	ada := apptest.NewClient(t, url)
	ada.SignUp("acme")
	var c apptest.Cluster
	ada.Call("POST", "/organizations/acme/clusters", map[string]string{"name": "first"}, 202, &c)
	o := ada.AwaitEnd(c.Operation.ID)
	undone := 0
	for _, step := range o.Steps {
		if step.State == "UNDONE" {
			undone++
		}
	}
	if o.State != "FAILED" || o.Reason == "" || undone == 0 {
		t.Errorf("the creation ended as %+v", o)
	}
	if c = ada.AwaitState("acme", "first", "FAILED"); c.Reason == "" || c.Endpoint != "" {
		t.Errorf("the failed cluster is %+v", c)
	}
	nothingLeft(t, data)
	ada.Call("DELETE", "/organizations/acme/clusters/first", nil, 202, nil)
	ada.AwaitState("acme", "first", "")
}
