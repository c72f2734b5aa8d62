package storytest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/dataplane/edgetest"
	scan "github.com/podium-cloud/podium/examples/scan-bucket"
)

// scanner is a scanner that notes who calls it.
type scanner struct {
	mu            sync.Mutex
	keys          []string // in order
	running, most int      // calls at a time
}

func (s *scanner) scan(key string, content []byte) (verdict, finding string) {
	s.mu.Lock()
	s.keys = append(s.keys, key)
	s.running++
	s.most = max(s.most, s.running)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.running--
		s.mu.Unlock()
	}()
	return scan.Markers(key, content)
}

func (s *scanner) calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.keys)
}

// A backlog of objects waits for the scanner; one that is urgent comes last, and every object ends where it belongs.
func TestScan_ABacklogWithinTheScannersLimits(t *testing.T) {
	t.Parallel()
	dir, service := t.TempDir(), &scanner{}
	bucket, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bucket.Close() })
	clock := edgetest.NewClock(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	s := stageOf(t, edgetest.Config{Clock: clock}, scan.Example(bucket, service.scan))

	contents := map[string]string{}
	for i := range 20 {
		contents[fmt.Sprintf("logs/%02d.txt", i)] = "all is well"
	}
	contents["logs/virus.txt"], contents["logs/key.pem"] = "MALWARE-MARKER", "-----BEGIN RSA PRIVATE KEY-----"
	contents["logs/notes.txt"], contents["logs/tool.exe"] = "password: hunter2", "MZ"
	contents["urgent/contract.txt"] = "all is well"
	ids := map[string]string{}
	put := func(key string) {
		file := filepath.Join(dir, "incoming", key)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(contents[key]), 0o600); err != nil {
			t.Fatal(err)
		}
		ids[key] = s.startAs(scan.Start(key))
		if again := s.startAs(scan.Start(key)); again != ids[key] {
			t.Errorf("%s is scanned twice, by %s and %s", key, ids[key], again)
		}
	}
	for key := range contents {
		if key != "urgent/contract.txt" {
			put(key)
		}
	}
	put("urgent/contract.txt")
	s.work()

	// While the clock stands still the scanner is called ten times, however long it takes for everything else to be done.
	for _, id := range ids {
		s.wait("search for secrets", func() bool { return last(s.show(id), "secrets").Status == model.CompletedTask })
	}
	for _, want := range []int{10, 20, len(contents)} {
		s.wait(fmt.Sprintf("call %d of the scanner", want), func() bool { return service.calls() >= want })
		if got := service.calls(); got != want {
			t.Errorf("the scanner was called %d times, want %d", got, want)
		}
		clock.Advance(time.Second + time.Millisecond)
	}
	for key, verdict := range map[string]string{"logs/notes.txt": "clean", "logs/tool.exe": "bad"} {
		s.wait("review of "+key, func() bool { return last(s.show(ids[key]), "review") != nil })
		if err := s.workflows.UpdateTaskByRefName("review", ids[key], model.CompletedTask, map[string]any{"verdict": verdict}); err != nil {
			t.Fatal(err)
		}
	}
	for key, id := range ids {
		s.until(id, model.CompletedWorkflow)
		place := "released"
		if slices.Contains([]string{"logs/virus.txt", "logs/key.pem", "logs/tool.exe"}, key) {
			place = "quarantine"
		}
		if _, err := os.Stat(filepath.Join(dir, place, key)); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "incoming", "*", "*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
	if len(service.keys) != len(contents) || service.most > 2 {
		t.Errorf("%d calls for %d objects, %d at a time", len(service.keys), len(contents), service.most)
	}
	if !slices.Contains(service.keys[:2], "urgent/contract.txt") {
		t.Errorf("first scanned are %v, not the urgent one", service.keys[:2])
	}
}
