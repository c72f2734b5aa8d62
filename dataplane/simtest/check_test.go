package simtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// unfinished tells what has not come to its end, "" when all has. A note of what others must be told of an execution may stay
// when they know, until it is taken up once more: its deletion is not waited for, and can be lost.
func (w *world) unfinished(notes bool) string {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	var out []string
	for _, id := range slices.Sorted(maps.Keys(w.store.executions)) {
		x := w.store.executions[id]
		if !x.status.Terminal() || len(x.work) > 0 || notes && x.own != nil {
			out = append(out, fmt.Sprintf("%s is %s with work %+v and %+v", id, x.status, slices.Collect(maps.Values(x.work)), x.own))
		}
	}
	for k := range w.store.docs {
		if k.kind == "event_message" {
			out = append(out, "event "+k.key)
		}
	}
	return strings.Join(out, "\n")
}

// verdict holds the executions that there are in the end to what was started and to what workers sent.
type verdict struct {
	l   *load
	all map[string]*workflow.Execution
}

func (v *verdict) check() []string {
	for id, s := range v.l.starts {
		if x := v.all[id]; x != nil {
			v.root(x, s)
		} else if s.told {
			v.l.w.wrong("the start of %s (%s) was acknowledged, and it is not there", id, s.def)
		}
	}
	of := map[string]int{} // executions by what they are for
	for _, id := range slices.Sorted(maps.Keys(v.all)) {
		x := v.all[id]
		v.tasks(x)
		if x.Status == workflow.Completed {
			v.whole(x)
		}
		if parent := x.ParentWorkflowID; parent != "" {
			v.child(x, v.all[parent])
		}
		if x.WorkflowName == "heard" {
			of["heard by "+x.CorrelationID]++
		}
		if x.WorkflowName == "undo" {
			in, _ := x.Input.Object()
			of[fmt.Sprint("undone for ", in["workflowId"])]++
		}
	}
	for id, s := range v.l.starts {
		if v.all[id] == nil {
			continue
		}
		if n := of["heard by "+id]; s.def == "calls" && n < 1 {
			v.l.w.wrong("%s: its event was heard %d times", id, n)
		}
		if n := of["undone for "+id]; s.def == "fails" && n != 1 {
			v.l.w.wrong("%s: its failure workflow ran %d times", id, n)
		}
	}
	return v.l.w.bad
}

// root checks how an execution ended.
func (v *verdict) root(x *workflow.Execution, s *start) {
	want := []workflow.Status{workflow.Completed}
	switch {
	case s.def == "fails":
		want = []workflow.Status{workflow.Failed}
	case s.ended:
		want = []workflow.Status{workflow.Terminated}
	case s.end:
		want = append(want, workflow.Terminated)
	}
	if !slices.Contains(want, x.Status) {
		v.l.w.wrong("%s (%s) is %s (%s), want %v:%s", x.WorkflowID, x.WorkflowName, x.Status, x.ReasonForIncompletion, want, tell(x))
	}
	if seen, ok := v.l.seen[x.WorkflowID]; ok && seen.status != x.Status {
		v.l.w.wrong("%s was seen %s at %v, and is %s", x.WorkflowID, seen.status, seen.at, x.Status)
	}
	if s.signalled != "" && x.Status == workflow.Completed {
		if got := nonceOf(last(x, "h")); got != s.signalled {
			v.l.w.wrong("%s was given %s, and has %q", x.WorkflowID, s.signalled, got)
		}
	}
}

// tasks holds the records of workers' tasks to what was sent: the first result that came is the one.
func (v *verdict) tasks(x *workflow.Execution) {
	for _, t := range x.Tasks {
		if !t.Status.Terminal() {
			v.l.w.wrong("%s is %s, and %s is %s", x.WorkflowID, x.Status, t.ReferenceTaskName, t.Status)
		}
		sent := v.l.results[t.TaskID]
		nonce := nonceOf(t)
		if slices.Contains(taskTypes, t.TaskType) && (t.Status == workflow.TaskCompleted || t.Status == workflow.TaskFailed) {
			at := slices.IndexFunc(sent, func(r *result) bool { return r.nonce == nonce })
			if at < 0 || sent[at].status != t.Status {
				v.l.w.wrong("%s: %s (%s) is %s with %q, which no worker sent", x.WorkflowID, t.ReferenceTaskName, t.TaskID, t.Status, nonce)
			}
		}
		for _, r := range sent {
			if r.told != nil && (!r.told.Status.Terminal() || r.told.Status != t.Status || nonceOf(r.told) != nonce) {
				v.l.w.wrong("%s: %s (%s) is %s with %q, and a worker was told that it is %s with %q",
					x.WorkflowID, t.ReferenceTaskName, t.TaskID, t.Status, nonce, r.told.Status, nonceOf(r.told))
			}
		}
	}
}

