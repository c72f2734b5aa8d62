package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExport_MovesADataPlaneToAnotherFolder(t *testing.T) {
	from, to, file := t.TempDir(), filepath.Join(t.TempDir(), "new"), filepath.Join(t.TempDir(), "all.podium")
	p := start(t, "--data", from)
	p.want(200, "POST", "/api/metadata/workflow", definition)
	id := p.want(200, "POST", "/api/workflow/w", `{"n":1}`)
	if code, _, stderr := run(t, nil, "export", "--data", from, file); code != 1 || !strings.Contains(stderr, "another process") {
		t.Errorf("while it runs: exit code %d, %s", code, stderr)
	}
	p.end()
	if code, stdout, stderr := run(t, nil, "export", "--data", from, file); code != 0 || !strings.Contains(stdout, "exported 1 executions with 1 tasks, 1 definitions") {
		t.Fatalf("exit code %d, %s%s", code, stdout, stderr)
	}
	for again, want := range []string{"imported 1 executions", "1 executions were there already"} {
		if code, stdout, stderr := run(t, nil, "import", "--data", to, file); code != 0 || !strings.Contains(stdout, want) {
			t.Fatalf("import %d: exit code %d, %s%s", again, code, stdout, stderr)
		}
	}
	p = start(t, "--data", to)
	if got := p.want(200, "GET", "/api/workflow/"+id, ""); !strings.Contains(got, `"n":1`) {
		t.Errorf("got %s", got)
	}
	var tasks []map[string]any
	if err := json.Unmarshal([]byte(p.want(200, "GET", "/api/tasks/poll/batch/work?timeout=5000", "")), &tasks); err != nil || len(tasks) != 1 {
		t.Errorf("%d tasks (%v)", len(tasks), err)
	}
	if code, _, stderr := run(t, nil, "import", "--data", to, file); code != 1 || !strings.Contains(stderr, "another process") {
		t.Errorf("while it runs: exit code %d, %s", code, stderr)
	}
}

func TestExport_NeverLeavesHalfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "all.podium")
	if err := os.WriteFile(file, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	if code, _, stderr := run(t, nil, "export", "--data", nowhere, file); code != 1 || !strings.Contains(stderr, nowhere) {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if _, err := os.Stat(nowhere); !os.IsNotExist(err) {
		t.Errorf("an export makes a folder (%v)", err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "before" {
		t.Errorf("the file is %q now (%v)", got, err)
	}
	if code, _, stderr := run(t, nil, "import", "--data", t.TempDir(), file); code != 1 || !strings.Contains(stderr, "no export of a data plane") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if code, _, stderr := run(t, nil, "import", "--data", t.TempDir(), nowhere); code != 1 || !strings.Contains(stderr, nowhere) {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}
