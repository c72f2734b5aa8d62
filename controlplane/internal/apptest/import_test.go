package apptest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/app"
	"github.com/podium-cloud/podium/controlplane/internal/apptest"
	"github.com/podium-cloud/podium/controlplane/internal/config"
)

// TestBackup_FromElsewhere brings the export of a data plane that the control plane does not know into one of its clusters, with
// the commands that operators use, while everything runs.
func TestBackup_FromElsewhere(t *testing.T) {
	t.Parallel()
	c := config.Config{Data: t.TempDir(), EdgeBinary: binaries.Edge}
	url, _ := apptest.Start(t, c)
	ada := apptest.NewClient(t, url)
	ada.SignUp("acme")
	const first = "/organizations/acme/clusters/first"
	ada.Call("POST", "/organizations/acme/clusters", map[string]string{"name": "first"}, 202, nil)
	cluster := ada.AwaitState("acme", "first", "READY")

	folder := t.TempDir()
	key, file, other := filepath.Join(folder, "backup.key"), filepath.Join(folder, "all.podium"), filepath.Join(folder, "other.key")
	for _, k := range []string{other, key} { // the last file is opened by the last key
		export := exec.CommandContext(t.Context(), binaries.Edge, "export", "--data", filepath.Join(c.Data, "clusters", cluster.ID, "data"), "--key-file", k, file)
		if out, err := export.CombinedOutput(); err != nil {
			t.Fatalf("export: %v\n%s", err, out)
		}
	}
	for _, step := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"acme", "first", file}, 1, "--key-file"},
		{[]string{"acme", "first", file, "--key-file", other}, 1, "not a backup that the key opens"},
		{[]string{"acme", "first", file, "--key-file", file}, 1, "holds no key"},
		{[]string{"acme", "second", file, "--key-file", key}, 1, "second"},
		{[]string{"nobody", "first", file, "--key-file", key}, 1, "nobody"},
		{[]string{"acme", "first", file, "--key-file", key, "--name", "a/b"}, 1, "--name"},
		{[]string{"acme", file}, 1, "the names of an organization and of a cluster, and a file"},
		{[]string{"acme", "first", file, "--key-file", key, "--name", "x"}, 0, "imported-x"},
		{[]string{"acme", "first", file, "--key-file", key, "--name", "x"}, 0, "imported-x"}, // once more
	} {
		var out strings.Builder
		p := app.Process{Args: append([]string{"backups", "import", "--data", c.Data}, step.args...), Env: os.Getenv, Stdout: &out, Stderr: &out}
		if code := app.Main(t.Context(), p); code != step.code || !strings.Contains(out.String(), step.says) {
			t.Errorf("%v: exit code %d, %s", step.args, code, out.String())
		}
	}
	var backups []struct{ Name string }
	ada.Call("GET", first+"/backups", nil, 200, &backups)
	if len(backups) != 1 || backups[0].Name != "imported-x" {
		t.Fatalf("backups %+v", backups)
	}
	var o apptest.Operation
	ada.Call("POST", first+"/operations", map[string]string{"kind": "restore-cluster", "backup": "imported-x"}, 202, &o)
	if o = ada.AwaitEnd(o.ID); o.State != "SUCCEEDED" {
		t.Fatalf("restoration %+v", o)
	}
	var info struct{ Fence *struct{ TakenAt int64 } }
	ada.Call("GET", cluster.Console+"/podium/v1/info", nil, 200, &info)
	if info.Fence == nil {
		t.Error("it is not fenced, though its original may still run")
	}
}
