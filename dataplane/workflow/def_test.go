package workflow

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// same compares JSON texts regardless of the order of fields.
func same(t *testing.T, got any, want string) {
	t.Helper()
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if g, w := sorted(t, string(b)), sorted(t, want); g != w {
		t.Errorf("\ngot  %s\nwant %s", g, w)
	}
}

func sorted(t *testing.T, text string) string {
	t.Helper()
	return string(mustMarshal(t, *parse[any](t, text)))
}

func TestDefDefaults(t *testing.T) {
	same(t, parse[Def](t, `{"name":"w"}`), `{
		"createTime": 0, "updateTime": 0, "name": "w", "version": 1, "tasks": [], "inputParameters": [], "outputParameters": {}, "schemaVersion": 2,
		"restartable": true, "workflowStatusListenerEnabled": false, "timeoutPolicy": "ALERT_ONLY", "timeoutSeconds": 0,
		"variables": {}, "inputTemplate": {}, "enforceSchema": true, "metadata": {}, "maskedFields": []}`)
}

func TestTaskDefaults(t *testing.T) {
	same(t, parse[DefTask](t, `{"name":"a","taskReferenceName":"r"}`), `{
		"name": "a", "taskReferenceName": "r", "inputParameters": {}, "type": "SIMPLE", "decisionCases": {}, "defaultCase": [],
		"forkTasks": [], "startDelay": 0, "joinOn": [], "optional": false, "defaultExclusiveJoinTask": [], "asyncComplete": false,
		"loopOver": [], "onStateChange": {}, "permissive": false, "metadata": {}}`)
}

func TestTaskDefDefaults(t *testing.T) {
	const want = `{
		"createTime": 0, "updateTime": 0, "name": "a", "retryCount": 3, "timeoutSeconds": 0, "inputKeys": [], "outputKeys": [], "runtimeMetadata": [],
		"timeoutPolicy": "TIME_OUT_WF", "retryLogic": "FIXED", "retryDelaySeconds": 60, "responseTimeoutSeconds": 3600,
		"inputTemplate": {}, "rateLimitPerFrequency": 0, "rateLimitFrequencyInSeconds": 1, "backoffScaleFactor": 1,
		"maxRetryDelaySeconds": 0, "backoffJitterMs": 0, "totalTimeoutSeconds": 0, "taskStatusListenerEnabled": true,
		"enforceSchema": false}`
	same(t, parse[TaskDef](t, `{"name":"a"}`), want)
	same(t, DefaultTaskDef("a"), want)
}

func TestNullsAndEmptyEnumsAreDefaults(t *testing.T) {
	same(t, parse[Def](t, `{"name":"w","version":null,"tasks":null,"inputParameters":null,"schemaVersion":null,"timeoutPolicy":"","metadata":null}`),
		string(mustMarshal(t, parse[Def](t, `{"name":"w"}`))))
	same(t, parse[DefTask](t, `{"name":"a","type":null,"joinOn":null,"decisionCases":null,"metadata":null}`),
		string(mustMarshal(t, parse[DefTask](t, `{"name":"a","type":""}`))))
	same(t, parse[TaskDef](t, `{"name":"a","retryCount":null,"timeoutPolicy":"","retryLogic":null,"inputKeys":null}`),
		string(mustMarshal(t, DefaultTaskDef("a"))))
}

func mustMarshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGivenValuesAreKept(t *testing.T) {
	const def = `{
		"ownerApp": "o", "createTime": 1, "updateTime": 2, "createdBy": "c", "updatedBy": "u",
		"name": "w", "description": "d", "version": 3, "inputParameters": ["x"], "outputParameters": {"n": 1.10}, "failureWorkflow": "f",
		"failureWorkflowVersion": 0, "schemaVersion": 2, "restartable": false, "workflowStatusListenerEnabled": true,
		"workflowStatusListenerSink": "s", "ownerEmail": "a@b", "timeoutPolicy": "TIME_OUT_WF", "timeoutSeconds": 9, "variables": {"v": null},
		"inputTemplate": {"i": []}, "rateLimitConfig": {"rateLimitKey": "k", "concurrentExecLimit": 1, "policy": "QUEUE"},
		"inputSchema": {"createTime": 0, "updateTime": 0, "name": "in", "version": 1, "type": "JSON", "data": {"a": 1}}, "outputSchema": {"createTime": 0, "updateTime": 0, "name": "out", "version": 2, "type": "AVRO"},
		"enforceSchema": false, "metadata": {"m": 1}, "cacheConfig": {"key": "k", "ttlInSecond": 5}, "maskedFields": ["p"],
		"tasks": [{
			"name": "a", "taskReferenceName": "r", "description": "d", "inputParameters": {"big": 12345678901234567890}, "type": "SWITCH",
			"dynamicTaskNameParam": "x", "caseValueParam": "c", "caseExpression": "e", "scriptExpression": "s",
			"decisionCases": {"k": []}, "defaultCase": [], "dynamicForkJoinTasksParam": "1", "dynamicForkTasksParam": "2",
			"dynamicForkTasksInputParamName": "3", "forkTasks": [[]], "startDelay": 4,
			"subWorkflowParam": {"name": "n", "version": 0, "taskToDomain": {"*": "d"}, "workflowDefinition": "${x}", "idempotencyKey": "k", "idempotencyStrategy": "FAIL", "priority": 5},
			"joinOn": ["j"], "sink": "s", "optional": true, "rateLimited": false, "defaultExclusiveJoinTask": ["d"], "asyncComplete": true,
			"loopCondition": "l", "loopOver": [], "items": "${y}", "retryCount": 0, "evaluatorType": "javascript", "expression": "e",
			"onStateChange": {"onStart": [{"type": "t", "payload": {}}]}, "joinStatus": "x", "cacheConfig": {"key": "k", "ttlInSecond": 5},
			"permissive": true, "joinMode": "SYNC", "metadata": {"m": 1}}]}`
	same(t, parse[Def](t, def), def)
	b := string(mustMarshal(t, parse[Def](t, def)))
	for _, digits := range []string{"1.10", "12345678901234567890"} {
		if !strings.Contains(b, digits) {
			t.Errorf("%s lost its digits", digits)
		}
	}
}

func TestDefaultsInsideDefinitions(t *testing.T) {
	d := parse[Def](t, `{"name":"w","rateLimitConfig":{"rateLimitKey":"k"},"inputSchema":{"name":"s","type":"JSON"},"unknown":{"x":1}}`)
	if d.RateLimitConfig.Policy != "QUEUE" || d.InputSchema.Version != 1 {
		t.Errorf("got %+v, %+v", d.RateLimitConfig, d.InputSchema)
	}
}

func TestOldTypeName(t *testing.T) {
	for in, want := range map[string]string{
		`{"workflowTaskType":"WAIT"}`: "WAIT", `{"workflowTaskType":"WAIT","type":"HTTP"}`: "HTTP", `{}`: "SIMPLE",
	} {
		if got := parse[DefTask](t, in).Type; got != want {
			t.Errorf("%s is a %s", in, got)
		}
	}
}

func TestDeepDefinitionsAreRefused(t *testing.T) {
	deep := `{"name":"w","tasks":` + strings.Repeat(`[{"loopOver":`, 2000) + `[]` + strings.Repeat(`}]`, 2000) + `}`
	start := time.Now()
	err := json.Unmarshal([]byte(deep), new(Def))
	if KindOf(err) != Invalid || !strings.Contains(err.Error(), "200 levels") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %s", took)
	}
	if got := nesting([]byte(`{"a\"{[":["}]]",{"b":1}]}`)); got != 3 {
		t.Errorf("nesting is %d", got)
	}
}

func TestWalkGoesParentsFirst(t *testing.T) {
	d := parse[Def](t, `{"tasks":[
		{"taskReferenceName":"fork","forkTasks":[[{"taskReferenceName":"f1"}],[{"taskReferenceName":"f2"}]]},
		{"taskReferenceName":"switch","decisionCases":{"a":[{"taskReferenceName":"a1"}]},"defaultCase":[{"taskReferenceName":"d1"}]},
		null,
		{"taskReferenceName":"loop","loopOver":[{"taskReferenceName":"l1","loopOver":[{"taskReferenceName":"l2"}]}]}]}`)
	var got []string
	d.Walk(func(t *DefTask) { got = append(got, t.TaskReferenceName) })
	if want := "fork f1 f2 switch a1 d1 loop l1 l2"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %s", got, want)
	}
}
