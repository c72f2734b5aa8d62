package provisioner_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// The join token is in no execution, task, task log or log line, and in no file of the engine.
func TestSecrets_StayOut(t *testing.T) {
	dir := t.TempDir()
	h := newHarness(t, dir)
	h.plan = func(_ int, name string) cloudtest.Fault {
		if name == "Ready" && h.control.Of("c1").State == "DELETED" {
			return cloudtest.Refuse // the second creation is rolled back
		}
		return cloudtest.None
	}
	h.run(t)
	h.create(t, "op-1", "c1")
	h.settle(t, "op-1")
	h.delete(t, "op-2", "c1")
	h.settle(t, "op-2")
	h.create(t, "op-3", "c2")
	h.settle(t, "op-3")
	if h.control.Issued() < 2 || h.control.Of("c2").State != "FAILED" {
		t.Fatalf("%d tokens, c2 is %+v", h.control.Issued(), h.control.Of("c2"))
	}

	kinds := map[string]int{}
	all, err := h.engine.Search(t.Context(), engine.Search{Size: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all.Results {
		kinds[s.WorkflowType]++
		e, err := h.engine.Execution(t.Context(), s.WorkflowID, true)
		if err != nil {
			t.Fatal(err)
		}
		clean(t, s.WorkflowType, e)
		clean(t, "summary of "+s.WorkflowType, s)
		for _, task := range e.Tasks {
			logs, err := h.engine.Logs(t.Context(), task.TaskID)
			if err != nil {
				t.Fatal(err)
			}
			clean(t, "log of "+task.ReferenceTaskName, logs)
		}
	}
	if kinds["cluster_create"] != 2 || kinds["cluster_create_rollback"] != 1 || kinds["cluster_delete"] != 1 {
		t.Fatalf("executions: %v", kinds)
	}
	h.close(t)
	clean(t, "log", h.log.String())
	files := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		clean(t, path, string(b))
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("%d files, %v", files, err)
	}
}

func clean(t *testing.T, where string, v any) {
	t.Helper()
	text, ok := v.(string)
	if !ok {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
	}
	if strings.Contains(text, cloudtest.Secret) {
		t.Errorf("a secret is in %s", where)
	}
}
