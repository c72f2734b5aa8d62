package provisioner_test

import (
	"slices"
	"testing"

	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/provisioner"
)

func definitions(t *testing.T) map[string]*workflow.Def {
	t.Helper()
	defs, err := provisioner.WorkflowDefs()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*workflow.Def{}
	for _, d := range defs {
		byName[d.Name] = d
	}
	return byName
}

func TestDefinitions_EveryTaskHasATitleAnActivityAndAPolicy(t *testing.T) {
	policies := map[string]*workflow.TaskDef{}
	tasks, err := provisioner.TaskDefs()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range tasks {
		policies[p.Name] = p
	}
	used := map[string]bool{}
	for _, d := range definitions(t) {
		d.Walk(func(task *workflow.DefTask) {
			if task.Description == "" {
				t.Errorf("%s of %s has no description", task.TaskReferenceName, d.Name)
			}
			if task.Type != workflow.TypeSimple {
				return
			}
			used[task.Name] = true
			p := policies[task.Name]
			if p == nil || p.RetryCount < 1 || p.RetryDelaySeconds != 1 || p.TimeoutPolicy != workflow.PolicyRetry {
				t.Errorf("%s of %s has no policy that tries again soon: %+v", task.Name, d.Name, p)
			}
		})
	}
	activities := provisioner.Undo()
	for name := range used {
		if _, ok := activities[name]; !ok {
			t.Errorf("nothing executes %s", name)
		}
	}
	for name := range activities {
		if !used[name] {
			t.Errorf("no workflow uses %s", name)
		}
	}
	for name := range policies {
		if !used[name] {
			t.Errorf("the policy of %s has no use", name)
		}
	}
}

// Whatever a creation makes is undone by the rollback and by the deletion, the latest first.
func TestDefinitions_WhatIsMadeIsUndone(t *testing.T) {
	defs := definitions(t)
	undo := provisioner.Undo()
	var made []string
	defs["cluster_create"].Walk(func(task *workflow.DefTask) {
		if u := undo[task.Name]; u != "" {
			made = append(made, u)
		}
	})
	if len(made) == 0 {
		t.Fatal("a creation makes nothing")
	}
	for _, c := range []struct {
		name string
		last string // says the end, in place of mark_failed
	}{{"cluster_create_rollback", "mark_failed"}, {"cluster_delete", "mark_deleted"}} {
		position := map[string]int{}
		defs[c.name].Walk(func(task *workflow.DefTask) { position[task.Name] = len(position) })
		before := -1
		for _, name := range slices.Backward(made) {
			if name == "mark_failed" {
				if position[c.last] != len(position)-1 {
					t.Errorf("%s does not end with %s", c.name, c.last)
				}
				continue
			}
			at, ok := position[name]
			if !ok {
				t.Errorf("%s does not run %s", c.name, name)
			}
			if at < before {
				t.Errorf("%s runs %s too late", c.name, name)
			}
			before = at
		}
	}
}
