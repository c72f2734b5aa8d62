package storytest

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/dataplane/edgetest"
	footage "github.com/podium-cloud/podium/examples/ingest-footage"
)

// studio is the ingest-footage example and what its worker has been asked to do.
type studio struct {
	*stage
	dir  string
	opus atomic.Bool // the worker is fixed
	mu   sync.Mutex
	done map[string]int // "step file chunk"
}

func openStudio(t *testing.T) *studio {
	t.Helper()
	s := &studio{dir: t.TempDir(), done: map[string]int{}}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	worker := footage.Studio{Folder: root, Opus: s.opus.Load, Done: func(step, file, chunk string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.done[strings.TrimSpace(step+" "+file+" "+chunk)]++
	}}
	s.stage = play(t, edgetest.Config{}, worker.Example())
	return s
}

// land lets a file land and says so.
func (s *studio) land(kind, file, content string) {
	s.Helper()
	landed := filepath.Join(s.dir, "landed")
	if err := os.MkdirAll(landed, 0o700); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(landed, file), []byte(content), 0o600); err != nil {
		s.Fatal(err)
	}
	s.start(map[string]any{"file": file, "kind": kind})
}

func (s *studio) read(parts ...string) string {
	s.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{s.dir}, parts...)...))
	if err != nil {
		s.Fatal(err)
	}
	return string(b)
}

func TestFootage_EachKindTakesItsWay(t *testing.T) {
	t.Parallel()
	s := openStudio(t)
	s.land("master", "film.mov", "a film")
	s.land("trailer", "teaser.mov", "a teaser")
	s.land("trailer", "spoiler.mov", "a spoiler")
	s.until(s.find("archive_footage", "film.mov"), model.CompletedWorkflow)
	for file, approved := range map[string]bool{"teaser.mov": true, "spoiler.mov": false} {
		id := s.find("approve_footage", file)
		s.wait("question", func() bool { return last(s.show(id), "approval") != nil })
		if err := s.workflows.UpdateTaskByRefName("approval", id, model.CompletedTask, map[string]any{"approved": approved, "reason": "it tells the end"}); err != nil {
			t.Fatal(err)
		}
	}
	s.until(s.find("approve_footage", "teaser.mov"), model.CompletedWorkflow)
	if w := s.until(s.find("approve_footage", "spoiler.mov"), model.FailedWorkflow); !strings.Contains(w.ReasonForIncompletion, "it tells the end") {
		t.Errorf("reason %q", w.ReasonForIncompletion)
	}
	if film, teaser := s.read("archive", "film.mov"), s.read("archive", "teaser.mov"); film != "a film" || teaser != "a teaser" {
		t.Errorf("archived: %q, %q", film, teaser)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "archive", "spoiler.mov")); err == nil {
		t.Error("what was not approved is in the archive")
	}
}

// One chunk of twelve cannot be transcribed. When the worker is fixed, one daily goes on by itself and two in bulk, and
// nothing that was done is done again.
func TestFootage_ADailyGoesOnWhereItFailed(t *testing.T) {
	t.Parallel()
	s := openStudio(t)
	var cut, captions strings.Builder
	for i := range 60 {
		sound := map[bool]string{true: "[opus]"}[i == 33]
		fmt.Fprintf(&cut, "Scene %d: %s\"Night %d.\"\n", i, sound, i)
		fmt.Fprintf(&captions, "\"Night %d.\"\n", i)
	}
	ids := map[string]string{"one.mov": "", "two.mov": "", "three.mov": ""}
	for file := range ids {
		s.land("daily", file, cut.String())
	}
	for file := range ids {
		ids[file] = s.find("ingest_daily", file)
		w := s.until(ids[file], model.FailedWorkflow)
		if !strings.Contains(w.ReasonForIncompletion, "chunk 007 of "+file+": sound in Opus cannot be read") {
			t.Errorf("%s: reason %q", file, w.ReasonForIncompletion)
		}
	}
	s.opus.Store(true)
	if err := s.workflows.Retry(ids["one.mov"], true); err != nil {
		t.Fatal(err)
	}
	if r, _, err := client.NewWorkflowBulkClient(s.api).Retry1(t.Context(), []string{ids["two.mov"], ids["three.mov"]}); err != nil || len(r.BulkErrorResults) > 0 {
		t.Fatalf("bulk retry: %v, %v", r, err)
	}
	for file, id := range ids {
		s.until(id, model.CompletedWorkflow)
		if got := s.read("captions", file+".srt"); got != captions.String() {
			t.Errorf("%s: captions %q", file, got)
		}
		master, err := gzip.NewReader(strings.NewReader(s.read("masters", file+".gz")))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(master); err != nil || string(got) != cut.String() {
			t.Errorf("%s: the master is %d bytes of %d (%v)", file, len(got), cut.Len(), err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for what, times := range s.done {
		want := 1
		switch {
		case strings.HasPrefix(what, "transcribe_chunk") && strings.HasSuffix(what, "007"):
			want = 2
		case strings.HasPrefix(what, "transcode_chunk") && strings.HasSuffix(what, "007") && !strings.Contains(what, "one.mov"):
			want = 2 // a bulk retry begins the branch that failed anew
		}
		if times != want {
			t.Errorf("%s was done %d times, want %d", what, times, want)
		}
	}
	if len(s.done) != 3*(1+12+12+1+1) {
		t.Errorf("%d things were done", len(s.done))
	}
}