// whole checks that a completed execution has all that its definition says, once.
func (v *verdict) whole(x *workflow.Execution) {
	refs := slices.Clone(expected[x.WorkflowName])
	if s := v.l.starts[x.WorkflowID]; s != nil {
		for i := range s.n {
			switch s.def {
			case "loop":
				refs = append(refs, fmt.Sprint("x__", i+1), fmt.Sprint("sw__", i+1))
			case "wide":
				refs = append(refs, fmt.Sprint("br", i))
			}
		}
	}
	done := map[string]int{}
	for _, t := range x.Tasks {
		if t.Status == workflow.TaskCompleted {
			done[t.ReferenceTaskName]++
		}
		if strings.HasPrefix(t.ReferenceTaskName, "sw__") {
			in, _ := last(x, strings.Replace(t.ReferenceTaskName, "sw", "x", 1)).OutputData.Object()
			if in["pick"] == "y" {
				refs = append(refs, strings.Replace(t.ReferenceTaskName, "sw", "y", 1))
			}
		}
	}
	for _, ref := range refs {
		if done[ref] != 1 {
			v.l.w.wrong("%s (%s): %s was completed %d times:%s", x.WorkflowID, x.WorkflowName, ref, done[ref], tell(x))
		}
		delete(done, ref)
	}
	if len(done) > 0 {
		v.l.w.wrong("%s (%s) has done %v beside:%s", x.WorkflowID, x.WorkflowName, done, tell(x))
	}
	// What tasks were given is what those before them put out.
	if d := last(x, "d"); d != nil {
		in, _ := d.InputData.Object()
		for _, ref := range []string{"a", "b", "s", "h"} {
			if got, ok := in[ref]; ok && got != nonceOf(last(x, ref)) {
				v.l.w.wrong("%s: d was given %v of %s, which put out %q", x.WorkflowID, got, ref, nonceOf(last(x, ref)))
			}
		}
		if n, ok := in["n"]; ok && fmt.Sprint(n) != fmt.Sprint(v.l.starts[x.WorkflowID].n) {
			v.l.w.wrong("%s: the loop went round %v times", x.WorkflowID, n)
		}
	}
}

// child checks that a sub-workflow and its parent agree.
func (v *verdict) child(x, parent *workflow.Execution) {
	if parent == nil {
		v.l.w.wrong("%s has a parent that is not there", x.WorkflowID)
		return
	}
	at := slices.IndexFunc(parent.Tasks, func(t *workflow.Task) bool { return t.SubWorkflowID == x.WorkflowID })
	if at < 0 {
		v.l.w.wrong("%s is a child of %s, which does not know of it:%s", x.WorkflowID, parent.WorkflowID, tell(parent))
		return
	}
	if t := parent.Tasks[at]; t.Status == workflow.TaskCompleted && (x.Status != workflow.Completed || nonceOf(t) != nonceIn(x.Output)) {
		v.l.w.wrong("%s: %s is completed with %q, its sub-workflow %s is %s with %q", parent.WorkflowID, t.ReferenceTaskName, nonceOf(t), x.WorkflowID, x.Status, nonceIn(x.Output))
	} else if x.Status == workflow.Completed && t.Status != workflow.TaskCompleted && parent.Status == workflow.Completed {
		v.l.w.wrong("%s: %s is %s, its sub-workflow %s completed", parent.WorkflowID, t.ReferenceTaskName, t.Status, x.WorkflowID)
	}
}

func last(x *workflow.Execution, ref string) *workflow.Task {
	for _, t := range slices.Backward(x.Tasks) {
		if t.ReferenceTaskName == ref {
			return t
		}
	}
	return nil
}

func nonceOf(t *workflow.Task) string {
	if t == nil {
		return ""
	}
	return nonceIn(t.OutputData)
}

func nonceIn(p workflow.Payload) string {
	out, _ := p.Object()
	nonce, _ := out["nonce"].(string)
	return nonce
}

func tell(x *workflow.Execution) string {
	var out strings.Builder
	for _, t := range x.Tasks {
		fmt.Fprintf(&out, "\n  %d %s #%d %s %s in=%s out=%s %s", t.Seq, t.ReferenceTaskName, t.RetryCount, t.TaskID, t.Status, t.InputData, t.OutputData, t.ReasonForIncompletion)
	}
	return out.String()
}
