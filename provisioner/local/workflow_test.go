package local

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// office runs the workflows on a local cloud and answers the nodes that call home.
type office struct {
	*ground
	engine      *engine.Engine
	control     cloudtest.Control
	provisioner *provisioner.Provisioner
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{ground: newGround(t)}
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			ClusterID string `json:"clusterId"`
		}
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if json.NewDecoder(r.Body).Decode(&body) != nil || !o.control.Register(body.ClusterID, token) {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(home.Close)
	var err error
	if o.engine, err = engine.Open(t.Context(), engine.Config{}); err != nil {
		t.Fatal(err)
	}
	o.provisioner, err = provisioner.New(provisioner.Deps{
		Engine: o.engine, Clouds: map[string]provisioner.Cloud{"local": o.open(t)}, Control: &o.control,
		ControlPlaneURL: home.URL, Logger: o.config.Logger,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- o.provisioner.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := o.engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

func spec(id string) provisioner.ClusterSpec {
	return provisioner.ClusterSpec{
		ID: id, Name: "orders", Organization: "acme", Cloud: "local",
		Region: "local", Size: "small", Model: provisioner.Managed, Version: "current", Nodes: 1,
	}
}

// ended waits until an operation has.
func (o *office) ended(t *testing.T, operation string) *workflow.Execution {
	t.Helper()
	a, err := o.engine.Await(t.Context(), operation, nil, time.Minute)
	if err != nil || a.TimedOut {
		t.Fatalf("await %s: timed out %v, %v", operation, a != nil && a.TimedOut, err)
	}
	return a.Execution
}

func TestWorkflow_ClusterIsCreatedAndDeleted(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.control.Add("c1")
	began := time.Now()
	if err := o.provisioner.Start(t.Context(), "op-1", provisioner.Request{Kind: provisioner.CreateCluster, Cluster: spec("c1")}); err != nil {
		t.Fatal(err)
	}
	e := o.ended(t, "op-1")
	t.Logf("ready after %v", time.Since(began))
	now := o.control.Of("c1")
	if e.Status != workflow.Completed || now.State != "READY" {
		t.Fatalf("ended %s: %s; the control plane knows %+v", e.Status, e.ReasonForIncompletion, now)
	}
	if who, err := ask(now.At); err != nil || who.ClusterID != "c1" {
		t.Fatalf("at the endpoint: %+v, %v", who, err)
	}
	log, err := os.ReadFile(filepath.Join(o.config.Dir, "c1", "node.log"))
	if err != nil || !strings.Contains(string(log), "registered: 200") || strings.Contains(string(log), cloudtest.Secret) {
		t.Fatalf("the node says %q, %v", log, err)
	}
	if err := o.provisioner.Start(t.Context(), "op-2", provisioner.Request{Kind: provisioner.DeleteCluster, Cluster: spec("c1")}); err != nil {
		t.Fatal(err)
	}
	if e := o.ended(t, "op-2"); e.Status != workflow.Completed || len(o.Left(t)) > 0 {
		t.Fatalf("ended %s: %s; left: %v", e.Status, e.ReasonForIncompletion, o.Left(t))
	}
}

func TestWorkflow_NodeThatDoesNotWorkLeavesNothingAndSaysWhy(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.control.Add("broken")
	if err := o.provisioner.Start(t.Context(), "op-1", provisioner.Request{Kind: provisioner.CreateCluster, Cluster: spec("broken")}); err != nil {
		t.Fatal(err)
	}
	if e := o.ended(t, "op-1"); e.Status != workflow.Failed {
		t.Fatalf("ended %s", e.Status)
	}
	eventually(t, func() error {
		if now := o.control.Of("broken"); now.State != "FAILED" {
			return errState(now.State)
		}
		return nil
	})
	if now := o.control.Of("broken"); !strings.Contains(now.Reason, "this one never works") || len(o.Left(t)) > 0 {
		t.Fatalf("the control plane knows %+v; left: %v", now, o.Left(t))
	}
}

type errState string

func (e errState) Error() string { return "the cluster is " + string(e) }
