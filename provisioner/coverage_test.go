package provisioner_test

import (
	"context"
	"flag"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// coverage collects which steps of which workflows a test has gone through. When the test and all its parts have ended, it
// fails for each step that was wanted and not met: a new operation, or a new step of one, is not left out unnoticed.
type coverage struct {
	mu     sync.Mutex
	met    map[string]map[string]bool // names of tasks by workflow
	wanted map[string]bool
}

func newCoverage(t *testing.T) *coverage {
	t.Helper()
	c := &coverage{met: map[string]map[string]bool{}, wanted: map[string]bool{}}
	t.Cleanup(func() {
		if t.Failed() || strings.Contains(selected(), "/") {
			return // something failed before it was met, or only a part was asked for
		}
		for _, name := range slices.Sorted(maps.Keys(c.wanted)) {
			definitions(t)[name].Walk(func(task *workflow.DefTask) {
				if task.Type == workflow.TypeSimple && !c.met[name][task.Name] {
					t.Errorf("no fault is tried at step %s of %s", task.Name, name)
				}
			})
		}
	})
	return c
}

// add tells what was called while a workflow ran.
func (c *coverage) add(name string, calls []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.met[name] == nil {
		c.met[name] = map[string]bool{}
	}
	for _, call := range calls {
		if task, ok := strings.CutPrefix(call, report); ok {
			c.met[name][task] = true
		}
	}
}

func (c *coverage) want(name string) { c.wanted[name] = true }

// organizations is what there is of one, and forgets it.
type organizations struct {
	h      *harness
	faults *cloudtest.Faults
}

func (o organizations) DeleteClusters(context.Context, string) (left []string, err error) {
	return nil, o.faults.Do("DeleteClusters", func() error { return nil })
}

func (o organizations) DeleteBackups(context.Context, string) error {
	return o.faults.Do("DeleteBackups", func() error { return nil })
}

func (o organizations) DestroyKeys(context.Context, string) error {
	return o.faults.Do("DestroyKeys", func() error { return nil })
}

func (o organizations) Erase(context.Context, string) error {
	return o.faults.Do("Erase", func() error { o.h.erased.Store(true); return nil })
}

var _ provisioner.Organizations = organizations{}

// selected is the pattern of -run.
func selected() string { return flag.Lookup("test.run").Value.String() }
