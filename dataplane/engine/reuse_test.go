package engine_test

import (
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

const cached = `[{"name":"work","taskReferenceName":"work","inputParameters":{"id":"${workflow.input.id}","n":"${workflow.input.n}"},
	"cacheConfig":{"key":"order-${id}","ttlInSecond":60}}]`

func TestCache_ARepeatedTaskNeedsNoWorker(t *testing.T) {
	h, clock := setupClock(t)
	h.register("wf", cached, "")
	id := h.start("wf", `{"id":"a","n":1}`)
	h.work("work", `{"sum":7}`)
	h.until(id, workflow.Completed)

	again := h.start("wf", `{"id":"a","n":2}`)
	x := h.until(again, workflow.Completed)
	h.wantOutput(x, `{"sum":7}`)
	if x.Tasks[0].PollCount != 0 || x.Tasks[0].WorkerID != "" {
		t.Errorf("a worker had it: %s", describe(x))
	}
	other := h.start("wf", `{"id":"b","n":1}`)
	h.work("work", `{"sum":8}`)
	h.wantOutput(h.until(other, workflow.Completed), `{"sum":8}`)

	clock.Advance(61 * time.Second)
	late := h.start("wf", `{"id":"a","n":3}`)
	h.work("work", `{"sum":9}`)
	h.wantOutput(h.until(late, workflow.Completed), `{"sum":9}`)
}

func TestCache_FailuresAreNotKept(t *testing.T) {
	h := setup(t)
	h.register("wf", cached, "")
	id := h.start("wf", `{"id":"a"}`)
	h.finish(h.poll("work"), workflow.TaskFailedTerminal, `{"sum":1}`)
	h.until(id, workflow.Failed)
	id = h.start("wf", `{"id":"a"}`)
	h.work("work", `{"sum":2}`)
	h.wantOutput(h.until(id, workflow.Completed), `{"sum":2}`)
}

func TestCache_IsThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	open := func() *harness {
		e, err := engine.Open(t.Context(), engine.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return &harness{e, t}
	}
	h := open()
	h.register("wf", cached, "")
	id := h.start("wf", `{"id":"a"}`)
	h.work("work", `{"sum":7}`)
	h.until(id, workflow.Completed)
	h.wantOutput(h.until(h.start("wf", `{"id":"a"}`), workflow.Completed), `{"sum":7}`)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = open()
	defer h.Close()
	h.wantOutput(h.until(h.start("wf", `{"id":"a"}`), workflow.Completed), `{"sum":7}`)
}
