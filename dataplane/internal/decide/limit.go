package decide

import (
	"cmp"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// takePlace asks for a place among the executions that share a key (rateLimitConfig). Without one the execution is held
// before its first task.
func (s *State) takePlace() bool {
	s.LimitKey, s.Held = "", false
	if s.limit() == 0 || s.env.Place == nil {
		return true
	}
	s.LimitKey = cmp.Or(text(expr.Resolve(s.plan.Def.RateLimitConfig.RateLimitKey, document{s})), s.Name)
	s.Held = !s.env.Place(s.LimitKey, s.ID, s.limit())
	s.changes.Header = true
	return !s.Held
}

// limit is how many executions may run beside each other under this one's key, 0 when any number may.
func (s *State) limit() int {
	if c := s.plan.Def.RateLimitConfig; c != nil {
		return c.ConcurrentExecLimit
	}
	return 0
}

// rejected is the error for a start over the limit where the definition wants no line.
func (s *State) rejected() error {
	if !s.Held || s.plan.Def.RateLimitConfig.Policy != "REJECT" {
		return nil
	}
	return workflow.Errorf(workflow.Busy, "%d executions with the key %s run already, the limit of %s; try again later", s.limit(), s.LimitKey, s.Name)
}

// Admit lets a held execution begin: it has a place now. Its own timeout counts from here. One that is paused begins when
// it is resumed.
func (s *State) Admit() {
	if !s.Held || s.Status != workflow.Running {
		return
	}
	s.Held = false
	s.LastRetried = s.env.Now
	s.changes.Header = true
	s.first()
}
