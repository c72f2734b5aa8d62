package engine

import (
	"context"
	"net/url"
	"regexp"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/internal/runner"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// secret is a secret as it is kept: sealed, in memory too.
type secret struct {
	Name       string `json:"name"`
	Sealed     []byte `json:"sealed"`
	CreateTime int64  `json:"createTime"`
	UpdateTime int64  `json:"updateTime"`
}

// resourceName is what secrets and variables may be called, so that expressions can name them.
var resourceName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,250}$`)

func checkResource(name, value string) error {
	if !resourceName.MatchString(name) {
		return &workflow.Error{
			Kind: workflow.Invalid, Message: "The name must be 1 to 250 letters, digits, _ or -.",
			Violations: []workflow.Violation{{Path: "key", Message: "must be 1 to 250 letters, digits, _ or -", InvalidValue: name}},
		}
	}
	if len(value) > maxResource {
		return workflow.Errorf(workflow.TooLarge, "The value of %s is larger than %d bytes.", name, maxResource)
	}
	return nil
}

// maxResource is the largest value of a secret or a variable, in bytes.
const maxResource = 64 << 10

// PutSecret makes a secret or changes its value. Only tasks get to see it: see docs/secrets.md.
func (e *Engine) PutSecret(ctx context.Context, name, value string) error {
	if err := checkResource(name, value); err != nil {
		return err
	}
	if value == "" {
		return workflow.Errorf(workflow.Invalid, "The value of the secret %s must not be empty.", name)
	}
	if e.seal == nil {
		return workflow.Errorf(workflow.Conflict, "This server has no key for secrets, so that it keeps none.")
	}
	return e.secrets.update(ctx, name, func(old *secret) (*secret, error) {
		now := e.clock.Now().UnixMilli()
		s := &secret{Name: name, Sealed: e.seal.Seal(kindSecret+":"+name, value), CreateTime: now, UpdateTime: now}
		if old != nil {
			s.CreateTime = old.CreateTime
		}
		return s, nil
	})
}

// Secret returns the value of a secret.
func (e *Engine) Secret(_ context.Context, name string) (string, error) {
	s, err := e.secrets.find(name)
	if err != nil {
		return "", err
	}
	return e.seal.Open(kindSecret+":"+name, s.Sealed)
}

// DeleteSecret removes a secret with its tags.
func (e *Engine) DeleteSecret(ctx context.Context, name string) error {
	if err := e.secrets.remove(ctx, name); err != nil {
		return err
	}
	return e.dropTags(ctx, TagSecret, name)
}

// Secrets returns the names of all secrets with their tags, and no values.
func (e *Engine) Secrets(context.Context) ([]workflow.SecretInfo, error) {
	out := []workflow.SecretInfo{}
	for _, s := range e.secrets.list() {
		out = append(out, workflow.SecretInfo{Name: s.Name, Tags: e.tagsOf(TagSecret, s.Name), CreateTime: s.CreateTime, UpdateTime: s.UpdateTime})
	}
	return out, nil
}

// checkSecrets opens every secret, so that a wrong key shows at the start and not in a task.
func (e *Engine) checkSecrets(ctx context.Context) error {
	all := e.secrets.list()
	if len(all) > 0 && e.seal == nil {
		return workflow.Errorf(workflow.Invalid, "there are %d secrets and no key to open them", len(all))
	}
	for _, s := range all {
		if _, err := e.Secret(ctx, s.Name); err != nil {
			return err
		}
	}
	return nil
}

// secretText implements expr.Env.
func (e *Engine) secretText(name string) (string, bool) {
	text, err := e.Secret(context.Background(), name)
	if err != nil && workflow.KindOf(err) == "" {
		e.log.Error("a secret could not be opened", "secret", name, "error", err)
	}
	return text, err == nil
}

// handOut puts the secrets that a task refers to into its input. The task is a copy for whoever does the work; what is
// stored keeps the references.
func (e *Engine) handOut(ctx context.Context, t *workflow.Task) (expr.Filled, error) {
	if !expr.MentionsSecrets(t.InputData) {
		return nil, nil
	}
	in, err := t.InputData.Object()
	if err != nil {
		return nil, err
	}
	var allowed []string
	if err := e.runner.View(ctx, t.WorkflowInstanceID, func(s *decide.State) {
		if task := s.Task(t.TaskID); task != nil {
			allowed = s.SecretsOf(task)
		}
	}); err != nil {
		return nil, err
	}
	out, filled := expr.FillSecrets(in, e.secretText, allowed)
	t.InputData, err = workflow.NewPayload(out)
	return filled, err
}

// metadata resolves the names in a task definition's runtimeMetadata: secrets first, then variables.
func (e *Engine) metadata(t *workflow.Task) map[string]string {
	def := e.defs.TaskDef(t.TaskDefName)
	if def == nil && t.WorkflowTask != nil {
		def = t.WorkflowTask.TaskDefinition
	}
	if def == nil || len(def.RuntimeMetadata) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, name := range def.RuntimeMetadata {
		if v, ok := e.secretText(name); ok {
			out[name] = v
		} else if v, ok := e.variableText(name); ok {
			out[name] = v
		}
	}
	return out
}

// withSecrets lets a system task see secrets, and keeps them out of what it returns.
func (e *Engine) withSecrets(run runner.System) runner.System {
	return func(ctx context.Context, t *workflow.Task) (workflow.TaskStatus, workflow.Payload, string) {
		filled, err := e.handOut(ctx, t)
		if err != nil {
			return workflow.TaskFailed, nil, "the task's secrets could not be read: " + err.Error()
		}
		status, output, reason := run(ctx, t)
		if len(filled) == 0 {
			return status, output, reason
		}
		filled = filled.Escaped(url.QueryEscape, url.PathEscape) // an error of an HTTP call shows its URL
		obj, err := output.Object()
		if err == nil {
			output, err = workflow.NewPayload(filled.Mask(obj))
		}
		if err != nil {
			return workflow.TaskFailed, nil, "the task's output could not be kept: " + err.Error()
		}
		return status, output, filled.Text(reason)
	}
}
