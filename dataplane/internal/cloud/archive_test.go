package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/internal/payload/file"
	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/queue/memory"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded"
	"github.com/podium-cloud/podium/dataplane/internal/store/postgres"
	"github.com/podium-cloud/podium/dataplane/internal/timer"
	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

// hasty is a clock on which an hour takes a second.
type hasty struct{ begin time.Time }

func (c hasty) Now() time.Time { return c.begin.Add(3600 * time.Since(c.begin)) }

func (c hasty) Until(t time.Time) (<-chan time.Time, func()) {
	return timer.System{}.Until(c.begin.Add(t.Sub(c.begin) / 3600))
}

// dying keeps what it is given; of an archive nobody learns, as the process dies.
type dying struct {
	payload.Store
	mu   sync.Mutex
	dead bool
	puts map[string][][]byte // by path
}

func (d *dying) Put(ctx context.Context, path string, p []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.Store.Put(ctx, path, p); err != nil {
		return err
	}
	d.puts[path] = append(d.puts[path], bytes.Clone(p))
	if d.dead && !payload.Valid(path) {
		return errors.New("the process has died")
	}
	return nil
}

func (d *dying) archived(id string) [][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.puts[payload.Archive(id)]
}

func TestArchive(t *testing.T) {
	t.Run("embedded", func(t *testing.T) {
		dir := t.TempDir()
		testArchive(t, func() (store.Store, error) {
			return embedded.Open(dir, func(err error) { t.Errorf("the store is broken: %v", err) })
		})
	})
	t.Run("postgres", func(t *testing.T) {
		url := pgtest.New(t, migrations.DataPlane())
		testArchive(t, func() (store.Store, error) {
			return postgres.Open(t.Context(), postgres.Config{URL: url, Logger: slog.New(slog.DiscardHandler)})
		})
	})
}

