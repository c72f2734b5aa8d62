package workflow

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Checks are what validation needs from elsewhere: whether texts in other languages can be read, and which task
// definitions are registered. A nil function leaves its check out.
type Checks struct {
	Script   func(source string) error  // JavaScript
	JQ       func(query string) error   // jq
	Duration func(text string) error    // duration of a WAIT task
	Until    func(text string) error    // date of a WAIT task
	TaskDef  func(name string) *TaskDef // the registered definition of a task, nil if there is none
	Schema   func(s *SchemaDef) error   // the text of a schema that a definition holds
	Archives bool                       // finished executions can be archived
}

// invalidMessage opens the error of everything that fails validation.
const invalidMessage = "Validation failed, check below errors for detail."

// Validate reports everything that is wrong with a definition, as an *Error of kind [Invalid] with one violation for
// each wrong field; the path of a violation leads to the field, as in tasks[2].decisionCases.KR[0].taskReferenceName.
func (d *Def) Validate(c Checks) error {
	v := validator{checks: c}
	v.named("name", d.Name, "WorkflowDef name cannot be null or empty")
	v.atLeast("version", int64(d.Version), 1)
	if d.SchemaVersion != 2 {
		v.add("schemaVersion", fmt.Sprint(d.SchemaVersion), "must be 2")
	}
	v.oneOf("timeoutPolicy", d.TimeoutPolicy, PolicyTimeOutWF, PolicyAlertOnly)
	v.atLeast("timeoutSeconds", d.TimeoutSeconds, 0)
	if d.FailureWorkflowVersion != nil {
		v.atLeast("failureWorkflowVersion", int64(*d.FailureWorkflowVersion), 0)
	}
	if r := d.RateLimitConfig; r != nil {
		v.atLeast("rateLimitConfig.concurrentExecLimit", int64(r.ConcurrentExecLimit), 0)
		v.oneOf("rateLimitConfig.policy", r.Policy, "QUEUE", "REJECT")
	}
	if text, own := d.Retention(); own && text != KeepForever {
		v.check("metadata.retention", text, v.checks.Duration)
	}
	if value, there := d.Metadata["archive"]; there {
		if want, own := d.Archive(); !own {
			v.add("metadata.archive", fmt.Sprint(value), "must be true or false")
		} else if want && !v.checks.Archives {
			v.add("metadata.archive", "true", "this server has no payload store to archive to")
		}
	}
	v.schema("inputSchema", d.InputSchema)
	v.schema("outputSchema", d.OutputSchema)
	if len(d.Tasks) == 0 {
		v.add("tasks", "", "WorkflowTask list cannot be empty")
	}
	refs := map[string]string{}
	v.tasks("tasks", d.Tasks, refs)
	for i, t := range d.Tasks {
		if t != nil {
			v.references(fmt.Sprintf("tasks[%d].inputParameters", i), t.InputParameters, refs)
		}
	}
	return v.err()
}

// validator collects violations.
type validator struct {
	checks     Checks
	violations []Violation
}

func (v *validator) err() error {
	if len(v.violations) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Message: invalidMessage, Violations: v.violations}
}

// add reports a wrong field with its value; "" leaves the value out.
func (v *validator) add(path, value, format string, args ...any) {
	if len(value) > 100 {
		value = ""
	}
	v.violations = append(v.violations, Violation{Path: path, Message: fmt.Sprintf(format, args...), InvalidValue: value})
}

func (v *validator) text(path, s string) {
	if strings.TrimSpace(s) == "" {
		v.add(path, "", "must not be empty")
	}
}

// named is text with Conductor's words, which programs look for.
func (v *validator) named(path, s, message string) {
	if strings.TrimSpace(s) == "" {
		v.add(path, "", "%s", message)
	}
}

func (v *validator) atLeast(path string, n, least int64) {
	if n < least {
		v.add(path, fmt.Sprint(n), "must be at least %d", least)
	}
}

func (v *validator) oneOf(path, s string, allowed ...string) {
	if !slices.Contains(allowed, s) {
		v.add(path, s, "must be one of %s", strings.Join(allowed, ", "))
	}
}

// check reports a text that one of the Checks cannot read.
func (v *validator) check(path, s string, f func(string) error) {
	if f == nil {
		return
	}
	if err := f(s); err != nil {
		v.add(path, s, "%v", err)
	}
}

func (v *validator) schema(path string, s *SchemaDef) {
	if s == nil || v.checks.Schema == nil {
		return
	}
	if err := v.checks.Schema(s); err != nil {
		v.add(path+".data", "", "%v", err)
	}
}

// tasks checks a list of tasks that run one after the other. refs maps each reference name to the path of its task.
func (v *validator) tasks(path string, tasks []*DefTask, refs map[string]string) {
	for i, t := range tasks {
		path := fmt.Sprintf("%s[%d]", path, i)
		if t == nil {
			v.add(path, "", "must be a task")
			continue
		}
		v.task(path, t, refs)
	}
}

func (v *validator) task(path string, t *DefTask, refs map[string]string) {
	v.named(path+".name", t.Name, "WorkflowTask name cannot be empty or null")
	v.named(path+".taskReferenceName", t.TaskReferenceName, "WorkflowTask taskReferenceName name cannot be empty or null")
	if other, taken := refs[t.TaskReferenceName]; taken && t.TaskReferenceName != "" {
		v.add(path+".taskReferenceName", t.TaskReferenceName, "must be unique; %s has it too", other)
	} else {
		refs[t.TaskReferenceName] = path
	}
	v.atLeast(path+".startDelay", t.StartDelay, 0)
	if t.RetryCount != nil {
		v.atLeast(path+".retryCount", int64(*t.RetryCount), 0)
	}
	if t.TaskDefinition != nil {
		v.policy(path+".taskDefinition.", t.TaskDefinition, 0)
	}
	if rule := rules[t.Type]; rule != nil {
		rule(v, path, t)
	}
	for _, name := range slices.Sorted(maps.Keys(t.DecisionCases)) {
		v.tasks(path+".decisionCases."+name, t.DecisionCases[name], refs)
	}
	v.tasks(path+".defaultCase", t.DefaultCase, refs)
	for i, branch := range t.ForkTasks {
		v.tasks(fmt.Sprintf("%s.forkTasks[%d]", path, i), branch, refs)
	}
	v.tasks(path+".loopOver", t.LoopOver, refs)
}
