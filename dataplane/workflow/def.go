package workflow

import (
	"cmp"
	"strings"
)

// Audit is the trail that definitions carry. Times are epoch milliseconds.
type Audit struct {
	OwnerApp   string `json:"ownerApp,omitempty"`
	CreateTime int64  `json:"createTime"`
	UpdateTime int64  `json:"updateTime"` // 0: never changed
	CreatedBy  string `json:"createdBy,omitempty"`
	UpdatedBy  string `json:"updatedBy,omitempty"`
}

// Def is a workflow definition (Conductor: WorkflowDef). Its identity is (Name, Version).
type Def struct {
	Audit
	Name                          string           `json:"name"`
	Description                   string           `json:"description,omitempty"`
	Version                       int              `json:"version"`
	Tasks                         []*DefTask       `json:"tasks"`
	InputParameters               []string         `json:"inputParameters"`
	OutputParameters              map[string]any   `json:"outputParameters"`
	FailureWorkflow               string           `json:"failureWorkflow,omitempty"`
	FailureWorkflowVersion        *int             `json:"failureWorkflowVersion,omitempty"`
	SchemaVersion                 int              `json:"schemaVersion"`
	Restartable                   bool             `json:"restartable"`
	WorkflowStatusListenerEnabled bool             `json:"workflowStatusListenerEnabled"`
	WorkflowStatusListenerSink    string           `json:"workflowStatusListenerSink,omitempty"`
	OwnerEmail                    string           `json:"ownerEmail,omitempty"`
	TimeoutPolicy                 string           `json:"timeoutPolicy"`  // TIME_OUT_WF or ALERT_ONLY
	TimeoutSeconds                int64            `json:"timeoutSeconds"` // 0: none
	Variables                     map[string]any   `json:"variables"`
	InputTemplate                 map[string]any   `json:"inputTemplate"`
	RateLimitConfig               *RateLimitConfig `json:"rateLimitConfig,omitempty"`
	InputSchema                   *SchemaDef       `json:"inputSchema,omitempty"`
	OutputSchema                  *SchemaDef       `json:"outputSchema,omitempty"`
	EnforceSchema                 bool             `json:"enforceSchema"`
	Metadata                      map[string]any   `json:"metadata"`
	CacheConfig                   *CacheConfig     `json:"cacheConfig,omitempty"`
	MaskedFields                  []string         `json:"maskedFields"`
}

// RateLimitConfig bounds the concurrent executions that share a key.
type RateLimitConfig struct {
	RateLimitKey        string `json:"rateLimitKey,omitempty"`
	ConcurrentExecLimit int    `json:"concurrentExecLimit"`
	Policy              string `json:"policy"` // QUEUE or REJECT
}

// CacheConfig names the key and life of a cached task result.
type CacheConfig struct {
	Key         string `json:"key,omitempty"`
	TTLInSecond int    `json:"ttlInSecond"`
}

// SchemaDef references or holds a schema for inputs or outputs.
type SchemaDef struct {
	Audit
	Name        string         `json:"name"`
	Version     int            `json:"version"`
	Type        string         `json:"type"`
	Data        map[string]any `json:"data,omitempty"`
	ExternalRef string         `json:"externalRef,omitempty"`
}

