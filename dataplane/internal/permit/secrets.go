package permit

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// A definition uses secrets by name; a name that is made of something else could be any.
var (
	secretUse  = regexp.MustCompile(`workflow\s*\.\s*secrets([^A-Za-z0-9_][^"}]*|$)`)
	secretName = regexp.MustCompile(`^\.([A-Za-z0-9_-]+)\s*$`)
)

// secretsOf wants that the caller may read the secrets that a definition uses.
func (e *Engine) secretsOf(ctx context.Context, def *workflow.Def) error {
	if access.From(ctx).May(access.SecretRead) {
		return nil
	}
	b, err := json.Marshal(def)
	if err != nil {
		return fmt.Errorf("encode definition: %w", err)
	}
	for _, use := range secretUse.FindAllSubmatch(b, -1) {
		name := secretName.FindSubmatch(use[1])
		if name == nil {
			return workflow.Errorf(workflow.Denied, "The definition uses a secret in a way that does not tell which one: %q. Without the right to read all secrets each must be named.", use[0])
		}
		if err := e.allow(ctx, access.SecretRead, access.Secret, string(name[1]), access.Read); err != nil {
			return err
		}
	}
	return nil
}

// metadataOf wants that the caller may read the secrets that tasks get as runtime metadata.
func (e *Engine) metadataOf(ctx context.Context, def *workflow.TaskDef) error {
	for _, name := range def.RuntimeMetadata {
		if err := e.allow(ctx, access.SecretRead, access.Secret, name, access.Read); err != nil {
			return err
		}
	}
	return nil
}

// PutSecret makes a secret or changes its value: that is another access. One that is made by a grant on a tag gets the tag.
func (e *Engine) PutSecret(ctx context.Context, name, value string) error {
	own := func() error { return nil }
	if _, err := e.engine.Tags(ctx, engine.TagSecret, name); workflow.KindOf(err) == workflow.NotFound {
		if own, err = e.creates(ctx, access.SecretWrite, access.Secret, name); err != nil {
			return err
		}
	} else if err := e.allow(ctx, access.SecretWrite, access.Secret, name, access.Update); err != nil {
		return err
	}
	if err := e.engine.PutSecret(ctx, name, value); err != nil {
		return err
	}
	return own()
}

// Secret implements the engine's method.
func (e *Engine) Secret(ctx context.Context, name string) (string, error) {
	if err := e.allow(ctx, access.SecretRead, access.Secret, name, access.Read); err != nil {
		return "", err
	}
	return e.engine.Secret(ctx, name)
}

// Secrets leaves out what the caller may not see.
func (e *Engine) Secrets(ctx context.Context) ([]workflow.SecretInfo, error) {
	all, err := e.engine.Secrets(ctx)
	return visible(ctx, e, all, access.SecretList, access.Secret, func(s workflow.SecretInfo) string { return s.Name }), err
}

// DeleteSecret implements the engine's method.
func (e *Engine) DeleteSecret(ctx context.Context, name string) error {
	if err := e.allow(ctx, access.SecretWrite, access.Secret, name, access.Delete); err != nil {
		return err
	}
	return e.engine.DeleteSecret(ctx, name)
}

// PutVariable implements the engine's method.
func (e *Engine) PutVariable(ctx context.Context, name, value string) error {
	if err := may(ctx, access.VariableWrite); err != nil {
		return err
	}
	return e.engine.PutVariable(ctx, name, value)
}

// Variable implements the engine's method.
func (e *Engine) Variable(ctx context.Context, name string) (string, error) {
	if err := may(ctx, access.VariableRead); err != nil {
		return "", err
	}
	return e.engine.Variable(ctx, name)
}

// Variables implements the engine's method.
func (e *Engine) Variables(ctx context.Context) ([]workflow.Variable, error) {
	if err := may(ctx, access.VariableRead); err != nil {
		return nil, err
	}
	return e.engine.Variables(ctx)
}

// DeleteVariable implements the engine's method.
func (e *Engine) DeleteVariable(ctx context.Context, name string) (string, error) {
	if err := may(ctx, access.VariableWrite); err != nil {
		return "", err
	}
	return e.engine.DeleteVariable(ctx, name)
}
