package workflow

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// checks stand in for the languages: a text with BAD in it is wrong.
func checks() Checks {
	bad := func(language string) func(string) error {
		return func(s string) error {
			if strings.Contains(s, "BAD") {
				return errors.New(language + " error")
			}
			return nil
		}
	}
	return Checks{
		Script: bad("script"), JQ: bad("jq"), Duration: bad("duration"), Until: bad("until"),
		TaskDef: func(name string) *TaskDef {
			if name == "registered" {
				return &TaskDef{InputTemplate: map[string]any{"http_request": 1, "kafka_request": 1}}
			}
			return nil
		},
	}
}

// violations are written as path: message.
func violations(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != Invalid || e.Message != invalidMessage {
		t.Fatalf("got %#v", err)
	}
	var out []string
	for _, v := range e.Violations {
		out = append(out, v.Path+": "+v.Message)
	}
	return out
}

func parse[T any](t *testing.T, text string) *T {
	t.Helper()
	v := new(T)
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

const join = `{"name": "j", "taskReferenceName": "j", "type": "JOIN"}`

func TestTaskRules(t *testing.T) {
	for _, c := range []struct{ name, tasks, want string }{
		{"simple", `{"name":"a","taskReferenceName":"a"}`, ""},
		{"unknown type", `{"name":"a","taskReferenceName":"a","type":"MINE"}`, ""},
		{"no names", `{}`, "tasks[0].name: WorkflowTask name cannot be empty or null|tasks[0].taskReferenceName: WorkflowTask taskReferenceName name cannot be empty or null"},
		{"blank name", `{"name":" ","taskReferenceName":"a"}`, "tasks[0].name: WorkflowTask name cannot be empty or null"},
		{"null task", `null`, "tasks[0]: must be a task"},
		{
			"negative numbers", `{"name":"a","taskReferenceName":"a","startDelay":-1,"retryCount":-2}`,
			"tasks[0].startDelay: must be at least 0",
		},
		{
			"embedded task definition", `{"name":"a","taskReferenceName":"a","taskDefinition":{"retryLogic":"NEVER","timeoutSeconds":10}}`,
			"tasks[0].taskDefinition.retryLogic: must be one of FIXED, EXPONENTIAL_BACKOFF, LINEAR_BACKOFF",
		},
		{
			"same name twice", `{"name":"a","taskReferenceName":"x"},{"name":"b","taskReferenceName":"x"}`,
			"tasks[1].taskReferenceName: must be unique; tasks[0] has it too",
		},
		{
			"same name in a branch",
			`{"name":"s","taskReferenceName":"s","type":"SWITCH","evaluatorType":"value-param","expression":"e","decisionCases":{"KR":[{"name":"a","taskReferenceName":"s"}]}}`,
			"tasks[0].decisionCases.KR[0].taskReferenceName: must be unique; tasks[0] has it too",
		},
		{"event", `{"name":"a","taskReferenceName":"a","type":"EVENT"}`, "tasks[0].sink: must not be empty"},
		{"dynamic", `{"name":"a","taskReferenceName":"a","type":"DYNAMIC"}`, "tasks[0].dynamicTaskNameParam: must not be empty"},
		{
			"switch", `{"name":"a","taskReferenceName":"a","type":"SWITCH"}`,
			"tasks[0].expression: must not be empty|tasks[0].evaluatorType: must not be empty|tasks[0].decisionCases: must not be empty",
		},
		{
			"switch script", `{"name":"a","taskReferenceName":"a","type":"SWITCH","evaluatorType":"javascript","expression":"BAD ${x}","decisionCases":{"a":[]}}`,
			"tasks[0].expression: script error",
		},
		{"switch param", `{"name":"a","taskReferenceName":"a","type":"SWITCH","evaluatorType":"value-param","expression":"BAD","decisionCases":{"a":[]}}`, ""},
		{
			"switch evaluator", `{"name":"a","taskReferenceName":"a","type":"SWITCH","evaluatorType":"perl","expression":"x","decisionCases":{"a":[]}}`,
			"tasks[0].evaluatorType: must be one of value-param, javascript, graaljs",
		},
		{
			"decision", `{"name":"a","taskReferenceName":"a","type":"DECISION"}`,
			"tasks[0].caseValueParam: must be given, or caseExpression|tasks[0].decisionCases: must not be empty",
		},
		{
			"decision script", `{"name":"a","taskReferenceName":"a","type":"DECISION","caseExpression":"BAD","decisionCases":{"a":[]}}`,
			"tasks[0].caseExpression: script error",
		},
		{"fork", `{"name":"a","taskReferenceName":"a","type":"FORK_JOIN","forkTasks":[[{"name":"b","taskReferenceName":"b"}]]},` + join, ""},
		{
			"fork without join", `{"name":"a","taskReferenceName":"a","type":"FORK_JOIN","forkTasks":[[{"name":"b","taskReferenceName":"b"}]]}`,
			"",
		},
		{
			"fork in a branch without join",
			`{"name":"a","taskReferenceName":"a","type":"FORK_JOIN","forkTasks":[[{"name":"b","taskReferenceName":"b","type":"FORK_JOIN_DYNAMIC","inputParameters":{"forkTaskInputs":[]}}]]},` + join,
			"",
		},
		{"fork without branches", `{"name":"a","taskReferenceName":"a","type":"FORK_JOIN"},` + join, "tasks[0].forkTasks: must not be empty"},
		{"fork with an empty branch", `{"name":"a","taskReferenceName":"a","type":"FORK_JOIN","forkTasks":[[]]},` + join, "tasks[0].forkTasks[0]: must not be empty"},
		{"dynamic fork by list", `{"name":"a","taskReferenceName":"a","type":"FORK_JOIN_DYNAMIC","inputParameters":{"forkTaskInputs":"${workflow.input.l}"}},` + join, ""},
		{"dynamic fork by tasks", `{"name":"a","taskReferenceName":"a","type":"FORK_JOIN_DYNAMIC","dynamicForkTasksParam":"t","dynamicForkTasksInputParamName":"i"},` + join, ""},
		{"dynamic fork by legacy", `{"name":"a","taskReferenceName":"a","type":"FORK_JOIN_DYNAMIC","dynamicForkJoinTasksParam":"t"},` + join, ""},
		{
			"dynamic fork by nothing", `{"name":"a","taskReferenceName":"a","type":"FORK_JOIN_DYNAMIC"},` + join,
			"tasks[0].dynamicForkTasksParam: must be given, or the input forkTaskInputs",
		},
		{
			"dynamic fork without inputs", `{"name":"a","taskReferenceName":"a","type":"FORK_JOIN_DYNAMIC","dynamicForkTasksParam":"t"},` + join,
			"tasks[0].dynamicForkTasksInputParamName: must be given with dynamicForkTasksParam",
		},
		{
			"dynamic fork by two", `{"name":"a","taskReferenceName":"a","type":"FORK_JOIN_DYNAMIC","dynamicForkTasksParam":"t","dynamicForkJoinTasksParam":"t"},` + join,
			"tasks[0].dynamicForkJoinTasksParam: must not be given together with dynamicForkTasksParam or dynamicForkTasksInputParamName",
		},
		{
			"loop", `{"name":"a","taskReferenceName":"a","type":"DO_WHILE"}`,
			"tasks[0].loopOver: must not be empty",
		},
		{
			"loop script", `{"name":"a","taskReferenceName":"a","type":"DO_WHILE","loopCondition":"BAD","loopOver":[{"name":"b","taskReferenceName":"b"}]}`,
			"tasks[0].loopCondition: script error",
		},
		{"loop over items", `{"name":"a","taskReferenceName":"a","type":"DO_WHILE","items":"${workflow.input.l}","loopOver":[{"name":"b","taskReferenceName":"b"}]}`, ""},
		{
			"loop over input items", `{"name":"a","taskReferenceName":"a","type":"DO_WHILE","inputParameters":{"_items":[1]},"loopOver":[{"name":"b","taskReferenceName":""}]}`,
			"tasks[0].loopOver[0].taskReferenceName: WorkflowTask taskReferenceName name cannot be empty or null",
		},
		{"sub-workflow", `{"name":"a","taskReferenceName":"a","type":"SUB_WORKFLOW"}`, "tasks[0].subWorkflowParam: must be given"},
		{
			"sub-workflow by nothing", `{"name":"a","taskReferenceName":"a","type":"SUB_WORKFLOW","subWorkflowParam":{"version":-1,"idempotencyStrategy":"MAYBE"}}`,
			"tasks[0].subWorkflowParam.name: must not be empty|tasks[0].subWorkflowParam.version: must be at least 0|tasks[0].subWorkflowParam.idempotencyStrategy: must be one of FAIL, RETURN_EXISTING, FAIL_ON_RUNNING",
		},
		{"sub-workflow inline", `{"name":"a","taskReferenceName":"a","type":"SUB_WORKFLOW","subWorkflowParam":{"workflowDefinition":{"name":"x"},"idempotencyStrategy":"${workflow.input.s}"}}`, ""},
		{"sub-workflow by expression", `{"name":"a","taskReferenceName":"a","type":"SUB_WORKFLOW","subWorkflowParam":{"workflowDefinition":"${workflow.input.def}"}}`, ""},
		{
			"sub-workflow by text", `{"name":"a","taskReferenceName":"a","type":"SUB_WORKFLOW","subWorkflowParam":{"workflowDefinition":"x"}}`,
			"tasks[0].subWorkflowParam.workflowDefinition: must be a definition or an expression",
		},
		{
			"sub-workflow by number", `{"name":"a","taskReferenceName":"a","type":"SUB_WORKFLOW","subWorkflowParam":{"workflowDefinition":1}}`,
			"tasks[0].subWorkflowParam.workflowDefinition: must be a definition or an expression",
		},
		{"terminate", `{"name":"a","taskReferenceName":"a","type":"TERMINATE","inputParameters":{"terminationStatus":"COMPLETED"}}`, ""},
		{
			"terminate optionally", `{"name":"a","taskReferenceName":"a","type":"TERMINATE","optional":true,"inputParameters":{"terminationStatus":"PAUSED"}}`,
			"tasks[0].optional: a TERMINATE task must not be optional|tasks[0].inputParameters.terminationStatus: must be one of COMPLETED, FAILED, TERMINATED",
		},
		{
			"terminate without status", `{"name":"a","taskReferenceName":"a","type":"TERMINATE"}`,
			"tasks[0].inputParameters.terminationStatus: must be one of COMPLETED, FAILED, TERMINATED",
		},
		{"wait", `{"name":"a","taskReferenceName":"a","type":"WAIT"}`, ""},
		{
			"wait for both", `{"name":"a","taskReferenceName":"a","type":"WAIT","inputParameters":{"duration":"BAD","until":"BAD"}}`,
			"tasks[0].inputParameters: must not have both duration and until|tasks[0].inputParameters.duration: duration error|tasks[0].inputParameters.until: until error",
		},
		{"wait for an expression", `{"name":"a","taskReferenceName":"a","type":"WAIT","inputParameters":{"duration":"BAD ${workflow.input.d}","until":""}}`, ""},
		{"wait for a number", `{"name":"a","taskReferenceName":"a","type":"WAIT","inputParameters":{"duration":5}}`, "tasks[0].inputParameters.duration: must be a text"},
		{"http", `{"name":"a","taskReferenceName":"a","type":"HTTP"}`, "tasks[0].inputParameters.http_request: must be given, or uri and method"},
		{"http at top level", `{"name":"a","taskReferenceName":"a","type":"HTTP","inputParameters":{"uri":"http://x"}}`, ""},
		{"http by request", `{"name":"a","taskReferenceName":"a","type":"HTTP","inputParameters":{"http_request":{}}}`, ""},
		{"http by registered template", `{"name":"registered","taskReferenceName":"a","type":"HTTP"}`, ""},
		{"http by embedded template", `{"name":"a","taskReferenceName":"a","type":"HTTP","taskDefinition":{"inputTemplate":{"http_request":{}}}}`, ""},
		{"kafka", `{"name":"a","taskReferenceName":"a","type":"KAFKA_PUBLISH"}`, "tasks[0].inputParameters.kafka_request: must be given"},
		{"inline", `{"name":"a","taskReferenceName":"a","type":"INLINE","inputParameters":{"expression":"BAD"}}`, "tasks[0].inputParameters.expression: script error"},
		{"inline expression", `{"name":"a","taskReferenceName":"a","type":"INLINE","inputParameters":{"evaluatorType":"javascript","expression":"BAD ${workflow.input.x}"}}`, ""},
		{"inline param", `{"name":"a","taskReferenceName":"a","type":"INLINE","inputParameters":{"evaluatorType":"value-param","expression":"BAD"}}`, ""},
		{"lambda", `{"name":"a","taskReferenceName":"a","type":"LAMBDA","inputParameters":{"scriptExpression":"BAD"}}`, "tasks[0].inputParameters.scriptExpression: script error"},
		{"jq", `{"name":"a","taskReferenceName":"a","type":"JSON_JQ_TRANSFORM"}`, "tasks[0].inputParameters.queryExpression: must not be empty"},
		{"jq query", `{"name":"a","taskReferenceName":"a","type":"JSON_JQ_TRANSFORM","inputParameters":{"queryExpression":"BAD"}}`, "tasks[0].inputParameters.queryExpression: jq error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			def := parse[Def](t, `{"name":"w","tasks":[`+c.tasks+`]}`)
			if got := strings.Join(violations(t, def.Validate(checks())), "|"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if err := def.Validate(Checks{}); err != nil && c.want == "" && c.name != "http by registered template" {
				t.Errorf("without checks: %v", err)
			}
		})
	}
}

func TestDefRules(t *testing.T) {
	const task = `"tasks":[{"name":"a","taskReferenceName":"a"}]`
	for _, c := range []struct{ name, def, want string }{
		{"minimal", `{"name":"w",` + task + `}`, ""},
		{"nothing", `{}`, "name: WorkflowDef name cannot be null or empty|tasks: WorkflowTask list cannot be empty"},
		{"blank name", `{"name":" \n",` + task + `}`, "name: WorkflowDef name cannot be null or empty"},
		{
			"numbers", `{"name":"w","version":0,"schemaVersion":1,"timeoutSeconds":-1,"failureWorkflowVersion":-1,` + task + `}`,
			"version: must be at least 1|schemaVersion: must be 2|failureWorkflowVersion: must be at least 0",
		},
		{"policy", `{"name":"w","timeoutPolicy":"RETRY",` + task + `}`, "timeoutPolicy: must be one of TIME_OUT_WF, ALERT_ONLY"},
		{
			"rate limit", `{"name":"w","rateLimitConfig":{"concurrentExecLimit":-1,"policy":"DROP"},` + task + `}`,
			"rateLimitConfig.concurrentExecLimit: must be at least 0|rateLimitConfig.policy: must be one of QUEUE, REJECT",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(violations(t, parse[Def](t, c.def).Validate(checks())), "|"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestReferences(t *testing.T) {
	for in, want := range map[string]string{
		`"${workflow.input.x} ${b.output.y}"`:    "",
		`"${inner.output.x}"`:                    "",
		`"${typo.output.x}"`:                     "tasks[0].inputParameters.p: refers to \"typo\", which is no task of this workflow",
		`"${PATH}"`:                              "tasks[0].inputParameters.p: refers to \"PATH\", which is no task of this workflow",
		`"${CPEWF_TASK_ID}"`:                     "",
		`{"q":["x","${typo}"]}`:                  "tasks[0].inputParameters.p.q[1]: refers to \"typo\", which is no task of this workflow",
		`"a $${typo.x} b"`:                       "",
		`"${} ${ } ${typo"`:                      "",
		`"${ b.output }"`:                        "",
		`"${$.b.output} ${b['output']} ${b[0]}"`: "",
		`"${${workflow.input.which}.output}"`:    "",
		`"${concat('a', $.b.output)}"`:           "",
		`"${$..price}"`:                          "",
		`"${b.output.${typo.output.k}}"`:         "tasks[0].inputParameters.p: refers to \"typo\", which is no task of this workflow",
		`"${one.x} ${two.x}"`:                    "tasks[0].inputParameters.p: refers to \"one\", which is no task of this workflow|tasks[0].inputParameters.p: refers to \"two\", which is no task of this workflow",
	} {
		def := parse[Def](t, `{"name":"w","tasks":[{"name":"a","taskReferenceName":"a","inputParameters":{"p":`+in+`}},
			{"name":"b","taskReferenceName":"b","type":"DO_WHILE","loopCondition":"x","loopOver":[
				{"name":"inner","taskReferenceName":"inner","inputParameters":{"free":"${_dynamic_0.output}"}}]}]}`)
		if got := strings.Join(violations(t, def.Validate(checks())), "|"); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", in, got, want)
		}
	}
}

func TestViolationsCarryShortValues(t *testing.T) {
	def := parse[Def](t, `{"name":"w","timeoutPolicy":"`+strings.Repeat("x", 200)+`","version":-3,"tasks":[{"name":"a","taskReferenceName":"a"}]}`)
	e, ok := errors.AsType[*Error](def.Validate(Checks{}))
	if !ok || e.Violations[0].InvalidValue != "-3" || e.Violations[1].InvalidValue != "" {
		t.Errorf("got %+v", e)
	}
}

func TestTaskDefRules(t *testing.T) {
	for in, want := range map[string][]string{
		`{"name":"a"}`: nil,
		`{"name":"a","timeoutSeconds":3600,"responseTimeoutSeconds":3600,"totalTimeoutSeconds":3600}`: nil,
		`{}`: {"name: TaskDef name cannot be null or empty"},
		`{"name":"a","timeoutPolicy":"X","retryLogic":"Y"}`: {
			"timeoutPolicy: must be one of RETRY, TIME_OUT_WF, ALERT_ONLY", "retryLogic: must be one of FIXED, EXPONENTIAL_BACKOFF, LINEAR_BACKOFF",
		},
		`{"name":"a","timeoutSeconds":60}`:                            {"responseTimeoutSeconds: must not be more than timeoutSeconds, which is 60"},
		`{"name":"a","timeoutSeconds":5000,"totalTimeoutSeconds":60}`: {"timeoutSeconds: must not be more than totalTimeoutSeconds, which is 60"},
		`{"name":"a","responseTimeoutSeconds":0,"backoffScaleFactor":0}`: {
			"backoffScaleFactor: must be at least 1", "responseTimeoutSeconds: must be at least 1",
		},
		`{"name":"a","retryCount":-1,"retryDelaySeconds":-1,"maxRetryDelaySeconds":-1,"backoffJitterMs":-1,"timeoutSeconds":-1,
			"responseTimeoutSeconds":-1,"totalTimeoutSeconds":-1,"rateLimitPerFrequency":-1,"rateLimitFrequencyInSeconds":-1,
			"pollTimeoutSeconds":-1,"concurrentExecLimit":-1}`: {
			"retryCount: must be at least 0", "maxRetryDelaySeconds: must be at least 0",
			"backoffJitterMs: must be at least 0", "responseTimeoutSeconds: must be at least 1",
			"totalTimeoutSeconds: must be at least 0", "pollTimeoutSeconds: must be at least 0",
		},
	} {
		if got := violations(t, parse[TaskDef](t, in).Validate(Checks{})); !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", in, got, want)
		}
	}
	if err := DefaultTaskDef("a").Validate(Checks{}); err != nil {
		t.Error(err)
	}
}

func TestStartRequestRules(t *testing.T) {
	for in, want := range map[string][]string{
		`{"name":"w","version":0,"priority":99,"idempotencyStrategy":"FAIL_ON_RUNNING"}`: nil,
		`{}`: {"name: Workflow name cannot be null or empty"},
		`{"name":"w","version":-1,"priority":100,"idempotencyStrategy":"X"}`: {
			"version: must be at least 0", "priority: must be from 0 to 99", "idempotencyStrategy: must be one of FAIL, RETURN_EXISTING, FAIL_ON_RUNNING",
		},
		`{"name":"w","priority":-1}`:   {"priority: must be from 0 to 99"},
		`{"workflowDef":{"tasks":[]}}`: nil,
	} {
		if got := violations(t, parse[StartRequest](t, in).Validate()); !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", in, got, want)
		}
	}
}

func FuzzValidate(f *testing.F) {
	f.Add([]byte(`{"name":"w","tasks":[{"name":"a","taskReferenceName":"a","type":"FORK_JOIN","forkTasks":[[null],null]},null]}`))
	f.Add([]byte(`{"tasks":[{"type":"SUB_WORKFLOW","subWorkflowParam":{"workflowDefinition":[1]}},{"type":"WAIT","inputParameters":{"duration":{}}}]}`))
	f.Add([]byte(`{"tasks":[{"type":"SWITCH","decisionCases":{"a":null,"b":[null]},"inputParameters":{"x":"${${a}"}}],"rateLimitConfig":{}}`))
	f.Add([]byte(`{"tasks":` + strings.Repeat(`[{"loopOver":`, 300) + `1`))
	f.Add([]byte(`{"tasks":` + strings.Repeat(`[{"loopOver":`, 150) + `[]` + strings.Repeat(`}]`, 150) + `}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var d Def
		if json.Unmarshal(text, &d) != nil {
			return
		}
		_ = d.Validate(checks())
		d.Walk(func(*DefTask) {})
		first, err := json.Marshal(&d)
		if err != nil {
			t.Fatalf("a definition that was read cannot be written: %v", err)
		}
		var again Def
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatalf("%s cannot be read again: %v", first, err)
		}
		if second, err := json.Marshal(&again); err != nil || string(first) != string(second) {
			t.Errorf("%s became %s, %v", first, second, err)
		}
	})
}
