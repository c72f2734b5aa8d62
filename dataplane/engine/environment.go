package engine

import (
	"context"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// PutVariable makes a variable of the environment or changes its value.
func (e *Engine) PutVariable(ctx context.Context, name, value string) error {
	if err := checkResource(name, value); err != nil {
		return err
	}
	return e.variables.update(ctx, name, func(*workflow.Variable) (*workflow.Variable, error) {
		return &workflow.Variable{Name: name, Value: value}, nil
	})
}

// Variable returns the value of a variable.
func (e *Engine) Variable(_ context.Context, name string) (string, error) {
	v, err := e.variables.find(name)
	if err != nil {
		return "", err
	}
	return v.Value, nil
}

// Variables returns all variables by name, with their tags.
func (e *Engine) Variables(context.Context) ([]workflow.Variable, error) {
	out := []workflow.Variable{}
	for _, v := range e.variables.list() {
		out = append(out, workflow.Variable{Name: v.Name, Value: v.Value, Tags: e.tagsOf(TagVariable, v.Name)})
	}
	return out, nil
}

// DeleteVariable removes a variable with its tags and returns the value that it had.
func (e *Engine) DeleteVariable(ctx context.Context, name string) (string, error) {
	old, err := e.Variable(ctx, name)
	if err == nil {
		err = e.variables.remove(ctx, name)
	}
	if err == nil {
		err = e.dropTags(ctx, TagVariable, name)
	}
	return old, err
}

// variableText implements expr.Env.
func (e *Engine) variableText(name string) (string, bool) {
	v := e.variables.get(name)
	if v == nil {
		return "", false
	}
	return v.Value, true
}