// DefTask is one task of a definition (Conductor: WorkflowTask). Which fields matter depends on Type.
type DefTask struct {
	Name                           string                `json:"name"`
	TaskReferenceName              string                `json:"taskReferenceName"`
	Description                    string                `json:"description,omitempty"`
	InputParameters                map[string]any        `json:"inputParameters"`
	Type                           string                `json:"type"`
	DynamicTaskNameParam           string                `json:"dynamicTaskNameParam,omitempty"`
	CaseValueParam                 string                `json:"caseValueParam,omitempty"`
	CaseExpression                 string                `json:"caseExpression,omitempty"`
	ScriptExpression               string                `json:"scriptExpression,omitempty"`
	DecisionCases                  map[string][]*DefTask `json:"decisionCases"`
	DefaultCase                    []*DefTask            `json:"defaultCase"`
	DynamicForkJoinTasksParam      string                `json:"dynamicForkJoinTasksParam,omitempty"`
	DynamicForkTasksParam          string                `json:"dynamicForkTasksParam,omitempty"`
	DynamicForkTasksInputParamName string                `json:"dynamicForkTasksInputParamName,omitempty"`
	ForkTasks                      [][]*DefTask          `json:"forkTasks"`
	StartDelay                     int64                 `json:"startDelay"` // seconds before the first attempt
	SubWorkflowParam               *SubWorkflowParams    `json:"subWorkflowParam,omitempty"`
	JoinOn                         []string              `json:"joinOn"`
	Sink                           string                `json:"sink,omitempty"`
	Optional                       bool                  `json:"optional"`
	TaskDefinition                 *TaskDef              `json:"taskDefinition,omitempty"`
	RateLimited                    *bool                 `json:"rateLimited,omitempty"`
	DefaultExclusiveJoinTask       []string              `json:"defaultExclusiveJoinTask"`
	AsyncComplete                  bool                  `json:"asyncComplete"`
	LoopCondition                  string                `json:"loopCondition,omitempty"`
	LoopOver                       []*DefTask            `json:"loopOver"`
	Items                          any                   `json:"items,omitempty"`
	RetryCount                     *int                  `json:"retryCount,omitempty"`
	EvaluatorType                  string                `json:"evaluatorType,omitempty"`
	Expression                     string                `json:"expression,omitempty"`
	OnStateChange                  map[string]any        `json:"onStateChange"`
	JoinStatus                     string                `json:"joinStatus,omitempty"`
	CacheConfig                    *CacheConfig          `json:"cacheConfig,omitempty"`
	Permissive                     bool                  `json:"permissive"`
	JoinMode                       string                `json:"joinMode,omitempty"`
	Metadata                       map[string]any        `json:"metadata"`
}

// SubWorkflowParams says what a SUB_WORKFLOW task starts.
type SubWorkflowParams struct {
	Name                string            `json:"name,omitempty"`
	Version             *int              `json:"version,omitempty"` // nil: latest
	TaskToDomain        map[string]string `json:"taskToDomain,omitempty"`
	WorkflowDefinition  any               `json:"workflowDefinition,omitempty"` // a definition object or a ${} string
	IdempotencyKey      string            `json:"idempotencyKey,omitempty"`
	IdempotencyStrategy string            `json:"idempotencyStrategy,omitempty"`
	Priority            any               `json:"priority,omitempty"`
}

// UnmarshalJSON decodes a schema; its version is 1 by default.
func (s *SchemaDef) UnmarshalJSON(b []byte) error {
	type plain SchemaDef
	p := plain{Version: 1}
	if err := decode(b, &p); err != nil {
		return err
	}
	*s = SchemaDef(p)
	return nil
}

// UnmarshalJSON decodes a definition and fills in defaults.
func (d *Def) UnmarshalJSON(b []byte) error {
	type plain Def
	p := plain{Version: 1, SchemaVersion: 2, Restartable: true, TimeoutPolicy: PolicyAlertOnly, EnforceSchema: true}
	if err := decode(b, &p); err != nil {
		return err
	}
	*d = Def(p)
	d.normalize()
	return nil
}

// normalize gives nil collections their empty form, so that they are written as [] and {}.
func (d *Def) normalize() {
	d.Tasks = orEmpty(d.Tasks)
	d.InputParameters = orEmpty(d.InputParameters)
	d.OutputParameters = orEmptyMap(d.OutputParameters)
	d.Variables = orEmptyMap(d.Variables)
	d.InputTemplate = orEmptyMap(d.InputTemplate)
	d.Metadata = orEmptyMap(d.Metadata)
	d.MaskedFields = orEmpty(d.MaskedFields)
	d.TimeoutPolicy = cmp.Or(d.TimeoutPolicy, PolicyAlertOnly)
	d.TimeoutSeconds = max(d.TimeoutSeconds, 0) // as Conductor takes what is below
	if d.RateLimitConfig != nil {
		d.RateLimitConfig.Policy = cmp.Or(d.RateLimitConfig.Policy, "QUEUE")
	}
}

