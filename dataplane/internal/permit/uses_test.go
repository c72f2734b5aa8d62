package permit_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// tenant is a bench whose application makes what it wants by a grant on its tag, and may use the catalog's task and workflow.
func tenant(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.grant(access.Tag, "customer:acme", "CREATE", "READ", "UPDATE", "EXECUTE", "DELETE")
	b.grant(access.Tag, "catalog:all", "READ")
	b.grant(access.WorkflowDef, "orders", "EXECUTE")
	catalog := []workflow.Tag{{Key: "catalog", Value: "all"}}
	must(t, b.engine.PutTaskDefs(t.Context(), []*workflow.TaskDef{read[workflow.TaskDef](t, `{"name":"ping","ownerEmail":"a@b.test","enforceSchema":true,
		"inputTemplate":{"tries":3},
		"inputSchema":{"name":"ping","type":"JSON","data":{"type":"object","required":["host","tries"],
			"properties":{"host":{"type":"string"},"port":{"type":"integer"},"more":{"type":"object","properties":{"ms":{"type":"integer"}}}}}}}`)}))
	must(t, b.engine.AddTags(t.Context(), engine.TagTask, "ping", catalog, engine.TagsBeside))
	return b
}

// flow is a definition of the tasks in a JSON list.
func flow(t *testing.T, name, tasks string) *workflow.Def {
	t.Helper()
	return read[workflow.Def](t, `{"name":%q,"ownerEmail":"a@b.test","tasks":%s}`, name, tasks)
}

const ping = `{"name":"ping","taskReferenceName":"ping","inputParameters":{"host":"a"}}`

func TestTag_WhatIsMadeByItHasIt(t *testing.T) {
	b := tenant(t)
	must(t, b.permit.PutWorkflowDef(b.ctx(), flow(t, "mine", "["+ping+"]"), false))
	must(t, b.permit.PutSecret(b.ctx(), "token", "hush"))
	for _, thing := range []struct {
		of   engine.Taggable
		name string
	}{{engine.TagWorkflow, "mine"}, {engine.TagSecret, "token"}} {
		tags, err := b.engine.Tags(t.Context(), thing.of, thing.name)
		must(t, err)
		if len(tags) != 1 || tags[0].Key != "customer" || tags[0].Value != "acme" {
			t.Errorf("%s has the tags %v", thing.name, tags)
		}
	}
	id, err := b.permit.Start(b.ctx(), &workflow.StartRequest{Name: "mine"})
	must(t, err)
	_, err = b.permit.Execution(b.ctx(), id, true)
	must(t, err)
	must(t, b.permit.PutWorkflowDef(b.ctx(), flow(t, "mine", "["+ping+"]"), true))
	// What others have made stays theirs, and which tasks there are is for those who have the workers.
	err = b.permit.PutWorkflowDef(b.ctx(), flow(t, "payments", "["+ping+"]"), true)
	b.denied(err)
	if got := paths(err); !slices.Equal(got, []string{"name"}) {
		t.Errorf("a name that is taken: %v", err)
	}
	b.denied(b.permit.PutSecret(b.ctx(), "payments_key", "mine"))
	b.denied(b.permit.PutTaskDefs(b.ctx(), []*workflow.TaskDef{{Name: "anything"}}))
	must(t, b.permit.DeleteWorkflowDef(b.ctx(), "mine", 1))
	b.revoke(access.Tag, "customer:acme", "CREATE")
	b.denied(b.permit.PutWorkflowDef(b.ctx(), flow(t, "mine", "["+ping+"]"), false))
}

