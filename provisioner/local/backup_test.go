package local

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/podium-cloud/podium/dataplane/edgeproc"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// made makes a cluster whose data plane is up, and returns its address.
func (g *ground) made(t *testing.T, id string) string {
	t.Helper()
	for _, p := range provisioner.Parts() {
		if err := g.cloud.Ensure(t.Context(), cloudtest.Spec(id), p); err != nil {
			t.Fatal(err)
		}
	}
	return g.started(t, id)
}

func (g *ground) started(t *testing.T, id string) string {
	t.Helper()
	if err := g.cloud.StartNode(t.Context(), cloudtest.Spec(id), g.Node()); err != nil {
		t.Fatal(err)
	}
	within(t, func() error { return g.cloud.CheckNode(t.Context(), cloudtest.Spec(id), 0) })
	at, err := g.cloud.Address(t.Context(), cloudtest.Spec(id))
	if err != nil {
		t.Fatal(err)
	}
	return at.Console
}

// within waits until f returns nil.
func within(t *testing.T, f func() error) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for {
		err := f()
		if err == nil {
			return
		}
		if !pause(ctx, 20*time.Millisecond) {
			t.Fatal(err)
		}
	}
}

func whoIs(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/podium/v1/info", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestBackup_OfADataPlaneThatServesBecomesAFencedCopy(t *testing.T) {
	binary, err := edgeproc.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g := newGround(t)
	g.config.EdgeBinary, g.config.Backups = binary, filepath.Join(t.TempDir(), "backups")
	g.Open(t)
	ctx, one, two := t.Context(), cloudtest.Spec("one"), cloudtest.Spec("two")
	g.made(t, "one")
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(g.config.Backups, "one"), 0o700); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(g.config.Backups, "one", ".b1.podium123") // of an attempt that was killed
	if err := os.WriteFile(half, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	var first provisioner.Backup
	for again := range 2 {
		b, err := g.cloud.Backup(ctx, one, provisioner.Copy{Name: "b1", Recipient: id.Recipient().String()})
		if err != nil || b.Bytes == 0 || time.Since(b.At) > time.Hour {
			t.Fatalf("backup: %+v, %v", b, err)
		}
		if again == 1 && b != first {
			t.Errorf("it was made again: %+v, then %+v", first, b)
		}
		first = b
	}
	if _, err := os.Stat(half); !os.IsNotExist(err) {
		t.Errorf("what was left of an attempt is there (%v)", err)
	}
	file, err := g.cloud.OpenBackup(ctx, one, "b1")
	if err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 10)
	if _, err := io.ReadFull(file, head); err != nil || string(head) != "age-encryp" {
		t.Errorf("the copy is not sealed: %q, %v", head, err)
	}
	_ = file.Close()

	g.made(t, "two")
	from := provisioner.Source{Cluster: one, Backup: "b1"}
	if err := g.cloud.Restore(ctx, two, from, provisioner.Restoring{Key: id.String(), Fence: true}); err == nil {
		t.Error("restored while a node runs")
	}
	if err := g.cloud.StopNode(ctx, two, 0); err != nil {
		t.Fatal(err)
	}
	other, _ := age.GenerateX25519Identity()
	if err := g.cloud.Restore(ctx, two, from, provisioner.Restoring{Key: other.String(), Fence: true}); err == nil || strings.Contains(err.Error(), other.String()) {
		t.Errorf("with another key: %v", err)
	}
	for range 2 {
		if err := g.cloud.Restore(ctx, two, from, provisioner.Restoring{Key: id.String(), Fence: true}); err != nil {
			t.Fatal(err)
		}
	}
	if info := whoIs(t, g.started(t, "two")); !strings.Contains(info, `"fence":{`) || !strings.Contains(info, `"clusterId":"one"`) {
		t.Errorf("the copy says %s", info)
	}
	if err := g.cloud.Restore(ctx, one, provisioner.Source{Cluster: one, Backup: "none"}, provisioner.Restoring{Key: id.String()}); !provisioner.IsPermanent(err) {
		t.Errorf("a copy that is not there: %v", err)
	}
	for range 2 {
		if err := g.cloud.RemoveBackup(ctx, one, "b1"); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(g.config.Backups); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	g.cloud.fallback.Path = os.Args[0] // the stand-in finds the disk full
	if _, err := g.cloud.Backup(ctx, one, provisioner.Copy{Name: "b1"}); err == nil ||
		!strings.HasPrefix(err.Error(), "the disk with "+g.config.Backups+" on the machine of the control plane is full: make room") {
		t.Errorf("on a full disk: %v", err)
	}
	for _, name := range []string{"", "../x", "a/b"} {
		if _, err := g.cloud.Backup(ctx, one, provisioner.Copy{Name: name}); !provisioner.IsPermanent(err) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, s := range []provisioner.ClusterSpec{one, two} {
		if err := g.cloud.StopNode(ctx, s, 0); err != nil {
			t.Error(fmt.Errorf("stop %s: %w", s.ID, err))
		}
	}
}
