package chaostest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// endsWithin bounds how long after the last disturbance every execution has ended: tasks of workers that died run into
// their response timeout, more than once when they have bad luck.
const endsWithin = 2 * time.Minute

// catchingUp is how long a node that was frozen may show what it had in memory: until its next heartbeats.
const catchingUp = 3 * time.Second

// page is an answer of the search.
type page struct {
	TotalHits int64            `json:"totalHits"`
	Results   []map[string]any `json:"results"`
}

// search returns all rows that match.
func (l *load) search(ctx context.Context, query string) ([]map[string]any, error) {
	var rows []map[string]any
	for {
		var p page
		path := "/workflow/search?" + url.Values{"query": {query}, "start": {fmt.Sprint(len(rows))}, "size": {"1000"}, "sort": {"startTime:ASC"}}.Encode()
		if _, err := l.c.call(ctx, http.MethodGet, path, nil, &p); err != nil {
			return nil, err
		}
		rows = append(rows, p.Results...)
		if len(p.Results) < 1000 {
			return rows, nil
		}
	}
}

// untilEnded waits until no execution is open, and reports those that still are when the time is over.
func (l *load) untilEnded(ctx context.Context) {
	begun := time.Now()
	for {
		open, err := l.search(ctx, "status IN (RUNNING,PAUSED)")
		if err == nil && len(open) == 0 && time.Since(begun) > catchingUp {
			l.c.t.Logf("all executions had ended %v after the last disturbance", time.Since(begun).Round(time.Millisecond))
			return
		}
		if time.Since(begun) > endsWithin {
			l.problem("%d executions have not ended %v after the last disturbance: %v", len(open), endsWithin, err)
			for _, row := range open[:min(3, len(open))] {
				var x workflow.Execution
				_, err := l.c.call(ctx, http.MethodGet, fmt.Sprintf("/workflow/%v", row["workflowId"]), nil, &x)
				l.problem("stands still: %v %v: %s %v", row["workflowType"], row["workflowId"], tasksOf(&x), err)
			}
			return
		}
		pause(ctx, 200*time.Millisecond)
	}
}

func tasksOf(x *workflow.Execution) string {
	var out string
	for _, t := range x.Tasks {
		out += fmt.Sprintf(" %s %s %s (worker %q, updated %d)", t.ReferenceTaskName, t.TaskID, t.Status, t.WorkerID, t.UpdateTime)
	}
	return out
}

// check looks at every execution that is in the store, whether its start was acknowledged or not.
func (l *load) check(ctx context.Context) {
	rows, err := l.search(ctx, "")
	if err != nil {
		l.problem("search: %v", err)
		return
	}
	there, keys := map[string]bool{}, map[string]string{}
	for _, row := range rows {
		id, key := fmt.Sprint(row["workflowId"]), row["idempotencyKey"]
		if there[id] {
			l.problem("%s was found twice", id)
		}
		there[id] = true
		if key != nil {
			if other, ok := keys[fmt.Sprint(key)]; ok {
				l.problem("two executions with key %v: %s and %s", key, other, id)
			}
			keys[fmt.Sprint(key)] = id
		}
		l.checkExecution(ctx, id)
	}
	for id, key := range l.started {
		if !there[id] {
			l.problem("the start of %s (key %q) was acknowledged, and it is not there", id, key)
		}
		if key != "" && keys[key] != id {
			l.problem("key %s has execution %s, and %s was acknowledged", key, keys[key], id)
		}
	}
	l.c.t.Logf("%d executions, %d of their starts acknowledged, results of %d tasks, %d calls without a good answer",
		len(rows), len(l.started), len(l.results), l.unheard)
}

// checkExecution asks every node, and all must say the same.
func (l *load) checkExecution(ctx context.Context, id string) {
	var first *workflow.Execution
	for _, n := range l.c.all() {
		x := &workflow.Execution{}
		if _, err := call(ctx, "http://"+n.address, http.MethodGet, "/workflow/"+id+"?includeTasks=true", nil, x); err != nil {
			l.problem("read %s of %s: %v", id, n.name, err)
			return
		}
		if first == nil {
			first = x
		} else if tasksOf(first) != tasksOf(x) || first.Status != x.Status {
			l.problem("nodes differ about %s: %s and %s", id, tasksOf(first), tasksOf(x))
		}
	}
	if first == nil || first.Status != workflow.Completed {
		l.problem("%s is %s: %s", id, first.Status, tasksOf(first))
		return
	}
	refs := parentRefs
	if first.WorkflowName == "chaos_child" {
		refs = childRefs
	}
	last := map[string]*workflow.Task{}
	for _, t := range first.Tasks {
		if before := last[t.ReferenceTaskName]; before != nil && before.Status == workflow.TaskCompleted {
			l.problem("%s: %s was done again after it had been completed: %s", id, t.ReferenceTaskName, tasksOf(first))
		}
		last[t.ReferenceTaskName] = t
		if slices.Contains(stepTypes, t.TaskType) {
			l.checkTask(t)
		}
	}
	for _, ref := range refs {
		if t := last[ref]; t == nil || t.Status != workflow.TaskCompleted {
			l.problem("%s: %s did not complete: %s", id, ref, tasksOf(first))
			return
		}
	}
	if d := last["d"]; d != nil {
		in := object(l, d.InputData)
		for _, ref := range []string{"a", "b"} {
			if got := object(l, last[ref].OutputData)["nonce"]; in[ref] != got {
				l.problem("%s: d was given %v of %s, whose output is %v", id, in[ref], ref, got)
			}
		}
	}
}

func object(l *load, p workflow.Payload) map[string]any {
	m, err := p.Object()
	if err != nil {
		l.problem("%v", err)
	}
	return m
}

// checkTask compares a record with what workers said of the task: the first result that was accepted is the one.
func (l *load) checkTask(t *workflow.Task) {
	results := l.results[t.TaskID]
	nonce, _ := object(l, t.OutputData)["nonce"].(string)
	at := slices.IndexFunc(results, func(r *result) bool { return r.nonce == nonce })
	switch {
	case t.Status == workflow.TaskCompleted || t.Status == workflow.TaskFailed:
		if at < 0 {
			l.problem("task %s is %s with output %q, which no worker sent", t.TaskID, t.Status, nonce)
			return
		}
		if results[at].status != t.Status {
			l.problem("task %s is %s, its worker said %s", t.TaskID, t.Status, results[at].status)
		}
	case t.Status != workflow.TaskTimedOut:
		l.problem("task %s of a completed execution is %s", t.TaskID, t.Status)
	}
	for i, r := range results {
		if i == at || r.heard.IsZero() {
			continue
		}
		if at >= 0 && r.heard.Before(results[at].sent) || at < 0 && r.heard.UnixMilli() < t.EndTime {
			l.problem("task %s of %s: result %s was acknowledged first, and the record has %s %q", t.TaskID, t.WorkflowInstanceID, r.nonce, t.Status, nonce)
		}
	}
}
