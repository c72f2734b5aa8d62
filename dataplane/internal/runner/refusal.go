package runner

import (
	"sync/atomic"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// refusal keeps new executions out while a quota is used up. What runs goes on, with its sub-workflows.
type refusal struct{ now atomic.Pointer[refused] }

type refused struct {
	reason string
	until  time.Time
}

func (r *refusal) check(now time.Time, o decide.Origin) error {
	no := r.now.Load()
	if no == nil || o.ParentID != "" || !now.Before(no.until) {
		return nil
	}
	return workflow.Errorf(workflow.Quota, "%s", no.reason)
}

// Refuse has new executions refused for a reason until a time; "" lets them in again.
func (r *Runner) Refuse(reason string, until time.Time) {
	if reason == "" {
		r.refusal.now.Store(nil)
		return
	}
	r.refusal.now.Store(&refused{reason, until})
}
