package decide

import (
	"encoding/json"
	"testing"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// TestLateNewsOfAChild checks that what is heard of a child after newer news changes nothing: the node that tells may have stood
// still in between.
func TestLateNewsOfAChild(t *testing.T) {
	def := &workflow.Def{}
	if err := json.Unmarshal([]byte(`{"name":"wf","tasks":[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"c"}},
		{"name":"d","taskReferenceName":"d","type":"SIMPLE"}]}`), def); err != nil {
		t.Fatal(err)
	}
	plan, err := Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	st := &story{t: t, now: 1_700_000_000_000}
	if st.s, err = Start(st.env(), plan, &workflow.StartRequest{Name: "wf"}, Origin{ID: "run"}); err != nil {
		t.Fatal(err)
	}
	task := st.s.latest["s"]
	ends := func(rev int64, status workflow.Status) func() {
		return func() { st.s.ChildEnded(ChildEnd{TaskID: task.ID, ID: task.SubWorkflowID, Rev: rev, Status: status}) }
	}
	revived := func(rev int64) func() {
		return func() { st.s.ChildRevived(task.ID, task.SubWorkflowID, rev) }
	}
	for _, news := range []struct {
		name string
		hear func()
		want workflow.TaskStatus
		runs workflow.Status
	}{
		{"it fails", ends(3, workflow.Failed), workflow.TaskFailed, workflow.Failed},
		{"it runs again", revived(4), workflow.TaskInProgress, workflow.Running},
		{"it failed, heard late", ends(3, workflow.Failed), workflow.TaskInProgress, workflow.Running},
		{"it fails again", ends(5, workflow.Failed), workflow.TaskFailed, workflow.Failed},
		{"it runs again, heard late", revived(4), workflow.TaskFailed, workflow.Failed},
		{"it runs again after that", revived(7), workflow.TaskInProgress, workflow.Running},
		{"it has completed", ends(7, workflow.Completed), workflow.TaskCompleted, workflow.Running},
		{"it runs again after that, heard late", revived(7), workflow.TaskCompleted, workflow.Running},
	} {
		st.s.Begin(st.env())
		news.hear()
		if task.Status != news.want || st.s.Status != news.runs {
			t.Errorf("%s: the task is %s and the execution %s, want %s and %s", news.name, task.Status, st.s.Status, news.want, news.runs)
		}
	}
}