// testArchive takes an execution through its retention, with the death of the process between its archive and its removal.
func testArchive(t *testing.T, open func() (store.Store, error)) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	files, err := file.Open(filepath.Join(t.TempDir(), "payloads"))
	if err != nil {
		t.Fatal(err)
	}
	place := &dying{Store: files, dead: true, puts: map[string][][]byte{}}
	clock := hasty{time.Now()}
	start := func() *engine.Engine {
		t.Helper()
		s, err := open()
		if err != nil {
			t.Fatal(err)
		}
		e, err := engine.OpenShared(ctx, engine.Config{Clock: clock, Payloads: engine.Payloads{Store: place, Threshold: 1000}}, engine.Shared{
			Store: s, Queue: func(limits func(string) queue.Limit, c engine.Clock) queue.Queue { return memory.New(limits, c) },
		})
		if err != nil {
			t.Fatal(errors.Join(err, s.Close()))
		}
		return e
	}
	until := func(what string, f func() bool) {
		t.Helper()
		for !f() {
			if ctx.Err() != nil {
				t.Fatal(what)
			}
			time.Sleep(time.Millisecond) //nolint:forbidigo // there is nothing that tells of a removal
		}
	}

	e := start()
	define(t, e, `{"name":"kept","metadata":{"retention":"1 hour","archive":true},"tasks":[{"name":"work","taskReferenceName":"work",
		"taskDefinition":{"name":"work","responseTimeoutSeconds":10000000}}]}`)
	define(t, e, `{"name":"gone","metadata":{"retention":"1 hour"},"tasks":[{"name":"n","taskReferenceName":"n","type":"NOOP"}]}`)
	ids := map[string]string{}
	for _, name := range []string{"kept", "gone"} {
		if ids[name], err = e.Start(ctx, &workflow.StartRequest{Name: name, Input: workflow.Payload(`{"customer":7}`)}); err != nil {
			t.Fatal(err)
		}
	}
	tasks, err := e.Poll(ctx, engine.PollRequest{TaskType: "work", WorkerID: "w", Wait: time.Minute})
	if err != nil || len(tasks) != 1 {
		t.Fatalf("%v, %v", tasks, err)
	}
	if err := e.AddLogs(ctx, tasks[0].TaskID, []workflow.TaskLog{{Log: "half way", TaskID: tasks[0].TaskID}}); err != nil {
		t.Fatal(err)
	}
	large, err := workflow.NewPayload(map[string]any{"text": string(bytes.Repeat([]byte("x"), 2000))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Update(ctx, &workflow.TaskResult{WorkflowInstanceID: ids["kept"], TaskID: tasks[0].TaskID, Status: workflow.TaskCompleted, OutputData: large}); err != nil {
		t.Fatal(err)
	}
	before, err := e.Execution(ctx, ids["kept"], true)
	if err != nil || before.Status != workflow.Completed {
		t.Fatalf("%+v, %v", before, err)
	}
	until("nothing was archived", func() bool { return len(place.archived(ids["kept"])) > 0 })
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}

	place.dead = false
	e = start()
	defer e.Close()
	until("the executions stay", func() bool {
		page, err := e.Search(ctx, engine.Search{})
		return err == nil && page.Total == 0
	})
	written := place.archived(ids["kept"])
	for _, again := range written {
		if !bytes.Equal(again, written[0]) {
			t.Error("the archive that was written again is another one")
		}
	}
	if len(written) < 2 || len(place.archived(ids["gone"])) > 0 {
		t.Errorf("%d archives of one, %d of the other", len(written), len(place.archived(ids["gone"])))
	}
	after, err := e.Execution(ctx, ids["kept"], true)
	if err != nil {
		t.Fatal(err)
	}
	if was, is := text(t, before), text(t, after); was != is {
		t.Errorf("the archive says\n%s, want\n%s", is, was)
	}
	out := after.Tasks[0].ExternalOutputPayloadStoragePath
	if b, err := files.Get(ctx, out, 1<<20); err != nil || !bytes.Equal(b, large) {
		t.Errorf("the output at %q: %.50s, %v", out, b, err)
	}
	if brief, err := e.Execution(ctx, ids["kept"], false); err != nil || len(brief.Tasks) != 0 {
		t.Errorf("without tasks: %+v, %v", brief, err)
	}
	if _, err := e.Execution(ctx, ids["gone"], true); workflow.KindOf(err) != workflow.NotFound {
		t.Errorf("the other one: %v", err)
	}
	if err := e.Retry(ctx, ids["kept"], false); workflow.KindOf(err) != workflow.NotFound {
		t.Errorf("retry: %v", err)
	}
	if _, err := e.PayloadLocation(ctx, payload.Archive(ids["kept"]), false); workflow.KindOf(err) != workflow.NotFound {
		t.Errorf("a client gets a URL of the archive: %v", err)
	}
	for range 2 { // it is archived already
		if err := e.Remove(ctx, ids["kept"], true); err != nil {
			t.Error(err)
		}
	}
	if err := e.Remove(ctx, ids["kept"], false); err != nil {
		t.Error(err)
	}
	for _, keep := range []bool{false, true} {
		if err := e.Remove(ctx, ids["kept"], keep); workflow.KindOf(err) != workflow.NotFound {
			t.Errorf("removed twice: %v", err)
		}
	}
	if _, err := e.Execution(ctx, ids["kept"], true); workflow.KindOf(err) != workflow.NotFound {
		t.Errorf("after its removal: %v", err)
	}
	if _, err := files.Get(ctx, out, 1<<20); !errors.Is(err, payload.ErrNotFound) {
		t.Errorf("its output: %v", err)
	}
}

func define(t *testing.T, e *engine.Engine, source string) {
	t.Helper()
	def := &workflow.Def{}
	if err := json.Unmarshal([]byte(source), def); err != nil {
		t.Fatal(err)
	}
	if err := e.PutWorkflowDef(t.Context(), def, true); err != nil {
		t.Fatal(err)
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
