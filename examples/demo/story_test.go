package main

import (
	"log/slog"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestStoryIsToldToItsEnd(t *testing.T) {
	dir := t.TempDir()
	for binary, source := range map[string]string{"controlplane": "controlplane", "edge": "dataplane/edge"} {
		out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, binary),
			"github.com/podium-cloud/podium/"+source).CombinedOutput()
		if err != nil {
			t.Fatalf("build %s: %v\n%s", binary, err, out)
		}
	}
	t.Setenv("TMPDIR", dir)
	s := story{binary: filepath.Join(dir, "controlplane"), workflows: 4, log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if err := s.tell(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Korea has 5 formats that are not wider than the poster's 1600 pixels, Japan 4, the others 3 each.
	if r := s.report; r.Workflows != 4 || r.Completed != 4 || r.Images != 5+4+3+3 || r.SecondsToReady <= 0 {
		t.Errorf("report %+v", r)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "podium-demo-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
