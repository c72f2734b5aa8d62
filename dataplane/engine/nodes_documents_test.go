package engine

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// until waits for something that comes about on the nodes.
func (c *nodes) until(what string, f func() bool) {
	c.t.Helper()
	tick, deadline := time.NewTicker(10*time.Millisecond), time.NewTimer(time.Minute)
	defer tick.Stop()
	defer deadline.Stop()
	for !f() {
		select {
		case <-tick.C:
		case <-deadline.C:
			c.t.Fatalf("it did not come about: %s", what)
		}
	}
}

// count is how many executions there are of a definition.
func (c *nodes) count(name string) int64 {
	c.t.Helper()
	page, err := c.any().Search(c.t.Context(), Search{Query: "workflowType = " + name})
	c.must(err)
	return page.Total
}

func TestNodes_SecretsAreOfAllNodes(t *testing.T) {
	c := newNodes(t, 3)
	c.register(`{"name":"wf","version":1,"schemaVersion":2,"tasks":[{"name":"a","taskReferenceName":"a","type":"SIMPLE","inputParameters":{"s":"${workflow.secrets.S}","v":"${workflow.env.V}"}}]}`)
	for i := range 5 {
		c.must(c.any().PutSecret(t.Context(), "S", fmt.Sprint("secret-", i)))
		c.must(c.any().PutVariable(t.Context(), "V", fmt.Sprint("v", i)))
		for _, e := range c.engines {
			_, err := c.any().Start(t.Context(), &workflow.StartRequest{Name: "wf"})
			c.must(err)
			tasks, err := e.Poll(t.Context(), PollRequest{TaskType: "a", Wait: time.Minute})
			c.must(err)
			if want := fmt.Sprintf(`{"s":"secret-%d","v":"v%d"}`, i, i); len(tasks) != 1 || tasks[0].InputData.String() != want {
				t.Fatalf("a node handed out %v, want %s", tasks, want)
			}
		}
	}
}

func TestNodes_AScheduleIsCarriedOutOnce(t *testing.T) {
	c := newNodes(t, 3)
	c.register(`{"name":"wf","version":1,"schemaVersion":2,"tasks":[{"name":"n","taskReferenceName":"n","type":"NOOP"}]}`)
	_, err := c.any().PutSchedule(t.Context(), &workflow.Schedule{Name: "often", CronExpression: "* * * * * *", StartWorkflowRequest: &workflow.ScheduledStart{StartRequest: workflow.StartRequest{Name: "wf"}}})
	c.must(err)
	runs := func() []*workflow.ScheduleExecution {
		page, err := c.any().ScheduleExecutions(t.Context(), Search{})
		c.must(err)
		return page.Results
	}
	c.until("it is carried out", func() bool { return len(runs()) >= 2 })
	for id, e := range c.engines { // its home dies
		if e.Mine("often") {
			c.kill(id)
			break
		}
	}
	before := len(runs())
	c.until("another node goes on", func() bool { return len(runs()) >= before+2 })
	c.must(c.any().PauseSchedule(t.Context(), "often", ""))
	times, ids := map[int64]bool{}, map[string]bool{}
	for _, r := range runs() {
		times[r.ScheduledTime], ids[r.WorkflowID] = true, true
	}
	c.until("every start is recorded", func() bool { return c.count("wf") == int64(len(runs())) })
	if len(times) != len(ids) {
		t.Errorf("%d times and %d executions", len(times), len(ids))
	}
}

func TestNodes_AnEventActsOnce(t *testing.T) {
	c := newNodes(t, 3)
	c.register(`{"name":"wf","version":1,"schemaVersion":2,"tasks":[{"name":"e","taskReferenceName":"e","type":"EVENT","sink":"conductor:go"}]}`)
	c.register(`{"name":"other","version":1,"schemaVersion":2,"tasks":[{"name":"n","taskReferenceName":"n","type":"NOOP"}]}`)
	h := &workflow.EventHandler{}
	c.must(json.Unmarshal([]byte(`{"name":"on","event":"conductor:wf:go","active":true,"actions":[{"action":"start_workflow","start_workflow":{"name":"other"}}]}`), h))
	c.must(c.any().PutEventHandler(t.Context(), h, false))
	for _, e := range c.engines {
		if err := e.PutEventHandler(t.Context(), h, false); workflow.KindOf(err) != workflow.Conflict {
			t.Errorf("it could be registered twice: %v", err)
		}
	}
	for range 30 {
		_, err := c.any().Start(t.Context(), &workflow.StartRequest{Name: "wf"})
		c.must(err)
	}
	c.until("all are handled", func() bool {
		done, err := c.any().EventExecutions(t.Context(), "on")
		c.must(err)
		return len(done) == 30
	})
	if n := c.count("other"); n != 30 {
		t.Errorf("started %d", n)
	}
	for _, e := range c.engines { // taken over again, as when nodes come and go
		c.must(e.takeOverEvents(t.Context()))
	}
	if n := c.count("other"); n != 30 {
		t.Errorf("after a take-over %d", n)
	}
}
