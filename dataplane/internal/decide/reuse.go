package decide

import (
	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Kept is an output that later tasks of the same name with the same key may have instead of running (cacheConfig).
type Kept struct {
	Task, Key string
	Until     int64 // epoch milliseconds
	Output    workflow.Payload
}

// cacheKey is the key under which a task's output is kept, "" when it is not. Expressions in it are over the task's input
// first: ${id} is its key id.
func (s *State) cacheKey(t *Task) string {
	if t.node == nil || t.Type == workflow.TypeSetVariable || t.Type == workflow.TypeTerminate || builtin(t.Type) {
		return ""
	}
	c := t.node.task.CacheConfig
	if c == nil || c.TTLInSecond <= 0 || c.Key == "" {
		return ""
	}
	return text(expr.Resolve(c.Key, inputDocument{document{s}, t.inputObject()}))
}

// fromCache ends a task that is about to run with the output of an earlier one; it reports whether there was one.
func (s *State) fromCache(t *Task) bool {
	if s.env.Kept == nil {
		return false
	}
	key := s.cacheKey(t)
	if key == "" {
		return false
	}
	out, ok := s.env.Kept(t.Name, key, s.env.Now)
	if !ok {
		return false
	}
	t.Output, t.outputObj, t.reused = out, nil, true
	s.end(t, workflow.TaskCompleted, "")
	return true
}

// keep notes the output of a task that has completed by itself.
func (s *State) keep(t *Task) {
	if s.env.Kept == nil || t.reused {
		return
	}
	if key := s.cacheKey(t); key != "" {
		s.changes.Kept = append(s.changes.Kept, Kept{
			Task: t.Name, Key: key, Until: s.env.Now + int64(t.node.task.CacheConfig.TTLInSecond)*1000, Output: t.Output,
		})
	}
}

// inputDocument is a task's input over the execution.
type inputDocument struct {
	document
	input map[string]any
}

// Field looks into the input first. A bare name is asked for as the field "" of the name.
func (d inputDocument) Field(root, name string) (any, bool) {
	v, ok := d.input[root]
	if !ok {
		return d.document.Field(root, name)
	}
	if name == "" {
		return v, true
	}
	m, ok := v.(map[string]any)
	return m[name], ok
}

// Root looks into the input first.
func (d inputDocument) Root(root string) (map[string]any, bool) {
	if m, ok := d.input[root].(map[string]any); ok {
		return m, true
	}
	return d.document.Root(root)
}
