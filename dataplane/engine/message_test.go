package engine_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

const pulls = `[{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"$.l.iteration < 3","loopOver":[
	{"name":"p","taskReferenceName":"p","type":"PULL_WORKFLOW_MESSAGES","inputParameters":{"batchSize":%d}}]}]`

// count adds up the messages that an execution's tasks took.
func count(t *testing.T, x *workflow.Execution) (ids map[string]int, batches []int) {
	t.Helper()
	ids = map[string]int{}
	for _, task := range x.Tasks {
		if task.TaskType != "PULL_WORKFLOW_MESSAGES" || task.Status != workflow.TaskCompleted {
			continue
		}
		var out struct {
			Count    int
			Messages []struct{ ID, ReceivedAt string }
		}
		if err := task.OutputData.Decode(&out); err != nil || out.Count != len(out.Messages) {
			t.Errorf("output %s: %v", task.OutputData, err)
		}
		batches = append(batches, out.Count)
		for _, m := range out.Messages {
			ids[m.ID]++
		}
	}
	return ids, batches
}

func TestMessagesAreTakenOnce(t *testing.T) {
	h, reopen := reopenable(t, engine.Config{})
	h.register("wf", fmt.Sprintf(pulls, 2), "")
	id := h.start("wf", `{}`)
	push := func(n int) string {
		t.Helper()
		got, err := h.PushMessage(t.Context(), id, workflow.Payload(fmt.Sprintf(`{"n":%d}`, n)))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	sent := []string{push(0)} // the first task waits and takes it at once
	if _, batches := count(t, h.get(id)); fmt.Sprint(batches) != "[1]" {
		t.Errorf("batches: %v", batches)
	}
	reopen()
	sent = append(sent, push(1), push(2))
	x := h.until(id, workflow.Completed)
	ids, batches := count(t, x)
	for _, s := range sent {
		if ids[s] != 1 {
			t.Errorf("message %s was taken %d times", s, ids[s])
		}
	}
	if fmt.Sprint(batches) != "[1 1 1]" {
		t.Errorf("batches: %v", batches)
	}
	if _, err := h.PushMessage(t.Context(), id, nil); workflow.KindOf(err) != workflow.Conflict {
		t.Errorf("to one that has ended: %v", err)
	}
	if _, err := h.PushMessage(t.Context(), "none", nil); workflow.KindOf(err) != workflow.NotFound {
		t.Errorf("to nobody: %v", err)
	}
}

func TestMessagesWaitForTheirTask(t *testing.T) {
	h, clock := setupClock(t)
	h.register("wf", `[{"name":"a","taskReferenceName":"a","type":"SIMPLE"},
		{"name":"p","taskReferenceName":"p","type":"PULL_WORKFLOW_MESSAGES","inputParameters":{"batchSize":100}},
		{"name":"q","taskReferenceName":"q","type":"PULL_WORKFLOW_MESSAGES","inputParameters":{"blocking":false}}]`, "")
	id := h.start("wf", `{}`)
	push := func(p string) error {
		_, err := h.PushMessage(t.Context(), id, workflow.Payload(p))
		return err
	}
	if err := push(`{"old":true}`); err != nil {
		t.Fatal(err)
	}
	clock.Advance(24 * time.Hour) // it is forgotten
	var sending sync.WaitGroup
	for i := range 50 {
		sending.Go(func() {
			if err := push(fmt.Sprintf(`{"n":%d}`, i)); err != nil {
				t.Error(err)
			}
		})
	}
	sending.Wait()
	large := `{"x":"` + strings.Repeat("x", 1<<20) + `"}`
	if err := push(large); workflow.KindOf(err) != workflow.TooLarge {
		t.Errorf("a large one: %v", err)
	}
	h.work("a", `{}`)
	ids, batches := count(t, h.until(id, workflow.Completed))
	if len(ids) != 50 || fmt.Sprint(batches) != "[50 0]" {
		t.Errorf("taken: %d in %v", len(ids), batches)
	}
}

func TestMessagesAreBounded(t *testing.T) {
	h := setup(t)
	h.register("wf", one("a", ""), "")
	id := h.start("wf", `{}`)
	var err error
	n := 0
	for ; n < 1001 && err == nil; n++ {
		_, err = h.PushMessage(t.Context(), id, workflow.Payload(`{"n":1}`))
	}
	if n != 1001 || workflow.KindOf(err) != workflow.Busy {
		t.Errorf("%d were taken, then: %v", n-1, err)
	}
}