// UnmarshalJSON decodes a task and fills in defaults. The old property name workflowTaskType is read as type.
func (t *DefTask) UnmarshalJSON(b []byte) error {
	type plain DefTask
	p := struct {
		plain
		WorkflowTaskType string `json:"workflowTaskType"`
	}{}
	if err := decode(b, &p); err != nil {
		return err
	}
	*t = DefTask(p.plain)
	if t.Type == "" {
		t.Type = p.WorkflowTaskType
	}
	if t.Type == "" {
		t.Type = TypeSimple
	}
	t.Normalize()
	if p := t.SubWorkflowParam; p != nil && p.Name == "" {
		if def, inline := p.WorkflowDefinition.(map[string]any); inline {
			p.Name, _ = def["name"].(string)
		}
	}
	if t.RetryCount != nil {
		*t.RetryCount = max(*t.RetryCount, 0) // as Conductor takes what is below
	}
	return nil
}

// Normalize gives nil collections their empty form, so that they are written as [] and {}.
func (t *DefTask) Normalize() {
	t.InputParameters = orEmptyMap(t.InputParameters)
	if t.DecisionCases == nil {
		t.DecisionCases = map[string][]*DefTask{}
	}
	t.DefaultCase = orEmpty(t.DefaultCase)
	t.ForkTasks = orEmpty(t.ForkTasks)
	t.JoinOn = orEmpty(t.JoinOn)
	t.DefaultExclusiveJoinTask = orEmpty(t.DefaultExclusiveJoinTask)
	t.LoopOver = orEmpty(t.LoopOver)
	t.OnStateChange = orEmptyMap(t.OnStateChange)
	t.Metadata = orEmptyMap(t.Metadata)
}

// KeepForever is the retention of definitions whose executions are never removed.
const KeepForever = "forever"

// Retention is what the definition's metadata say of how long finished executions are kept: the text under "retention", a
// duration as in "30 days", or [KeepForever]. own is false when they say nothing.
func (d *Def) Retention() (text string, own bool) {
	text, own = d.Metadata["retention"].(string)
	return text, own
}

// Archive is what the definition's metadata say of whether finished executions are archived before they are removed, the value
// under "archive". own is false when they say nothing.
func (d *Def) Archive() (want, own bool) {
	want, own = d.Metadata["archive"].(bool)
	return want, own
}

// PlainClassifier is the classifier of what says nothing of its kind.
const PlainClassifier = "workflow"

// Classifier is the kind of a definition: what its metadata say under "classifier"; otherwise "agent" when they describe one, and
// [PlainClassifier] when they do not.
func (d *Def) Classifier() string {
	if own, _ := d.Metadata["classifier"].(string); strings.TrimSpace(own) != "" {
		return own
	}
	if d.Metadata["agent_sdk"] != nil || d.Metadata["agentDef"] != nil {
		return "agent"
	}
	return PlainClassifier
}

// Walk calls f for every task of the definition, nested ones included, parents before children.
func (d *Def) Walk(f func(*DefTask)) { walk(d.Tasks, f) }

func walk(tasks []*DefTask, f func(*DefTask)) {
	for _, t := range tasks {
		if t == nil { // a null in a definition that was not validated
			continue
		}
		f(t)
		for _, c := range t.DecisionCases {
			walk(c, f)
		}
		walk(t.DefaultCase, f)
		for _, branch := range t.ForkTasks {
			walk(branch, f)
		}
		walk(t.LoopOver, f)
	}
}

// maxNesting bounds the levels of a definition's JSON. Decoding reads what is nested once for each task around it, so
// without a bound a small text could take very long.
const maxNesting = 200

// decode is UnmarshalExact for definitions.
func decode(b []byte, v any) error {
	if nesting(b) > maxNesting {
		return Errorf(Invalid, "The definition nests deeper than %d levels", maxNesting)
	}
	return UnmarshalExact(b, v)
}

// nesting counts the levels of maps and lists in valid JSON.
func nesting(b []byte) int {
	level, most := 0, 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			level++
			most = max(most, level)
		case '}', ']':
			level--
		}
	}
	return most
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func orEmptyMap(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}
