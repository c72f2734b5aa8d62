package simtest

// Definitions of the workflows that are run. Tasks are named by their types, and what they put out is a nonce.

const definitions = `[
{"name":"leaf","rateLimitConfig":{"rateLimitKey":"leaves","concurrentExecLimit":3},"tasks":[
	{"name":"a","taskReferenceName":"c1"},{"name":"b","taskReferenceName":"c2"}],
	"outputParameters":{"nonce":"${c2.output.nonce}"}},
{"name":"tree","tasks":[
	{"name":"a","taskReferenceName":"a"},
	{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[
		[{"name":"b","taskReferenceName":"b"}],
		[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"leaf"}}],
		[{"name":"w","taskReferenceName":"w","type":"WAIT","inputParameters":{"duration":"2 seconds"}}]]},
	{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["b","s","w"]},
	{"name":"d","taskReferenceName":"d","inputParameters":{"a":"${a.output.nonce}","b":"${j.output.b.nonce}","s":"${j.output.s.nonce}"}}]},
{"name":"deep","tasks":[
	{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"tree"}},
	{"name":"d","taskReferenceName":"d"}]},
{"name":"loop","tasks":[
	{"name":"l","taskReferenceName":"l","type":"DO_WHILE","inputParameters":{"n":"${workflow.input.n}"},"loopCondition":"$.l.iteration < $.n","loopOver":[
		{"name":"x","taskReferenceName":"x"},
		{"name":"sw","taskReferenceName":"sw","type":"SWITCH","evaluatorType":"value-param","expression":"c","inputParameters":{"c":"${x.output.pick}"},
			"decisionCases":{"y":[{"name":"y","taskReferenceName":"y"}]}}]},
	{"name":"d","taskReferenceName":"d","inputParameters":{"n":"${l.output.iteration}"}}]},
{"name":"wide","tasks":[
	{"name":"f","taskReferenceName":"f","type":"FORK_JOIN_DYNAMIC","dynamicForkTasksParam":"tasks","dynamicForkTasksInputParamName":"inputs",
		"inputParameters":{"tasks":"${workflow.input.tasks}","inputs":{}}},
	{"name":"j","taskReferenceName":"j","type":"JOIN"},
	{"name":"d","taskReferenceName":"d"}]},
{"name":"fails","failureWorkflow":"undo","tasks":[
	{"name":"a","taskReferenceName":"a"},
	{"name":"bad","taskReferenceName":"bad"}]},
{"name":"undo","tasks":[{"name":"b","taskReferenceName":"u"}]},
{"name":"once","tasks":[{"name":"a","taskReferenceName":"a"},{"name":"once","taskReferenceName":"o"}],"outputParameters":{"nonce":"${o.output.nonce}"}},
{"name":"heals","tasks":[
	{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"once"}},
	{"name":"d","taskReferenceName":"d","inputParameters":{"s":"${s.output.nonce}"}}]},
{"name":"asks","tasks":[
	{"name":"h","taskReferenceName":"h","type":"WAIT"},
	{"name":"d","taskReferenceName":"d","inputParameters":{"h":"${h.output.nonce}"}}]},
{"name":"calls","tasks":[
	{"name":"call","taskReferenceName":"call","type":"HTTP","inputParameters":{"http_request":{"uri":"http://service/","method":"GET"}}},
	{"name":"st","taskReferenceName":"st","type":"START_WORKFLOW","inputParameters":{"startWorkflow":{"name":"leaf","input":{}}}},
	{"name":"ev","taskReferenceName":"ev","type":"EVENT","sink":"conductor:said","inputParameters":{"of":"${workflow.workflowId}"}},
	{"name":"d","taskReferenceName":"d"}]},
{"name":"heard","tasks":[{"name":"b","taskReferenceName":"b"}]},
{"name":"times","timeoutPolicy":"ALERT_ONLY","timeoutSeconds":0,"tasks":[
	{"name":"a","taskReferenceName":"a","startDelay":3},
	{"name":"w","taskReferenceName":"w","type":"WAIT","inputParameters":{"duration":"5 seconds"}},
	{"name":"d","taskReferenceName":"d"}]}]`

const handler = `{"name":"hear","event":"conductor:calls:said","active":true,"actions":[
	{"action":"start_workflow","start_workflow":{"name":"heard","version":1,"correlationId":"${of}","input":{}}}]}`

// taskTypes are what workers poll for.
var taskTypes = []string{"a", "b", "d", "x", "y", "br", "bad", "once"}

// expected tells, by definition, the references of tasks that must be completed when an execution is.
var expected = map[string][]string{
	"leaf": {"c1", "c2"}, "tree": {"a", "f", "b", "s", "w", "j", "d"}, "deep": {"s", "d"}, "loop": {"l", "d"}, "wide": {"f", "j", "d"},
	"undo": {"u"}, "once": {"a", "o"}, "heals": {"s", "d"}, "asks": {"h", "d"}, "calls": {"call", "st", "ev", "d"}, "heard": {"b"},
	"times": {"a", "w", "d"},
}

// roots are the definitions of which executions are started from outside.
var roots = []string{"tree", "tree", "deep", "loop", "wide", "fails", "heals", "asks", "calls", "times"}