// TestUses_OfAuthorsWhoLiveByGrants tries everything by which a definition reaches others' tasks and workflows.
func TestUses_OfAuthorsWhoLiveByGrants(t *testing.T) {
	b := tenant(t)
	for _, tasks := range []string{
		ping,
		`{"name":"ping","taskReferenceName":"a","inputParameters":{"host":"${workflow.input.host}","port":"${workflow.input.port}","more":{"ms":"${workflow.input.ms}"}}}`,
		`{"name":"a","taskReferenceName":"a","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"orders"}}`,
		`{"name":"a","taskReferenceName":"a","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"mine"}}`,
		`{"name":"a","taskReferenceName":"a","type":"START_WORKFLOW","inputParameters":{"startWorkflow":{"name":"orders"}}}`,
		`{"name":"a","taskReferenceName":"a","type":"FORK_JOIN_DYNAMIC","inputParameters":{"forkTaskName":"ping","forkTaskInputs":"${workflow.input.hosts}"}}`,
		`{"name":"a","taskReferenceName":"a","type":"FORK_JOIN_DYNAMIC","inputParameters":{"forkTaskWorkflow":"orders","forkTaskInputs":[{}]}}`,
		`{"name":"a","taskReferenceName":"a","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"x","workflowDefinition":{"name":"x","tasks":[` + ping + `]}}}`,
	} {
		if err := b.permit.ValidateWorkflowDef(b.ctx(), flow(t, "mine", "["+tasks+"]")); err != nil {
			t.Errorf("%s: %v", tasks, err)
		}
	}
	const foreign = `{"name":"payments_work","taskReferenceName":"f"}`
	for tasks, path := range map[string]string{
		foreign: "tasks[0].name",
		`{"name":"START_WORKFLOW","taskReferenceName":"a"}`:                                                                                                                        "tasks[0].name",
		`{"name":"ping","taskReferenceName":"a","type":"payments_work"}`:                                                                                                           "tasks[0].type",
		`{"name":"a","taskReferenceName":"a","type":"DYNAMIC","dynamicTaskNameParam":"n","inputParameters":{"n":"payments_work"}}`:                                                 "tasks[0].type",
		`{"name":"a","taskReferenceName":"a","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"payments"}}`:                                                                        "tasks[0].subWorkflowParam.name",
		`{"name":"a","taskReferenceName":"a","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"${workflow.input.w}"}}`:                                                             "tasks[0].subWorkflowParam.name",
		`{"name":"a","taskReferenceName":"a","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"orders","workflowDefinition":"${workflow.input.w}"}}`:                               "tasks[0].subWorkflowParam.workflowDefinition",
		`{"name":"a","taskReferenceName":"a","type":"SUB_WORKFLOW","subWorkflowParam":{"workflowDefinition":{"name":"x","tasks":[` + foreign + `]}}}`:                              "tasks[0].subWorkflowParam.workflowDefinition.tasks[0].name",
		`{"name":"a","taskReferenceName":"a","type":"START_WORKFLOW","inputParameters":{"startWorkflow":{"name":"payments"}}}`:                                                     "tasks[0].inputParameters.startWorkflow.name",
		`{"name":"a","taskReferenceName":"a","type":"START_WORKFLOW","inputParameters":{"startWorkflow":"${workflow.input.r}"}}`:                                                   "tasks[0].inputParameters.startWorkflow",
		`{"name":"a","taskReferenceName":"a","type":"FORK_JOIN_DYNAMIC","dynamicForkTasksParam":"t","dynamicForkTasksInputParamName":"i"}`:                                         "tasks[0].inputParameters",
		`{"name":"a","taskReferenceName":"a","type":"FORK_JOIN_DYNAMIC","inputParameters":{"forkTaskName":"payments_work","forkTaskInputs":[{}]}}`:                                 "tasks[0].inputParameters.forkTaskName",
		`{"name":"a","taskReferenceName":"a","type":"FORK_JOIN_DYNAMIC","inputParameters":{"forkTaskType":"SUB_WORKFLOW","forkTaskInputs":[{}]}}`:                                  "tasks[0].inputParameters.forkTaskType",
		`{"name":"a","taskReferenceName":"a","type":"FORK_JOIN_DYNAMIC","inputParameters":{"forkTaskWorkflow":"payments","forkTaskInputs":[{}]}}`:                                  "tasks[0].inputParameters.forkTaskWorkflow",
		`{"name":"ping","taskReferenceName":"a","inputParameters":{"host":"a"},"onStateChange":{"onStart":[{"type":"x"}]}}`:                                                        "tasks[0].onStateChange",
		`{"name":"ping","taskReferenceName":"a","inputParameters":{"host":"a"},"cacheConfig":{"key":"k","ttlInSecond":9}}`:                                                         "tasks[0].cacheConfig",
		`{"name":"ping","taskReferenceName":"a","inputParameters":{"host":"a"},"taskDefinition":{"name":"ping","inputTemplate":{"x":1}}}`:                                          "tasks[0].taskDefinition.inputTemplate",
		`{"name":"a","taskReferenceName":"a","type":"DO_WHILE","loopOver":[` + foreign + `]}`:                                                                                      "tasks[0].loopOver[0].name",
		`{"name":"a","taskReferenceName":"a","type":"FORK_JOIN","forkTasks":[[` + foreign + `]]}`:                                                                                  "tasks[0].forkTasks[0][0].name",
		`{"name":"a","taskReferenceName":"a","type":"SWITCH","evaluatorType":"value-param","expression":"x","decisionCases":{"y":[` + foreign + `]}}`:                              "tasks[0].decisionCases.y[0].name",
		`{"name":"a","taskReferenceName":"a","type":"SWITCH","evaluatorType":"value-param","expression":"x","decisionCases":{"y":[` + ping + `]},"defaultCase":[` + foreign + `]}`: "tasks[0].defaultCase[0].name",
	} {
		def := flow(t, "mine", "["+tasks+"]")
		err := b.permit.PutWorkflowDef(b.ctx(), def, true)
		b.denied(err)
		if got := paths(err); !slices.Equal(got, []string{path}) {
			t.Errorf("%s: wrong is %v, want %s", tasks, got, path)
		}
		_, err = b.permit.Start(b.ctx(), &workflow.StartRequest{Name: "mine", WorkflowDef: def})
		b.denied(err)
	}
	def := flow(t, "mine", "["+ping+"]")
	def.FailureWorkflow = "payments"
	if got := paths(b.permit.PutWorkflowDef(b.ctx(), def, true)); !slices.Equal(got, []string{"failureWorkflow"}) {
		t.Errorf("wrong is %v", got)
	}
	// Roles that may change all definitions may use everything.
	must(t, b.directory.AddRole(t.Context(), b.app.ID, "ada", "METADATA_MANAGER"))
	must(t, b.permit.PutWorkflowDef(b.ctx(), flow(t, "mine", "["+foreign+"]"), true))
}

