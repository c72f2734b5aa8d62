package remote_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/remote"
)

// home is a control plane that a data plane calls, or not.
type home struct {
	at    provisioner.NodeInfo
	calls bool

	released []string
	updates  error // that nodes are updated
	begun    int
}

func (h *home) Versions() []string { return h.released }

func (h *home) BeginUpdate(context.Context, string) error {
	h.begun++
	return nil
}

func (h *home) Update(context.Context, string, string) error { return h.updates }

func (h *home) Called(context.Context, string) (provisioner.NodeInfo, bool, error) {
	return h.at, h.calls, nil
}

var spec = provisioner.ClusterSpec{ID: "clu_1", Name: "orders", Organization: "acme", Cloud: "remote", Nodes: 1}

func TestCloud_WaitsOnTheCustomerUntilTheDataPlaneCalls(t *testing.T) {
	h := &home{}
	c := remote.New(remote.Config{Home: h, PublicURL: "https://podium.example", Version: "1"})
	for _, p := range provisioner.Parts() {
		if err := c.Ensure(t.Context(), spec, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.StartNode(t.Context(), spec, provisioner.Node{}); err != nil {
		t.Fatal(err)
	}
	pending := provisioner.AsPending(c.CheckNode(t.Context(), spec, 0))
	if pending == nil || pending.Customer == nil || pending.Customer.Ways[0].URL != "https://podium.example/organizations/acme/clusters/orders/join" {
		t.Fatalf("it waits for %+v", pending)
	}
	h.calls, h.at = true, provisioner.NodeInfo{Endpoint: "http://10.0.0.7:8080/api", Console: "http://10.0.0.7:8080"}
	if err := c.CheckNode(t.Context(), spec, 0); err != nil {
		t.Error(err)
	}
	h.updates = &provisioner.Pending{Reason: "it is updated"}
	if err := c.CheckNode(t.Context(), spec, 0); provisioner.AsPending(err) == nil || h.begun != 1 {
		t.Errorf("while it is updated: %v; begun %d times", err, h.begun)
	}
	h.released = []string{"2", "1"}
	if at, err := c.Address(t.Context(), spec); err != nil || at != h.at {
		t.Errorf("address %+v, %v", at, err)
	}
	catalog, err := c.Catalog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(catalog.Versions, " "); got != "1 2" {
		t.Errorf("versions %s", got)
	}
	whole := catalog.Complete(spec)
	if whole.Model != provisioner.Customer || whole.Version != "1" {
		t.Errorf("spec %+v", whole)
	}
}

func TestWays_CarryTheTokenAndNoRecipeDoes(t *testing.T) {
	for _, w := range remote.Ways(remote.Join{ControlPlane: "https://podium.example", ClusterID: "clu_1", Token: "SECRET"}) {
		if strings.Count(w.Code, "SECRET") != 1 || strings.Contains(w.Code, "\n") || !strings.Contains(w.Code, "https://podium.example") {
			t.Errorf("%s: %s", w.Name, w.Code)
		}
		// Only the line itself is checked: what it calls runs on the customer's machines.
		if out, err := exec.CommandContext(t.Context(), "sh", "-n", "-c", w.Code).CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", w.Name, err, out)
		}
	}
}

func TestFiles(t *testing.T) {
	program := filepath.Join(t.TempDir(), "edge")
	if err := os.WriteFile(program, []byte("the program"), 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("the program"))
	digest := hex.EncodeToString(sum[:])
	files := remote.NewFiles(remote.FilesConfig{ControlPlane: "https://podium.example", Program: program, Keys: "a2V5", Release: func(v string) (string, string, bool) {
		return "https://podium.example/releases/" + v, strings.Repeat("0", 64), v == "1.4.0"
	}})
	get := func(path string, want int) string {
		t.Helper()
		w := httptest.NewRecorder()
		files.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", remote.BasePath+path, nil))
		if w.Code != want {
			t.Fatalf("%s: %d %s, want %d", path, w.Code, w.Body, want)
		}
		return w.Body.String()
	}
	if got := get("edge", http.StatusOK); got != "the program" {
		t.Errorf("program %q", got)
	}
	get("nothing.yaml?cluster=clu_1", http.StatusNotFound)
	for _, hostile := range []string{"", "?cluster=", "?cluster=a%27%3Bid", "?cluster=a%0Ab", "?cluster=$(id)"} {
		get("install.sh"+hostile, http.StatusBadRequest)
	}
	get("install.sh?cluster=clu_1&version=9.9.9", http.StatusNotFound)
	if text := get("kubernetes.yaml?cluster=clu_1&version=1.4.0", http.StatusOK); !strings.Contains(text, "podium.example/releases/1.4.0") || strings.Contains(text, digest) {
		t.Errorf("a release is not what its recipe installs: %s", text)
	}
	for _, name := range []string{"install.sh", "compose.yaml", "kubernetes.yaml", "ecs.tf"} {
		text := get(name+"?cluster=clu_1", http.StatusOK)
		for _, want := range []string{"clu_1", digest, "https://podium.example" + remote.BasePath + "edge"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not hold %s", name, want)
			}
		}
		for _, want := range []string{"PODIUM_EDGE_BACKUP_DIR", "PODIUM_EDGE_REFUSE_COMMANDS"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not set %s", name, want)
			}
		}
		if strings.Contains(text, "[[") && name != "install.sh" {
			t.Errorf("%s is not filled in", name)
		}
		switch filepath.Ext(name) {
		case ".sh":
			check := exec.CommandContext(t.Context(), "sh", "-n")
			check.Stdin = strings.NewReader(text)
			if out, err := check.CombinedOutput(); err != nil {
				t.Errorf("%s: %v %s", name, err, out)
			}
		case ".yaml":
			d := yaml.NewDecoder(strings.NewReader(text))
			for n := 0; ; n++ {
				var v map[string]any
				if err := d.Decode(&v); err != nil {
					if n == 0 || err.Error() != "EOF" {
						t.Errorf("%s: document %d: %v", name, n, err)
					}
					break
				}
			}
		}
	}
}
