package decide

import (
	"fmt"

	"github.com/podium-cloud/podium/dataplane/internal/schema"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// schemaOf returns the schema that a definition means: the one that it holds, else the registered one of that name and
// version.
func (s *State) schemaOf(ref *workflow.SchemaDef) (*workflow.SchemaDef, error) {
	if ref == nil || len(ref.Data) > 0 || ref.Name == "" {
		return ref, nil
	}
	if s.env.Schema != nil {
		if def := s.env.Schema(ref.Name, ref.Version); def != nil {
			return def, nil
		}
	}
	return nil, fmt.Errorf("the schema %s version %d is not registered", ref.Name, ref.Version)
}

// broken checks a payload against a schema. The error says that there is no such schema, or that it cannot be read.
func (s *State) broken(ref *workflow.SchemaDef, p workflow.Payload, root string) ([]workflow.Violation, error) {
	def, err := s.schemaOf(ref)
	if err != nil {
		return nil, err
	}
	return schema.Check(def, p, root)
}

// checkInput refuses an input that breaks the input schema of a plan.
func (s *State) checkInput(plan *Plan, input workflow.Payload) error {
	if plan.Def.InputSchema == nil || !plan.Def.EnforceSchema {
		return nil
	}
	if obj, err := input.Object(); err == nil && obj[workflow.SystemMetadata] != nil {
		delete(obj, workflow.SystemMetadata)
		if input, err = workflow.NewPayload(obj); err != nil {
			return workflow.Errorf(workflow.Invalid, "input: %v", err)
		}
	}
	found, err := s.broken(plan.Def.InputSchema, input, "input")
	if err != nil {
		return workflow.Errorf(workflow.Invalid, "inputSchema of %s: %v", plan.Def.Name, err)
	}
	if len(found) > 0 {
		return &workflow.Error{
			Kind: workflow.Invalid, Violations: found,
			Message: fmt.Sprintf("The input does not match the input schema of %s.", plan.Def.Name),
		}
	}
	return nil
}

// wrongOutput says how the execution's output breaks its schema, "" when it does not.
func (s *State) wrongOutput(output workflow.Payload) string {
	if !s.plan.Def.EnforceSchema {
		return ""
	}
	return s.mismatch(s.plan.Def.OutputSchema, output, "output")
}

// wrongTask says how the input (or output) of a task breaks its schema, "" when it does not.
func (s *State) wrongTask(t *Task, output bool) string {
	if t.node == nil {
		return ""
	}
	policy := t.node.task.TaskDefinition
	if policy == nil {
		policy = t.node.registered
	}
	switch {
	case policy == nil || !policy.EnforceSchema:
		return ""
	case output:
		return s.mismatch(policy.OutputSchema, t.Output, "output")
	}
	return s.mismatch(policy.InputSchema, t.Input, "input")
}

func (s *State) mismatch(ref *workflow.SchemaDef, p workflow.Payload, root string) string {
	if ref == nil {
		return ""
	}
	found, err := s.broken(ref, p, root)
	if err != nil {
		return fmt.Sprintf("the %s cannot be checked: %v", root, err)
	}
	if len(found) == 0 {
		return ""
	}
	return fmt.Sprintf("the %s does not match its schema: %s", root, schema.Reason(found))
}