// TestUses_SaysEverythingAtOnce: what cannot be, what may not be used, and inputs that the task's schema does not allow.
func TestUses_SaysEverythingAtOnce(t *testing.T) {
	b := tenant(t)
	err := b.permit.PutWorkflowDef(b.ctx(), flow(t, "mine", `[
		{"name":"ping","taskReferenceName":"a","inputParameters":{"port":"many","more":{"ms":1.5}}},
		{"name":"ping","taskReferenceName":"b","inputParameters":{"host":"${nobody.output.x}"}},
		{"name":"payments_work","taskReferenceName":"c"}]`), true)
	b.denied(err)
	got := paths(err)
	slices.Sort(got)
	want := []string{
		"tasks[0].inputParameters.host", "tasks[0].inputParameters.more.ms", "tasks[0].inputParameters.port",
		"tasks[1].inputParameters.host", "tasks[2].name",
	}
	if !slices.Equal(got, want) {
		t.Errorf("wrong is %v, want %v", got, want)
	}
	err = b.permit.PutWorkflowDef(b.ctx(), flow(t, "mine", `[{"name":"ping","taskReferenceName":"a"}]`), true)
	if workflow.KindOf(err) != workflow.Invalid || !slices.Equal(paths(err), want[:1]) {
		t.Errorf("got %v", err)
	}
}

// TestUses_InputsDoNotChooseWhatRuns: what a definition may not name cannot be brought in later.
func TestUses_InputsDoNotChooseWhatRuns(t *testing.T) {
	b := tenant(t)
	must(t, b.permit.PutWorkflowDef(b.ctx(), flow(t, "mine", `[
		{"name":"a","taskReferenceName":"begin","type":"START_WORKFLOW","inputParameters":{"startWorkflow":{"name":"orders"}}},`+ping+`]`), true))
	id, err := b.permit.Start(b.ctx(), &workflow.StartRequest{Name: "mine"})
	must(t, err)
	must(t, b.permit.Terminate(b.ctx(), id, "")) // a rerun is of what has ended
	x, err := b.permit.Execution(b.ctx(), id, true)
	must(t, err)
	other, err := workflow.NewPayload(map[string]any{"startWorkflow": map[string]any{"name": "payments"}})
	must(t, err)
	b.denied(b.permit.Rerun(b.ctx(), id, &workflow.RerunRequest{ReRunFromTaskID: x.Tasks[0].TaskID, TaskInput: other}))
	b.denied(b.permit.Jump(b.ctx(), id, "begin", other))
	must(t, b.permit.Rerun(b.ctx(), id, &workflow.RerunRequest{ReRunFromTaskID: x.Tasks[0].TaskID}))
}

// paths are the fields that an error names.
func paths(err error) []string {
	var out []string
	if e, ok := errors.AsType[*workflow.Error](err); ok {
		for _, v := range e.Violations {
			out = append(out, v.Path)
		}
	}
	return out
}
