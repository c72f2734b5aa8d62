package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"
	"github.com/conductor-sdk/conductor-go/sdk/settings"
	"github.com/conductor-sdk/conductor-go/sdk/workflow/executor"

	"github.com/podium-cloud/podium/dataplane/edgeproc"
)

// The example on a real edge, checked by its outcome: the files that it leaves.
func TestPublishOnEdge(t *testing.T) {
	s := newStage(t, 1400)
	t.Run("korea", func(t *testing.T) {
		run := s.run(t, "KR")
		// The original is 1400 wide, so that the format of 1920 is left out.
		s.expectImages(t, "KR", "1280.jpeg", "240.gif", "320.png", "640.jpeg", "960.png")
		if got := fmt.Sprint(run.Output["published"]); !strings.Contains(got, "lighthouse/KR/240.gif") || strings.Contains(got, "1920") {
			t.Errorf("output published = %s", got)
		}
		for ref, branch := range s.branches(t, run) {
			verify := attempts(branch, "verify")
			if len(verify) != 2 || verify[0].Status != model.FailedTask || verify[1].Status != model.CompletedTask {
				t.Errorf("%s: attempts of verify: %+v, want one that failed and one that was completed", ref, verify)
			} else if !strings.Contains(verify[0].ReasonForIncompletion, ErrNotAtEdge.Error()) {
				t.Errorf("%s: the first attempt failed with %q", ref, verify[0].ReasonForIncompletion)
			}
		}
		s.expectMessage(t, run)
	})
	t.Run("elsewhere", func(t *testing.T) {
		run := s.run(t, "US")
		s.expectImages(t, "US", "1280.jpeg", "320.png", "640.jpeg")
		if len(attempts(run, "formats_korea")) != 0 || len(attempts(run, "formats_default")) != 1 {
			t.Error("the United States took the path of Korea")
		}
	})
	t.Run("again", func(t *testing.T) {
		// Published already and unchanged: the edge of the network has it, so nothing is retried.
		for ref, branch := range s.branches(t, s.run(t, "US")) {
			if verify := attempts(branch, "verify"); len(verify) != 1 {
				t.Errorf("%s: verify took %d attempts", ref, len(verify))
			}
		}
	})
	t.Run("an image that is not there", func(t *testing.T) {
		id := s.start(t, map[string]any{"show": "lighthouse", "country": "US", "image": "nothing.png"})
		run := s.until(t, id, model.FailedWorkflow)
		if !strings.Contains(run.ReasonForIncompletion, "the library has no nothing.png") || len(attempts(run, "inspect")) != 1 {
			t.Errorf("reason %q after %d attempts, want the missing file named after one", run.ReasonForIncompletion, len(attempts(run, "inspect")))
		}
	})
}

// stage is a running edge with the example's worker.
type stage struct {
	folder    string
	workflows *executor.WorkflowExecutor
}

func newStage(t *testing.T, width int) *stage {
	t.Helper()
	folder := t.TempDir()
	binary, err := edgeproc.Build(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	edge, err := edgeproc.Run(t.Context(), binary, filepath.Join(folder, "edge-data"), &output)
	if err != nil {
		t.Fatalf("%v\n%s", err, &output)
	}
	t.Cleanup(func() {
		if err := edge.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the edge's log:\n%s", &output)
		}
	})
	api := client.NewAPIClient(settings.NewAuthenticationSettings("", ""), settings.NewHttpSettings(edge.API))
	publisher, err := Open(filepath.Join(folder, "library"), folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "library", "poster.png"), poster(t, width), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := publisher.Example().Register(t.Context(), api); err != nil {
		t.Fatal(err)
	}
	stop, err := publisher.Example().Work(api, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		if err := publisher.Close(); err != nil {
			t.Error(err)
		}
	})
	return &stage{folder: folder, workflows: executor.NewWorkflowExecutor(api)}
}

func (s *stage) run(t *testing.T, country string) *model.Workflow {
	t.Helper()
	id := s.start(t, map[string]any{"show": "lighthouse", "country": country, "image": "poster.png"})
	return s.until(t, id, model.CompletedWorkflow)
}

func (s *stage) start(t *testing.T, input map[string]any) string {
	t.Helper()
	id, err := s.workflows.StartWorkflow(model.NewStartWorkflowRequest(Workflow, 1, "", input))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *stage) until(t *testing.T, id string, status model.WorkflowStatus) *model.Workflow {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		w, err := s.workflows.GetWorkflowWithContext(ctx, id, true)
		switch {
		case err != nil:
			t.Fatalf("workflow %s is not %s: %v", id, status, err)
		case w.Status == status:
			return w
		case w.Status != model.RunningWorkflow:
			t.Fatalf("workflow %s is %s, want %s: %s", id, w.Status, status, w.ReasonForIncompletion)
		}
	}
}

// branches are the executions of the fork's sub-workflows by their reference names.
func (s *stage) branches(t *testing.T, run *model.Workflow) map[string]*model.Workflow {
	t.Helper()
	found := map[string]*model.Workflow{}
	for _, task := range run.Tasks {
		if task.TaskType == "SUB_WORKFLOW" {
			found[task.ReferenceTaskName] = s.until(t, task.SubWorkflowId, model.CompletedWorkflow)
		}
	}
	if len(found) == 0 {
		t.Fatal("the fork had no branches")
	}
	return found
}

func attempts(w *model.Workflow, ref string) (found []model.Task) {
	for _, t := range w.Tasks {
		if t.ReferenceTaskName == ref {
			found = append(found, t)
		}
	}
	return found
}

// expectImages wants exactly these files served, each an image of the width and format in its name and of the poster's
// proportions.
func (s *stage) expectImages(t *testing.T, country string, want ...string) {
	t.Helper()
	dir := filepath.Join(s.folder, "cdn", "edge", "lighthouse", country)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: served are %v, want %v", country, got, want)
	}
	for _, name := range got {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		decoded, format, err := image.Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		size := decoded.Bounds().Size()
		if fmt.Sprintf("%d.%s", size.X, format) != name || size.Y < size.X*2/3-1 || size.Y > size.X*2/3+1 {
			t.Errorf("%s is %s, %d x %d", name, format, size.X, size.Y)
		}
	}
}

func (s *stage) expectMessage(t *testing.T, run *model.Workflow) {
	t.Helper()
	name, _ := run.Output["notification"].(string)
	message, err := os.ReadFile(filepath.Join(s.folder, "cdn", filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) || name == "" {
		t.Fatalf("nobody was told (%q)", name)
	}
	if err != nil || !strings.Contains(string(message), "team of lighthouse") || !strings.Contains(string(message), "lighthouse/KR/960.png") {
		t.Errorf("message %s, %v", message, err)
	}
}
